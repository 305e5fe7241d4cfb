//! The fields of an object that can be declared, and the outputs that only AWS can give.

use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};

/// The bucket.
pub const BUCKET: OutputField<String> = OutputField::new("bucket");

/// The key.
pub const KEY: OutputField<String> = OutputField::new("key");

/// The newest version.
pub const VERSION_ID: OutputField<String> = OutputField::new("versionId");

/// SHA-256 of the stored bytes in base64, which is the form that Lambda uses for code.
pub const CHECKSUM: OutputField<String> = OutputField::new("checksum");

/// The object's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The digest of an object whose bytes somebody else wrote.
pub const OVERWRITTEN: &str = "overwritten";

/// The digest of an object whose newest version is a delete marker; older versions are still stored.
pub const DELETED: &str = "deleted";

/// The fields of an object that can be declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct S3ObjectSpec<S: Stage> {
    pub bucket: S::Ref<String>,
    /// The digest that is the content's identity; [`OVERWRITTEN`] or [`DELETED`] when the content is not agentctl's.
    pub digest: String,
    /// The ARN of the key that encrypts the object; absent when the bucket's default encryption applies.
    pub kms_key: Option<S::Ref<String>>,
    pub content_type: String,
}

/// The outputs of an object, which only AWS can give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct S3ObjectOutputs {
    pub bucket: String,
    pub key: String,
    /// The newest version.
    pub version_id: String,
    /// SHA-256 of the stored bytes in base64.
    pub checksum: String,
    pub arn: String,
}
