//! Files below the data folder: `<account>/<region|global>/<service>.json` and `<account>/blobs/<sha256>`.
//!
//! A file is written beside its place and renamed, so a killed process leaves the old or the new one. Power loss is not guarded against.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Refusal;

/// The version of the files' format; a file of another version is refused.
const FORMAT: u32 = 1;
const UNFINISHED: &str = "unfinished";

/// Why state could not be loaded or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder could not be read.
    #[error("could not read `{path}`")]
    Read {
        /// What was read.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written or removed.
    #[error("could not write `{path}`")]
    Write {
        /// What was written.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold what this version writes.
    #[error("`{path}` does not hold the state of a service")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Where it differs.
        source: serde_json::Error,
    },
    /// A file was written by another version.
    #[error("`{path}` has format {found}, this version reads format {FORMAT}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Something lies in the data folder that the endpoint did not put there.
    #[error("`{path}` is not a part of an endpoint's data")]
    Foreign {
        /// The file or folder.
        path: PathBuf,
    },
    /// Two accounts have a bucket of one name.
    #[error("bucket `{bucket}` is in the data of two accounts")]
    Shared {
        /// The bucket.
        bucket: String,
    },
    /// State refers to bytes that are not stored.
    #[error("blob `{digest}` is missing")]
    MissingBlob {
        /// The blob's SHA-256.
        digest: String,
    },
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let cause = std::error::Error::source(&error)
            .map_or_else(String::new, |source| format!(": {source}"));
        // Clients do not repeat a request that is answered so, and repeating makes no room on a disk.
        let status = match error {
            StoreError::Write { .. } => StatusCode::INSUFFICIENT_STORAGE,
            StoreError::Read { .. }
            | StoreError::Unreadable { .. }
            | StoreError::Format { .. }
            | StoreError::Foreign { .. }
            | StoreError::Shared { .. }
            | StoreError::MissingBlob { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, "InternalFailure", format!("{error}{cause}"))
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    state: Value,
}

/// Writes the state of a service.
pub(crate) fn write_state(path: &Path, state: Value) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec_pretty(&File {
        format: FORMAT,
        state,
    })
    .map_err(|source| StoreError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    write_whole(path, &bytes)
}

/// Reads the state of a service.
pub(crate) fn read_state(path: &Path) -> Result<Value, StoreError> {
    let bytes = std::fs::read(path).map_err(|source| StoreError::Read {
        path: path.to_owned(),
        source,
    })?;
    let file: File = serde_json::from_slice(&bytes).map_err(|source| StoreError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    if file.format != FORMAT {
        return Err(StoreError::Format {
            path: path.to_owned(),
            found: file.format,
        });
    }
    Ok(file.state)
}

/// Writes a file whole or not at all, making its folder where needed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let failed = |source| StoreError::Write {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let unfinished = path.with_extension(UNFINISHED);
    let written =
        std::fs::write(&unfinished, bytes).and_then(|()| std::fs::rename(&unfinished, path));
    if written.is_err() {
        // The disk may be full, and the file takes room. It may also not exist.
        let _ = std::fs::remove_file(&unfinished);
    }
    written.map_err(failed)
}

/// Lists the names in a folder in order, without files that a killed process left unfinished; a missing folder is empty.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<String>, StoreError> {
    let failed = |source| StoreError::Read {
        path: folder.to_owned(),
        source,
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == UNFINISHED)
        {
            continue;
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| StoreError::Foreign { path: path.clone() })?;
        names.push(name.to_owned());
    }
    names.sort();
    Ok(names)
}
