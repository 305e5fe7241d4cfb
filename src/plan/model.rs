//! The plan: the steps of an apply or a destroy, in their order, with reasons.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::diff::FieldChange;
use super::kept::KeptReason;
use super::pin::Pin;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Excess;
use crate::resource::outputs::Outputs;
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::Live;
use crate::resource::reference::Input;
use crate::resource::registry::{KindEntry, Registry};

/// All steps of an apply or a destroy.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Plan {
    /// What it is for.
    pub purpose: Purpose,
    /// The steps, each after the steps that it needs.
    pub steps: Vec<PlannedStep>,
    /// Resources that equal the desired ones, with their agents.
    pub unchanged: Vec<(Address, Option<String>)>,
    /// Resources that could not be read, and why. A plan with any of them is incomplete.
    pub unreadable: Vec<(Address, Fault)>,
    /// Our resources that are not desired and are kept, with the reason.
    pub kept: Vec<(Address, KeptReason)>,
    /// The outputs of all resources that were found.
    pub outputs: Outputs,
    /// The pins of the agents, and the ones that the plan sets.
    pub pins: Vec<PlannedPin>,
    /// Desired resources whose steps are in another part of the plan, with their agents.
    pub put_off: Vec<(Address, Option<String>)>,
    /// The permissions that only older versions need.
    pub older: Vec<OlderPermissions>,
    /// Resources that have names of ours, and are not ours. They are not changed.
    pub foreign: Vec<Foreign>,
    /// Resources of ours that were deleted and created again outside agentctl, with the same names and marks.
    pub remade: Vec<Remade>,
}

/// A resource that was deleted and created again outside agentctl since it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remade {
    /// The resource.
    pub address: Address,
    /// Its physical name, unless that waits for an output.
    pub name: Option<PhysicalName>,
    /// Its agent.
    pub agent: Option<String>,
    /// The id that it had when it was recorded.
    pub was: String,
    /// The id of the resource that has the name now.
    pub now: String,
}

/// Permissions that the manifest no longer declares, and that a resource keeps for older versions of its agent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OlderPermissions {
    /// The resource that grants them.
    pub address: Address,
    /// Its agent.
    pub agent: String,
    /// The versions that need them or may need them.
    pub versions: Vec<u64>,
    /// Those of them that can be deleted, because nothing holds them.
    pub deletable: Vec<u64>,
    /// The permissions, a line for each action.
    pub grants: Vec<String>,
    /// Why it is not known what the versions need; `None` if the records have it.
    pub unknown: Option<String>,
}

/// A pin, and what the plan does with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedPin {
    /// The pointer.
    pub address: Address,
    /// Its agent.
    pub agent: String,
    /// The pin.
    pub pin: Pin,
    /// What the plan does with it.
    pub fate: PinFate,
}

/// What a plan does with a pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PinFate {
    /// It is set.
    Set,
    /// It keeps its pointer at the version.
    Holds,
    /// Its version no longer exists, and the pointer is elsewhere. A person has to choose another.
    Gone,
    /// It is released on request.
    Released,
    /// It ends: the pointer or the resource with the versions is created again, or the pointer is no longer desired.
    Void,
}

impl PinFate {
    /// Returns whether the pin is deleted.
    pub fn is_over(self) -> bool {
        match self {
            Self::Released | Self::Void => true,
            Self::Set | Self::Holds | Self::Gone => false,
        }
    }
}

