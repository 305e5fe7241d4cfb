//! The saved plan: what a diff saw and would do, to be held against what an apply sees.
//!
//! It holds names, paths of fields and digests, no values. `digest` makes the digests, `check` compares, `disk` reads and writes.
//! An apply makes its own plan from the manifests and from AWS; the file can only ever keep it from being carried out.

mod check;
mod digest;
mod disk;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

pub use self::check::{Difference, Discrepancy, OpenPlan};
pub use self::digest::leaves_out_secrets;
use self::digest::{Aspect, Cover, Digester, Fields};
#[cfg(any(test, fuzzing))]
pub(crate) use self::disk::parse;
pub use self::disk::{demand_free, load, save};
use super::model::{Action, Phase, Plan, StepId};
use super::observation::Observations;
use super::record::Seal;
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::provider::{Live, Reading};
use crate::resource::registry::Registry;

/// What every format of saved plans begins with.
const FAMILY: &str = "agentctl/saved-plan/";

/// The version of the form.
const FORMAT: &str = "agentctl/saved-plan/2";

/// A saved plan, unharmed since it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    format: String,
    agentctl: String,
    plan: Body,
    /// Which key the digests are made under, and the tag that only its holders can make; absent where there was no key.
    seal: Option<Mark>,
    /// Tells a file that was damaged, before anything else is asked for.
    checksum: String,
}

/// The key that a plan is sealed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    key: String,
    tag: String,
}

/// What a plan says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    made: Made,
    target: PlanTarget,
    agents: Agents,
    resources: BTreeMap<Address, Resource>,
    /// What is ours and not wished for, by physical name.
    strays: BTreeMap<Address, ObservedDigests>,
    steps: Vec<Step>,
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
struct Resource {
    desired: DesiredDigests,
    /// Absent when the resource did not exist.
    observed: Option<ObservedDigests>,
}

/// What is wished of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DesiredDigests {
    /// What it shall be called, and what is known of it before it is there.
    name: String,
    fields: Fields,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObservedDigests {
    fields: Fields,
    outputs: Fields,
}

/// What would be done to a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    address: Address,
    phase: Phase,
    action: SavedAction,
    /// The fields that would change.
    fields: BTreeSet<String>,
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

