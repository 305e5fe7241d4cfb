//! Retention: which versions of an agent are deleted, and which objects only those versions used. Pure.
//!
//! The ten newest versions are kept, and so is every version that an alias, an endpoint or a pin names.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::model::{Action, Plan, PlannedStep, StepId, outputs_after};
use super::observation::{Crowd, History, Observations, Records, Stray, Versions};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::kind::{Effect, Status};
use crate::resource::outputs::{lookup, outputs_of};
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::sources;
use crate::resource::registry::{KindEntry, Registry};
use crate::resource::version::{KEPT, Published};

/// Finds the agents that have too many versions, or will have once the plan is applied.
pub fn crowds(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
    plan: &Plan,
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
        // The versions of a resource that is replaced are deleted with it. Of one that may be somebody else's, none is touched.
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
        let count = live.outputs.get(versions.count).and_then(number)?;
        if count + coming <= KEPT {
            return None;
        }
        let owner = resource.owner.clone()?;
        Some(Crowd {
            pointer: pointer(registry, desired, observed, &owner)?,
            owner,
            old_kind: versions.old,
            coming,
            deployed: live.outputs.get(versions.number).and_then(number),
        })
    };
    desired.iter().filter_map(crowd).collect()
}

impl Crowd {
    /// Returns the numbers of the versions that are deleted: those with ten newer ones that nothing names.
    pub fn outdated(&self, versions: &Versions, records: &Records) -> BTreeSet<u64> {
        let standing = || {
            let versions = versions.published.iter();
            versions.filter(|version| !version.is_leaving)
        };
        let is_outdated = |version: &&Published| {
            let number = version.number;
            let newer = standing().filter(|other| other.number > number).count();
            newer as u64 + self.coming >= KEPT
                && self.deployed != Some(number)
                && !versions.named.contains(&number)
                && !is_pinned(records, &self.owner, number)
        };
        let outdated = standing().filter(is_outdated);
        outdated.map(|version| version.number).collect()
    }
}

/// Returns the versions and resources that an apply deletes once everything else has succeeded.
///
/// A resource that exists only for versions is deleted together with the last version that uses it.
pub fn outgoing(registry: &Registry, observed: &Observations, records: &Records) -> Vec<Stray> {
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
        let outdated = crowd.outdated(versions, records);
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

/// Tells whether something with versions is left of the agent on its other side, or may be. Its versions may use the same resources.
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

/// Lists the resources that a resource is a part of: those that its immutable fields refer to.
fn parents(kind: &KindEntry, spec: &Value) -> Vec<Address> {
    let identity = kind
        .rules
        .iter()
        .filter(|rule| rule.effect == Effect::Replaces)
        .filter_map(|rule| spec.pointer(rule.path));
    let named = identity.flat_map(sources);
    named.map(|source| source.address).collect()
}

/// Tells whether any pointer of the agent is pinned to that version, on either side.
fn is_pinned(records: &Records, owner: &Owner, version: u64) -> bool {
    let record = records.by_agent.get(&owner.agent);
    let mut pins = record.iter().flat_map(|record| record.pins.values());
    pins.any(|pin| pin.version == version.to_string())
}

/// Services return numbers of versions as text.
fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests;