impl Plan {
    /// Returns whether there is nothing to do for the resources that could be read.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.changed_pins().next().is_none()
    }

    /// Returns the pins that are set, released or end.
    fn changed_pins(&self) -> impl Iterator<Item = &PlannedPin> {
        self.pins
            .iter()
            .filter(|planned| planned.fate == PinFate::Set || planned.fate.is_over())
    }

    /// Returns the pins that a pointer cannot return to, because their versions no longer exist.
    pub fn gone_pins(&self) -> impl Iterator<Item = &PlannedPin> {
        let has_step =
            |address: &Address| self.steps.iter().any(|step| step.id.address == *address);
        self.pins
            .iter()
            .filter(move |planned| planned.fate == PinFate::Gone && has_step(&planned.address))
    }

    /// Returns the steps that take away what others use.
    pub fn taken_from_others(&self) -> impl Iterator<Item = &PlannedStep> {
        let takes = |step: &&PlannedStep| step.notes.iter().any(Note::is_about_others);
        self.steps.iter().filter(takes)
    }

    /// Counts the resources on which an action is planned.
    pub fn count(&self, is_counted: impl Fn(&Action) -> bool) -> usize {
        self.steps
            .iter()
            .filter(|step| step.id.phase == Phase::Whole && is_counted(&step.action))
            .count()
    }

    /// Returns the owners of the resources that have steps.
    pub fn owners(&self) -> BTreeSet<Owner> {
        self.steps
            .iter()
            .filter_map(|step| step.owner.clone())
            .collect()
    }

    /// Returns the names of the agents that have steps, or pins that change.
    pub fn agents(&self) -> BTreeSet<&str> {
        self.steps
            .iter()
            .filter_map(|step| step.owner.as_ref().map(|owner| owner.agent.as_str()))
            .chain(self.changed_pins().map(|planned| planned.agent.as_str()))
            .collect()
    }

    /// Keeps only the steps that the predicate accepts, and the needs among them. Only a whole plan changes pins.
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
        let stays = |planned: &&PlannedPin| matches!(planned.fate, PinFate::Holds | PinFate::Gone);
        let pins = self.pins.iter().filter(stays).cloned().collect();
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

    /// Keeps only the updates of the resources that unreadable resources refer to; `None` if there are none.
    ///
    /// For example, an S3 object cannot be read while its key is disabled. An update enables the key, then the object can be read. If the
    /// alias of the key is deleted too, the key reads as absent, and its creation finds it: so creations are kept of the kinds that can find
    /// what exists, where the key is the reason.
    pub fn before_reading(&self, registry: &Registry, desired: &[DesiredResource]) -> Option<Self> {
        let sources_of = |is_meant: &dyn Fn(&Fault) -> bool| {
            let unread = self.unreadable.iter();
            let unread = unread.filter(|(_, fault)| is_meant(fault));
            with_sources(
                unread.map(|(address, _)| address.clone()).collect(),
                desired,
            )
        };
        let wanted = sources_of(&|_| true);
        let of_keys = sources_of(&Fault::is_about_a_key);
        let may_exist = |address: &Address| {
            let kind = registry.kind(address.kind());
            of_keys.contains(address) && kind.is_some_and(|kind| kind.created_unseen)
        };
        let is_first = |step: &PlannedStep| {
            let address = &step.id.address;
            let fixes = match &step.action {
                Action::Update => true,
                Action::Create => may_exist(address),
                Action::Replace(_) | Action::Delete => false,
            };
            fixes && wanted.contains(address)
        };
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

/// Lists these resources and all resources that they refer to, directly or through others.
pub fn with_sources(
    addresses: BTreeSet<Address>,
    desired: &[DesiredResource],
) -> BTreeSet<Address> {
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

/// One step: all changes of one resource, or the first phase of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedStep {
    /// The step's id.
    pub id: StepId,
    /// The owner of the resource; `None` for a resource that all agents share.
    pub owner: Option<Owner>,
    /// The physical name.
    pub name: Input<PhysicalName>,
    /// The action.
    pub action: Action,
    /// The declared spec; `None` for a deletion.
    pub desired: Option<Value>,
    /// The resource as it was found; `None` if it does not exist.
    pub before: Option<Live>,
    /// The fields that differ.
    pub changes: Vec<FieldChange>,
    /// Warnings about the step.
    pub notes: Vec<Note>,
    /// The steps that must succeed before it.
    pub needs: BTreeSet<StepId>,
    /// The desired resource in a few words.
    pub summary: String,
}

/// Names a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId {
    /// The resource.
    pub address: Address,
    /// The part of the work on it.
    pub phase: Phase,
}

