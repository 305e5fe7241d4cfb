//! The kind of old versions.

use crate::resource::kind::{FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, Stage};
use crate::resource::version::{OldVersionOutputs, OldVersionSpec};

/// The kind; its physical name is `<function>:<number>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaOldVersion {}

impl Kind for LambdaOldVersion {
    const NAME: &'static str = "lambda-old-version";
    type Spec<S: Stage> = OldVersionSpec<S>;
    type Outputs = OldVersionOutputs;
    const RULES: &'static [FieldRule] = &[];
    const LEFTOVER: Leftover = Leftover::Delete;

    fn canonical<S: Stage>(spec: OldVersionSpec<S>) -> OldVersionSpec<S> {
        spec
    }

    fn summary(_: &OldVersionSpec<Declared>) -> String {
        "an old version".to_owned()
    }
}
