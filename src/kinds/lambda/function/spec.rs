//! The outputs of a function that only Lambda can give; its fields are in `configuration`.

use serde::{Deserialize, Serialize};

use crate::resource::reference::OutputField;

/// The function's ARN, without a version.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The function's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The digest of all that a version published now would freeze.
pub const CONTENT: OutputField<String> = OutputField::new("content");

/// What only Lambda can tell of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionOutputs {
    /// See [`ARN`].
    pub arn: String,
    /// See [`NAME`].
    pub name: String,
    /// See [`CONTENT`].
    pub content: String,
}
