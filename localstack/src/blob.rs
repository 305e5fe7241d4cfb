//! Large bytes (object bodies, code packages): stored under their SHA-256, outside the services' state.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::store::{StoreError, names_in, write_whole};

/// The SHA-256 of a blob in hex, by which state refers to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Digest(String);

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(hex::encode(Sha256::digest(bytes)))
    }

    pub(crate) fn as_hex(&self) -> &str {
        &self.0
    }
}

/// The blobs of one account.
///
/// Putting is idempotent. Nothing is removed by handlers: the frame sweeps what no state refers to.
#[derive(Debug)]
pub(crate) struct Blobs {
    place: Place,
    put: Mutex<BTreeSet<Digest>>,
}

#[derive(Debug)]
enum Place {
    Memory(Mutex<BTreeMap<Digest, Bytes>>),
    Folder(PathBuf),
}

impl Blobs {
    pub(crate) fn in_memory() -> Self {
        Self {
            place: Place::Memory(Mutex::default()),
            put: Mutex::default(),
        }
    }

    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self {
            place: Place::Folder(folder),
            put: Mutex::default(),
        }
    }

    /// Stores bytes and gives the digest to keep in the state.
    pub(crate) fn put(&self, bytes: &Bytes) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        match &self.place {
            Place::Memory(blobs) => {
                locked(blobs).insert(digest.clone(), bytes.clone());
            }
            Place::Folder(folder) => write_whole(&folder.join(digest.as_hex()), bytes)?,
        }
        locked(&self.put).insert(digest.clone());
        Ok(digest)
    }

    /// Reads the bytes behind a digest that some state holds.
    pub(crate) fn read(&self, digest: &Digest) -> Result<Bytes, StoreError> {
        match &self.place {
            Place::Memory(blobs) => {
                locked(blobs)
                    .get(digest)
                    .cloned()
                    .ok_or_else(|| StoreError::MissingBlob {
                        digest: digest.0.clone(),
                    })
            }
            Place::Folder(folder) => {
                let path = folder.join(digest.as_hex());
                std::fs::read(&path)
                    .map(Bytes::from)
                    .map_err(|source| StoreError::Read { path, source })
            }
        }
    }

    /// Gives the digests put since the last call, each of which a refused write may have left without an owner.
    pub(crate) fn take_put(&self) -> BTreeSet<Digest> {
        std::mem::take(&mut *locked(&self.put))
    }

    /// Lists every blob that is stored.
    pub(crate) fn list(&self) -> Result<BTreeSet<Digest>, StoreError> {
        match &self.place {
            Place::Memory(blobs) => Ok(locked(blobs).keys().cloned().collect()),
            Place::Folder(folder) => Ok(names_in(folder)?.into_iter().map(Digest).collect()),
        }
    }

    /// Keeps the same blobs in memory.
    pub(crate) fn copy(&self) -> Result<Self, StoreError> {
        let read = |digest: Digest| self.read(&digest).map(|bytes| (digest, bytes));
        let blobs = self.list()?.into_iter().map(read);
        Ok(Self {
            place: Place::Memory(Mutex::new(blobs.collect::<Result<_, _>>()?)),
            put: Mutex::default(),
        })
    }

    /// Removes a blob; one that is gone already is no error.
    pub(crate) fn remove(&self, digest: &Digest) -> Result<(), StoreError> {
        match &self.place {
            Place::Memory(blobs) => {
                locked(blobs).remove(digest);
                Ok(())
            }
            Place::Folder(folder) => {
                let path = folder.join(digest.as_hex());
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::Write {
                        path,
                        source: error,
                    }),
                    _ => Ok(()),
                }
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Whole values are inserted and removed: a panic elsewhere leaves nothing half done in here.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_there_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        for blobs in [
            Blobs::in_memory(),
            Blobs::in_folder(folder.path().join("blobs")),
        ] {
            let bytes = Bytes::from_static(b"code");
            let digest = blobs.put(&bytes).unwrap();
            assert_eq!(
                (blobs.put(&bytes).unwrap(), &digest),
                (digest.clone(), &Digest::of(b"code"))
            );
            assert_eq!(blobs.read(&digest).unwrap(), bytes);
            assert_eq!(
                (blobs.list().unwrap(), blobs.take_put()),
                (
                    BTreeSet::from([digest.clone()]),
                    BTreeSet::from([digest.clone()])
                )
            );
            blobs.remove(&digest).unwrap();
            blobs.remove(&digest).unwrap();
            assert_eq!(blobs.list().unwrap(), BTreeSet::new());
            assert!(blobs.read(&digest).is_err());
        }
    }
}
