//! The planner: compares desired and observed resources and decides what to do. No I/O, no clock.

mod permission;
mod pin;
mod state;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use self::state::Planner;
use super::diff::{After, Author, FieldChange, compare};
use super::kept::KeptReason;
use super::model::{
    Action, Foreign, Note, Pins, Plan, PlanError, PlannedStep, Purpose, Reason, Remade, StepId,
    outputs_after,
};
use super::observation::{Bucket, Crowd, Observations, Records, Stray};
use super::order;
use super::others::{PointedAt, add_namesakes, pointed_at};
use super::record::author;
use super::retention::{crowds, outgoing};
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::document;
use crate::resource::graph::{Needs, sorted};
use crate::resource::kind::{Effect, Leftover, Status};
use crate::resource::outputs::{Outputs, lookup};
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::{Source, resolve, sources};
use crate::resource::registry::{KindEntry, Registry};

/// The result of a first comparison without records: what else must be read for the plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// Whether anything differs.
    pub differs: bool,
    /// What would be deleted and others can point at.
    pub pointed_at: Vec<PointedAt>,
    /// The agents whose versions must be read.
    pub crowds: Vec<Crowd>,
}

/// Compares what was read so far, to find out what else the plan needs.
pub fn draft(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
    requested: &BTreeSet<u64>,
) -> Result<Draft, PlanError> {
    let plan = plan(registry, desired, observed, Purpose::Apply, Pins::Honoured)?;
    Ok(Draft {
        differs: !plan.is_empty(),
        pointed_at: pointed_at(registry, &plan),
        crowds: crowds(registry, desired, observed, &plan, requested),
    })
}

/// Plans the steps that turn the observed resources into the desired ones.
///
/// If it is not known whether a pointer is pinned, it counts as unreadable.
pub fn plan(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
    purpose: Purpose,
    pins: Pins,
) -> Result<Plan, PlanError> {
    let by_address: BTreeMap<&Address, &DesiredResource> = desired
        .iter()
        .map(|resource| (&resource.address, resource))
        .collect();
    let none = Records::default();
    let records = observed.recorded.records().unwrap_or(&none);
    let mut planner = Planner {
        registry,
        observed,
        records,
        pins,
        plan: Plan {
            purpose,
            ..Plan::default()
        },
        available: Outputs::new(),
        foreign: Vec::new(),
        remade: BTreeSet::new(),
    };
    for address in creation_order(&by_address)? {
        let resource = by_address[&address];
        // A resource that was not read counts as absent; `observe` reads all.
        let reading = observed.readings.get(&address).unwrap_or(&Reading::Absent);
        planner.resource(resource, reading)?;
    }
    for stray in &observed.strays {
        planner.stray(stray, purpose)?;
    }
    for stray in &outgoing(registry, observed) {
        planner.stray(stray, purpose)?;
    }
    for stray in &observed.others {
        planner.stray(stray, purpose)?;
        planner.mark_as_of_others(&stray.address);
    }
    if purpose == Purpose::Apply {
        planner.recorded(&by_address);
        planner.unpinned(&by_address);
    }
    if !planner.foreign.is_empty() {
        return Err(PlanError::Foreign(planner.foreign));
    }
    let mut plan = planner.plan;
    order::arrange(registry, &mut plan)?;
    add_namesakes(registry, &mut plan, &observed.namesakes);
    // This comes after the ordering, because the ordering uses the references in names.
    for step in &mut plan.steps {
        step.name = step
            .name
            .with_known(&|source| lookup(&planner.available, source));
    }
    if let Some(bucket) = &observed.bucket {
        delete_bucket(&mut plan, bucket);
    }
    Ok(plan)
}

