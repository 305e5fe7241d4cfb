//! Retention: chooses the versions of an agent that are deleted, and the objects that only they used. Pure.
//!
//! The ten newest versions are kept, and so is every version that an alias, an endpoint or a pin names. Versions are also read when
//! permissions would narrow, because the kept ones may need the permissions, and when a pointer returns to a pinned version, because that may
//! no longer exist.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::model::{Action, PinFate, Plan, PlannedStep, StepId, outputs_after};
use super::observation::{Crowd, History, Observations, Stray, Versions};
use super::pin::ObservedPins;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::kind::{Effect, Status};
use crate::resource::outputs::{lookup, outputs_of};
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::sources;
use crate::resource::registry::{KindEntry, Registry};
use crate::resource::version::{KEPT, Published};

/// Finds the agents whose versions the plan needs to know.
pub fn crowds(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
    plan: &Plan,
    requested: &BTreeSet<u64>,
) -> Vec<Crowd> {
    let made = plan
        .steps
        .iter()
        .filter(|step| matches!(step.action, Action::Create | Action::Replace(_)));
    let made: BTreeSet<&Address> = made.map(|step| &step.id.address).collect();
    let crowd = |resource: &DesiredResource| {
        let kind = registry.kind(resource.address.kind())?;
        let versions = kind.versions?;
        let live = observed.found(&resource.address)?;
        // Versions of a replaced resource are deleted with it. If a resource may be somebody else's, its versions are left alone.
        let stays =
            |address: &Address| !made.contains(address) && observed.found(address).is_some();
        if !stays(&resource.address) || !parents(kind, &resource.spec).iter().all(stays) {
            return None;
        }
        let id = StepId::whole(&resource.address);
        let step = plan.steps.iter().find(|step| step.id == id);
        let creates_one = |step: &PlannedStep| {
            let after = outputs_after(kind, &live.outputs, &step.changes);
            after.get(versions.number).is_none()
        };
        let coming = u64::from(step.is_some_and(creates_one));
        let count = versions.count_in(&live.outputs)?;
        let owner = resource.owner.clone()?;
        let may_need_more = count + coming > 1 && narrows(registry, plan, &owner);
        let is_left_alone = !may_need_more && !returns_to_pin(registry, plan, &owner);
        if count + coming <= KEPT && is_left_alone && requested.is_empty() {
            return None;
        }
        Some(Crowd {
            holder: resource.address.clone(),
            pointer: pointer(registry, desired, observed, &owner)?,
            owner,
            old_kind: versions.old,
            coming,
            deployed: versions.number_in(&live.outputs),
            requested: requested.clone(),
        })
    };
    desired.iter().filter_map(crowd).collect()
}

/// Returns whether the plan removes permissions that versions of the agent may need, or denies more.
fn narrows(registry: &Registry, plan: &Plan, owner: &Owner) -> bool {
    let mut steps = plan
        .steps
        .iter()
        .filter(|step| step.owner.as_ref() == Some(owner));
    steps.any(|step| {
        let Some(kind) = registry.kind(step.id.address.kind()) else {
            return false;
        };
        let mut policies = step
            .changes
            .iter()
            .filter(|change| kind.is_policy(&change.path));
        match step.action {
            // A new role has only what is declared. With one that is deleted, older versions may still run.
            Action::Create | Action::Replace(_) | Action::Delete => kind.has_policies(),
            Action::Update => policies.any(|change| change.narrows() || change.denies_more()),
        }
    })
}

/// Returns whether the plan moves a pointer of the agent to its pinned version, or creates one there.
fn returns_to_pin(registry: &Registry, plan: &Plan, owner: &Owner) -> bool {
    let mut pins = plan.pins.iter();
    pins.any(|planned| {
        let id = StepId::whole(&planned.address);
        let field = registry.kind(id.address.kind()).and_then(|kind| kind.pin);
        let moves = |step: &PlannedStep| {
            let mut changes = step.changes.iter();
            step.before.is_none() || changes.any(|change| Some(change.path.as_str()) == field)
        };
        let step = plan.steps.iter().find(|step| step.id == id);
        planned.fate == PinFate::Holds && planned.agent == owner.agent && step.is_some_and(moves)
    })
}

