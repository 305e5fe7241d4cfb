//! The kind of aliases.

use super::spec::{AliasOutputs, AliasSpec};
use crate::resource::address::PhysicalName;
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, Input, Stage};

/// Into how many steps the share of a version is divided for comparing; far finer than anything that a canary needs.
const SHARE_STEPS: f64 = 1e6;

/// The kind; its physical name is made by [`physical_name`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaAlias {}

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
