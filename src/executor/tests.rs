//! Applies plans to a cloud in memory, on virtual time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::steps::{Limits, OnFailure, run};
use super::test_cloud::{Cloud, RecordedSteps, Stored};
use crate::event::{Event, Events};
use crate::observe::listing::{ReadRequest, read_all};
use crate::observe::refresh::read_desired;
use crate::outcome::{Outcome, Outcomes, PANICKED, StepError};
use crate::plan::model::{Plan, Purpose, StepId};
use crate::plan::observation::Records;
use crate::plan::test_kind::{Thing, ThingSpec, Trail, plan, registry};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::Reading;
use crate::resource::reference::{Declared, Input, OutputField, Resolved};

const AT_ONCE: Limits = Limits {
    parallelism: 4,
    on_failure: OnFailure::ContinueOthers,
};

const ID: OutputField<String> = OutputField::new("id");

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    }
}

fn thing(name: &str, needs: &[&str]) -> DesiredResource {
    let needs = needs
        .iter()
        .map(|need| ID.of(&Address::new("thing", *need)))
        .collect();
    with(
        name,
        ThingSpec {
            needs,
            tags: BTreeMap::from([("team".into(), "billing".into())]),
            ..ThingSpec::default()
        },
    )
}

fn with(name: &str, spec: ThingSpec<Declared>) -> DesiredResource {
    DesiredResource::new::<Thing>(name, Some(&owner()), PhysicalName::new(name), spec)
}

fn stored(spec: ThingSpec<Resolved>) -> Stored {
    Stored {
        spec,
        owner: Ownership::Of(owner()),
        version: 1,
        settling: 0,
        failed: None,
    }
}

async fn planned(cloud: &Cloud, desired: &[DesiredResource], purpose: Purpose) -> Plan {
    let readers = cloud.readers();
    let scopes = [OwnerFilter::of(&owner())];
    let (events, _) = Events::channel();
    let request = ReadRequest {
        desired,
        scopes: &scopes,
        noted: &BTreeSet::new(),
        purpose,
    };
    let observed = read_all(&registry(), &readers, request, &events).await;
    let desired = match purpose {
        Purpose::Apply => desired,
        Purpose::Destroy => &[],
    };
    plan(
        &registry(),
        desired,
        &observed,
        &Records::default(),
        purpose,
    )
    .unwrap()
}

async fn run_plan(cloud: &Cloud, plan: &Plan) -> (Outcomes, Vec<Event>) {
    run_plan_with(cloud, plan, &mut RecordedSteps::default()).await
}

async fn run_plan_with(
    cloud: &Cloud,
    plan: &Plan,
    sink: &mut RecordedSteps,
) -> (Outcomes, Vec<Event>) {
    let folder = tempfile::tempdir().unwrap();
    let (runner, mut receiver) = cloud.step_runner(folder.path());
    let (stop, events) = (runner.stop.clone(), runner.events.clone());
    let outcomes = run(plan, runner, AT_ONCE, stop, events, sink).await;
    let mut sent = Vec::new();
    while let Ok(event) = receiver.try_recv() {
        sent.push(event);
    }
    (outcomes, sent)
}

async fn applied(cloud: &Cloud, desired: &[DesiredResource]) -> Outcomes {
    let plan = planned(cloud, desired, Purpose::Apply).await;
    run_plan(cloud, &plan).await.0
}

