//! The form of a saved plan, and what it has to be for.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::digest::Fields;
use super::error::PlanFileError;
use crate::plan::model::{Action, Phase};
use crate::resource::address::Address;

/// What every format of saved plans begins with.
pub(super) const FAMILY: &str = "agentctl/saved-plan/";

/// The version of the form.
pub(super) const FORMAT: &str = "agentctl/saved-plan/2";

/// A saved plan, unharmed since it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    pub(super) format: String,
    pub(super) agentctl: String,
    pub(super) plan: Body,
    /// Which key the digests are made under, and the tag that only its holders can make; absent where there was no key.
    pub(super) seal: Option<Mark>,
    /// Tells a file that was damaged, before anything else is asked for.
    pub(super) checksum: String,
}

/// The key that a plan is sealed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    pub(super) key: String,
    pub(super) tag: String,
}

/// What a plan says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    pub(super) made: Made,
    pub(super) target: PlanTarget,
    pub(super) agents: Agents,
    pub(super) resources: BTreeMap<Address, Resource>,
    /// What is ours and not wished for, by physical name.
    pub(super) strays: BTreeMap<Address, ObservedDigests>,
    pub(super) steps: Vec<Step>,
}

/// When and by whom a plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// When.
    pub at: String,
    /// The ARN of who looked.
    pub by: String,
}

/// Where a plan applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanTarget {
    /// The project.
    pub project: String,
    /// The environment.
    pub env: String,
    /// The partition.
    pub partition: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Where calls go when it is not AWS.
    pub endpoint: Option<String>,
}

/// Which agents a plan is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agents {
    /// Their names.
    pub names: BTreeSet<String>,
    /// Whether these were all that the project had.
    pub all: bool,
}

/// A resource that is wished for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resource {
    pub(super) desired: DesiredDigests,
    /// Absent when the resource did not exist.
    pub(super) observed: Option<ObservedDigests>,
}

/// What is wished of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DesiredDigests {
    /// What it shall be called, and what is known of it before it is there.
    pub(super) name: String,
    pub(super) fields: Fields,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObservedDigests {
    pub(super) fields: Fields,
    pub(super) outputs: Fields,
}

/// What would be done to a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) address: Address,
    pub(super) phase: Phase,
    pub(super) action: SavedAction,
    /// The fields that would change.
    pub(super) fields: BTreeSet<String>,
}

/// An [`Action`] without its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedAction {
    /// It would be made.
    Create,
    /// It would be changed in place.
    Update,
    /// It would be deleted and made again.
    Replace,
    /// It would be deleted.
    Delete,
}

impl From<&Action> for SavedAction {
    fn from(action: &Action) -> Self {
        match action {
            Action::Create => Self::Create,
            Action::Update => Self::Update,
            Action::Replace(_) => Self::Replace,
            Action::Delete => Self::Delete,
        }
    }
}

impl PlanFile {
    /// Returns which agents it is for.
    pub fn agents(&self) -> &Agents {
        &self.plan.agents
    }

    /// Returns when and by whom it was made.
    pub fn made(&self) -> &Made {
        &self.plan.made
    }

    /// Refuses another place than the one it was made for.
    pub fn demand_target(&self, actual: &PlanTarget) -> Result<(), PlanFileError> {
        let planned = &self.plan.target;
        self.demand_project(&actual.project, &actual.env)?;
        let aws = || "AWS".to_owned();
        let parts = [
            (
                "partition",
                planned.partition.clone(),
                actual.partition.clone(),
            ),
            ("account", planned.account.clone(), actual.account.clone()),
            ("region", planned.region.clone(), actual.region.clone()),
            (
                "endpoint",
                planned.endpoint.clone().unwrap_or_else(aws),
                actual.endpoint.clone().unwrap_or_else(aws),
            ),
        ];
        first_other(parts)
    }

    /// Refuses another project or environment than the one it was made for.
    pub fn demand_project(&self, project: &str, env: &str) -> Result<(), PlanFileError> {
        let planned = &self.plan.target;
        first_other([
            ("project", planned.project.clone(), project.to_owned()),
            ("environment", planned.env.clone(), env.to_owned()),
        ])
    }

    /// Refuses manifests that do not declare the same agents.
    pub fn demand_agents(&self, declared: &BTreeSet<String>) -> Result<(), PlanFileError> {
        let planned = &self.plan.agents;
        let gone = planned.names.difference(declared).next();
        let new = declared.difference(&planned.names).next();
        match (gone, new) {
            (Some(agent), _) => Err(PlanFileError::OtherAgents(format!(
                "agent `{agent}` is no longer declared"
            ))),
            (None, Some(agent)) if planned.all => Err(PlanFileError::OtherAgents(format!(
                "agent `{agent}` was not declared then"
            ))),
            (None, _) => Ok(()),
        }
    }

    /// What the checksum and the tag are made over.
    pub(super) fn content(&self) -> Vec<u8> {
        serialised(&json!([self.format, self.agentctl, self.plan]))
    }

    pub(super) fn sum(&self) -> String {
        let content = json!([self.format, self.agentctl, self.plan, self.seal]);
        hex::encode(Sha256::digest(serialised(&content)))
    }

    /// Reads what has the form of a saved plan, as if this agentctl had written it: with its version and the right checksum.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn amended(bytes: &[u8]) -> Option<Self> {
        let mut file: Self = serde_json::from_slice(bytes).ok()?;
        FORMAT.clone_into(&mut file.format);
        env!("CARGO_PKG_VERSION").clone_into(&mut file.agentctl);
        file.checksum = file.sum();
        Some(file)
    }

    /// Writes it out. There is one text for each plan.
    pub(crate) fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect(SERIALISES);
        format!("{text}\n")
    }
}

const SERIALISES: &str = "a saved plan has text keys only, so it serialises";

fn serialised(value: &serde_json::Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn first_other<const COUNT: usize>(
    parts: [(&'static str, String, String); COUNT],
) -> Result<(), PlanFileError> {
    match parts
        .into_iter()
        .find(|(_, planned, actual)| planned != actual)
    {
        None => Ok(()),
        Some((what, planned, actual)) => Err(PlanFileError::OtherTarget {
            what,
            planned,
            actual,
        }),
    }
}
