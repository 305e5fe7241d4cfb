//! Two runs at once without a lock between them: only the revisions that AWS checks protect them.

use std::cell::RefCell;
use std::time::Duration;

use agentctl::aws::S3RecordStore;
use agentctl::executor::lock::LockStore;
use agentctl::outcome::{Outcome, StepError};
use agentctl::plan::model::Plan;
use agentctl::resource::owner::Owner;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{Journal, Report, Terms, World, changes, site};

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
            let stale =
                |outcome: &Outcome| matches!(outcome, Outcome::Failed(StepError::Stale { .. }));
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
