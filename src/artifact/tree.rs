//! The files of a folder as they would be packed: which ones, in which order, with which mode.
//!
//! Content is read when it is digested or packed, and is then compared with what the walk found.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};

use super::entry::Entry;
use super::error::{TreeError, TreeWarning};
use super::root::Root;
use super::walk::{Found, check_characters, walk};

const CHUNK_BYTES: usize = 64 * 1024;

/// The files of a folder, sorted by the bytes of their paths. Never empty.
///
/// A folder without files is not part of a tree.
#[derive(Debug, Clone)]
pub struct Tree {
    root: Root,
    folder: String,
    entries: Vec<Entry>,
    warnings: Vec<TreeWarning>,
}

impl Tree {
    /// Walks `folder`, which is absolute or relative to `root`.
    ///
    /// Links are followed within the root. Ignore rules come from the folder, from the folders below it, and from those above it up to the
    /// root. A rule that names the folder itself does not apply, because the manifest names the folder.
    pub fn walk(root: &Utf8Path, folder: &Utf8Path) -> Result<Self, TreeError> {
        Self::walk_without(root, folder, &BTreeSet::new())
    }

    /// Walks `folder` as [`Self::walk`] does, and leaves out some files, which are given by their canonical paths.
    pub fn walk_without(
        root: &Utf8Path,
        folder: &Utf8Path,
        left_out: &BTreeSet<Utf8PathBuf>,
    ) -> Result<Self, TreeError> {
        let root = Root::new(root)?;
        let real = root.resolve(&root.as_path().join(folder))?;
        if !real.is_dir() {
            return Err(TreeError::NotAFolder {
                path: root.shown(&real),
            });
        }
        let Found {
            mut entries,
            mut warnings,
        } = walk(&root, &real)?;
        entries.retain(|entry| {
            let source = Utf8Path::from_path(entry.source());
            !source.is_some_and(|source| left_out.contains(source))
        });
        let folder = root.shown(&real);
        if entries.is_empty() {
            return Err(TreeError::Empty { folder });
        }
        entries.sort_unstable_by(|a, b| a.path().cmp(b.path()));
        warnings.sort_unstable();
        Ok(Self {
            root,
            folder,
            entries,
            warnings,
        })
    }

    /// Returns the folder's path relative to the project root.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Returns the files in the order in which they are digested and packed.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Finds a file by its POSIX path.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let index = self
            .entries
            .binary_search_by(|entry| entry.path().cmp(path));
        index.ok().map(|index| &self.entries[index])
    }

    /// Returns what the user may want to know.
    pub fn warnings(&self) -> &[TreeWarning] {
        &self.warnings
    }

    /// Adds up the sizes of all files.
    pub fn unpacked_size(&self) -> u64 {
        self.entries.iter().map(Entry::size).sum()
    }

    /// Reads a file of this tree in chunks. Fails if it is not the file that the walk found.
    pub(super) fn read<E: From<TreeError>>(
        &self,
        entry: &Entry,
        consume: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        read_exactly(&self.root, entry, consume)
    }
}

/// A single file, packed as it is.
#[derive(Debug, Clone)]
pub struct SourceFile {
    root: Root,
    entry: Entry,
}

impl SourceFile {
    /// Finds the file `path`, which is absolute or relative to `root`. The name of a link is its own, not that of its target.
    pub fn find(root: &Utf8Path, path: &Utf8Path) -> Result<Self, TreeError> {
        let root = Root::new(root)?;
        let logical = root.as_path().join(path);
        let real = root.resolve(&logical)?;
        let metadata =
            fs::symlink_metadata(&real).map_err(|source| root.read_error(&real, source))?;
        let (Some(name), true) = (path.file_name(), metadata.is_file()) else {
            return Err(TreeError::NotAFile {
                path: root.shown(&logical),
            });
        };
        check_characters(&logical, name)?;
        let entry = Entry::new(name.to_owned(), &metadata, real);
        Ok(Self { root, entry })
    }

    /// Returns the file's name, without its folder.
    pub fn name(&self) -> &str {
        self.entry.path()
    }

    /// Returns the file's size in bytes.
    pub fn size(&self) -> u64 {
        self.entry.size()
    }

    pub(super) fn read<E: From<TreeError>>(
        &self,
        consume: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        read_exactly(&self.root, &self.entry, consume)
    }
}

fn read_exactly<E: From<TreeError>>(
    root: &Root,
    entry: &Entry,
    mut consume: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let changed = || TreeError::Changed {
        path: root.shown(entry.source()),
    };
    let mut file = root.open(entry.source())?;
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    let mut left = entry.size();
    loop {
        chunk.clear();
        // Always a full chunk, even where the system returns less: a compressor's output can depend on the size of its portions.
        (&mut file)
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut chunk)
            .map_err(|source| root.read_error(entry.source(), source))?;
        if chunk.is_empty() {
            break;
        }
        // The size is already part of the digest and the archive: a longer or shorter file would make them wrong.
        left = left.checked_sub(chunk.len() as u64).ok_or_else(changed)?;
        consume(&chunk)?;
    }
    if left == 0 {
        Ok(())
    } else {
        Err(changed().into())
    }
}
