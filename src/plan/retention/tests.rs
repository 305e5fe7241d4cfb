//! Retention, with kinds that AWS does not have.

use std::collections::BTreeMap;

use super::*;
use crate::plan::model::{Pins, Purpose};
use crate::plan::observation::{Recorded, Records};
use crate::plan::pin::{ObservedPins, Pin};
use crate::plan::planner::{draft, plan};
use crate::plan::test_kind::{Pointer, Thing, ThingSpec, naming, registry};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::reference::Declared;

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    }
}

/// A thing of a size, and the pointer that serves its versions.
fn desired(size: u8, shape: Option<&str>) -> [DesiredResource; 2] {
    let spec = ThingSpec::<Declared> {
        size: Some(size.into()),
        shape: shape.map(str::to_owned),
        ..ThingSpec::default()
    };
    let live = ThingSpec::<Declared>::default();
    [
        DesiredResource::new::<Thing>("a", Some(&owner()), PhysicalName::new("a"), spec),
        DesiredResource::new::<Pointer>("live", Some(&owner()), PhysicalName::new("a:live"), live),
    ]
}

fn live(spec: &ThingSpec<Declared>, outputs: Value) -> Live {
    Live {
        spec: json!(spec),
        outputs,
        status: Status::Ready,
        revision: None,
        owner: Ownership::Of(owner()),
    }
}

/// The thing at size 1 with a number of versions; the version `deployed` equals the live thing.
fn observed(count: u64, deployed: u64) -> Observations {
    let spec = ThingSpec::<Declared> {
        size: Some(1.into()),
        ..ThingSpec::default()
    };
    let outputs = json!({ "id": "id-of-a", "version": deployed, "count": count });
    let pointer = live(&ThingSpec::default(), json!({ "id": "id-of-live" }));
    Observations {
        readings: BTreeMap::from([
            (
                Address::new("thing", "a"),
                Reading::Found(live(&spec, outputs)),
            ),
            (Address::new("pointer", "live"), Reading::Found(pointer)),
        ]),
        ..Observations::default()
    }
}

fn crowds_of(desired: &[DesiredResource], observed: &Observations) -> Vec<Crowd> {
    draft(&registry(), desired, observed, &BTreeSet::new())
        .unwrap()
        .crowds
}

fn published(numbers: impl IntoIterator<Item = u64>) -> Vec<Published> {
    let version = |number| Published {
        number,
        name: PhysicalName::new(format!("a:{number}")),
        is_leaving: false,
    };
    numbers.into_iter().map(version).collect()
}

fn pinned(version: u64) -> ObservedPins {
    let pin = Pin {
        version,
        by: "ada".to_owned(),
        since: "2026-01-02T03:04:05Z".to_owned(),
        reason: None,
        moved_from: None,
    };
    let pins = BTreeMap::from([(Address::new("pointer", "live"), Ok(pin))]);
    ObservedPins::Read(BTreeMap::from([("triage".to_owned(), pins)]))
}

/// The deleted ones of twelve versions, of which the last is deployed.
fn outdated(size: u8, named: &[u64], pins: &ObservedPins) -> Vec<u64> {
    let versions = Versions {
        published: published(1..=12),
        named: vec![naming(named.iter().copied())],
        unused: Vec::new(),
        roles: BTreeSet::new(),
    };
    let crowds = crowds_of(&desired(size, None), &observed(12, 12));
    let outdated = crowds[0].outdated(&versions, pins);
    outdated.into_iter().collect()
}

#[test]
fn ten_versions_are_kept_and_eleven_are_a_crowd_even_if_the_plan_creates_the_last() {
    let (same, edited) = (desired(1, None), desired(2, None));
    let crowd = |coming, deployed| Crowd {
        owner: owner(),
        holder: Address::new("thing", "a"),
        old_kind: "old-thing",
        pointer: PhysicalName::new("a:live"),
        coming,
        deployed: Some(deployed),
        requested: BTreeSet::new(),
    };
    assert_eq!(crowds_of(&same, &observed(10, 10)), []);
    assert_eq!(crowds_of(&edited, &observed(9, 10)), []);
    assert_eq!(crowds_of(&edited, &observed(10, 10)), [crowd(1, 10)]);
    assert_eq!(crowds_of(&same, &observed(11, 12)), [crowd(0, 12)]);
}

#[test]
fn no_version_of_a_replaced_or_unreadable_resource_is_deleted_by_itself() {
    assert_eq!(crowds_of(&desired(1, Some("round")), &observed(20, 20)), []);
    let mut hidden = observed(20, 20);
    for reading in hidden.readings.values_mut() {
        let Reading::Found(live) = reading.clone() else {
            panic!("it is found")
        };
        let fault = Fault::local(FaultKind::Denied, "no");
        *reading = Reading::Obscured(live, fault);
    }
    assert_eq!(crowds_of(&desired(1, None), &hidden), []);
}

#[test]
fn versions_with_ten_newer_ones_are_deleted_and_one_more_if_the_plan_creates_one() {
    let pins = ObservedPins::default();
    assert_eq!(outdated(1, &[], &pins), [1, 2]);
    assert_eq!(outdated(2, &[], &pins), [1, 2, 3]);
}

