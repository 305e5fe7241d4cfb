//! What may be wished of the artifacts bucket and what S3 tells of it.

use crate::resource::document::Document;
use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};

/// The bucket's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The bucket's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// What may be wished of the bucket.
///
/// There are no labels: projects share the bucket, so two of them with different labels would undo each other's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactsBucketSpec<S: Stage> {
    /// Whether an overwritten object keeps its old versions.
    pub versioning: bool,
    /// The algorithm that objects are encrypted with unless they say otherwise, for example `AES256`.
    pub encryption: String,
    /// Whether all four ways of making it public are blocked.
    pub public_access_blocked: bool,
    /// The bucket policy.
    pub policy: Option<Document<S>>,
}

/// What S3 tells of the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactsBucketOutputs {
    pub arn: String,
    pub name: String,
}
