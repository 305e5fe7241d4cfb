//! Why files cannot become an artefact, and the limits that the messages name.

use std::io;
use std::path::PathBuf;

/// The most files, and the most folders, that a tree can have: what a zip archive counts without its 64-bit extension.
pub const MAX_ENTRIES: usize = 65_535;

// Linux refuses paths of more than 4,096 bytes, and the service adds a folder of its own at the front. The limit also ends a chain of links
// from folder to folder.
pub(super) const MAX_PATH_BYTES: usize = 4_000;

/// The longest ignore file that is read. Rules are compiled together, and a megabyte of them takes minutes.
pub(super) const MAX_IGNORE_BYTES: u64 = 64 * 1024;

/// Why a folder or file cannot become an artefact.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A path leads out of the project root.
    #[error("`{path}` lies outside the project root")]
    Outside {
        /// The path as the manifest has it.
        path: String,
    },
    /// A link leads out of the project root.
    #[error("link `{link}` leads to `{}`, outside the project root", target.display())]
    LinkOutside {
        link: String,
        /// The target as the link has it.
        target: PathBuf,
    },
    /// A link leads to nothing, or to itself.
    #[error("link `{link}` leads to `{}`, which cannot be reached", target.display())]
    LinkBroken {
        link: String,
        /// The target as the link has it.
        target: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A link leads to a folder that contains the link.
    #[error("link `{link}` leads to `{target}`, a folder that contains it")]
    LinkLoop {
        link: String,
        /// The folder.
        target: String,
    },
    /// Something is neither file, folder nor link.
    #[error("`{path}` is a {found}; only files, folders and links to them can be packed")]
    Special {
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
    /// A zip archive cannot carry the name unchanged to every reader.
    #[error("the name {path:?} holds {found}")]
    Name {
        /// The path that ends in the name.
        path: PathBuf,
        /// What it holds.
        found: &'static str,
    },
    /// A path is too long to be unpacked.
    #[error("`{path}` is longer than {MAX_PATH_BYTES} bytes")]
    TooLong { path: String },
    /// There are more files, or more folders, than an archive counts.
    #[error("folder `{folder}` holds more than {MAX_ENTRIES} files or folders")]
    TooMany { folder: String },
    /// No file is left to pack.
    #[error("folder `{folder}` holds no files once ignored ones are left out")]
    Empty { folder: String },
    /// A line of an ignore file is not understood.
    #[error("line {line} of `{path}` is not an ignore rule")]
    IgnoreRule {
        /// The ignore file.
        path: String,
        /// The line, from 1.
        line: usize,
        #[source]
        source: ignore::Error,
    },
    /// An ignore file is too large to be one.
    #[error("`{path}` is larger than {MAX_IGNORE_BYTES} bytes")]
    IgnoreFileSize {
        /// The ignore file.
        path: String,
    },
    /// Each line of a folder's ignore files is valid, but together they are too many.
    #[error("the ignore rules of folder `{folder}` cannot be used together")]
    IgnoreRules {
        folder: String,
        #[source]
        source: ignore::Error,
    },
    /// The system refused to read something.
    #[error("could not read `{path}`")]
    Read {
        path: String,
        #[source]
        source: io::Error,
    },
    /// A file differs from what the walk found.
    #[error("`{path}` changed while it was read")]
    Changed {
        /// The file.
        path: String,
    },
}

/// What the user may want to know, and what is no error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum TreeWarning {
    /// Two names of one folder differ only in case. AWS distinguishes them; many macOS and Windows file systems do not.
    #[error("`{first}` and `{second}` differ only in case, and some file systems cannot hold both")]
    CaseOnly {
        /// The name that sorts first.
        first: String,
        /// The other.
        second: String,
    },
}
