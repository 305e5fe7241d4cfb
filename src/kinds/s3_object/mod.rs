//! An object in the artifacts bucket: packed code, a prompt, or tools.

#[cfg(feature = "aws")]
mod aws;
mod content;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{S3ObjectReader, S3ObjectWriter};
pub use self::content::{Content, ContentError, Contents};
pub use self::kind::{S3Object, physical_name};
pub use self::spec::{
    ARN, BUCKET, CHECKSUM, DELETED, KEY, OVERWRITTEN, S3ObjectOutputs, S3ObjectSpec, VERSION_ID,
};
