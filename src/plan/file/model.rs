//! The form of a saved plan, and the checks of its target and agents.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::digest::Fields;
use super::error::PlanFileError;
use crate::plan::model::{Action, Phase};
use crate::resource::address::Address;

/// The prefix of every format of saved plans.
pub(super) const FAMILY: &str = "agentctl/saved-plan/";

/// The version of the form.
pub(super) const FORMAT: &str = "agentctl/saved-plan/2";

/// A saved plan, unchanged since it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    pub(super) format: String,
    pub(super) agentctl: String,
    pub(super) plan: Body,
    /// The id of the key for the digests, and the tag that only its holders can make; `None` if there was no key.
    pub(super) seal: Option<Mark>,
    /// Shows damage before anything else is checked.
    pub(super) checksum: String,
}

/// The id of a plan's key, and the tag made with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    pub(super) key: String,
    pub(super) tag: String,
}

/// The content of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    pub(super) made: Made,
    pub(super) target: PlanTarget,
    pub(super) agents: Agents,
    pub(super) resources: BTreeMap<Address, Resource>,
    /// Our resources that are not desired, by physical name.
    pub(super) strays: BTreeMap<Address, ObservedDigests>,
    pub(super) steps: Vec<Step>,
}

/// When and by whom a plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// The time, in RFC 3339.
    pub at: String,
    /// The ARN of the identity that made it.
    pub by: String,
}

/// The target of a plan.
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
    /// The endpoint of all calls, if it is not AWS.
    pub endpoint: Option<String>,
}

/// The agents of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agents {
    /// Their names.
    pub names: BTreeSet<String>,
    /// Whether these were all agents of the project.
    pub all: bool,
}

/// A desired resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resource {
    pub(super) desired: DesiredDigests,
    /// `None` if the resource did not exist.
    pub(super) observed: Option<ObservedDigests>,
}

/// Digests of a desired resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DesiredDigests {
    /// The digest of its name, its owner, and the outputs that are known before it exists.
    pub(super) name: String,
    pub(super) fields: Fields,
}

/// Digests of an observed resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObservedDigests {
    pub(super) fields: Fields,
    pub(super) outputs: Fields,
}

/// A step of a plan.
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
    /// The resource is created.
    Create,
    /// It is updated in place.
    Update,
    /// It is deleted and created again.
    Replace,
    /// It is deleted.
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
    /// Returns the agents that it is for.
    pub fn agents(&self) -> &Agents {
        &self.plan.agents
    }

    /// Returns the time and the identity that made it.
    pub fn made(&self) -> &Made {
        &self.plan.made
    }

    /// Refuses another target than the plan's.
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

    /// Refuses another project or environment than the plan's.
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

    /// Returns the bytes that the tag is made from.
    pub(super) fn content(&self) -> Vec<u8> {
        serialised(&json!([self.format, self.agentctl, self.plan]))
    }

    pub(super) fn sum(&self) -> String {
        let content = json!([self.format, self.agentctl, self.plan, self.seal]);
        hex::encode(Sha256::digest(serialised(&content)))
    }

    /// Reads a file in the form of a saved plan, and gives it this version and the right checksum.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn amended(bytes: &[u8]) -> Option<Self> {
        let mut file: Self = serde_json::from_slice(bytes).ok()?;
        FORMAT.clone_into(&mut file.format);
        env!("CARGO_PKG_VERSION").clone_into(&mut file.agentctl);
        file.checksum = file.sum();
        Some(file)
    }

    /// Returns its text. Each plan has exactly one.
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
