//! Where the bytes of objects come from.

use std::error::Error;
use std::path::Path;

/// The contents that objects can be made of, each known by the digest that is its identity.
pub trait Contents: Send + Sync + 'static {
    /// Puts the content of that digest into a file, packing it if need be.
    ///
    /// May take long and blocks. Nothing is packed before it is asked for, so what is stored already costs nothing.
    fn pack(&self, digest: &str) -> Result<Box<dyn Content>, ContentError>;
}

/// A content in a local file, which stays as long as this lives.
pub trait Content: Send + Sync {
    /// Returns where the file is.
    fn path(&self) -> &Path;
    /// Returns its size in bytes.
    fn size(&self) -> u64;
    /// Returns the SHA-256 of its bytes in base64.
    fn sha256(&self) -> String;
}

/// Why there is no content to upload.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// Nothing that the manifests name has this digest.
    #[error("no content has the digest `{0}`")]
    Unknown(String),
    /// It could not be read or packed, or is no longer what was digested.
    #[error("could not pack the content `{digest}`")]
    Pack {
        digest: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}
