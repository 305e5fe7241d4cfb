//! The planner: from what is wished for and what was found to what is to be done. No I/O, no clock.

mod pin;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use self::pin::without_moves;
use super::diff::{After, FieldChange, compare};
use super::model::{Action, Note, Outputs, Plan, PlannedStep, Reason, StepId};
use super::order;
use super::record::{Record, Seal, author};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::document;
use crate::resource::graph::{Needs, sorted};
use crate::resource::kind::{Effect, Excess, Leftover, Status};
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::{Source, resolve};
use crate::resource::registry::{KindEntry, Registry};

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observations {
    /// What stands at the name of each resource that is wished for.
    pub readings: BTreeMap<Address, Reading<Live>>,
    /// What is ours but not wished for.
    pub strays: Vec<Stray>,
}

/// A resource of ours that nobody wishes for.
#[derive(Debug, Clone, PartialEq)]
pub struct Stray {
    /// The address it gets, made of its kind and physical name.
    pub address: Address,
    /// Its physical name.
    pub name: PhysicalName,
    /// Whose it is.
    pub owner: Owner,
    /// What was found.
    pub reading: Reading<Live>,
}

/// What is remembered of earlier applies.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// The record of each agent by name.
    pub by_agent: BTreeMap<String, Record>,
    /// The key that the records were sealed with; without it nobody is named as author.
    pub seal: Option<Seal>,
}

/// What becomes of strays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// They go or stay as their kind says.
    Apply,
    /// They all go.
    Destroy,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Resources of the wished-for names exist and are not ours.
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
    /// What a resource is and what it shall be are too large to stand side by side while a pointer moves from one to the other.
    #[error("{} of `{address}`, as they are and as they shall be together, have {} characters of at most {}", .excess.what, .excess.size, .excess.limit)]
    TooLarge {
        /// The resource.
        address: Address,
        /// What is too large.
        excess: Excess,
    },
    /// A kind that is not registered.
    #[error("there is no kind `{0}`")]
    UnknownKind(String),
}

/// A resource that stands where ours would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Our resource.
    pub address: Address,
    /// The name that is taken.
    pub name: String,
    /// Whose the other is.
    pub owner: Ownership,
}

/// What becomes of the pins that the records hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pins {
    /// They hold their pointers.
    Honoured,
    /// They are released, so that the pointers move to the newest versions.
    Released,
}

/// Plans how to get from what was found to what is wished for, with pointers held where the records say so.
pub fn plan(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
    records: &Records,
    purpose: Purpose,
) -> Result<Plan, PlanError> {
    plan_with(
        registry,
        desired,
        observed,
        records,
        purpose,
        Pins::Honoured,
    )
}

/// Plans like [`plan`], and says what becomes of pins.
pub fn plan_with(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
    records: &Records,
    purpose: Purpose,
    pins: Pins,
) -> Result<Plan, PlanError> {
    let by_address: BTreeMap<&Address, &DesiredResource> = desired
        .iter()
        .map(|resource| (&resource.address, resource))
        .collect();
    let mut planner = Planner {
        registry,
        observed,
        records,
        pins,
        plan: Plan::default(),
        available: Outputs::new(),
        foreign: Vec::new(),
        remade: BTreeSet::new(),
    };
    for address in creation_order(&by_address)? {
        let resource = by_address[&address];
        // A resource that refresh did not answer for counts as absent; refresh answers for all.
        let reading = observed.readings.get(&address).unwrap_or(&Reading::Absent);
        planner.resource(resource, reading)?;
    }
    for stray in &observed.strays {
        planner.stray(stray, purpose)?;
    }
    if purpose == Purpose::Apply {
        planner.remembered(&by_address);
        planner.unpinned(&by_address);
    }
    if !planner.foreign.is_empty() {
        return Err(PlanError::Foreign(planner.foreign));
    }
    let mut plan = planner.plan;
    order::arrange(registry, &mut plan)?;
    // Only now, since the order is found by what a name refers to.
    for step in &mut plan.steps {
        step.name = step
            .name
            .with_known(&|source| lookup(&planner.available, source));
    }
    Ok(plan)
}

