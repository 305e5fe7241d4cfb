//! Surplus: which versions are old enough to go, with the ten newest kept and whatever something points at. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::{Action, Plan, PlannedStep, StepId};
use super::planner::{Observations, Records, Stray, outputs_after};
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::kind::Effect;
use crate::resource::owner::Owner;
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::sources;
use crate::resource::registry::{KindEntry, Registry};
use crate::resource::version::KEPT;

/// A resource that has, or will have after a plan, more versions than are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    /// Whose it is.
    pub owner: Owner,
    /// The kind of its old versions.
    pub kind: &'static str,
    /// How many versions the plan makes.
    coming: u64,
    /// The version that it stands for now.
    stands_for: Option<u64>,
}

/// Finds the resources that have too many versions, or will have once the plan is carried out.
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
        let live = found(observed, &resource.address)?;
        // The versions of what is made again go with it; of what may be somebody else's none is touched.
        let stays =
            |address: &Address| !made.contains(address) && found(observed, address).is_some();
        if !stays(&resource.address) || !parents(kind, &resource.spec).iter().all(stays) {
            return None;
        }
        let id = StepId::whole(&resource.address);
        let step = plan.steps.iter().find(|step| step.id == id);
        let makes_one = |step: &PlannedStep| {
            let after = outputs_after(kind, &live.outputs, &step.changes);
            after.get(versions.number).is_none()
        };
        let coming = u64::from(step.is_some_and(makes_one));
        let crowd = Crowd {
            owner: resource.owner.clone()?,
            kind: versions.old,
            coming,
            stands_for: live.outputs.get(versions.number).and_then(number),
        };
        let count = live.outputs.get(versions.count).and_then(number)?;
        (count + coming > KEPT).then_some(crowd)
    };
    desired.iter().filter_map(crowd).collect()
}

/// Leaves of the old versions that were read those that go: too many newer ones are there or coming, and no pin holds them.
///
/// What a pointer of the service's own names was not read as old. What could not be read stays in, for the plan to tell.
pub fn going(crowds: &[Crowd], read: Vec<Stray>, records: &Records) -> Vec<Stray> {
    let goes = |stray: &Stray| {
        let live = match &stray.reading {
            Reading::Found(live) => live,
            Reading::Unreadable(_) => return true,
            Reading::Obscured(..) | Reading::Absent => return false,
        };
        let crowd = crowds
            .iter()
            .find(|crowd| crowd.kind == stray.address.kind() && crowd.owner == stray.owner);
        let told = live.spec.get("number").and_then(number);
        let newer = live.outputs.get("newer").and_then(number);
        let (Some(crowd), Some(told), Some(newer)) = (crowd, told, newer) else {
            return false;
        };
        newer + crowd.coming >= KEPT
            && crowd.stands_for != Some(told)
            && !is_pinned(records, &stray.owner, told)
    };
    read.into_iter().filter(goes).collect()
}

fn found<'a>(observed: &'a Observations, address: &Address) -> Option<&'a Live> {
    match observed.readings.get(address)? {
        Reading::Found(live) => Some(live),
        Reading::Obscured(..) | Reading::Absent | Reading::Unreadable(_) => None,
    }
}

/// Lists what a resource is a part of: what the fields refer to without which it would be another one.
fn parents(kind: &KindEntry, spec: &Value) -> Vec<Address> {
    let identity = kind
        .rules
        .iter()
        .filter(|rule| rule.effect == Effect::Replaces)
        .filter_map(|rule| spec.pointer(rule.path));
    let named = identity.flat_map(sources);
    named.map(|source| source.address).collect()
}

/// Tells whether any pointer of the agent is held at that version, whatever it points into.
fn is_pinned(records: &Records, owner: &Owner, version: u64) -> bool {
    let record = records.by_agent.get(&owner.agent);
    let mut pins = record.iter().flat_map(|record| record.pins.values());
    pins.any(|pin| pin.version == version.to_string())
}

/// Services tell numbers of versions as text.
fn number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}
