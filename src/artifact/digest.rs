//! Digests: of a tree, which is its identity whichever library packs it, and of plain bytes.
//!
//! They are two types, because comparing one with the other is always a mistake.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::entry::Entry;
use super::error::TreeError;
use super::tree::{SourceFile, Tree};

// The first bytes of the framing. A later framing begins with others, so it never returns a digest that this one returned for another tree.
const FRAMING: &[u8] = b"agentctl tree 1\n";

/// The identity of a tree: SHA-256 over the paths, modes and bytes of its files.
///
/// It does not depend on times, owners, folders without files, the order on disk, or how the tree is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TreeDigest([u8; 32]);

impl TreeDigest {
    /// Reads every file of a tree, in chunks, and digests them.
    pub fn of(tree: &Tree) -> Result<Self, TreeError> {
        let mut hasher = TreeHasher::new(tree);
        for entry in tree.entries() {
            hasher.begin(entry);
            tree.read(entry, |chunk| {
                hasher.update(chunk);
                Ok::<_, TreeError>(())
            })?;
        }
        Ok(hasher.finish())
    }
}

impl fmt::Display for TreeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// SHA-256 of plain bytes: of a file, or of an archive as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ByteDigest([u8; 32]);

impl ByteDigest {
    /// Reads a file in chunks and digests it.
    pub fn of(file: &SourceFile) -> Result<Self, TreeError> {
        let mut hasher = Sha256::new();
        file.read(|chunk| {
            hasher.update(chunk);
            Ok::<_, TreeError>(())
        })?;
        Ok(Self::finish(hasher))
    }

    pub(super) fn finish(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }

    /// Writes the digest as S3 and Lambda do.
    // S3 API, HeadObject: ChecksumSHA256. Lambda API, FunctionConfiguration: CodeSha256.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl fmt::Display for ByteDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Digests a tree file by file, in the order of its entries.
///
/// The length of every part of unknown length precedes the part, so no two trees give the same bytes to the digest.
pub(super) struct TreeHasher(Sha256);

impl TreeHasher {
    pub(super) fn new(tree: &Tree) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(FRAMING);
        hasher.update((tree.entries().len() as u64).to_be_bytes());
        Self(hasher)
    }

    /// Announces the file whose bytes follow.
    pub(super) fn begin(&mut self, entry: &Entry) {
        self.0.update((entry.path().len() as u64).to_be_bytes());
        self.0.update(entry.path());
        self.0.update(entry.mode().bits().to_be_bytes());
        self.0.update(entry.size().to_be_bytes());
    }

    pub(super) fn update(&mut self, chunk: &[u8]) {
        self.0.update(chunk);
    }

    pub(super) fn finish(self) -> TreeDigest {
        TreeDigest(self.0.finalize().into())
    }
}
