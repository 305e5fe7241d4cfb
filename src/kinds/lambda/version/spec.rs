//! The fields of a version, and the outputs that only Lambda can give.

use serde::{Deserialize, Serialize};

use crate::resource::reference::{OutputField, Stage};

/// The version's number, as text.
pub const VERSION: OutputField<String> = OutputField::new("version");

/// How many versions of the function are published.
pub const COUNT: OutputField<u64> = OutputField::new("count");

/// The version's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The fields of a version that can be declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionSpec<S: Stage> {
    /// The function's name.
    pub function: S::Ref<String>,
    /// The digest of what the version freezes, an output of the function.
    pub content: S::Ref<String>,
}

/// The outputs of a version, which only AWS can give.
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
