//! The fields of an alias, and the outputs that only Lambda can give.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::resource::reference::{OutputField, Stage};

/// The alias's ARN, by which the function is invoked.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The alias's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The prefix of the description of every alias that agentctl makes. Aliases take no tags (Lambda API, `TagResource`), and aliases that
/// others made for agentctl's functions belong to them.
pub const MARK: &str = "agentctl:";

/// Returns whether agentctl created an alias with this description.
pub fn is_marked(description: Option<&str>) -> bool {
    description.unwrap_or_default().starts_with(MARK)
}

/// The fields of an alias that can be declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct AliasSpec<S: Stage> {
    /// The function's name.
    pub function: S::Ref<String>,
    /// The number of the version that callers reach.
    pub version: S::Ref<String>,
    /// A description of the alias.
    pub description: String,
    /// Other versions that get a share of the invocations, from 0 to 1.
    pub routing: BTreeMap<String, f64>,
}

/// The outputs of an alias, which only AWS can give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AliasOutputs {
    /// See [`ARN`].
    pub arn: String,
    /// See [`NAME`].
    pub name: String,
}