/// Which part of the work on a resource a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Permissions are added and none is removed, so that the version that is served now and the next one both work.
    Widen,
    /// All of the work, or the rest of it.
    Whole,
}

impl StepId {
    /// Returns the id of the step that completes the work on the resource.
    pub fn whole(address: &Address) -> Self {
        Self {
            address: address.clone(),
            phase: Phase::Whole,
        }
    }

    /// Returns the id of the step that only adds permissions.
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

/// What a step does to its resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It does not exist and is created.
    Create,
    /// It is updated in place.
    Update,
    /// It is deleted and created again.
    Replace(Reason),
    /// It is deleted.
    Delete,
}

/// Why a resource must be replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// This field cannot be updated in place.
    Field(String),
    /// The service reports a failure; holds its reason.
    Failed(String),
}

/// A warning about a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A policy grants more, in these lines.
    Widens(Vec<String>),
    /// A policy denies more. The older versions that are served are denied it too, and at once.
    Denies(Vec<u64>),
    /// This data is lost.
    Loses(String),
    /// The resource does not exist for a while.
    Outage,
    /// A pointer that callers use is deleted; these pointers of the agent are left.
    StopsTraffic(Vec<Address>),
    /// Somebody else created it, on a resource of ours that is deleted.
    OfOthers,
    /// Resources that are not ours use it.
    UsedByOthers(Vec<Address>),
}

impl Note {
    /// Returns whether the step takes away what others use.
    pub fn is_about_others(&self) -> bool {
        matches!(self, Self::OfOthers | Self::UsedByOthers(_))
    }
}

/// Returns a digest of a resource's spec and owner. A later digest that differs shows that the resource changed.
pub fn fingerprint(live: &Live) -> String {
    let read = json!([live.spec, live.owner]);
    hex::encode(Sha256::digest(read.to_string().as_bytes()))
}

/// The purpose of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Resources that are no longer desired are deleted or kept, depending on their kind.
    #[default]
    Apply,
    /// Every resource of the owners is deleted.
    Destroy,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Resources with desired names exist and are not ours.
    #[error("{} of the names that would be used belong to somebody else", .0.len())]
    Foreign(Vec<Foreign>),
    /// Resources need each other in a circle.
    #[error("`{0}` needs itself, through others")]
    Circle(Address),
    /// A spec refers to a resource that is not declared.
    #[error("`{from}` refers to `{to}`, which is not declared")]
    Dangling {
        /// The resource with the reference.
        from: Address,
        /// The resource that is not declared.
        to: Address,
    },
    /// All permissions that are needed together are too large.
    #[error(transparent)]
    TooLarge(Box<TooLarge>),
    /// A kind that is not registered.
    #[error("there is no kind `{0}`")]
    UnknownKind(String),
}

/// Permissions that a resource needs together, and that the service does not take together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} of `{address}`, with what {} need, have {} characters of at most {}", .excess.what, needing(.versions), .excess.size, .excess.limit)]
pub struct TooLarge {
    /// The resource.
    pub address: Address,
    /// Its agent.
    pub agent: Option<String>,
    /// What is too large.
    pub excess: Excess,
    /// The older versions whose deletion makes it smaller; none if only the version that is served now needs it.
    pub versions: Vec<u64>,
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

/// A resource of another owner that has the name of one of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Foreign {
    /// Our resource.
    pub address: Address,
    /// The name that both have.
    pub name: String,
    /// The owner of the other resource.
    pub owner: Ownership,
}

/// Whether a plan follows pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pins {
    /// Pinned pointers stay at their versions.
    Honoured,
    /// Pins are released, so that the pointers move to the newest versions.
    Released,
}

/// Leaves out the outputs that may have new values after these changes.
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
