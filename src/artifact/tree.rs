//! The files of a folder as they would be packed: which ones, in which order, with which mode.
//!
//! Content is read when it is digested or packed, and then checked to be what was walked.

use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use camino::Utf8Path;

use super::ignore_rule::MAX_BYTES;
use super::root::Root;
use super::walk::{Found, MAX_PATH_BYTES, check_characters, walk};

/// The most files, and the most folders, that a tree may hold: what a zip archive counts without its 64-bit extension.
pub const MAX_ENTRIES: usize = 65_535;

const CHUNK_BYTES: usize = 64 * 1024;

/// Why a folder or file cannot become an artefact.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A path leads out of the project root.
    #[error("`{path}` lies outside the project root")]
    Outside {
        /// The path as it was given.
        path: String,
    },
    /// A link leads out of the project root.
    #[error("link `{link}` leads to `{}`, outside the project root", target.display())]
    LinkOutside {
        /// The link.
        link: String,
        /// What the link holds.
        target: PathBuf,
    },
    /// A link leads nowhere, or to itself.
    #[error("link `{link}` leads to `{}`, which cannot be reached", target.display())]
    LinkBroken {
        /// The link.
        link: String,
        /// What the link holds.
        target: PathBuf,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
    /// A link leads to a folder that it stands in.
    #[error("link `{link}` leads to `{target}`, a folder that it stands in")]
    LinkLoop {
        /// The link.
        link: String,
        /// The folder.
        target: String,
    },
    /// Something is neither file, folder nor link.
    #[error("`{path}` is a {found}; only files, folders and links to them can be packed")]
    Special {
        /// What was found.
        path: String,
        /// Its type.
        found: &'static str,
    },
    /// A folder was expected.
    #[error("`{path}` is not a folder")]
    NotAFolder {
        /// What is no folder.
        path: String,
    },
    /// A file was expected.
    #[error("`{path}` is not a file")]
    NotAFile {
        /// What is no file.
        path: String,
    },
    /// A name cannot be carried by a zip archive to every reader unharmed.
    #[error("the name {path:?} holds {found}")]
    Name {
        /// The path that ends in the name.
        path: PathBuf,
        /// What it holds.
        found: &'static str,
    },
    /// A path is too long to be unpacked.
    #[error("`{path}` is longer than {MAX_PATH_BYTES} bytes")]
    TooLong {
        /// The path.
        path: String,
    },
    /// There are more files, or more folders, than an archive counts.
    #[error("folder `{folder}` holds more than {MAX_ENTRIES} files or folders")]
    TooMany {
        /// The folder.
        folder: String,
    },
    /// Nothing is left to be packed.
    #[error("folder `{folder}` holds no files once ignored ones are left out")]
    Empty {
        /// The folder.
        folder: String,
    },
    /// A line of an ignore file is not understood.
    #[error("line {line} of `{path}` is not an ignore rule")]
    IgnoreRule {
        /// The ignore file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: ignore::Error,
    },
    /// An ignore file is too large to be one.
    #[error("`{path}` is larger than {MAX_BYTES} bytes")]
    IgnoreFileSize {
        /// The ignore file.
        path: String,
    },
    /// The lines of a folder's ignore files, each of them good, are too many to be used together.
    #[error("the ignore rules of folder `{folder}` cannot be used together")]
    IgnoreRules {
        /// The folder.
        folder: String,
        /// What is wrong with them.
        #[source]
        source: ignore::Error,
    },
    /// The system refused to read something.
    #[error("could not read `{path}`")]
    Read {
        /// What was to be read.
        path: String,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
    /// A file is no longer what it was when the folder was walked.
    #[error("`{path}` changed while it was read")]
    Changed {
        /// The file.
        path: String,
    },
}

/// Something the user may want to know, though it stops nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum TreeWarning {
    /// Two names of one folder differ only in case. AWS tells them apart; many a macOS or Windows disk does not.
    #[error("`{first}` and `{second}` differ only in case, and some file systems cannot hold both")]
    CaseOnly {
        /// The name that sorts first.
        first: String,
        /// The other.
        second: String,
    },
}

/// The mode a file is packed with; nothing else of its permissions matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Owner may write, everybody may read.
    Regular,
    /// As `Regular`, and everybody may execute.
    Executable,
}

impl Mode {
    /// Gives the POSIX permission bits.
    pub fn bits(self) -> u32 {
        match self {
            Self::Regular => 0o644,
            Self::Executable => 0o755,
        }
    }

    fn of(metadata: &Metadata) -> Self {
        let owner_may_execute = metadata.permissions().mode() & 0o100 != 0;
        if owner_may_execute {
            Self::Executable
        } else {
            Self::Regular
        }
    }
}

/// One file of a tree.
#[derive(Debug, Clone)]
pub struct Entry {
    path: String,
    mode: Mode,
    size: u64,
    source: PathBuf,
}

impl Entry {
    pub(super) fn new(path: String, metadata: &Metadata, source: PathBuf) -> Self {
        Self {
            path,
            mode: Mode::of(metadata),
            size: metadata.len(),
            source,
        }
    }

    /// Gives the POSIX path relative to the folder.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Gives the mode the file is packed with.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Gives the size of the file in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// The files of a folder, sorted by the bytes of their paths. Never empty.
///
/// Folders are not listed: one without files is not part of a tree.
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
    /// Links are followed within the root. Ignore rules come from the folder, from the folders below it and from those
    /// above it up to the root; a rule that names the folder itself does not empty it, for it was asked for by name.
    pub fn walk(root: &Utf8Path, folder: &Utf8Path) -> Result<Self, TreeError> {
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
        let folder = root.shown(&real);
        if entries.is_empty() {
            return Err(TreeError::Empty { folder });
        }
        entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        warnings.sort_unstable();
        Ok(Self {
            root,
            folder,
            entries,
            warnings,
        })
    }

    /// Gives the folder's path relative to the project root.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// Gives the files in the order in which they are digested and packed.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Finds a file by its POSIX path.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let index = self
            .entries
            .binary_search_by(|entry| entry.path.as_str().cmp(path));
        index.ok().map(|index| &self.entries[index])
    }

    /// Gives what the user may want to know.
    pub fn warnings(&self) -> &[TreeWarning] {
        &self.warnings
    }

    /// Adds up the sizes of all files.
    pub fn unpacked_size(&self) -> u64 {
        self.entries.iter().map(Entry::size).sum()
    }

    /// Reads a file of this tree in chunks, and fails if it is not the file that was walked.
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
    /// Finds the file `path`, which is absolute or relative to `root`. Its name is that of a link, not of the link's target.
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

    /// Gives the file's name, without its folder.
    pub fn name(&self) -> &str {
        self.entry.path()
    }

    /// Gives the file's size in bytes.
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
        path: root.shown(&entry.source),
    };
    let mut file = root.open(&entry.source)?;
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    let mut left = entry.size;
    loop {
        chunk.clear();
        // Always a full chunk, however short the system's reads are: what a compressor gives may depend on its portions.
        (&mut file)
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut chunk)
            .map_err(|source| root.read_error(&entry.source, source))?;
        if chunk.is_empty() {
            break;
        }
        // The digest and the archive have announced the size by now: a longer or shorter file would make them wrong.
        left = left.checked_sub(chunk.len() as u64).ok_or_else(changed)?;
        consume(&chunk)?;
    }
    if left == 0 {
        Ok(())
    } else {
        Err(changed().into())
    }
}
