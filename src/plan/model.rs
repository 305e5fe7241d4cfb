//! The plan: what an apply or a destroy would do, in which order, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::diff::FieldChange;
use super::kept::KeptReason;
use super::record::Pin;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Excess;
use crate::resource::outputs::Outputs;
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::Live;
use crate::resource::reference::Input;
use crate::resource::registry::KindEntry;

/// Everything that would be done.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Plan {
    /// The steps, each after all it needs.
    pub steps: Vec<PlannedStep>,
    /// Resources that are as they are wished for, with their agents.
    pub unchanged: Vec<(Address, Option<String>)>,
    /// Resources that could not be read, and why. A plan with such is incomplete.
    pub unreadable: Vec<(Address, Fault)>,
    /// Resources that are ours, not asked for, and stay, with the reason.
    pub kept: Vec<(Address, KeptReason)>,
    /// The outputs of everything that was found.
    pub outputs: Outputs,
    /// The pointers that are held at a version, or were.
    pub pins: Vec<PlannedPin>,
    /// Resources that are wished for and are another part of the plan's, with their agents.
    pub put_off: Vec<(Address, Option<String>)>,
    /// The permissions that only older versions need.
    pub older: Vec<OlderPermissions>,
}

/// Permissions that the manifest no longer declares, and that a resource keeps for older versions of its agent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OlderPermissions {
    /// The resource that grants them.
    pub address: Address,
    /// Its agent.
    pub agent: String,
    /// The versions that need them, or may.
    pub versions: Vec<u64>,
    /// What they are, a line for each action.
    pub grants: Vec<String>,
    /// Why it is not known what the versions need; `None` when the records say it.
    pub unknown: Option<String>,
}

/// A pointer that is held at a version, and what becomes of that.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedPin {
    /// The pointer.
    pub address: Address,
    /// Its agent.
    pub agent: String,
    /// Where it is held, by whom, and why.
    pub pin: Pin,
    /// What becomes of it.
    pub fate: PinFate,
}

/// What becomes of a pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PinFate {
    /// It is set.
    Set,
    /// It goes on holding its pointer.
    Holds,
    /// It is released, as was asked for.
    Released,
    /// It ends, since the pointer is made anew or is not wished for any more.
    Void,
}