fn creation_order(
    by_address: &BTreeMap<&Address, &DesiredResource>,
) -> Result<Vec<Address>, PlanError> {
    let mut needs: Needs<Address> = BTreeMap::new();
    for (address, resource) in by_address {
        let mut needed = BTreeSet::new();
        for source in resource.sources() {
            if !by_address.contains_key(&source.address) {
                return Err(PlanError::Dangling {
                    from: (*address).clone(),
                    to: source.address,
                });
            }
            needed.insert(source.address);
        }
        needs.insert((*address).clone(), needed);
    }
    sorted(&needs).map_err(PlanError::Circle)
}

struct Planner<'a> {
    registry: &'a Registry,
    observed: &'a Observations,
    records: &'a Records,
    pins: Pins,
    plan: Plan,
    /// Outputs that dependants may count on, for everything visited so far.
    available: Outputs,
    foreign: Vec<Foreign>,
    /// What is created or made again.
    remade: BTreeSet<Address>,
}

impl Planner<'_> {
    fn kind(&self, name: &str) -> Result<KindEntry, PlanError> {
        self.registry
            .kind(name)
            .copied()
            .ok_or_else(|| PlanError::UnknownKind(name.to_owned()))
    }

    fn resource(
        &mut self,
        resource: &DesiredResource,
        reading: &Reading<Live>,
    ) -> Result<(), PlanError> {
        let kind = self.kind(resource.address.kind())?;
        let known = Value::Object(resource.known.clone().into_iter().collect::<Map<_, _>>());
        let reading = match reading {
            Reading::Found(live) if self.is_renamed(resource) => {
                self.outgrown(&kind, resource, live);
                &Reading::Absent
            }
            // Nothing can be built on it; the step waits until it is gone.
            Reading::Found(live)
                if matches!(live.status, Status::Going(_))
                    && is_ours(resource.owner.as_ref(), &live.owner) =>
            {
                &Reading::Absent
            }
            reading => reading,
        };
        let resource = &self.pinned(&kind, resource, reading);
        match reading {
            Reading::Found(live) | Reading::Obscured(live, _)
                if !is_ours(resource.owner.as_ref(), &live.owner) =>
            {
                self.foreign.push(Foreign {
                    address: resource.address.clone(),
                    name: resource
                        .physical_name(&|source| lookup(&self.available, source))
                        .map_or_else(
                            || resource.address.name().to_owned(),
                            |name| name.as_str().to_owned(),
                        ),
                    owner: live.owner.clone(),
                });
            }
            Reading::Unreadable(fault) | Reading::Obscured(_, fault) => {
                self.plan
                    .unreadable
                    .push((resource.address.clone(), fault.clone()));
                self.available.insert(resource.address.clone(), known);
            }
            Reading::Absent => {
                self.step(&kind, resource, Action::Create, None, Vec::new());
                self.available.insert(resource.address.clone(), known);
            }
            Reading::Found(live) => self.found(&kind, resource, live, known),
        }
        Ok(())
    }

    /// Tells whether a resource gets another name than it was read under, because what its name refers to is made again.
    fn is_renamed(&self, resource: &DesiredResource) -> bool {
        let sources = resource.name.sources();
        sources
            .iter()
            .any(|source| self.remade.contains(&source.address))
    }

    /// Says what becomes of what was found under the name that a resource will have no longer.
    ///
    /// What is deleted when it is left over is a part of what is made again, and goes with that.
    fn outgrown(&mut self, kind: &KindEntry, resource: &DesiredResource, live: &Live) {
        if kind.leftover.stays() && is_ours(resource.owner.as_ref(), &live.owner) {
            let name =
                resource.physical_name(
                    &|source| match self.observed.readings.get(&source.address) {
                        Some(Reading::Found(live)) => live.outputs.get(&source.output).cloned(),
                        _ => None,
                    },
                );
            // It was read under this name, so everything in it was found.
            if let Some(name) = name {
                let address = Address::new(kind.name, name.as_str());
                self.plan.kept.push((address, MAY_BE_NEEDED.to_owned()));
            }
        }
    }

    fn found(&mut self, kind: &KindEntry, resource: &DesiredResource, live: &Live, known: Value) {
        let address = &resource.address;
        self.plan
            .outputs
            .insert(address.clone(), live.outputs.clone());
        let wished = resolve(&resource.spec, &|source: &Source| {
            lookup(&self.available, source)
        });
        let mut changes = compare(kind, &live.spec, &wished);
        for change in &mut changes {
            // What cannot be read may well be what it was; only what is made anew certainly is not.
            if let After::KnownAfterApply { source, .. } = &change.after {
                change.replaces &= self.remade.contains(&source.address);
            }
        }
        self.name_authors(kind, resource, &mut changes);
        let forced = changes
            .iter()
            .find(|change| change.replaces)
            .map(|change| Reason::Field(change.path.clone()));
        let failed = match &live.status {
            Status::Failed(reason) => Some(Reason::Failed(reason.clone())),
            Status::Ready | Status::Settling(_) | Status::Going(_) | Status::Leaving(_) => None,
        };
        let outputs = if let Some(reason) = failed.or(forced) {
            self.step(kind, resource, Action::Replace(reason), Some(live), changes);
            known
        } else if changes.is_empty() {
            self.plan
                .unchanged
                .push((address.clone(), resource.agent().map(str::to_owned)));
            live.outputs.clone()
        } else {
            let outputs = outputs_after(kind, &live.outputs, &changes);
            self.step(kind, resource, Action::Update, Some(live), changes);
            outputs
        };
        self.available.insert(address.clone(), outputs);
    }

    fn name_authors(
        &self,
        kind: &KindEntry,
        resource: &DesiredResource,
        changes: &mut [FieldChange],
    ) {
        let Some(seal) = &self.records.seal else {
            return;
        };
        let applied = resource
            .agent()
            .and_then(|agent| self.records.by_agent.get(agent))
            .and_then(|record| record.applied.get(&resource.address));
        let Some(applied) = applied else { return };
        for change in changes {
            change.author = author(seal, kind, applied, change);
        }
    }

    fn step(
        &mut self,
        kind: &KindEntry,
        resource: &DesiredResource,
        action: Action,
        before: Option<&Live>,
        changes: Vec<FieldChange>,
    ) {
        if matches!(action, Action::Create | Action::Replace(_)) {
            self.remade.insert(resource.address.clone());
        }
        self.plan.steps.push(PlannedStep {
            id: StepId::whole(&resource.address),
            owner: resource.owner.clone(),
            name: resource.name.clone(),
            notes: notes(kind, &action, &changes),
            action,
            desired: Some(resource.spec.clone()),
            before: before.cloned(),
            changes,
            needs: BTreeSet::new(),
            summary: (kind.summary)(&resource.spec),
        });
    }

    /// Tells what an agent had when it was last applied, has no longer, and leaves behind.
    ///
    /// Kinds whose leftovers stay are not listed for an apply, so that it costs no calls; after this apply the record has it no more.
    fn remembered(&mut self, by_address: &BTreeMap<&Address, &DesiredResource>) {
        let records = self.records.by_agent.values();
        for address in records.flat_map(|record| record.applied.keys()) {
            let kind = self.registry.kind(address.kind());
            let stays = kind.is_some_and(|kind| kind.leftover.stays());
            if stays && !by_address.contains_key(address) {
                self.plan
                    .kept
                    .push((address.clone(), MAY_BE_NEEDED.to_owned()));
            }
        }
    }

    fn stray(&mut self, stray: &Stray, purpose: Purpose) -> Result<(), PlanError> {
        let kind = self.kind(stray.address.kind())?;
        let live = match &stray.reading {
            Reading::Absent => return Ok(()),
            Reading::Unreadable(fault) => {
                self.plan
                    .unreadable
                    .push((stray.address.clone(), fault.clone()));
                return Ok(());
            }
            // What nobody wishes for is compared with nothing.
            Reading::Found(live) | Reading::Obscured(live, _) => live,
        };
        if let Status::Leaving(rest) = &live.status {
            self.plan.kept.push((stray.address.clone(), rest.clone()));
            return Ok(());
        }
        if purpose == Purpose::Apply && kind.leftover == Leftover::Keep {
            self.plan
                .kept
                .push((stray.address.clone(), MAY_BE_NEEDED.to_owned()));
            return Ok(());
        }
        let mut notes = notes(&kind, &Action::Delete, &[]);
        if kind.pointer {
            notes.push(Note::StopsTraffic(self.pointers_of(&stray.owner)));
        }
        self.plan
            .outputs
            .insert(stray.address.clone(), live.outputs.clone());
        self.plan.steps.push(PlannedStep {
            id: StepId::whole(&stray.address),
            owner: Some(stray.owner.clone()),
            name: stray.name.clone().into(),
            action: Action::Delete,
            desired: None,
            before: Some(live.clone()),
            changes: Vec::new(),
            notes,
            needs: BTreeSet::new(),
            summary: String::new(),
        });
        Ok(())
    }

    /// Lists what an agent is reached through once everything that is wished for is done.
    fn pointers_of(&self, owner: &Owner) -> Vec<Address> {
        let made = self
            .plan
            .steps
            .iter()
            .filter(|step| step.action != Action::Delete && step.owner.as_ref() == Some(owner))
            .map(|step| &step.id.address);
        let unchanged = self
            .plan
            .unchanged
            .iter()
            .filter(|(_, agent)| agent.as_deref() == Some(owner.agent.as_str()))
            .map(|(address, _)| address);
        let is_pointer = |address: &&Address| {
            self.registry
                .kind(address.kind())
                .is_some_and(|kind| kind.pointer)
        };
        made.chain(unchanged).filter(is_pointer).cloned().collect()
    }
}

