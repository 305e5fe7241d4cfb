//! The fields of a version, and the outputs that only Lambda can give.

use serde::{Deserialize, Serialize};

use crate::resource::reference::{OutputField, Stage};

/// The version's number, as text.
pub const VERSION: OutputField<String> = OutputField::new("version");

/// How many versions of the function are published.
pub const COUNT: OutputField<u64> = OutputField::new("count");

/// The version's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// What may be wished of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionSpec<S: Stage> {
    /// The function's name.
    pub function: S::Ref<String>,
    /// The digest of what the version freezes, as the function tells it.
    pub content: S::Ref<String>,
}

/// What only Lambda can tell of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionOutputs {
    /// See [`VERSION`].
    pub version: String,
    /// See [`ARN`].
    pub arn: String,
    /// See [`COUNT`].
    pub count: u64,
}