impl Plan {
    /// Tells whether there is nothing to do, as far as could be read.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.moved_pins().next().is_none()
    }

    /// Returns the pins that are set or released, because somebody asked for that.
    fn moved_pins(&self) -> impl Iterator<Item = &PlannedPin> {
        self.pins
            .iter()
            .filter(|planned| matches!(planned.fate, PinFate::Set | PinFate::Released))
    }

    /// Returns what becomes of an agent's pins.
    pub fn pins_after(
        &self,
        agent: &str,
        mut pins: BTreeMap<Address, Pin>,
    ) -> BTreeMap<Address, Pin> {
        for planned in self.pins.iter().filter(|planned| planned.agent == agent) {
            match planned.fate {
                PinFate::Set => {
                    pins.insert(planned.address.clone(), planned.pin.clone());
                }
                PinFate::Released | PinFate::Void => {
                    pins.remove(&planned.address);
                }
                PinFate::Holds => {}
            }
        }
        pins
    }

    /// Counts the resources on which an action is planned.
    pub fn count(&self, is_counted: impl Fn(&Action) -> bool) -> usize {
        self.steps
            .iter()
            .filter(|step| step.id.phase == Phase::Whole && is_counted(&step.action))
            .count()
    }

    /// Returns whose resources anything would be done to.
    pub fn owners(&self) -> BTreeSet<Owner> {
        self.steps
            .iter()
            .filter_map(|step| step.owner.clone())
            .collect()
    }

    /// Returns the names of the agents on which anything would be done.
    pub fn agents(&self) -> BTreeSet<&str> {
        self.steps
            .iter()
            .filter_map(|step| step.owner.as_ref().map(|owner| owner.agent.as_str()))
            .chain(self.moved_pins().map(|planned| planned.agent.as_str()))
            .collect()
    }

    /// Keeps only the steps that the predicate admits, and the needs among them. Pins are set and released with the whole plan only.
    #[must_use]
    pub fn only(&self, is_kept: impl Fn(&PlannedStep) -> bool) -> Self {
        let mut steps: Vec<PlannedStep> = self
            .steps
            .iter()
            .filter(|step| is_kept(step))
            .cloned()
            .collect();
        let kept: BTreeSet<StepId> = steps.iter().map(|step| step.id.clone()).collect();
        let left_out = self
            .steps
            .iter()
            .filter(|step| step.desired.is_some() && !kept.contains(&step.id))
            .map(|step| {
                let agent = step.owner.as_ref().map(|owner| owner.agent.clone());
                (step.id.address.clone(), agent)
            });
        let put_off = self.put_off.iter().cloned().chain(left_out).collect();
        let holds = |planned: &&PlannedPin| planned.fate == PinFate::Holds;
        let pins = self.pins.iter().filter(holds).cloned().collect();
        for step in &mut steps {
            step.needs.retain(|need| kept.contains(need));
        }
        Self {
            steps,
            pins,
            put_off,
            ..self.clone()
        }
    }

    /// Keeps only the updates of what the unreadable resources refer to; `None` when there is nothing such.
    ///
    /// A key that somebody disabled, for example, hides what it encrypts: once it is mended, the rest can be looked at.
    pub fn before_reading(&self, desired: &[DesiredResource]) -> Option<Self> {
        let unread = self.unreadable.iter().map(|(address, _)| address.clone());
        let wanted = with_sources(unread.collect(), desired);
        let is_first =
            |step: &PlannedStep| step.action == Action::Update && wanted.contains(&step.id.address);
        let mut first = self.only(is_first);
        let agent = |address: &Address| {
            let resource = desired
                .iter()
                .find(|resource| resource.address == *address)?;
            resource.agent().map(str::to_owned)
        };
        let unread = std::mem::take(&mut first.unreadable).into_iter();
        let put_off = unread.map(|(address, _)| (address.clone(), agent(&address)));
        first.put_off.extend(put_off);
        (!first.is_empty()).then_some(first)
    }
}

/// Lists these resources with everything that they refer to, through others too.
fn with_sources(addresses: BTreeSet<Address>, desired: &[DesiredResource]) -> BTreeSet<Address> {
    let mut open: Vec<Address> = addresses.iter().cloned().collect();
    let mut all = addresses;
    while let Some(address) = open.pop() {
        let resource = desired.iter().find(|resource| resource.address == address);
        for source in resource.iter().flat_map(|resource| resource.sources()) {
            if all.insert(source.address.clone()) {
                open.push(source.address);
            }
        }
    }
    all
}

/// One step: everything that is done to one resource, or the first phase of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedStep {
    /// Which step it is.
    pub id: StepId,
    /// Whose the resource is; `None` for what the account shares.
    pub owner: Option<Owner>,
    /// The physical name.
    pub name: Input<PhysicalName>,
    /// What is done.
    pub action: Action,
    /// The declared spec to reach; `None` for a deletion.
    pub desired: Option<Value>,
    /// What was found.
    pub before: Option<Live>,
    /// The fields that differ.
    pub changes: Vec<FieldChange>,
    /// What has to be said in words.
    pub notes: Vec<Note>,
    /// The steps that must have succeeded before.
    pub needs: BTreeSet<StepId>,
    /// What the resource will be, in a few words, when it is made.
    pub summary: String,
}

/// Names a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId {
    /// The resource.
    pub address: Address,
    /// Which part of the work on it.
    pub phase: Phase,
}

/// Which part of the work on a resource a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Permissions are added and none is taken away, so that what serves now and what will serve both work.
    Widen,
    /// All of it, or all that is left.
    Whole,
}

