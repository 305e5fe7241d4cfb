//! What is recorded during a run, in a store that can be slow, refuse or panic.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::*;
use crate::outcome::PANICKED;
use crate::plan::model::Purpose;
use crate::plan::observation::Stray;
use crate::plan::test_kind::{Thing, ThingSpec, plan, registry};
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::FaultKind;
use crate::resource::kind::Status;
use crate::resource::owner::Ownership;
use crate::resource::provider::Live;
use crate::resource::reference::{Declared, OutputField};

/// The entries of a record, shortened: the address's name and the size.
type Applied = Vec<(String, Value)>;

#[derive(Default)]
struct Saves {
    /// Every save that was started: the agent and its sizes.
    begun: Vec<(String, Applied)>,
    last: BTreeMap<String, Record>,
    /// The faults that the next saves return, in order; after them, saves succeed.
    faults: Vec<FaultKind>,
    underway: BTreeMap<String, u32>,
    most_underway: u32,
}

struct Store {
    saves: Mutex<Saves>,
    /// How many saves may end.
    gate: Semaphore,
}

impl Store {
    fn new(open: usize) -> Arc<Self> {
        Arc::new(Self {
            saves: Mutex::default(),
            gate: Semaphore::new(open),
        })
    }

    fn saves(&self) -> MutexGuard<'_, Saves> {
        self.saves.lock().unwrap()
    }

    fn begun(&self) -> Vec<(String, Applied)> {
        self.saves().begun.clone()
    }
}

impl RecordStore for Store {
    fn save<'a>(
        &'a self,
        owner: &'a Owner,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            {
                let mut saves = self.saves();
                saves.begun.push((owner.agent.clone(), sizes(record)));
                let underway = saves.underway.entry(owner.agent.clone()).or_default();
                *underway += 1;
                saves.most_underway = saves.most_underway.max(saves.underway[&owner.agent]);
            }
            self.gate.acquire().await.unwrap().forget();
            let mut saves = self.saves();
            *saves.underway.get_mut(&owner.agent).unwrap() -= 1;
            if !saves.faults.is_empty() {
                return Err(Fault::local(saves.faults.remove(0), "as the test ordered"));
            }
            saves.last.insert(owner.agent.clone(), record.clone());
            Ok(())
        })
    }
}

fn sizes(record: &Record) -> Applied {
    let applied = record.applied.iter();
    applied
        .map(|(address, spec)| (address.name().to_owned(), spec["size"].clone()))
        .collect()
}

fn seal() -> Seal {
    Seal::new([7; 32])
}

fn owner(agent: &str) -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: agent.into(),
    }
}

fn thing(agent: &str, name: &str, size: u8) -> DesiredResource {
    let spec = ThingSpec::<Declared> {
        size: Some(json!(size)),
        ..ThingSpec::default()
    };
    DesiredResource::new::<Thing>(name, Some(&owner(agent)), PhysicalName::new(name), spec)
}

fn found(desired: &[DesiredResource]) -> Observations {
    let readings = desired.iter().map(|resource| {
        let live = Live {
            spec: resource.spec.clone(),
            outputs: json!({ "id": "1", "version": 1 }),
            status: Status::Ready,
            revision: None,
            owner: Ownership::Of(resource.owner.clone().unwrap()),
        };
        (resource.address.clone(), Reading::Found(live))
    });
    Observations {
        readings: readings.collect(),
        ..Observations::default()
    }
}

fn recorded_as(agent: &str, resources: &[DesiredResource]) -> Records {
    let applied = resources
        .iter()
        .map(|resource| (resource.address.clone(), resource.spec.clone()));
    // As `found` finds them.
    let identities = resources
        .iter()
        .map(|resource| (resource.address.clone(), "1".to_owned()));
    let record = Record {
        applied: applied.collect(),
        identities: identities.collect(),
        ..Record::default()
    };
    Records {
        by_agent: BTreeMap::from([(agent.to_owned(), record)]),
        seal: Some(seal()),
    }
}

fn planned(desired: &[DesiredResource], observed: &Observations) -> Plan {
    plan(
        &registry(),
        desired,
        observed,
        &Records::default(),
        Purpose::Apply,
    )
    .unwrap()
}