impl Crowd {
    /// Returns the older versions that are kept: all but the declared one and the outdated ones.
    pub fn older<'a>(&self, versions: &'a Versions, pins: &ObservedPins) -> Vec<&'a Published> {
        let outdated = self.outdated(versions, pins);
        let declared = self.deployed.filter(|_| self.coming == 0);
        let stays = |version: &&Published| {
            !version.is_leaving
                && Some(version.number) != declared
                && !outdated.contains(&version.number)
        };
        versions.published.iter().filter(stays).collect()
    }

    /// Returns why a version cannot be deleted; `None` when it can.
    pub fn held_by(&self, versions: &Versions, pins: &ObservedPins, number: u64) -> Option<String> {
        let mut named = versions.named.iter();
        if let Some(naming) = named.find(|naming| naming.versions.contains(&number)) {
            let pointer = &naming.pointer;
            Some(if naming.is_ours {
                format!("`{pointer}` names it")
            } else {
                format!("`{pointer}` names it, which agentctl did not create")
            })
        } else if pins.hold(&self.owner.agent, number) {
            Some("a pin holds it".to_owned())
        } else if self.deployed == Some(number) {
            Some("it is what is deployed now".to_owned())
        } else {
            None
        }
    }

    /// Returns the numbers of the versions that are deleted: those with ten newer ones and the requested ones, if nothing names them.
    pub fn outdated(&self, versions: &Versions, pins: &ObservedPins) -> BTreeSet<u64> {
        let standing = || {
            let versions = versions.published.iter();
            versions.filter(|version| !version.is_leaving)
        };
        let is_outdated = |version: &&Published| {
            let number = version.number;
            let newer = standing().filter(|other| other.number > number).count();
            let has_no_room = newer as u64 + self.coming >= KEPT;
            (has_no_room || self.requested.contains(&number))
                && self.held_by(versions, pins, number).is_none()
        };
        let outdated = standing().filter(is_outdated);
        outdated.map(|version| version.number).collect()
    }
}

/// Returns the versions and resources that an apply deletes once everything else has succeeded.
///
/// A resource that exists only for versions is deleted together with the last version that uses it.
pub fn outgoing(registry: &Registry, observed: &Observations) -> Vec<Stray> {
    let mut outgoing = Vec::new();
    for History { crowd, versions } in &observed.histories {
        let versions = match versions {
            Ok(versions) => versions,
            Err(fault) => {
                let owner = crowd.owner.clone();
                outgoing.push(Stray::unlisted(crowd.old_kind, owner, fault.clone()));
                continue;
            }
        };
        let outdated = crowd.outdated(versions, &observed.pins);
        let versions_out = versions
            .published
            .iter()
            .filter(|version| outdated.contains(&version.number));
        outgoing.extend(versions_out.map(|version| old_version(crowd, version)));
        if !outdated.is_empty() && !has_other_side(registry, observed, &crowd.owner) {
            outgoing.extend(versions.unused.iter().cloned());
        }
    }
    outgoing
}

/// Returns whether the agent has, or may have, a leftover resource with versions on its other side. They may use the same resources.
pub fn has_other_side(registry: &Registry, observed: &Observations, owner: &Owner) -> bool {
    observed.strays.iter().any(|stray| {
        let kind = registry.kind(stray.address.kind());
        stray.owner == *owner
            && stray.reading != Reading::Absent
            && kind.is_some_and(|kind| kind.versions.is_some())
    })
}

fn old_version(crowd: &Crowd, version: &Published) -> Stray {
    Stray {
        address: Address::new(crowd.old_kind, version.name.as_str()),
        name: version.name.clone(),
        owner: crowd.owner.clone(),
        reading: Reading::Found(Live {
            spec: json!({ "number": version.number }),
            outputs: json!({}),
            status: Status::Ready,
            revision: None,
            owner: Ownership::Parent,
        }),
    }
}

/// Returns the physical name of an agent's pointer.
fn pointer(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
    owner: &Owner,
) -> Option<PhysicalName> {
    let outputs = outputs_of(&observed.readings);
    let mut of_agent = desired
        .iter()
        .filter(|resource| resource.owner.as_ref() == Some(owner));
    of_agent.find_map(|resource| {
        registry.kind(resource.address.kind())?.pin?;
        resource.physical_name(&|source| lookup(&outputs, source))
    })
}

/// Lists the resources that contain a resource: those that its immutable fields refer to.
fn parents(kind: &KindEntry, spec: &Value) -> Vec<Address> {
    let identity = kind
        .rules
        .iter()
        .filter(|rule| rule.effect == Effect::Replaces)
        .filter_map(|rule| spec.pointer(rule.path));
    let named = identity.flat_map(sources);
    named.map(|source| source.address).collect()
}

#[cfg(test)]
mod tests;
