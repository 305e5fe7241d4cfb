//! Artefacts: the files of an agent as they are digested, packed and stored. Of AWS this module knows only the limits.
//!
//! An artefact is a file, stored as it is, or a tree, stored as a zip archive. Its identity is a digest of its content and never of an
//! archive, so it is the same on every machine and with every zip library. All functions block.

mod digest;
mod entry;
mod entry_point;
mod error;
mod handler;
mod ignore_rule;
mod limit;
mod root;
mod tree;
mod walk;
mod zip;

pub use digest::{ByteDigest, TreeDigest};
pub use entry::{Entry, Mode};
pub use entry_point::{EntryPointError, check_entry_point};
pub use error::{MAX_ENTRIES, TreeError, TreeWarning};
pub use handler::{HandlerError, check_handler};
pub use limit::{LimitError, Limits, check_file, check_prompt, check_stored};
pub use tree::{SourceFile, Tree};
pub use zip::{PackError, Packed};

/// A file or a tree together with the digest that is its identity.
#[derive(Debug, Clone)]
pub enum Artifact {
    /// A file, stored as it is.
    File {
        /// Where it comes from.
        file: SourceFile,
        /// The digest of its bytes.
        digest: ByteDigest,
    },
    /// A folder, stored as a zip archive.
    Tree {
        /// Its files.
        tree: Tree,
        /// The digest of their paths, modes and bytes.
        digest: TreeDigest,
    },
}

impl Artifact {
    /// Digests a file.
    pub fn of_file(file: SourceFile) -> Result<Self, TreeError> {
        let digest = ByteDigest::of(&file)?;
        Ok(Self::File { file, digest })
    }

    /// Digests a tree. Check its size first: all files are read.
    pub fn of_tree(tree: Tree) -> Result<Self, TreeError> {
        let digest = TreeDigest::of(&tree)?;
        Ok(Self::Tree { tree, digest })
    }

    /// Returns the digest that is the artefact's identity, in hexadecimal.
    pub fn digest(&self) -> String {
        match self {
            Self::File { digest, .. } => digest.to_string(),
            Self::Tree { digest, .. } => digest.to_string(),
        }
    }

    /// Returns the last part of the key that the artefact is stored under. Equal keys mean equal content.
    pub fn content_key(&self) -> String {
        match self {
            Self::File { file, digest } => format!("{digest}-{}", file.name()),
            Self::Tree { digest, .. } => format!("{digest}.zip"),
        }
    }

    /// Writes the bytes to be stored to a temporary file.
    ///
    /// Fails if the content differs from what was digested.
    pub fn pack(&self) -> Result<Packed, PackError> {
        match self {
            Self::File { file, digest } => zip::pack_file(file, *digest),
            Self::Tree { tree, digest } => zip::pack_tree(tree, *digest),
        }
    }
}

#[cfg(test)]
mod tests;
