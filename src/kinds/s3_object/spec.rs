//! What may be wished of an object and what S3 tells of it.

use serde::{Deserialize, Serialize};

use crate::resource::reference::Stage;

/// What may be wished of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct S3ObjectSpec<S: Stage> {
    pub bucket: S::Ref<String>,
    /// The digest that is the content's identity; [`super::OVERWRITTEN`] or [`super::DELETED`] when it is not ours any more.
    pub digest: String,
    /// The ARN of the key it is encrypted with; absent when the bucket's default encryption does.
    pub kms_key: Option<S::Ref<String>>,
    pub content_type: String,
}

/// What S3 tells of an object.
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