fn begin(
    store: &Arc<Store>,
    owners: &[Owner],
    records: &Records,
    observed: &Observations,
    plan: &Plan,
) -> RecordKeeper {
    let known = Known {
        desired: &[],
        owners,
        records,
        observed,
        plan,
    };
    RecordKeeper::begin(
        Arc::clone(store) as Arc<dyn RecordStore>,
        registry(),
        seal(),
        known,
    )
}

/// Starts without records and settles each step of a plan that creates these resources.
async fn settled(store: &Arc<Store>, resources: &[DesiredResource]) -> RecordKeeper {
    let plan = planned(resources, &Observations::default());
    let mut keeper = begin(
        store,
        &[],
        &Records::default(),
        &Observations::default(),
        &plan,
    );
    for step in &plan.steps {
        keeper.settled(step, step.desired.as_ref(), &Outputs::new());
        tokio::task::yield_now().await;
    }
    keeper
}

fn entries(entries: &[(&str, u8)]) -> Applied {
    entries
        .iter()
        .map(|(name, size)| ((*name).to_owned(), json!(size)))
        .collect()
}

#[tokio::test]
async fn a_record_has_what_was_as_desired_what_settled_and_the_earlier_entries_of_the_rest() {
    let store = Store::new(9);
    let desired = [
        thing("a", "same", 1),
        thing("a", "moved", 2),
        thing("a", "failing", 3),
    ];
    let records = recorded_as(
        "a",
        &[
            thing("a", "moved", 20),
            thing("a", "failing", 30),
            thing("a", "not declared any more", 40),
        ],
    );
    let observed = found(&[thing("a", "same", 1), thing("a", "moved", 9)]);
    let plan = planned(&desired, &observed);
    let mut keeper = begin(&store, &[owner("a")], &records, &observed, &plan);
    for step in &plan.steps {
        if step.id.address.name() == "moved" {
            keeper.settled(step, step.desired.as_ref(), &Outputs::new());
        }
    }
    assert_eq!(keeper.finish().await, []);
    assert_eq!(
        sizes(&store.saves().last["a"]),
        entries(&[("failing", 30), ("moved", 2), ("same", 1)])
    );
}

