//! The fields of the artifacts bucket that can be declared, and the outputs that only AWS can give.

use crate::resource::document::Document;
use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};

/// The bucket's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The bucket's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The fields of the bucket that can be declared.
///
/// There are no labels: projects share the bucket, and two projects with different labels would undo each other's changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactsBucketSpec<S: Stage> {
    /// Whether an overwritten object keeps its old versions.
    pub versioning: bool,
    /// The default encryption of objects, for example `AES256`.
    pub encryption: String,
    /// Whether all four ways to make the bucket public are blocked.
    pub public_access_blocked: bool,
    /// The bucket policy.
    pub policy: Option<Document<S>>,
}

/// The outputs of the bucket, which only AWS can give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactsBucketOutputs {
    pub arn: String,
    pub name: String,
}
