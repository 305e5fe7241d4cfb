//! Refusals, throttling, lost answers, stops and locks. In all cases another apply finishes, and nothing is created twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use agentctl::aws::S3RecordStore;
use agentctl::event::Events;
use agentctl::executor::lock::{Alarm, Holder, LockError, LockStore, take};
use agentctl::outcome::{Outcome, StepError};
use agentctl::resource::fault::FaultKind as Kind;
use agentctl::run::RunError;
use localstack::{Fault, FaultKind, Service};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{ACCOUNT, REGION, World, assert_same, site, steps};

/// Returns the content of the account after an apply without faults.
async fn good_day() -> Value {
    let world = World::new();
    world.triage().apply().await;
    world.skeleton()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn two_worlds_with_the_same_actions_differ_only_in_random_values() {
    let (one, other) = (World::with_seed(1), World::with_seed(2));
    one.triage().apply().await;
    other.triage().apply().await;
    assert_ne!(one.dump(), other.dump());
    assert_same(&one.skeleton(), &other.skeleton(), "");
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_stops_only_the_steps_that_need_it_and_the_next_apply_finishes() {
    let world = World::new();
    let project = world.triage();
    world.order(Fault::new(FaultKind::Denied).on(Service::Lambda, "CreateFunction"));

    let answer = project.try_apply(CancellationToken::new()).await.unwrap();

    assert_eq!(
        answer.that(|outcome| matches!(
            outcome,
            Outcome::Failed(StepError::Fault(fault)) if fault.kind == Kind::Denied
        )),
        set(&["lambda-function/triage"])
    );
    assert_eq!(
        answer.that(|outcome| matches!(
            outcome,
            Outcome::Skipped { because_of } if because_of.to_string() == "lambda-function/triage"
        )),
        set(&["lambda-alias/triage.live", "lambda-version/triage"])
    );
    assert_eq!(
        answer.that(Outcome::is_done),
        set(&[
            "artifacts-bucket/shared",
            "iam-role/triage.lambda",
            "kms-key/triage",
            "log-group/triage",
            "s3-object/triage.code",
            "s3-object/triage.prompt",
            "s3-object/triage.tools.total.py",
        ])
    );

    world.endpoint.clear_faults();
    assert_eq!(
        steps(&project.diff().await),
        [
            ("lambda-function/triage", "create"),
            ("lambda-version/triage", "create"),
            ("lambda-alias/triage.live", "create"),
        ]
        .map(|(step, action)| (step.to_owned(), action))
    );
    project.apply().await;
    assert_same(&world.skeleton(), &good_day().await, "");
}

#[tokio::test(start_paused = true)]
async fn the_next_run_finishes_a_run_that_was_stopped_at_any_time() {
    let good = good_day().await;
    for seconds in [0, 4, 7, 8, 12, 17, 21, 23] {
        let world = World::new();
        let project = world.triage();
        let stop = CancellationToken::new();
        let (answer, ()) = tokio::join!(project.try_apply(stop.clone()), async {
            tokio::time::sleep(Duration::from_millis(seconds * 1000 + 300)).await;
            stop.cancel();
        });
        let answer = answer.unwrap();
        assert!(!answer.outcomes().all_done(), "stopped after {seconds} s");
        assert_eq!(
            answer.that(|outcome| matches!(outcome, Outcome::Failed(_) | Outcome::Skipped { .. })),
            set(&[]),
            "stopped after {seconds} s"
        );
        // The lock was released, so the next run need not wait.
        project.apply().await;
        assert_same(
            &world.skeleton(),
            &good,
            &format!("stopped after {seconds} s"),
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_held_lock_keeps_others_out_until_it_is_abandoned() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    let record_store: Arc<dyn LockStore> = Arc::new(S3RecordStore::new(world.clients(), &site()));
    let (events, _receiver) = Events::channel();
    let alarm = Alarm {
        events,
        lost: CancellationToken::new(),
    };
    let holder = Holder::new("grace@ci", "agentctl apply", world.endpoint.clock().now());
    let lock = take(&record_store, &project.owner(), &holder, &alarm)
        .await
        .unwrap();

    project.set("/lambda/memorySize", json!(1024));
    let before = world.dump();
    // For any length of time: the heartbeat shows that the holder is at work.
    for _ in 0..2 {
        let refused = project.try_apply(CancellationToken::new()).await;
        let (owner, holder) = match refused.map(drop) {
            Err(RunError::Lock(LockError::Held { owner, holder })) => (owner, holder),
            other => panic!("{other:?}"),
        };
        assert_eq!(*owner, project.owner());
        assert_eq!(holder.named().unwrap().who, "grace@ci");
        tokio::time::sleep(Duration::from_mins(20)).await;
    }
    assert_eq!(before[ACCOUNT][REGION], world.dump()[ACCOUNT][REGION]);

    // Without a heartbeat it counts as abandoned after some time.
    drop(lock);
    tokio::time::sleep(Duration::from_mins(6)).await;
    let answer = project.try_apply(CancellationToken::new()).await.unwrap();
    answer.assert_done();
    assert_eq!(answer.warnings().len(), 1);
    assert!(answer.warnings()[0].contains("was abandoned by grace@ci"));
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn of_two_runs_at_once_one_works_and_the_other_reports_its_holder() {
    let world = World::new();
    let (ada, mut grace) = (world.triage(), world.triage());
    "grace@ci".clone_into(&mut grace.user);
    ada.apply().await;
    let (mut ada, mut grace) = (ada, grace);
    ada.set("/lambda/memorySize", json!(1024));
    grace.set("/lambda/memorySize", json!(2048));

    let (first, second) = tokio::join!(
        ada.try_apply(CancellationToken::new()),
        grace.try_apply(CancellationToken::new())
    );

    let (done, refused): (Vec<_>, Vec<_>) = [first, second].into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (1, 1));
    let refused = refused.into_iter().next().unwrap().map(drop);
    assert!(
        matches!(refused, Err(RunError::Lock(LockError::Held { .. }))),
        "{refused:?}"
    );
    done.into_iter().next().unwrap().unwrap().assert_done();
}