#[tokio::test]
async fn a_record_has_the_names_of_its_resources_until_they_are_deleted() {
    let store = Store::new(9);
    let things = [thing("a", "stays", 1), thing("a", "goes", 2)];
    assert_eq!(settled(&store, &things).await.finish().await, []);
    let record = store.saves().last["a"].clone();
    let names = |record: &Record| {
        let names = record.names.iter();
        names
            .map(|(address, name)| format!("{address} = {name}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&record), ["thing/goes = goes", "thing/stays = stays"]);

    let records = Records {
        by_agent: BTreeMap::from([("a".to_owned(), record)]),
        seal: Some(seal()),
    };
    let observed = found(&things[..1]);
    let mut plan = planned(&things, &observed);
    plan.steps[0].desired = None;
    let mut keeper = begin(&store, &[owner("a")], &records, &observed, &plan);
    keeper.settled(&plan.steps[0], None, &Outputs::new());
    assert_eq!(keeper.finish().await, []);
    assert_eq!(names(&store.saves().last["a"]), ["thing/stays = stays"]);
}

#[tokio::test]
async fn an_unchanged_record_is_not_saved_again() {
    let store = Store::new(9);
    let desired = [thing("a", "same", 1)];
    let observed = found(&desired);
    let plan = planned(&desired, &observed);
    let records = recorded_as("a", &desired);
    let owners = [owner("a"), owner("new")];
    let keeper = begin(&store, &owners, &records, &observed, &plan);
    assert_eq!(keeper.finish().await, []);
    assert_eq!(store.begun(), []);
}

#[tokio::test]
async fn entries_under_a_lost_key_are_dropped() {
    let store = Store::new(9);
    let (desired, observed) = ([thing("a", "failing", 1)], Observations::default());
    let records = Records {
        seal: None,
        ..recorded_as("a", &desired)
    };
    let plan = planned(&desired, &observed);
    let keeper = begin(&store, &[owner("a")], &records, &observed, &plan);
    assert_eq!(keeper.finish().await, []);
    assert_eq!(store.saves().last["a"], Record::default());
}

#[tokio::test]
async fn a_destroy_removes_only_what_it_deleted_from_the_record() {
    let store = Store::new(9);
    let things = [thing("a", "gone", 1), thing("a", "left", 2)];
    let mut plan = planned(&things, &Observations::default());
    for step in &mut plan.steps {
        step.desired = None;
    }
    let records = recorded_as("a", &things);
    let observed = Observations::default();
    let mut keeper = begin(&store, &[owner("a")], &records, &observed, &plan);
    let gone = plan
        .steps
        .iter()
        .find(|step| step.id.address.name() == "gone");
    keeper.settled(gone.unwrap(), None, &Outputs::new());
    assert_eq!(keeper.finish().await, []);
    assert_eq!(store.begun(), [("a".to_owned(), entries(&[("left", 2)]))]);
}

#[tokio::test(start_paused = true)]
async fn steps_that_settle_together_are_saved_together_and_no_agent_has_two_saves_in_progress() {
    let store = Store::new(0);
    let things = [
        thing("a", "1", 1),
        thing("a", "2", 2),
        thing("b", "4", 4),
        thing("a", "3", 3),
    ];
    let plan = planned(&things, &Observations::default());
    let mut keeper = settled(&store, &things[..3]).await;
    assert_eq!(store.begun(), []);
    sleep(TOGETHER * 2).await;
    let first = [
        ("a".to_owned(), entries(&[("1", 1), ("2", 2)])),
        ("b".to_owned(), entries(&[("4", 4)])),
    ];
    assert_eq!(store.begun(), first);
    let last = plan
        .steps
        .iter()
        .find(|step| step.id.address.name() == "3")
        .unwrap();
    keeper.settled(last, last.desired.as_ref(), &Outputs::new());
    sleep(TOGETHER * 2).await;
    assert_eq!(store.begun(), first, "the first save is still under way");
    store.gate.add_permits(9);
    assert_eq!(keeper.finish().await, []);
    assert_eq!(
        store.begun()[2..],
        [("a".to_owned(), entries(&[("1", 1), ("2", 2), ("3", 3)]))]
    );
    assert_eq!(store.saves().most_underway, 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_save_is_retried_at_the_end_and_reported_if_it_fails_again() {
    let things = [thing("a", "1", 1), thing("a", "2", 2)];
    let answer = async |faults: usize| {
        let store = Store::new(9);
        store.saves().faults = vec![FaultKind::Denied; faults];
        let keeper = settled(&store, &things).await;
        sleep(TOGETHER * 2).await;
        let errors = keeper.finish().await;
        let last = store.saves().last.get("a").map(sizes);
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        (errors, last)
    };
    assert_eq!(
        answer(1).await,
        (Vec::new(), Some(entries(&[("1", 1), ("2", 2)])))
    );
    let warning = "the record of agent `a` of project `claims` (env default, us-east-1) could not be saved, so the next diff may \
                   not say who changed what: as the test ordered";
    assert_eq!(answer(2).await, (vec![warning.to_owned()], None));
}

#[tokio::test]
async fn no_secret_and_no_shared_resource_reaches_the_store() {
    let store = Store::new(9);
    let spec = ThingSpec::<Declared> {
        secrets: BTreeMap::from([("TOKEN".into(), "hunter2".into())]),
        ..ThingSpec::default()
    };
    let things = [
        DesiredResource::new::<Thing>("own", Some(&owner("a")), PhysicalName::new("own"), spec),
        DesiredResource::new::<Thing>(
            "shared",
            None,
            PhysicalName::new("shared"),
            ThingSpec::default(),
        ),
    ];
    assert_eq!(settled(&store, &things).await.finish().await, []);
    let saves = store.saves();
    let addresses: Vec<_> = saves.last["a"].applied.keys().collect();
    assert_eq!(addresses, [&Address::new("thing", "own")]);
    assert_eq!(saves.last.len(), 1);
    let token = &saves.last["a"].applied[addresses[0]]["secrets"]["TOKEN"];
    assert!(token["$hmac"].is_string(), "{token}");
}

#[tokio::test]
async fn a_store_that_panics_is_reported_and_does_not_end_the_run() {
    struct Broken;
    impl RecordStore for Broken {
        fn save<'a>(&'a self, _: &'a Owner, _: &'a Record) -> BoxFuture<'a, Result<(), Fault>> {
            Box::pin(async { panic!("the store is broken") })
        }
    }
    let (desired, records) = ([thing("a", "1", 1)], Records::default());
    let observed = found(&desired);
    let known = Known {
        desired: &[],
        owners: &[owner("a")],
        records: &records,
        observed: &observed,
        plan: &planned(&desired, &observed),
    };
    let keeper = RecordKeeper::begin(Arc::new(Broken), registry(), seal(), known);
    let errors = keeper.finish().await;
    assert!(
        matches!(errors.as_slice(), [RecordError::Defect(why)] if why == PANICKED),
        "{errors:?}"
    );
}

#[tokio::test]
async fn entries_of_another_part_of_the_plan_are_kept() {
    let store = Store::new(9);
    let things = [thing("a", "first", 1), thing("a", "later", 2)];
    let observed = Observations::default();
    let part = planned(&things, &observed).only(|step| step.id.address.name() == "first");
    let records = recorded_as("a", &things);
    let mut keeper = begin(&store, &[owner("a")], &records, &observed, &part);
    let resized = thing("a", "first", 9).spec;
    keeper.settled(&part.steps[0], Some(&resized), &Outputs::new());
    assert_eq!(keeper.finish().await, []);
    assert_eq!(
        sizes(&store.saves().last["a"]),
        entries(&[("first", 9), ("later", 2)])
    );
}

#[tokio::test]
async fn entries_of_unreadable_resources_are_kept() {
    let store = Store::new(9);
    let key = thing("a", "key", 1);
    let hidden = ThingSpec::<Declared> {
        size: Some(json!(2)),
        needs: vec![OutputField::<String>::new("id").of(&key.address)],
        ..ThingSpec::default()
    };
    let name = PhysicalName::new("hidden");
    let hidden = DesiredResource::new::<Thing>("hidden", Some(&owner("a")), name, hidden);
    let desired = [key, hidden];
    let mut observed = found(&[thing("a", "key", 9)]);
    let fault = Fault::local(FaultKind::Denied, "the key is disabled");
    let reading = Reading::Unreadable(fault);
    observed
        .readings
        .insert(desired[1].address.clone(), reading);
    let plan = planned(&desired, &observed);
    let first = plan.before_reading(&registry(), &desired).unwrap();
    let records = recorded_as("a", &[desired[0].clone(), thing("a", "hidden", 3)]);
    let mut keeper = begin(&store, &[owner("a")], &records, &observed, &first);
    keeper.settled(
        &first.steps[0],
        Some(&thing("a", "key", 5).spec),
        &Outputs::new(),
    );
    assert_eq!(keeper.finish().await, []);
    assert_eq!(
        sizes(&store.saves().last["a"]),
        entries(&[("hidden", 3), ("key", 5)])
    );
}

/// The record of an agent whose resource `old` is no longer desired, and the plan that deletes it.
fn left_over() -> (Records, Observations, Plan) {
    let (stays, old) = (thing("a", "stays", 1), thing("a", "old", 2));
    let mut records = recorded_as("a", &[stays.clone(), old.clone()]);
    let record = records.by_agent.get_mut("a").unwrap();
    let physical = PhysicalName::new("old-thing");
    record.names.insert(old.address.clone(), physical.clone());
    let reading = found(std::slice::from_ref(&old)).readings[&old.address].clone();
    let desired = [stays];
    let observed = Observations {
        strays: vec![Stray {
            address: Address::new("thing", physical.as_str()),
            name: physical,
            owner: owner("a"),
            reading,
        }],
        ..found(&desired)
    };
    let plan = planned(&desired, &observed);
    (records, observed, plan)
}

#[tokio::test]
async fn the_entry_of_a_leftover_is_kept_until_it_is_deleted() {
    let (records, observed, plan) = left_over();
    let after = async |is_deleted: bool| {
        let store = Store::new(9);
        let mut keeper = begin(&store, &[owner("a")], &records, &observed, &plan);
        if is_deleted {
            keeper.settled(&plan.steps[0], None, &Outputs::new());
        }
        assert_eq!(keeper.finish().await, []);
        let saved = store.saves().last.get("a").cloned();
        let record = saved.unwrap_or_else(|| records.by_agent["a"].clone());
        let names: Vec<String> = record.names.keys().map(ToString::to_string).collect();
        (sizes(&record), names)
    };
    assert_eq!(
        after(false).await,
        (
            entries(&[("old", 2), ("stays", 1)]),
            vec!["thing/old".to_owned()]
        )
    );
    assert_eq!(after(true).await, (entries(&[("stays", 1)]), vec![]));
}