impl StepId {
    /// Names the step that brings the resource to its end.
    pub fn whole(address: &Address) -> Self {
        Self {
            address: address.clone(),
            phase: Phase::Whole,
        }
    }

    /// Names the step that only adds permissions.
    pub fn widen(address: &Address) -> Self {
        Self {
            address: address.clone(),
            phase: Phase::Widen,
        }
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.phase {
            Phase::Widen => write!(f, "{} (widen)", self.address),
            Phase::Whole => write!(f, "{}", self.address),
        }
    }
}

/// What is done to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It does not exist and is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted and made again.
    Replace(Reason),
    /// It is deleted.
    Delete,
}

/// Why a resource must be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// This field cannot be changed in place.
    Field(String),
    /// The service gave up on it, with its reason.
    Failed(String),
}

/// What has to be said in words about a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A policy grants more, in these lines.
    Widens(Vec<String>),
    /// A policy denies more, at once and also to these older versions that are served.
    Denies(Vec<u64>),
    /// This is lost.
    Loses(String),
    /// The resource is not there for a while.
    Outage,
    /// What callers reach the agent through goes for good; these are left to reach it through.
    StopsTraffic(Vec<Address>),
}

/// Digests what was seen of a resource, so that a later look can tell whether it moved.
pub fn fingerprint(live: &Live) -> String {
    let seen = json!([live.spec, live.owner]);
    hex::encode(Sha256::digest(seen.to_string().as_bytes()))
}

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Resources that are no longer desired are deleted or kept as their kind says.
    Apply,
    /// Every resource of the owners is deleted.
    Destroy,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Resources with the desired names exist and are not ours.
    #[error("{} of the names that would be used belong to somebody else", .0.len())]
    Foreign(Vec<Foreign>),
    /// Resources need each other in a circle.
    #[error("`{0}` needs itself, through others")]
    Circle(Address),
    /// A spec refers to a resource that nobody declares.
    #[error("`{from}` refers to `{to}`, which is not declared")]
    Dangling {
        /// The resource whose spec refers.
        from: Address,
        /// What it refers to.
        to: Address,
    },
    /// The union of a live and a desired document is too large, which both versions need while a pointer moves.
    #[error("{} of `{address}`, with what {} need, have {} characters of at most {}", .excess.what, needing(.versions), .excess.size, .excess.limit)]
    TooLarge {
        /// The resource.
        address: Address,
        /// Its agent.
        agent: Option<String>,
        /// What is too large.
        excess: Excess,
        /// The older versions whose deletion makes it smaller; none when only the version that is served now needs it.
        versions: Vec<u64>,
    },
    /// A kind that is not registered.
    #[error("there is no kind `{0}`")]
    UnknownKind(String),
}

fn needing(versions: &[u64]) -> String {
    match versions {
        [] => "the version that is served now and the declared one".to_owned(),
        [one] => format!("version {one} and the declared one"),
        many => {
            let numbers: Vec<String> = many.iter().map(u64::to_string).collect();
            format!("versions {} and the declared one", numbers.join(", "))
        }
    }
}

/// A resource that has the name of one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Our resource.
    pub address: Address,
    /// The name that is taken.
    pub name: String,
    /// Who owns the other.
    pub owner: Ownership,
}

/// Whether the pins in the records hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pins {
    /// They hold their pointers.
    Honoured,
    /// They are released, so that the pointers move to the newest versions.
    Released,
}

/// Leaves out the outputs that these changes may move.
pub(super) fn outputs_after(kind: &KindEntry, outputs: &Value, changes: &[FieldChange]) -> Value {
    let mut left = outputs.clone();
    for moving in kind.moving {
        let stays = changes.iter().all(|change| {
            moving
                .except
                .iter()
                .any(|prefix| change.path.starts_with(prefix))
        });
        if let (false, Some(map)) = (stays, left.as_object_mut()) {
            map.remove(moving.output);
        }
    }
    left
}