fn outcome<'a>(outcomes: &'a Outcomes, name: &str) -> &'a Outcome {
    outcomes
        .steps
        .iter()
        .find(|(id, _)| id.address.name() == name)
        .map(|(_, outcome)| outcome)
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_apply_sends_one_mutation_at_a_time_and_waits_for_each_to_settle() {
    let cloud = Cloud::default();
    cloud.contents().settle = 3;
    assert!(
        applied(&cloud, &[thing("a", &["b"]), thing("b", &[])])
            .await
            .all_done()
    );
    assert_eq!(
        cloud.contents().calls,
        ["Create b", "Tag b", "Create a", "Tag a"]
    );
    assert_eq!(cloud.contents().things["a"].spec.needs, ["id-of-b"]);
    let unsettled: Vec<u32> = cloud
        .contents()
        .things
        .values()
        .map(|thing| thing.settling)
        .collect();
    assert_eq!(unsettled, [0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_second_apply_changes_nothing() {
    let (cloud, desired) = (Cloud::default(), [thing("a", &["b"]), thing("b", &[])]);
    applied(&cloud, &desired).await;
    assert!(planned(&cloud, &desired, Purpose::Apply).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failure_skips_only_the_steps_that_need_it_and_the_next_apply_finishes() {
    let (cloud, desired) = (
        Cloud::default(),
        [
            thing("top", &["mid"]),
            thing("mid", &["bad"]),
            thing("bad", &[]),
            thing("free", &[]),
        ],
    );
    cloud
        .contents()
        .faults
        .insert("Create bad".into(), vec![FaultKind::Denied]);
    let outcomes = applied(&cloud, &desired).await;
    assert!(
        matches!(outcome(&outcomes, "bad"), Outcome::Failed(StepError::Fault(fault)) if fault.kind == FaultKind::Denied)
    );
    assert!(
        matches!(outcome(&outcomes, "top"), Outcome::Skipped { because_of } if because_of.address.name() == "bad")
    );
    assert!(outcome(&outcomes, "free").is_done());
    assert!(applied(&cloud, &desired).await.all_done());
}

#[tokio::test(start_paused = true)]
async fn with_fail_fast_steps_that_have_started_finish_and_no_other_starts() {
    let cloud = Cloud::default();
    cloud.contents().settle = 3;
    cloud
        .contents()
        .faults
        .insert("Create b-bad".into(), vec![FaultKind::Denied]);
    let desired = [
        thing("a-slow", &[]),
        thing("b-bad", &[]),
        thing("c-waits", &[]),
        thing("d-needs", &["b-bad"]),
    ];
    let plan = planned(&cloud, &desired, Purpose::Apply).await;
    let folder = tempfile::tempdir().unwrap();
    let (runner, _receiver) = cloud.step_runner(folder.path());
    let (stop, events) = (runner.stop.clone(), runner.events.clone());
    let limits = Limits {
        parallelism: 2,
        on_failure: OnFailure::StartNothing,
    };
    let sink = &mut RecordedSteps::default();
    let outcomes = run(&plan, runner, limits, stop, events, sink).await;
    let ended: Vec<&Outcome> = ["a-slow", "c-waits"]
        .iter()
        .map(|name| outcome(&outcomes, name))
        .collect();
    let done = Outcome::Done { remains: None };
    assert_eq!(ended, [&done, &Outcome::NotStarted]);
    assert!(matches!(outcome(&outcomes, "b-bad"), Outcome::Failed(_)));
    assert!(
        matches!(outcome(&outcomes, "d-needs"), Outcome::Skipped { because_of } if because_of.address.name() == "b-bad")
    );
    assert!(applied(&cloud, &desired).await.all_done());
}

#[tokio::test(start_paused = true)]
async fn a_mutation_is_retried_while_what_it_needs_is_not_visible_and_each_delay_is_reported() {
    let cloud = Cloud::default();
    cloud.contents().faults.insert(
        "Create a".into(),
        vec![FaultKind::NotYetConsistent, FaultKind::Busy],
    );
    let plan = planned(&cloud, &[thing("a", &[])], Purpose::Apply).await;
    let (outcomes, events) = run_plan(&cloud, &plan).await;
    assert!(outcomes.all_done());
    let delays: Vec<u64> = events
        .iter()
        .filter_map(|event| {
            if let Event::Waiting { delay_ms, .. } = event {
                Some(*delay_ms)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(delays, [500, 1_000]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_a_read_shows_to_be_in_vain_ends_within_seconds() {
    let cloud = Cloud::default();
    let refusals = vec![FaultKind::NotYetConsistent; 20];
    let fault = ("Create a".into(), refusals);
    cloud.contents().faults.extend([fault]);
    cloud.contents().never = Some("there is no role `r`".into());
    let began = tokio::time::Instant::now();
    let outcomes = applied(&cloud, &[thing("a", &[])]).await;
    let fault = Fault::local(FaultKind::Invalid, "Create a (there is no role `r`)");
    assert_eq!(
        *outcome(&outcomes, "a"),
        Outcome::Failed(StepError::Fault(fault))
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_and_cannot_be_read_is_reported_with_the_last_answer() {
    let cloud = Cloud::default();
    cloud.contents().taken.push("a".into());
    let began = tokio::time::Instant::now();
    let outcomes = applied(&cloud, &[thing("a", &[])]).await;
    let contradiction = StepError::Contradiction {
        refusal: Fault::local(FaultKind::AlreadyExists, "exists"),
        is_found: false,
    };
    assert_eq!(*outcome(&outcomes, "a"), Outcome::Failed(contradiction));
    assert!(
        began.elapsed() < Duration::from_secs(45),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_changed_since_the_plan_is_not_touched() {
    let (cloud, desired) = (
        Cloud::default(),
        [with(
            "a",
            ThingSpec {
                size: Some(json!(2)),
                ..ThingSpec::default()
            },
        )],
    );
    cloud.contents().things.insert(
        "a".into(),
        stored(ThingSpec {
            size: Some(json!(1)),
            ..ThingSpec::default()
        }),
    );
    let plan = planned(&cloud, &desired, Purpose::Apply).await;
    cloud.contents().things.get_mut("a").unwrap().spec.size = Some(json!(9));
    let outcomes = run_plan(&cloud, &plan).await.0;
    assert_eq!(
        *outcome(&outcomes, "a"),
        Outcome::Failed(StepError::Stale {
            fields: vec!["/size".into()]
        })
    );
    assert_eq!(cloud.contents().calls, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_change_without_effect_fails_and_names_the_fields_that_still_differ() {
    let (cloud, desired) = (
        Cloud::default(),
        [with(
            "a",
            ThingSpec {
                size: Some(json!(2)),
                ..ThingSpec::default()
            },
        )],
    );
    cloud
        .contents()
        .things
        .insert("a".into(), stored(ThingSpec::default()));
    cloud.contents().without_effect.push("a".into());
    let outcomes = applied(&cloud, &desired).await;
    assert!(
        matches!(outcome(&outcomes, "a"), Outcome::Failed(StepError::NotConverging { fields, .. }) if *fields == ["/size"])
    );
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_fails_at_the_service_ends_with_its_reason() {
    let cloud = Cloud::default();
    let reason = || "a network interface is in use".to_owned();
    let failed = Stored {
        failed: Some(reason()),
        ..stored(ThingSpec::default())
    };
    cloud.contents().things.insert("a".into(), failed);
    cloud.contents().without_effect.push("a".into());
    let plan = planned(&cloud, &[], Purpose::Destroy).await;
    let outcomes = run_plan(&cloud, &plan).await.0;
    assert_eq!(
        *outcome(&outcomes, "a"),
        Outcome::Failed(StepError::ServiceFailed(reason()))
    );
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_somebody_else_creates_meanwhile_is_not_changed() {
    let cloud = Cloud::default();
    let plan = planned(&cloud, &[thing("a", &[])], Purpose::Apply).await;
    cloud.contents().things.insert(
        "a".into(),
        Stored {
            owner: Ownership::Unmarked,
            ..stored(ThingSpec::default())
        },
    );
    let outcomes = run_plan(&cloud, &plan).await.0;
    assert_eq!(
        *outcome(&outcomes, "a"),
        Outcome::Failed(StepError::Stale { fields: vec![] })
    );
    assert_eq!(cloud.contents().calls, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_stop_starts_no_new_step_and_reports_what_aws_is_still_doing() {
    let cloud = Cloud::default();
    cloud.contents().settle = 1_000;
    let plan = planned(
        &cloud,
        &[thing("a", &["b"]), thing("b", &[])],
        Purpose::Apply,
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let (runner, _receiver) = cloud.step_runner(folder.path());
    let (stop, events) = (runner.stop.clone(), runner.events.clone());
    let stopper = stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        stopper.cancel();
    });
    let outcomes = run(
        &plan,
        runner,
        AT_ONCE,
        stop,
        events,
        &mut RecordedSteps::default(),
    )
    .await;
    assert_eq!(
        *outcome(&outcomes, "b"),
        Outcome::Interrupted {
            doing: "accepted, still InProgress".into()
        }
    );
    assert_eq!(*outcome(&outcomes, "a"), Outcome::NotStarted);
    assert_eq!(cloud.contents().calls, ["Create b"]);
}

/// A trail of a thing, whose name holds the thing's id.
fn trail(thing: &str, spec: ThingSpec<Declared>) -> DesiredResource {
    let id = ID.part(&Address::new("thing", thing));
    let name = Input::Template(vec!["/of/".into(), id]);
    DesiredResource::new::<Trail>(thing, Some(&owner()), name, spec)
}

fn made_by_service() -> Stored {
    Stored {
        owner: Ownership::Parent,
        ..stored(ThingSpec::default())
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_the_service_creates_before_its_step_is_adopted_and_updated() {
    let cloud = Cloud::default();
    let grown = ThingSpec {
        size: Some(json!(2)),
        ..ThingSpec::default()
    };
    let desired = [thing("a", &[]), trail("a", grown)];
    let plan = planned(&cloud, &desired, Purpose::Apply).await;
    let name = "/of/id-of-a";
    cloud
        .contents()
        .things
        .insert(name.into(), made_by_service());
    assert!(run_plan(&cloud, &plan).await.0.all_done());
    assert_eq!(
        cloud.contents().calls,
        ["Create a", "Tag a", "Update /of/id-of-a"]
    );
    assert!(planned(&cloud, &desired, Purpose::Apply).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_marked_resource_that_the_service_created_earlier_is_adopted_although_its_name_was_unknown()
 {
    let cloud = Cloud::default();
    let grown = ThingSpec {
        size: Some(json!(2)),
        ..ThingSpec::default()
    };
    let desired = [thing("a", &[]), trail("a", grown)];
    let plan = planned(&cloud, &desired, Purpose::Apply).await;
    let name = "/of/id-of-a";
    let ours = stored(ThingSpec::default());
    cloud.contents().things.insert(name.into(), ours);
    assert!(run_plan(&cloud, &plan).await.0.all_done());

    let theirs = Stored {
        owner: Ownership::Unmarked,
        ..stored(ThingSpec::default())
    };
    let cloud = Cloud::default();
    cloud.contents().things.insert(name.into(), theirs);
    let outcomes = run_plan(&cloud, &plan).await.0;
    let trail = StepId::whole(&Address::new("trail", "a"));
    let stale = Outcome::Failed(StepError::Stale { fields: Vec::new() });
    assert_eq!(outcomes.steps[&trail], stale);
}

#[tokio::test(start_paused = true)]
async fn a_resource_named_after_a_new_one_is_recorded_under_its_resolved_name() {
    let cloud = Cloud::default();
    let desired = [thing("a", &[]), trail("a", ThingSpec::default())];
    let plan = planned(&cloud, &desired, Purpose::Apply).await;
    let mut sink = RecordedSteps::default();
    run_plan_with(&cloud, &plan, &mut sink).await;
    let names: Vec<Option<PhysicalName>> = sink.0.into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["a", "/of/id-of-a"].map(|name| Some(PhysicalName::new(name)))
    );
}

#[tokio::test(start_paused = true)]
async fn a_resource_named_after_an_unreadable_one_is_unreadable_too() {
    let readers = Cloud::default().readers();
    let gone = DesiredResource {
        address: Address::new("unheard-of", "a"),
        ..thing("a", &[])
    };
    let id = ID.part(&gone.address);
    let of_trail = ID.part(&Address::new("trail", "b"));
    let named = |name: &str, part| {
        let physical = Input::Template(vec!["/of/".into(), part]);
        DesiredResource::new::<Trail>(name, Some(&owner()), physical, ThingSpec::default())
    };
    let desired = [
        gone,
        named("b", id),
        named("c", of_trail),
        trail("d", ThingSpec::default()),
        thing("d", &[]),
    ];
    let readings = read_desired(&readers, &desired).await;
    let unreadable: Vec<&str> = readings
        .iter()
        .filter(|(_, reading)| matches!(reading, Reading::Unreadable(fault) if fault.message == "there is no reader for `unheard-of`"))
        .map(|(address, _)| address.name())
        .collect();
    assert_eq!(unreadable, ["b", "c", "a"]);
    assert_eq!(
        readings[&Address::new("trail", "d")],
        Reading::Absent,
        "its thing does not exist"
    );
}

#[tokio::test(start_paused = true)]
async fn a_destroy_deletes_what_the_service_created_for_its_resources_and_after_them() {
    let cloud = Cloud::default();
    applied(&cloud, &[thing("a", &[]), thing("b", &[])]).await;
    for name in ["/of/id-of-a", "/of/id-of-b-too", "/of/id-of-theirs"] {
        cloud
            .contents()
            .things
            .insert(name.into(), made_by_service());
    }
    cloud.contents().calls.clear();
    // One is desired and found by its name, the other is found by its listing.
    let desired = [thing("a", &[]), trail("a", ThingSpec::default())];
    let plan = planned(&cloud, &desired, Purpose::Destroy).await;
    let outcomes = run_plan(&cloud, &plan).await.0;
    assert!(outcomes.all_done());
    let owners: Vec<&Option<Owner>> = plan.steps.iter().map(|step| &step.owner).collect();
    assert_eq!(owners, [&Some(owner()); 4]);
    assert_eq!(
        cloud.contents().things.keys().collect::<Vec<_>>(),
        ["/of/id-of-theirs"]
    );
    let calls = cloud.contents().calls.clone();
    let position = |call: &str| calls.iter().position(|made| made == call);
    assert!(
        position("Delete a") < position("Delete /of/id-of-a"),
        "{calls:?}"
    );
    assert!(
        position("Delete b") < position("Delete /of/id-of-b-too"),
        "{calls:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_a_slow_read() {
    let cloud = Cloud::default();
    let plan = planned(&cloud, &[thing("a", &[])], Purpose::Apply).await;
    cloud.contents().slow = Duration::from_hours(1);
    let folder = tempfile::tempdir().unwrap();
    let (runner, _receiver) = cloud.step_runner(folder.path());
    let (stop, events) = (runner.stop.clone(), runner.events.clone());
    stop.cancel();
    let began = tokio::time::Instant::now();
    // The stop happens after the step has started.
    let running = tokio_util::sync::CancellationToken::new();
    let sink = &mut RecordedSteps::default();
    let outcomes = run(&plan, runner, AT_ONCE, running, events, sink).await;
    assert_eq!(
        *outcome(&outcomes, "a"),
        Outcome::Interrupted {
            doing: "nothing was sent".into()
        }
    );
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(cloud.contents().calls, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_new_resource_that_is_visible_before_its_marks_is_read_again() {
    let cloud = Cloud::default();
    let plan = planned(&cloud, &[thing("a", &[])], Purpose::Apply).await;
    cloud.contents().unmarked = 3;
    assert!(run_plan(&cloud, &plan).await.0.all_done());
    assert_eq!(cloud.contents().calls, ["Create a", "Tag a"]);
}

#[tokio::test(start_paused = true)]
async fn a_destroy_deletes_only_what_agentctl_manages() {
    let (cloud, desired) = (Cloud::default(), [thing("a", &["b"]), thing("b", &[])]);
    applied(&cloud, &desired).await;
    cloud.contents().things.insert(
        "theirs".into(),
        Stored {
            owner: Ownership::Unmarked,
            ..stored(ThingSpec::default())
        },
    );
    let plan = planned(&cloud, &[], Purpose::Destroy).await;
    let outcomes = run_plan(&cloud, &plan).await.0;
    assert!(outcomes.all_done());
    assert_eq!(
        cloud.contents().things.keys().collect::<Vec<_>>(),
        ["theirs"]
    );
    assert_eq!(cloud.contents().calls[4..], ["Delete a", "Delete b"]);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_skipped_when_a_change_of_its_agent_failed() {
    let cloud = Cloud::default();
    cloud
        .contents()
        .things
        .insert("old".into(), stored(ThingSpec::default()));
    cloud
        .contents()
        .faults
        .insert("Create new".into(), vec![FaultKind::Quota]);
    let outcomes = applied(&cloud, &[thing("new", &[])]).await;
    assert!(matches!(outcome(&outcomes, "old"), Outcome::Skipped { .. }));
    assert!(cloud.contents().things.contains_key("old"));
}

#[tokio::test(start_paused = true)]
async fn what_is_in_use_again_is_kept_and_that_is_no_failure() {
    let cloud = Cloud::default();
    let old = stored(ThingSpec::default());
    cloud.contents().things.insert("old".into(), old);
    let fault = ("Delete old".into(), vec![FaultKind::InUse]);
    cloud.contents().faults.extend([fault]);
    let outcomes = applied(&cloud, &[thing("new", &[])]).await;
    assert!(matches!(outcome(&outcomes, "old"), Outcome::Kept { .. }));
    assert!(outcomes.all_done());
    assert!(cloud.contents().things.contains_key("old"));
}

#[tokio::test(start_paused = true)]
async fn the_journal_has_an_intent_and_an_outcome_for_every_mutation() {
    let cloud = Cloud::default();
    let plan = planned(&cloud, &[thing("a", &[])], Purpose::Apply).await;
    let folder = tempfile::tempdir().unwrap();
    let (runner, _receiver) = cloud.step_runner(folder.path());
    let (stop, events, path) = (
        runner.stop.clone(),
        runner.events.clone(),
        runner.journal.path().to_owned(),
    );
    run(
        &plan,
        runner,
        AT_ONCE,
        stop,
        events,
        &mut RecordedSteps::default(),
    )
    .await;
    let entries: Vec<serde_json::Value> = std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<&str> = entries
        .iter()
        .map(|entry| entry["entry"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["run", "intent", "outcome", "intent", "outcome"]);
    assert_eq!(
        (
            entries[2]["accepted"].as_str(),
            entries[4]["accepted"].as_str()
        ),
        (Some("CreateFunction"), Some("TagResource"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_mutation_is_in_the_journal_when_it_is_sent() {
    let cloud = Cloud::default();
    assert!(applied(&cloud, &[thing("a", &[])]).await.all_done());
    // The first line is the run's; then there are an intent and an outcome for each of `Create` and `Tag`.
    assert_eq!(cloud.contents().journalled, [2, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_becomes_visible_late_is_sent_once() {
    let (cloud, desired) = (
        Cloud::default(),
        [with(
            "a",
            ThingSpec {
                size: Some(json!(2)),
                ..ThingSpec::default()
            },
        )],
    );
    cloud
        .contents()
        .things
        .insert("a".into(), stored(ThingSpec::default()));
    cloud.contents().late = 6;
    assert!(applied(&cloud, &desired).await.all_done());
    assert_eq!(cloud.contents().calls, ["Update a"]);
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_somebody_else_has_changed_as_desired_is_unchanged() {
    let (cloud, desired) = (
        Cloud::default(),
        [with(
            "a",
            ThingSpec {
                size: Some(json!(2)),
                ..ThingSpec::default()
            },
        )],
    );
    cloud
        .contents()
        .things
        .insert("a".into(), stored(ThingSpec::default()));
    let plan = planned(&cloud, &desired, Purpose::Apply).await;
    cloud.contents().things.get_mut("a").unwrap().spec.size = Some(json!(2));
    let outcomes = run_plan(&cloud, &plan).await.0;
    assert_eq!(*outcome(&outcomes, "a"), Outcome::Unchanged);
    assert_eq!(cloud.contents().calls, Vec::<String>::new());
}

/// Applies a thing whose size changes from 1 to 2 and that gets a tag. Before the update, somebody else sets this size.
async fn overtaken(size: serde_json::Value) -> (Cloud, Outcomes) {
    let (cloud, mut desired) = (Cloud::default(), thing("a", &[]));
    desired.spec["size"] = json!(2);
    let small = ThingSpec {
        size: Some(json!(1)),
        ..ThingSpec::default()
    };
    cloud.contents().things.insert("a".into(), stored(small));
    cloud.contents().overtaken.insert("a".into(), size);
    let outcomes = applied(&cloud, &[desired]).await;
    (cloud, outcomes)
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_answer_was_lost_is_done_although_its_repetition_is_refused() {
    let (cloud, outcomes) = overtaken(json!(2)).await;
    assert_eq!(*outcome(&outcomes, "a"), Outcome::Done { remains: None });
    assert_eq!(cloud.contents().calls, ["Tag a"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_by_somebody_else_between_read_and_update_is_not_overwritten() {
    let (cloud, outcomes) = overtaken(json!(9)).await;
    let stale = StepError::Stale {
        fields: vec!["/size".into()],
    };
    let after_refusal = StepError::AfterRefusal {
        error: Box::new(stale),
        refusal: Fault::local(FaultKind::Stale, "not as read"),
    };
    assert_eq!(*outcome(&outcomes, "a"), Outcome::Failed(after_refusal));
    assert_eq!(cloud.contents().calls, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_deletion_of_a_resource_that_is_gone_is_done() {
    let cloud = Cloud::default();
    applied(&cloud, &[thing("a", &[])]).await;
    let plan = planned(&cloud, &[], Purpose::Destroy).await;
    cloud.contents().things.clear();
    assert!(run_plan(&cloud, &plan).await.0.all_done());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn after_any_failure_the_next_apply_finishes_and_nothing_is_created_twice(
        links in prop::collection::vec((0usize..6, 0usize..6), 0..10),
        failing in prop::collection::btree_set(0usize..6, 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let cloud = Cloud::default();
            let names: Vec<String> = (0..6).map(|i| i.to_string()).collect();
            let needs = |i: usize| -> Vec<&str> {
                links.iter().filter(|(from, to)| *from == i && to < from).map(|(_, to)| names[*to].as_str()).collect()
            };
            let desired: Vec<_> = (0..6).map(|i| thing(&names[i], &needs(i))).collect();
            for i in &failing {
                cloud.contents().faults.insert(format!("Create {i}"), vec![FaultKind::Service]);
            }
            let first = applied(&cloud, &desired).await;
            prop_assert_eq!(first.all_done(), failing.is_empty());
            prop_assert!(applied(&cloud, &desired).await.all_done() || failing.len() > 1);
            while !applied(&cloud, &desired).await.all_done() {}
            prop_assert!(planned(&cloud, &desired, Purpose::Apply).await.is_empty());
            let creations = cloud.contents().calls.iter().filter(|call| call.starts_with("Create")).count();
            prop_assert_eq!(creations, 6);
            Ok(())
        })?;
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_panics_has_failed_and_the_message_of_the_panic_is_not_reported() {
    let cloud = Cloud::default();
    cloud.contents().bug = Some("s3cret".to_owned());
    let outcomes = applied(&cloud, &[thing("a", &[])]).await;
    let Outcome::Failed(error) = outcome(&outcomes, "a") else {
        panic!("{outcomes:?}");
    };
    assert_eq!(*error, StepError::Defect(PANICKED.to_owned()));
    assert!(outcomes.any_accepted());
    assert!(!format!("{outcomes:?}").contains("s3cret"));
}
