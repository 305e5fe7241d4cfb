//! The project root: nothing outside it is ever read.
//!
//! Links are followed, so a path is checked by where it leads, and checked again once its file is open.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use camino::Utf8Path;

use super::error::TreeError;

/// The canonical path of the project root.
#[derive(Debug, Clone)]
pub(super) struct Root(PathBuf);

impl Root {
    pub(super) fn new(path: &Utf8Path) -> Result<Self, TreeError> {
        fs::canonicalize(path)
            .map(Self)
            .map_err(|source| TreeError::Read {
                path: path.to_string(),
                source,
            })
    }

    pub(super) fn as_path(&self) -> &Path {
        &self.0
    }

    /// Returns a path as the user knows it: relative to the project root where it is below it.
    pub(super) fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.0) {
            Ok(relative) if relative.as_os_str().is_empty() => ".".to_owned(),
            Ok(relative) => relative.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }

    /// Finds where a path leads, through every link on the way.
    pub(super) fn resolve(&self, path: &Path) -> Result<PathBuf, TreeError> {
        let real = fs::canonicalize(path).map_err(|source| match fs::read_link(path) {
            Ok(target) => TreeError::LinkBroken {
                link: self.shown(path),
                target,
                source,
            },
            Err(_) => self.read_error(path, source),
        })?;
        if real.starts_with(&self.0) {
            return Ok(real);
        }
        Err(match fs::read_link(path) {
            Ok(target) => TreeError::LinkOutside {
                link: self.shown(path),
                target,
            },
            // The path itself is no link: a folder above it is one, or the path has `..`.
            Err(_) => TreeError::Outside {
                path: self.shown(path),
            },
        })
    }

    /// Opens a file that `resolve` has found.
    ///
    /// Between the two calls a folder or file of the path can become a link out of the project. So the open handle is used only if the
    /// path still leads straight to the file of the handle.
    pub(super) fn open(&self, real: &Path) -> Result<File, TreeError> {
        let attempt = || -> io::Result<Option<File>> {
            // Opening a pipe would wait for a writer.
            if !fs::symlink_metadata(real)?.is_file() {
                return Ok(None);
            }
            let file = File::open(real)?;
            let held = file.metadata()?;
            let named = fs::symlink_metadata(real)?;
            let same = fs::canonicalize(real)? == real
                && (held.dev(), held.ino()) == (named.dev(), named.ino())
                && held.is_file();
            Ok(same.then_some(file))
        };
        attempt()
            .map_err(|source| self.read_error(real, source))?
            .ok_or_else(|| TreeError::Changed {
                path: self.shown(real),
            })
    }

    pub(super) fn read_error(&self, path: &Path, source: io::Error) -> TreeError {
        TreeError::Read {
            path: self.shown(path),
            source,
        }
    }
}
