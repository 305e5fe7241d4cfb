//! Versions of a runtime that newer ones took the place of and that no endpoint names: read to be deleted, and never wished for.

#[cfg(feature = "aws")]
mod aws;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{OldVersionReader, OldVersionWriter};
use crate::resource::kind::{FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, Stage};
use crate::resource::version::{OldVersionOutputs, OldVersionSpec};

/// The kind; its physical name is `<runtime id>/<number>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentcoreOldVersion {}

impl Kind for AgentcoreOldVersion {
    const NAME: &'static str = "agentcore-old-version";
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
