//! The size limits of the services, checked before anything is uploaded.

use super::entry::Entry;
use super::tree::{SourceFile, Tree};
use super::zip::Packed;

const MEBIBYTE: u64 = 1_048_576;

/// The largest object of one `PutObject` (S3 user guide, "Amazon S3 objects overview": 5 GB).
const LARGEST_OBJECT: u64 = 5_000 * MEBIBYTE;

/// The largest system prompt. Guess: no model reads more; a million tokens are about four megabytes of text.
const LARGEST_PROMPT: u64 = 16 * MEBIBYTE;

/// Checks the file of a system prompt, without reading it.
pub fn check_prompt(file: &SourceFile) -> Result<(), LimitError> {
    match file.size() {
        0..=LARGEST_PROMPT => Ok(()),
        size => Err(LimitError::Prompt {
            name: file.name().to_owned(),
            size,
        }),
    }
}

/// Checks a file that is stored as it is, without reading it.
pub fn check_file(file: &SourceFile) -> Result<(), LimitError> {
    match file.size() {
        0..=LARGEST_OBJECT => Ok(()),
        size => Err(LimitError::File {
            name: file.name().to_owned(),
            size,
        }),
    }
}

/// Checks a tree that is stored as one archive, without reading it.
pub fn check_stored(tree: &Tree) -> Result<(), LimitError> {
    match tree.unpacked_size() {
        0..=LARGEST_OBJECT => Ok(()),
        size => Err(LimitError::Unpacked {
            folder: tree.folder().to_owned(),
            service: "S3",
            size,
            limit: LARGEST_OBJECT,
            largest: largest(tree),
        }),
    }
}

/// The size limits of a service for the code of one agent.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    service: &'static str,
    packed: Option<u64>,
    unpacked: u64,
}

impl Limits {
    /// Lambda's limits for code from S3. The function's layers count towards the unpacked size too, and are not known here.
    // Lambda quotas page: 250 MB unzipped with layers. The limit of 50 MB on archives is for those sent in the call itself.
    pub const LAMBDA: Self = Self {
        service: "Lambda",
        packed: None,
        unpacked: 250 * MEBIBYTE,
    };

    /// The limits of an `AgentCore` runtime for direct code.
    // AgentCore quotas page: 250 MB compressed, 750 MB unpacked. That its MB are Lambda's is a guess.
    pub const AGENTCORE: Self = Self {
        service: "AgentCore",
        packed: Some(250 * MEBIBYTE),
        unpacked: 750 * MEBIBYTE,
    };

    /// Checks the files of a tree, without reading them.
    pub fn check_tree(&self, tree: &Tree) -> Result<(), LimitError> {
        let size = tree.unpacked_size();
        if size <= self.unpacked {
            return Ok(());
        }
        Err(LimitError::Unpacked {
            folder: tree.folder().to_owned(),
            service: self.service,
            size,
            limit: self.unpacked,
            largest: largest(tree),
        })
    }

    /// Returns whether a tree must be packed to know that its archive is not too large. An archive of files below the limit is never too
    /// large: its headers are small.
    pub fn needs_packing(&self, tree: &Tree) -> bool {
        self.packed
            .is_some_and(|limit| tree.unpacked_size() > limit)
    }

    /// Checks the archive of a tree.
    pub fn check_packed(&self, tree: &Tree, packed: &Packed) -> Result<(), LimitError> {
        match self.packed {
            Some(limit) if packed.size() > limit => Err(LimitError::Packed {
                folder: tree.folder().to_owned(),
                service: self.service,
                size: packed.size(),
                limit,
                largest: largest(tree),
            }),
            Some(_) | None => Ok(()),
        }
    }
}

/// Which limit an artefact exceeds.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// The file is too large.
    #[error("file `{name}` has {size} bytes, S3 takes {LARGEST_OBJECT}")]
    File {
        /// The file.
        name: String,
        size: u64,
    },
    /// The file is larger than a prompt can be.
    #[error("file `{name}` has {size} bytes, a prompt has at most {LARGEST_PROMPT}")]
    Prompt {
        /// The file.
        name: String,
        size: u64,
    },
    /// The files are too large.
    #[error(
        "folder `{folder}` unpacks to {size} bytes, {service} takes {limit}; the largest files are {largest}"
    )]
    Unpacked {
        folder: String,
        service: &'static str,
        /// The sizes of the files together.
        size: u64,
        /// The most the service takes.
        limit: u64,
        /// The three largest files with their sizes.
        largest: String,
    },
    /// The archive is too large.
    #[error(
        "folder `{folder}` packs to {size} bytes, {service} takes {limit}; the largest files are {largest}"
    )]
    Packed {
        folder: String,
        service: &'static str,
        /// The size of the archive.
        size: u64,
        /// The most the service takes.
        limit: u64,
        /// The three largest files with their unpacked sizes.
        largest: String,
    },
}

fn largest(tree: &Tree) -> String {
    let mut entries: Vec<&Entry> = tree.entries().iter().collect();
    // Stable, so files of one size stay in the order of their paths.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.size()));
    let shown: Vec<String> = entries
        .iter()
        .take(3)
        .map(|entry| format!("`{}` ({})", entry.path(), entry.size()))
        .collect();
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use camino::Utf8Path;

    use super::*;
    use crate::artifact::digest::TreeDigest;
    use crate::artifact::zip;

    #[test]
    fn a_prompt_that_no_model_reads_is_refused_without_reading_it() {
        let project = tempfile::tempdir().unwrap();
        let file = fs::File::create(project.path().join("p.md")).unwrap();
        let root = Utf8Path::from_path(project.path()).unwrap();
        for (size, is_taken) in [(LARGEST_PROMPT, true), (200 * MEBIBYTE, false)] {
            // The file has a hole and takes no space.
            file.set_len(size).unwrap();
            let found = SourceFile::find(root, Utf8Path::new("p.md")).unwrap();
            assert_eq!(check_prompt(&found).is_ok(), is_taken, "{size}");
        }
    }

    #[test]
    fn an_archive_over_the_limit_is_refused_where_a_service_limits_archives() {
        let project = tempfile::tempdir().unwrap();
        fs::write(project.path().join("a.py"), "a").unwrap();
        let root = Utf8Path::from_path(project.path()).unwrap();
        let tree = Tree::walk(root, Utf8Path::new(".")).unwrap();
        let packed = zip::pack_tree(&tree, TreeDigest::of(&tree).unwrap()).unwrap();
        let with = |packed_limit| Limits {
            packed: packed_limit,
            ..Limits::AGENTCORE
        };

        assert_eq!(with(None).check_packed(&tree, &packed), Ok(()));
        assert_eq!(
            with(Some(packed.size())).check_packed(&tree, &packed),
            Ok(())
        );
        assert_eq!(
            with(Some(packed.size() - 1)).check_packed(&tree, &packed),
            Err(LimitError::Packed {
                folder: ".".to_owned(),
                service: "AgentCore",
                size: packed.size(),
                limit: packed.size() - 1,
                largest: "`a.py` (1)".to_owned(),
            })
        );
    }
}