/// Why a saved plan cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// The file cannot be read.
    #[error("the saved plan `{path}` cannot be read")]
    Read {
        /// Which file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file holds something else, or too much.
    #[error("`{0}` is no saved plan")]
    NotAPlan(Utf8PathBuf),
    /// The file is not as it was written.
    #[error("the saved plan `{0}` is damaged")]
    Damaged(Utf8PathBuf),
    /// The file was made by somebody who does not have the key it names.
    #[error("the saved plan was changed, or made by somebody who does not have the project's key")]
    Forged,
    /// The project has another key than when the plan was made, or has one by now, or none any more.
    #[error("the project's key is not the one that the plan was made with: {0}")]
    OtherKey(&'static str),
    /// Another agentctl may plan otherwise.
    #[error("the saved plan was made by {planned}, this is {actual}")]
    OtherVersion {
        /// What made it.
        planned: String,
        /// What this is.
        actual: String,
    },
    /// The plan is for another place.
    #[error("the saved plan is for {what} `{planned}`, this is `{actual}`")]
    OtherTarget {
        /// Which part of the place differs.
        what: &'static str,
        /// What it was made for.
        planned: String,
        /// Where this is.
        actual: String,
    },
    /// The manifests declare other agents.
    #[error("the saved plan was made for other manifests: {0}")]
    OtherAgents(String),
    /// Something stands where the plan is to be saved.
    #[error("the plan cannot be saved as `{0}`: it exists and is no saved plan")]
    Occupied(Utf8PathBuf),
    /// What is there would be read as a manifest.
    #[error("the plan cannot be saved as `{0}`: all files in that folder are read as manifests")]
    AmongManifests(Utf8PathBuf),
    /// The file cannot be written.
    #[error("the plan cannot be saved as `{path}`")]
    Write {
        /// Which file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// What a plan is made of.
#[derive(Debug, Clone, Copy)]
pub struct PlanFileInput<'a> {
    /// The kinds.
    pub registry: &'a Registry,
    /// The project's key, if it has one.
    pub seal: Option<&'a Seal>,
    /// What is wished for.
    pub desired: &'a [DesiredResource],
    /// What was found.
    pub observed: &'a Observations,
    /// What follows from it.
    pub plan: &'a Plan,
}

impl PlanFile {
    /// Writes down what was seen and what would be done. The plan must be complete.
    pub fn new(made: Made, target: PlanTarget, agents: Agents, input: &PlanFileInput<'_>) -> Self {
        let cover = Cover::of(input.seal);
        let digester = Digester {
            registry: input.registry,
            cover: cover.clone(),
        };
        let plan = Body {
            made,
            target,
            agents,
            resources: resources(&digester, input),
            strays: strays(&digester, input.observed),
            steps: steps(input.plan),
        };
        let mut file = Self {
            format: FORMAT.to_owned(),
            agentctl: env!("CARGO_PKG_VERSION").to_owned(),
            plan,
            seal: None,
            checksum: String::new(),
        };
        let content = file.content();
        file.seal = cover
            .key_id()
            .zip(cover.tag(&content))
            .map(|(key, tag)| Mark { key, tag });
        file.checksum = file.sum();
        file
    }

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
    fn content(&self) -> Vec<u8> {
        serialised(&json!([self.format, self.agentctl, self.plan]))
    }

    fn sum(&self) -> String {
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

fn resources(digester: &Digester<'_>, input: &PlanFileInput<'_>) -> BTreeMap<Address, Resource> {
    input
        .desired
        .iter()
        .map(|desired| {
            let resource = Resource {
                desired: desired_digests(digester, desired),
                observed: live_at(&desired.address, input.observed)
                    .map(|live| observed_digests(digester, &desired.address, live)),
            };
            (desired.address.clone(), resource)
        })
        .collect()
}

/// Returns what stands under the name of what is wished for. In a complete plan everything was read.
fn live_at<'a>(address: &Address, observed: &'a Observations) -> Option<&'a Live> {
    observed.readings.get(address).and_then(live)
}

fn live(reading: &Reading<Live>) -> Option<&Live> {
    match reading {
        // What goes is deleted as far as it can be seen; what is wished for is never obscured in a complete plan.
        Reading::Found(live) | Reading::Obscured(live, _) => Some(live),
        Reading::Absent | Reading::Unreadable(_) => None,
    }
}

fn desired_digests(digester: &Digester<'_>, desired: &DesiredResource) -> DesiredDigests {
    let address = &desired.address;
    let name = json!([desired.name, desired.known, desired.owner]);
    DesiredDigests {
        name: digester.value(Aspect::Desired, address, "", name),
        fields: digester.fields(Aspect::Desired, address, &desired.spec),
    }
}

fn observed_digests(digester: &Digester<'_>, address: &Address, live: &Live) -> ObservedDigests {
    ObservedDigests {
        fields: digester.fields(Aspect::Observed, address, &live.spec),
        outputs: digester.outputs(address, &live.outputs),
    }
}

fn strays(digester: &Digester<'_>, observed: &Observations) -> BTreeMap<Address, ObservedDigests> {
    observed
        .strays
        .iter()
        .filter_map(|stray| {
            let live = live(&stray.reading)?;
            Some((
                stray.address.clone(),
                observed_digests(digester, &stray.address, live),
            ))
        })
        .collect()
}

/// Lists the steps in an order that does not depend on that of listings.
fn steps(plan: &Plan) -> Vec<Step> {
    let mut steps: Vec<Step> = plan
        .steps
        .iter()
        .map(|step| {
            let StepId { address, phase } = step.id.clone();
            Step {
                address,
                phase,
                action: SavedAction::from(&step.action),
                fields: step
                    .changes
                    .iter()
                    .map(|change| change.path.clone())
                    .collect(),
            }
        })
        .collect();
    steps.sort();
    steps
}
