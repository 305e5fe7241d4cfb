//! Packs an artefact into the bytes that are stored, in a private temporary file.
//!
//! The content is digested again while it is packed, so an object never has other content than its key names.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::digest::{ByteDigest, TreeDigest, TreeHasher};
use super::error::TreeError;
use super::tree::{SourceFile, Tree};

// A zip archive counts bytes in 32 bits. Not every reader supports its 64-bit extension.
const MAX_UNPACKED_BYTES: u64 = u32::MAX as u64;

// Set explicitly, because a default can change with the library, and the same tree must give the same bytes.
const COMPRESSION_LEVEL: i64 = 6;

/// Why an artefact cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file cannot be read, or changed in the meantime.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The content differs from what was digested.
    #[error("`{path}` changed after it was digested")]
    Changed {
        /// The folder or file.
        path: String,
    },
    /// The files together are too large for an archive.
    #[error("folder `{folder}` holds {size} bytes, an archive at most {MAX_UNPACKED_BYTES}")]
    TooLarge {
        folder: String,
        /// The total size of its files.
        size: u64,
    },
    /// The temporary file cannot be written.
    #[error("could not write a temporary file in `{}`", std::env::temp_dir().display())]
    Write(#[from] io::Error),
    /// The archive cannot be written.
    #[error("could not write the archive of `{folder}`")]
    Archive {
        folder: String,
        #[source]
        source: ZipError,
    },
}

/// The bytes to store, in a temporary file that only its owner can read and that is deleted with this value.
#[derive(Debug)]
pub struct Packed {
    path: TempPath,
    size: u64,
    sha256: ByteDigest,
    unpacked_size: u64,
    entries: usize,
}

impl Packed {
    /// Returns the temporary file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number of bytes to store.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the digest of the bytes to store.
    pub fn sha256(&self) -> ByteDigest {
        self.sha256
    }

    /// Returns the total size of the packed files.
    pub fn unpacked_size(&self) -> u64 {
        self.unpacked_size
    }

    /// Returns the number of packed files.
    pub fn entries(&self) -> usize {
        self.entries
    }
}

/// Packs a tree into a zip archive whose bytes depend only on the tree and the zip library.
///
/// Blocks while it reads and compresses. Fails if the tree's digest is not `expected`.
pub(super) fn pack_tree(tree: &Tree, expected: TreeDigest) -> Result<Packed, PackError> {
    let unpacked_size = tree.unpacked_size();
    if unpacked_size > MAX_UNPACKED_BYTES {
        return Err(PackError::TooLarge {
            folder: tree.folder().to_owned(),
            size: unpacked_size,
        });
    }
    let archive_error = |source| match source {
        ZipError::Io(error) => PackError::Write(error),
        source => PackError::Archive {
            folder: tree.folder().to_owned(),
            source,
        },
    };
    let mut hasher = TreeHasher::new(tree);
    // Written as a stream, with sizes behind the data, so that its digest can be taken as it is written.
    let mut archive = ZipWriter::new_stream(Output::create()?);
    for entry in tree.entries() {
        let options = SimpleFileOptions::default()
            .system(System::Unix)
            .unix_permissions(entry.mode().bits())
            .last_modified_time(DateTime::DEFAULT)
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(COMPRESSION_LEVEL));
        archive
            .start_file(entry.path(), options)
            .map_err(archive_error)?;
        hasher.begin(entry);
        tree.read(entry, |chunk| {
            hasher.update(chunk);
            archive.write_all(chunk).map_err(PackError::Write)
        })?;
    }
    let output = archive.finish().map_err(archive_error)?.into_inner();
    if hasher.finish() != expected {
        return Err(PackError::Changed {
            path: tree.folder().to_owned(),
        });
    }
    output.finish(unpacked_size, tree.entries().len())
}

/// Copies a file as it is. Fails if its digest is not `expected`.
pub(super) fn pack_file(file: &SourceFile, expected: ByteDigest) -> Result<Packed, PackError> {
    let mut output = Output::create()?;
    file.read(|chunk| output.write_all(chunk).map_err(PackError::Write))?;
    let packed = output.finish(file.size(), 1)?;
    if packed.sha256 != expected {
        return Err(PackError::Changed {
            path: file.name().to_owned(),
        });
    }
    Ok(packed)
}

/// A temporary file that digests and counts what is written to it.
struct Output {
    file: BufWriter<NamedTempFile>,
    hasher: Sha256,
    size: u64,
}

impl Output {
    fn create() -> io::Result<Self> {
        // Mode 0600 on POSIX systems: other users must not read code and prompts.
        let file = NamedTempFile::with_prefix("agentctl-")?;
        Ok(Self {
            file: BufWriter::new(file),
            hasher: Sha256::new(),
            size: 0,
        })
    }

    fn finish(self, unpacked_size: u64, entries: usize) -> Result<Packed, PackError> {
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(Packed {
            path: file.into_temp_path(),
            size: self.size,
            sha256: ByteDigest::finish(self.hasher),
            unpacked_size,
            entries,
        })
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
