//! One file of a tree: its path, mode and size.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The mode that a file is packed with. No other permission matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The owner can write, and everybody can read.
    Regular,
    /// As `Regular`, and everybody can execute.
    Executable,
}

impl Mode {
    /// Returns the POSIX permission bits.
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

    /// Returns the POSIX path relative to the folder.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the mode the file is packed with.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns the size of the file in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the path that the content is read from.
    pub(super) fn source(&self) -> &Path {
        &self.source
    }
}
