//! Why files cannot become an artefact, and the bounds that the messages name.

use std::io;
use std::path::PathBuf;

/// The most files, and the most folders, that a tree may hold: what a zip archive counts without its 64-bit extension.
pub const MAX_ENTRIES: usize = 65_535;

// Linux refuses paths of more than 4,096 bytes, and the service puts a folder of its own in front. The bound also ends
// a chain of links from folder to folder.
pub(super) const MAX_PATH_BYTES: usize = 4_000;

/// The longest ignore file that is read. Rules are compiled together, and a megabyte of them would take minutes.
pub(super) const MAX_IGNORE_BYTES: u64 = 64 * 1024;

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
    #[error("`{path}` is larger than {MAX_IGNORE_BYTES} bytes")]
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
