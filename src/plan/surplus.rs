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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::plan::planner::{Purpose, plan};
    use crate::plan::record::{Pin, Record};
    use crate::plan::test_kind::{Thing, ThingSpec, registry};
    use crate::resource::address::PhysicalName;
    use crate::resource::kind::Status;
    use crate::resource::owner::Ownership;
    use crate::resource::reference::Declared;

    fn owner() -> Owner {
        Owner {
            project: "claims".into(),
            env: "default".into(),
            region: "us-east-1".into(),
            agent: "triage".into(),
        }
    }

    /// A thing that is wished for at a size.
    fn wished(size: u8, shape: Option<&str>) -> DesiredResource {
        let spec = ThingSpec::<Declared> {
            size: Some(size.into()),
            shape: shape.map(str::to_owned),
            ..ThingSpec::default()
        };
        DesiredResource::new::<Thing>("a", Some(&owner()), PhysicalName::new("a"), spec)
    }

    /// The thing at size 1 with so many versions, of which it stands for the one given.
    fn seen(count: u64, version: u64) -> Observations {
        let live = Live {
            spec: json!(ThingSpec::<Declared> {
                size: Some(1.into()),
                ..ThingSpec::default()
            }),
            outputs: json!({ "id": "id-of-a", "version": version, "count": count }),
            status: Status::Ready,
            revision: None,
            owner: Ownership::Of(owner()),
        };
        Observations {
            readings: BTreeMap::from([(Address::new("thing", "a"), Reading::Found(live))]),
            strays: Vec::new(),
        }
    }

    fn old(number: u64, newer: u64) -> Stray {
        let name = format!("a:{number}");
        Stray {
            address: Address::new("old-thing", &name),
            name: PhysicalName::new(name),
            owner: owner(),
            reading: Reading::Found(Live {
                spec: json!({ "of": "a", "number": number }),
                outputs: json!({ "newer": newer }),
                status: Status::Ready,
                revision: None,
                owner: Ownership::Parent,
            }),
        }
    }

    fn pinned(version: &str) -> Records {
        let pin = Pin {
            version: version.to_owned(),
            by: "ada".to_owned(),
            since: "2026-01-02T03:04:05Z".to_owned(),
            reason: None,
        };
        let record = Record {
            pins: BTreeMap::from([(Address::new("pointer", "live"), pin)]),
            ..Record::default()
        };
        Records {
            by_agent: BTreeMap::from([("triage".to_owned(), record)]),
            seal: None,
        }
    }

    fn crowds_of(wish: &DesiredResource, observed: &Observations) -> Vec<Crowd> {
        let desired = std::slice::from_ref(wish);
        let records = Records::default();
        let plan = plan(&registry(), desired, observed, &records, Purpose::Apply).unwrap();
        crowds(&registry(), desired, observed, &plan)
    }

    /// The numbers of the old versions that go, when the three oldest of so many were read.
    fn gone(wish: &DesiredResource, observed: &Observations, records: &Records) -> Vec<String> {
        let read = vec![old(1, 11), old(2, 10), old(3, 9)];
        going(&crowds_of(wish, observed), read, records)
            .into_iter()
            .map(|stray| stray.name.to_string())
            .collect()
    }

    #[test]
    fn ten_versions_are_no_crowd_and_eleven_are_even_when_the_last_is_still_to_be_made() {
        let (same, edited) = (wished(1, None), wished(2, None));
        let crowd = |coming, stands_for| Crowd {
            owner: owner(),
            kind: "old-thing",
            coming,
            stands_for: Some(stands_for),
        };
        assert_eq!(crowds_of(&same, &seen(10, 10)), []);
        assert_eq!(crowds_of(&edited, &seen(9, 10)), []);
        assert_eq!(crowds_of(&edited, &seen(10, 10)), [crowd(1, 10)]);
        assert_eq!(crowds_of(&same, &seen(11, 12)), [crowd(0, 12)]);
    }

    #[test]
    fn the_versions_of_what_is_made_again_or_cannot_be_read_are_left_alone() {
        assert_eq!(crowds_of(&wished(1, Some("round")), &seen(20, 20)), []);
        let mut hidden = seen(20, 20);
        for reading in hidden.readings.values_mut() {
            let Reading::Found(live) = reading.clone() else {
                panic!("it is found")
            };
            let fault = crate::resource::fault::FaultKind::Denied;
            let fault = crate::resource::fault::Fault::new(fault, "reading", "no");
            *reading = Reading::Obscured(live, fault);
        }
        assert_eq!(crowds_of(&wished(1, None), &hidden), []);
    }

    #[test]
    fn what_has_ten_newer_ones_goes_and_one_more_when_one_is_coming() {
        let records = Records::default();
        assert_eq!(
            gone(&wished(1, None), &seen(12, 12), &records),
            ["a:1", "a:2"]
        );
        assert_eq!(
            gone(&wished(2, None), &seen(12, 12), &records),
            ["a:1", "a:2", "a:3"]
        );
    }

    #[test]
    fn a_pin_keeps_its_version_and_so_does_what_stands_for_one() {
        let same = wished(1, None);
        assert_eq!(gone(&same, &seen(12, 12), &pinned("1")), ["a:2"]);
        assert_eq!(gone(&same, &seen(12, 2), &pinned("7")), ["a:1"]);
    }

    #[test]
    fn an_old_version_of_a_crowd_goes_after_all_else_of_its_agent_and_then_what_it_used() {
        let desired = [wished(2, None)];
        let mut observed = seen(12, 12);
        let crowds = crowds_of(&desired[0], &observed);
        let supply = Stray {
            address: Address::new("supply", "s"),
            name: PhysicalName::new("s"),
            owner: owner(),
            reading: observed.readings[&Address::new("thing", "a")].clone(),
        };
        observed.strays = going(&crowds, vec![old(1, 11)], &Records::default());
        observed.strays.insert(0, supply);
        let records = Records::default();
        let plan = plan(&registry(), &desired, &observed, &records, Purpose::Apply).unwrap();
        let steps: Vec<(String, &Action)> = plan
            .steps
            .iter()
            .map(|step| (step.id.to_string(), &step.action))
            .collect();
        assert_eq!(
            steps,
            [
                ("thing/a".to_owned(), &Action::Update),
                ("old-thing/a:1".to_owned(), &Action::Delete),
                ("supply/s".to_owned(), &Action::Delete)
            ]
        );
        let [update, version, supply] = plan.steps.as_slice() else {
            panic!("there are three steps")
        };
        assert_eq!(version.needs, [update.id.clone()].into());
        let after_both = [update.id.clone(), version.id.clone()];
        assert_eq!(supply.needs, after_both.into());
    }
}
