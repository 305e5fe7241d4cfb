//! The fields of an alias, and the outputs that only Lambda can give.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::resource::reference::{OutputField, Stage};

/// The alias's ARN, by which the function is invoked.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The alias's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// What the description of every alias of ours begins with. Aliases take no tags (Lambda API, `TagResource`), and those that others
/// made for our functions are theirs.
pub const MARK: &str = "agentctl:";

/// What may be wished of an alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct AliasSpec<S: Stage> {
    /// The function's name.
    pub function: S::Ref<String>,
    /// The number of the version that callers reach.
    pub version: S::Ref<String>,
    /// What the alias is for, in words.
    pub description: String,
    /// Other versions that get a share of the invocations, from 0 to 1.
    pub routing: BTreeMap<String, f64>,
}

/// What only Lambda can tell of an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AliasOutputs {
    /// See [`ARN`].
    pub arn: String,
    /// See [`NAME`].
    pub name: String,
}