/// Why a leftover stays.
const MAY_BE_NEEDED: &str =
    "it, or what it holds, may still be needed; `agentctl destroy` deletes it";

/// Tells whether the marks that were found are those of the owner wished for.
pub(crate) fn is_ours(wished: Option<&Owner>, found: &Ownership) -> bool {
    match (found, wished) {
        (Ownership::Of(owner), Some(wished)) => owner == wished,
        (Ownership::Shared, None) | (Ownership::Parent, _) => true,
        _ => false,
    }
}

/// Finds an output among those that can be counted on.
pub(crate) fn lookup(available: &Outputs, source: &Source) -> Option<Value> {
    available
        .get(&source.address)?
        .get(&source.output)
        .filter(|value| !value.is_null())
        .cloned()
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

fn notes(kind: &KindEntry, action: &Action, changes: &[FieldChange]) -> Vec<Note> {
    let mut notes = Vec::new();
    let widened: Vec<String> = changes
        .iter()
        .filter(|change| kind.is_policy(&change.path))
        .flat_map(widening)
        .collect();
    if !widened.is_empty() {
        notes.push(Note::Widens(widened));
    }
    for change in changes {
        for effect in kind.effects(&change.path) {
            if let (Effect::ShrinkLoses(what), true) = (effect, shrinks(change)) {
                notes.push(Note::Loses(what.to_owned()));
            }
        }
    }
    if matches!(action, Action::Replace(_)) {
        notes.push(Note::Outage);
    }
    if matches!(action, Action::Replace(_) | Action::Delete) {
        notes.extend(kind.holds.map(|what| Note::Loses(what.to_owned())));
    }
    notes
}

/// Says what a changed policy grants that it did not.
fn widening(change: &FieldChange) -> Vec<String> {
    match &change.after {
        After::Value(after) | After::KnownAfterApply { value: after, .. } => {
            document::widened(change.before.as_ref(), after)
        }
        After::Absent => Vec::new(),
    }
}

/// A number that is not set stands for no limit.
fn shrinks(change: &FieldChange) -> bool {
    match (&change.before, &change.after) {
        (before, After::Value(after)) => before
            .as_ref()
            .and_then(Value::as_u64)
            .is_none_or(|before| after.as_u64().is_some_and(|after| after < before)),
        (_, After::Absent | After::KnownAfterApply { .. }) => false,
    }
}
