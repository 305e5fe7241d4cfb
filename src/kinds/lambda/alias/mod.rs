//! Lambda aliases: the name under which callers reach a published version.

#[cfg(feature = "aws")]
mod aws;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(feature = "aws")]
pub use self::aws::{AliasReader, AliasWriter};
use crate::resource::address::PhysicalName;
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, Input, OutputField, Stage};

/// The alias's ARN, by which the function is invoked.
pub const ARN: OutputField<String> = OutputField::new("arn");
/// The alias's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// What the description of every alias of ours begins with. Aliases take no tags (Lambda API, `TagResource`), and those that others
/// made for our functions are theirs.
pub const MARK: &str = "agentctl:";

/// Into how many steps the share of a version is divided for comparing; far finer than anything that a canary needs.
const SHARE_STEPS: f64 = 1e6;

/// The kind; its physical name is made by [`physical_name`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaAlias {}

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

/// Names an alias of a function: `<function>:<alias>`.
pub fn physical_name(function: &str, alias: &str) -> PhysicalName {
    PhysicalName::new(format!("{function}:{alias}"))
}

impl Kind for LambdaAlias {
    const NAME: &'static str = "lambda-alias";
    type Spec<S: Stage> = AliasSpec<S>;
    type Outputs = AliasOutputs;
    const RULES: &'static [FieldRule] = &[FieldRule::new("/function", Effect::Replaces)];
    const POINTER: bool = true;
    const PIN: Option<&'static str> = Some("/version");
    const LEFTOVER: Leftover = Leftover::Delete;

    fn canonical<S: Stage>(mut spec: AliasSpec<S>) -> AliasSpec<S> {
        // A share has so few digits that JSON text gives it back to the last bit, which it does not for every number.
        for share in spec.routing.values_mut() {
            *share = (*share * SHARE_STEPS).round() / SHARE_STEPS;
        }
        spec
    }

    fn summary(spec: &AliasSpec<Declared>) -> String {
        match &spec.version {
            Input::Literal(version) => format!("to version {version}"),
            Input::Output(_) | Input::Template(_) => "to the published version".to_owned(),
        }
    }
}
