//! The kind of aliases.

use super::spec::{AliasOutputs, AliasSpec};
use crate::resource::address::PhysicalName;
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, Input, Stage};

/// The number of steps that a version's share is rounded to before it is compared; far finer than any canary needs.
const SHARE_STEPS: f64 = 1e6;

/// The kind; [`physical_name`] makes its physical name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaAlias {}

/// Returns the physical name of an alias, `<function>:<alias>`.
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
        // A share has so few digits that JSON text preserves it exactly, which is not so for every number.
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
