//! The outputs of a function that only Lambda can give; its fields are in `configuration`.

use serde::{Deserialize, Serialize};

use crate::resource::reference::OutputField;

/// The function's ARN, without a version.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The function's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The digest of everything that a version published now would freeze.
pub const CONTENT: OutputField<String> = OutputField::new("content");

/// The outputs of a function, which only AWS can give.
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