/// Plans the deletion of the artifacts bucket after all other steps, unless other owners need it.
fn delete_bucket(plan: &mut Plan, bucket: &Bucket) {
    let address = bucket.address.clone();
    let live = match &bucket.reading {
        Reading::Found(live) if live.owner == Ownership::Shared => live,
        Reading::Unreadable(fault) | Reading::Obscured(_, fault) => {
            plan.unreadable.push((address, fault.clone()));
            return;
        }
        // Somebody else's bucket of that name contains nothing of ours.
        Reading::Found(_) | Reading::Absent => return,
    };
    if bucket.is_shared {
        plan.kept.push((address, KeptReason::Shared));
        return;
    }
    let needs = plan.steps.iter().map(|step| step.id.clone()).collect();
    plan.outputs.insert(address.clone(), live.outputs.clone());
    plan.steps.push(PlannedStep {
        id: StepId::whole(&address),
        owner: None,
        name: bucket.name.clone().into(),
        action: Action::Delete,
        desired: None,
        before: Some(live.clone()),
        changes: Vec::new(),
        notes: Vec::new(),
        needs,
        summary: String::new(),
    });
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
            // The service is deleting it. The step waits until it is deleted, then creates it.
            Reading::Found(live)
                if matches!(live.status, Status::Going(_))
                    && live.owner.is_of(resource.owner.as_ref()) =>
            {
                &Reading::Absent
            }
            reading => reading,
        };
        let resource = match self.pinned(&kind, resource, reading) {
            Ok(resource) => resource,
            Err(fault) => {
                self.plan.unreadable.push((resource.address.clone(), fault));
                self.available.insert(resource.address.clone(), known);
                return Ok(());
            }
        };
        let resource = &*self.with_older_permissions(&kind, resource, reading)?;
        match reading {
            Reading::Found(live) | Reading::Obscured(live, _)
                if !live.owner.is_of(resource.owner.as_ref()) =>
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

    /// Returns whether a resource gets another name than the one it was read under, because a resource in its name is created again.
    fn is_renamed(&self, resource: &DesiredResource) -> bool {
        let sources = resource.name.sources();
        sources
            .iter()
            .any(|source| self.remade.contains(&source.address))
    }

    /// Reports a resource under a former name as kept, if its kind is kept.
    ///
    /// Resources of other kinds are parts of the resource that is created again, and are deleted with it.
    fn outgrown(&mut self, kind: &KindEntry, resource: &DesiredResource, live: &Live) {
        if kind.leftover.stays() && live.owner.is_of(resource.owner.as_ref()) {
            let name =
                resource.physical_name(
                    &|source| match self.observed.readings.get(&source.address) {
                        Some(Reading::Found(live)) => live.outputs.get(&source.output).cloned(),
                        _ => None,
                    },
                );
            // It was read under this name, so all parts of the name are known.
            if let Some(name) = name {
                let address = Address::new(kind.name, name.as_str());
                self.plan.kept.push((address, KeptReason::MayBeNeeded));
            }
        }
    }

    fn found(&mut self, kind: &KindEntry, resource: &DesiredResource, live: &Live, known: Value) {
        let address = &resource.address;
        self.plan
            .outputs
            .insert(address.clone(), live.outputs.clone());
        self.notice_another(kind, resource, live);
        let declared = resolve(&resource.spec, &|source: &Source| {
            lookup(&self.available, source)
        });
        let mut changes = compare(kind, &live.spec, &declared);
        for change in &mut changes {
            // An unreadable source may be unchanged. Only one that is created again certainly changes.
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

    /// Reports a resource that is another one than the record has under its name.
    fn notice_another(&mut self, kind: &KindEntry, resource: &DesiredResource, live: &Live) {
        let recorded = resource
            .agent()
            .and_then(|agent| self.records.by_agent.get(agent))
            .and_then(|record| record.identities.get(&resource.address));
        let (Some(was), Some(now)) = (recorded, kind.identity(&live.outputs)) else {
            return;
        };
        if was != now {
            self.plan.remade.push(Remade {
                address: resource.address.clone(),
                name: resource.name.as_literal().cloned(),
                agent: resource.agent().map(str::to_owned),
                was: was.clone(),
                now: now.to_owned(),
            });
        }
    }

    /// Returns whether a declared field refers to a resource that was created again outside agentctl.
    fn follows_another(&self, resource: &DesiredResource, change: &FieldChange) -> bool {
        let declared = resource.spec.pointer(&change.path);
        declared.map(sources).into_iter().flatten().any(|source| {
            let mut remade = self.plan.remade.iter();
            remade.any(|remade| remade.address == source.address)
        })
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
            change.author = match author(seal, kind, applied, change) {
                Some(Author::You) if self.follows_another(resource, change) => Some(Author::Source),
                author => author,
            };
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
        let mut notes = notes(kind, &action, &changes);
        let denies = |change: &FieldChange| kind.is_policy(&change.path) && change.denies_more();
        if let (true, Some(owner)) = (changes.iter().any(denies), &resource.owner) {
            let served = self.served_older(owner);
            notes.extend((!served.is_empty()).then_some(Note::Denies(served)));
        }
        self.plan.steps.push(PlannedStep {
            id: StepId::whole(&resource.address),
            owner: resource.owner.clone(),
            name: resource.name.clone(),
            notes,
            action,
            desired: Some(resource.spec.clone()),
            before: before.cloned(),
            changes,
            needs: BTreeSet::new(),
            summary: (kind.summary)(&resource.spec),
        });
    }

    /// Reports the resources in an agent's record that are no longer declared and are kept.
    ///
    /// An apply does not list kinds that are kept, which saves calls. After it the record no longer has them.
    fn recorded(&mut self, by_address: &BTreeMap<&Address, &DesiredResource>) {
        let records = self.records.by_agent.values();
        for address in records.flat_map(|record| record.applied.keys()) {
            let kind = self.registry.kind(address.kind());
            let stays = kind.is_some_and(|kind| kind.leftover.stays());
            if stays && !by_address.contains_key(address) {
                self.plan
                    .kept
                    .push((address.clone(), KeptReason::MayBeNeeded));
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
            // It is not desired, so it is not compared.
            Reading::Found(live) | Reading::Obscured(live, _) => live,
        };
        if let Status::Leaving(rest) = &live.status {
            let reason = KeptReason::Leaving(rest.clone());
            self.plan.kept.push((stray.address.clone(), reason));
            return Ok(());
        }
        if purpose == Purpose::Apply && kind.leftover == Leftover::Keep {
            self.plan
                .kept
                .push((stray.address.clone(), KeptReason::MayBeNeeded));
            return Ok(());
        }
        if purpose == Purpose::Apply && self.is_role_of_versions(&kind, stray) {
            self.plan
                .kept
                .push((stray.address.clone(), KeptReason::OlderVersions));
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

    fn mark_as_of_others(&mut self, address: &Address) {
        let mut steps = self.plan.steps.iter_mut();
        if let Some(step) = steps.find(|step| step.id.address == *address) {
            step.notes.push(Note::OfOthers);
        }
    }

    /// Lists the pointers that an agent has after the plan.
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

/// Lists what a changed policy grants in addition.
fn widening(change: &FieldChange) -> Vec<String> {
    match &change.after {
        After::Value(after) | After::KnownAfterApply { value: after, .. } => {
            document::widened(change.before.as_ref(), after)
        }
        After::Absent => Vec::new(),
    }
}

/// Returns whether a number becomes smaller. A number that is not set means no limit.
fn shrinks(change: &FieldChange) -> bool {
    match (&change.before, &change.after) {
        (before, After::Value(after)) => before
            .as_ref()
            .and_then(Value::as_u64)
            .is_none_or(|before| after.as_u64().is_some_and(|after| after < before)),
        (_, After::Absent | After::KnownAfterApply { .. }) => false,
    }
}
