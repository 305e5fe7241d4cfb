//! Two runs at once without a lock between them: only the revisions that AWS checks protect them.

use std::cell::RefCell;
use std::time::Duration;

use agentctl::aws::S3RecordStore;
use agentctl::executor::lock::{LockError, LockStore};
use agentctl::outcome::{Outcome, StepError};
use agentctl::plan::model::Plan;
use agentctl::resource::owner::Owner;
use agentctl::run::RunError;
use localstack::{Fault, FaultKind, Service};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{Journal, Report, Terms, World, changes, site, steps};

const FUNCTION: &str = "lambda-function/triage";

/// Deletes the agent's lock without regard to its holder, as a user does by hand.
async fn unlock(world: &World, owner: &Owner) {
    let record_store = S3RecordStore::new(world.clients(), &site());
    if let Some(found) = LockStore::read(&record_store, owner).await.unwrap() {
        record_store.remove(owner, &found.etag).await.unwrap();
    }
}

fn end_of_function(answer: &Report) -> Option<&Outcome> {
    let mut steps = answer.outcomes().steps.iter();
    steps.find_map(|(id, outcome)| (id.address.to_string() == FUNCTION).then_some(outcome))
}

#[tokio::test(start_paused = true)]
async fn without_the_lock_two_runs_at_once_do_not_overwrite_each_other_silently() {
    let first = World::new();
    let (mut ada, mut grace) = (first.triage(), first.triage());
    "grace@ci".clone_into(&mut grace.user);
    ada.apply().await;
    ada.set("/lambda/memorySize", json!(1024));
    grace.set("/lambda/timeout", json!("10m"));
    let applied = first.endpoint.snapshot().unwrap();
    let owner = ada.owner();
    let mut refusals = 0;
    for milliseconds in (0..3000).step_by(150) {
        let world = World::from(&applied);
        ada.go_on_in(&world, &Journal::new());
        grace.go_on_in(&world, &Journal::new());
        let (hers, (planned, his)) = tokio::join!(ada.try_apply(CancellationToken::new()), async {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            let planned = RefCell::new(Plan::default());
            let unlock = async |plan: &Plan| {
                planned.replace(plan.clone());
                unlock(&world, &owner).await;
            };
            let report = grace.apply_on(Terms::default(), unlock).await;
            (planned.into_inner(), report.into_result())
        });

        let clients = world.clients();
        let request = clients.lambda.get_function_configuration();
        let live = request.function_name("triage").send().await.unwrap();
        let fields = changes(&planned, "lambda-function", "triage");
        let has_seen_hers = fields.iter().any(|change| change.path == "/memorySize");
        let is_done = |answer: &Result<Report, _>| {
            let end = answer.as_ref().ok().and_then(end_of_function);
            end.is_some_and(Outcome::is_done)
        };
        let when = format!("after {milliseconds} ms");
        if is_done(&hers) && !has_seen_hers {
            assert_eq!(live.memory_size, Some(1024), "{when}");
        }
        if is_done(&his) {
            assert_eq!(live.timeout, Some(600), "{when}");
        }
        let is_refused = |answer: &Report| {
            let stale = |outcome: &Outcome| matches!(outcome, Outcome::Failed(error) if matches!(error.itself(), StepError::Stale { .. }));
            answer.outcomes().steps.values().any(stale)
        };
        let runs = [hers.as_ref().ok(), his.as_ref().ok()];
        refusals += runs
            .into_iter()
            .flatten()
            .filter(|answer| is_refused(answer))
            .count();
    }
    assert!(refusals > 0, "they never met");
}

#[tokio::test(start_paused = true)]
async fn of_two_destroys_at_once_none_meets_a_dead_end() {
    for milliseconds in [0, 200, 700, 1_500, 3_000, 6_000, 12_000, 25_000] {
        let world = World::new();
        let (ada, grace) = (world.triage(), world.triage());
        ada.apply().await;
        let destroy = async |after| {
            tokio::time::sleep(Duration::from_millis(after)).await;
            ada.try_destroy(CancellationToken::new()).await
        };
        let (first, second) = tokio::join!(destroy(0), destroy(milliseconds));
        let mut done = 0;
        for answer in [first, second] {
            match answer {
                Ok(report) => {
                    report.assert_done();
                    done += 1;
                }
                Err(RunError::Lock(LockError::Held { .. })) => {}
                Err(error) => panic!("after {milliseconds} ms: {error}"),
            }
        }
        assert!(done > 0, "after {milliseconds} ms");
        // Nothing is left for a third one.
        let plan = grace.plan_to_destroy().await;
        assert_eq!(steps(&plan), [], "after {milliseconds} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_again_with_the_locks_held_has_not_changed() {
    let lose = |world: &World, service, operation: &str| {
        world.order(Fault::new(FaultKind::ResetBefore).on(service, operation));
    };
    // The bucket is new, so everything is read again.
    let world = World::new();
    let project = world.triage();
    let terms = Terms::default();
    let report = project
        .apply_on(terms, async |_| lose(&world, Service::Iam, "GetRole"))
        .await;
    let error = report.into_result().err().unwrap();
    assert!(matches!(error, RunError::Incomplete(_)), "{error}");
    // The bucket exists, so the records are read again.
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    project.edit();
    let terms = Terms::default();
    let report = project
        .apply_on(terms, async |_| lose(&world, Service::S3, "GetObject"))
        .await;
    let error = report.into_result().err().unwrap();
    assert!(matches!(error, RunError::Unread { .. }), "{error}");
}