#[test]
fn a_version_that_a_pointer_a_pin_or_the_deployed_resource_names_is_kept() {
    assert_eq!(outdated(1, &[1], &ObservedPins::default()), [2]);
    assert_eq!(outdated(1, &[], &pinned(1)), [2]);
    let versions = Versions {
        published: published(1..=12),
        ..Versions::default()
    };
    let crowds = crowds_of(&desired(1, None), &observed(12, 2));
    let outdated = crowds[0].outdated(&versions, &ObservedPins::default());
    assert_eq!(outdated, BTreeSet::from([1]));
}

#[test]
fn a_version_that_the_service_is_deleting_neither_counts_nor_is_deleted_again() {
    let mut versions = Versions {
        published: published(1..=12),
        ..Versions::default()
    };
    for version in &mut versions.published {
        version.is_leaving = version.number == 1 || version.number == 7;
    }
    let crowds = crowds_of(&desired(1, None), &observed(12, 12));
    let outdated = crowds[0].outdated(&versions, &ObservedPins::default());
    assert_eq!(outdated, BTreeSet::new());
}

/// Eleven versions with the one that the plan creates, and an object that no kept version uses.
fn crowded(versions: &Result<Versions, Fault>) -> (Vec<DesiredResource>, Observations) {
    let desired = desired(2, None).to_vec();
    let mut observed = observed(10, 10);
    observed.recorded = Recorded::Read(Records::default());
    let crowds = crowds_of(&desired, &observed);
    observed.histories = crowds
        .into_iter()
        .map(|crowd| History {
            crowd,
            versions: versions.clone(),
        })
        .collect();
    (desired, observed)
}

fn unused_object() -> Stray {
    Stray {
        address: Address::new("supply", "s"),
        name: PhysicalName::new("s"),
        owner: owner(),
        reading: Reading::Found(live(&ThingSpec::default(), json!({ "id": "id-of-s" }))),
    }
}

#[test]
fn an_outdated_version_is_deleted_last_and_then_the_objects_that_only_it_used() {
    let (desired, observed) = crowded(&Ok(Versions {
        published: published(1..=10),
        named: Vec::new(),
        unused: vec![unused_object()],
        roles: BTreeSet::new(),
    }));
    let plan = plan(
        &registry(),
        &desired,
        &observed,
        Purpose::Apply,
        Pins::Honoured,
    )
    .unwrap();
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

#[test]
fn objects_of_versions_are_kept_while_no_version_is_outdated_or_the_other_side_exists() {
    let versions = Versions {
        published: published(1..=10),
        named: vec![naming([1])],
        unused: vec![unused_object()],
        roles: BTreeSet::new(),
    };
    let (_, all_named) = crowded(&Ok(versions.clone()));
    assert_eq!(outgoing(&registry(), &all_named), []);
    let (_, mut two_sided) = crowded(&Ok(Versions {
        named: Vec::new(),
        ..versions
    }));
    two_sided.strays.push(Stray {
        address: Address::new("thing", "other"),
        ..unused_object()
    });
    let outgoing = outgoing(&registry(), &two_sided);
    let names: Vec<&str> = outgoing.iter().map(|stray| stray.name.as_str()).collect();
    assert_eq!(names, ["a:1"]);
}

#[test]
fn the_versions_are_read_before_a_pointer_returns_to_its_pin_and_a_pin_without_its_version_is_named()
 {
    let desired = desired(1, None);
    let mut at_its_pin = observed(3, 3);
    at_its_pin.pins = pinned(2);
    let mut moved = at_its_pin.clone();
    let set = |observed: &mut Observations, version: &str| {
        let reading = observed.readings.get_mut(&Address::new("pointer", "live"));
        if let Some(Reading::Found(pointer)) = reading {
            pointer.spec["size"] = version.into();
        }
    };
    set(&mut at_its_pin, "2");
    assert_eq!(crowds_of(&desired, &at_its_pin), []);

    set(&mut moved, "3");
    let crowds = crowds_of(&desired, &moved);
    assert_eq!(crowds.len(), 1);
    let mut fate_with = |numbers: &[u64]| {
        let versions = Versions {
            published: published(numbers.iter().copied()),
            ..Versions::default()
        };
        moved.histories = vec![History {
            crowd: crowds[0].clone(),
            versions: Ok(versions),
        }];
        let purpose = Purpose::Apply;
        let plan = plan(&registry(), &desired, &moved, purpose, Pins::Honoured).unwrap();
        assert_eq!(plan.steps.len(), 1, "the moved pointer is a difference");
        (plan.pins[0].fate, plan.gone_pins().count())
    };
    assert_eq!(fate_with(&[1, 2, 3]), (PinFate::Holds, 0));
    assert_eq!(fate_with(&[1, 3]), (PinFate::Gone, 1));
}

#[test]
fn versions_that_cannot_be_listed_make_the_plan_incomplete() {
    let denied = Fault::local(FaultKind::Denied, "no");
    let (_, unread) = crowded(&Err(denied.clone()));
    let expected = Stray::unlisted("old-thing", owner(), denied);
    assert_eq!(outgoing(&registry(), &unread), [expected]);
}
