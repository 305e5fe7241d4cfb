//! Where the bytes of objects come from.

use std::error::Error;
use std::path::Path;

/// The contents that objects can be made of, each identified by its digest.
pub trait Contents: Send + Sync + 'static {
    /// Puts the content with that digest into a file, and packs it if necessary.
    ///
    /// Can take long, and blocks. Content is packed only when it is needed, so content that is stored already costs nothing.
    fn pack(&self, digest: &str) -> Result<Box<dyn Content>, ContentError>;
}

/// A content in a local file, which exists as long as this value.
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
    /// The manifests name nothing with this digest.
    #[error("no content has the digest `{0}`")]
    Unknown(String),
    /// The content could not be read or packed, or differs from what was digested.
    #[error("could not pack the content `{digest}`")]
    Pack {
        digest: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}
