//! Every operation that is called in an agent's life fails in every way: once, and for the whole of a run.
//!
//! The operations are those in the endpoint's log of a life without faults.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use agentctl::outcome::{Outcome, StepError};
use agentctl::resource::address::Address;
use agentctl::run::RunError;
use agentctl::ui::command::Invocation;
use agentctl::ui::{Style, Undertaking, json, ledger};
use futures::FutureExt as _;
use localstack::{Fault, FaultKind, Service, Snapshot};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{
    ABANDONED, BUCKET, Journal, Project, Report, World, assert_same, bare, steps,
};

/// How long a slow answer takes: longer than any wait between two reads, shorter than the timeout.
const SLOW: Duration = Duration::from_secs(20);

/// A service and an operation of it.
type Called = (Service, &'static str);

/// The faults that pass without a change.
const PASSING: [FaultKind; 6] = [
    FaultKind::Throttle,
    FaultKind::ServerError,
    FaultKind::ResetBefore,
    FaultKind::ResetAfter,
    FaultKind::Slow(SLOW),
    FaultKind::StaleRead,
];

/// The faults that a run can have from its beginning to its end.
const LASTING: [FaultKind; 7] = [
    FaultKind::Throttle,
    FaultKind::ServerError,
    FaultKind::ResetBefore,
    FaultKind::ResetAfter,
    FaultKind::StaleRead,
    FaultKind::Denied,
    FaultKind::Quota,
];

/// How many reads of a changed resource can still return its previous state.
const STALE: u64 = 5;

/// Orders a fault for the whole of a run. Writes become visible in the end, so only the first reads are stale.
fn lasting(kind: &FaultKind, service: Service, operation: &str) -> Fault {
    let fault = Fault::new(kind.clone()).on(service, operation);
    if *kind == FaultKind::StaleRead {
        fault.first(STALE)
    } else {
        fault
    }
}

/// Returns the operations in the log since it was cleared.
fn called(world: &World) -> BTreeSet<Called> {
    world
        .log()
        .iter()
        .filter_map(|entry| Some((entry.service?, entry.operation?)))
        .collect()
}

/// Returns those of them that had a fault.
fn met(world: &World) -> BTreeSet<Called> {
    world
        .log()
        .iter()
        .filter(|entry| entry.fault.is_some())
        .filter_map(|entry| Some((entry.service?, entry.operation?)))
        .collect()
}

/// Returns whether the log has a write that took effect.
fn has_written(world: &World) -> bool {
    let log = world.log();
    log.iter().any(|entry| entry.write && entry.error.is_none())
}

/// Returns the operations that can have a fault of this kind.
fn that_can_meet(kind: &FaultKind, operations: &BTreeSet<Called>) -> BTreeSet<Called> {
    let can = |(service, operation): &&Called| {
        Fault::new(kind.clone())
            .on(*service, operation)
            .can_happen()
    };
    operations.iter().filter(can).copied().collect()
}

/// Applies an agent on one side and then on the other, destroys it and applies it again. Returns the content of the account after each.
async fn live_through_everything(world: &World, sides: [&str; 2], when: &str) -> Vec<Value> {
    let mut project = world.triage();
    let mut held = Vec::new();
    for side in sides {
        project.set("/runtime", json!(side));
        project.apply().await;
        held.push(world.skeleton());
        assert_eq!(steps(&project.diff().await), [], "{when}, on {side}");
    }
    project.destroy().await;
    held.push(world.skeleton());
    let plan = project.plan_to_destroy().await;
    assert_eq!(steps(&plan), [], "{when}, destroyed");
    project.apply().await;
    held.push(world.skeleton());
    assert_eq!(steps(&project.diff().await), [], "{when}, there again");
    held
}

async fn assert_that_failing_once_is_only_slower(sides: [&str; 2]) {
    let world = World::new();
    let good = live_through_everything(&world, sides, "on a good day").await;
    let operations = called(&world);
    assert!(operations.len() > 60, "{operations:?}");
    for kind in PASSING {
        let can_meet = that_can_meet(&kind, &operations);
        let world = World::new();
        for (service, operation) in &can_meet {
            world.order(Fault::new(kind.clone()).on(*service, operation).first(1));
        }
        let when = format!("{kind:?}");
        let held = live_through_everything(&world, sides, &when).await;
        for (place, (held, good)) in held.iter().zip(&good).enumerate() {
            assert_same(held, good, &format!("{kind:?}, {place}"));
        }
        assert_eq!(met(&world), can_meet, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_answers_only_make_a_life_slower() {
    let sides = ["lambda", "agentcore"];
    let good = live_through_everything(&World::new(), sides, "on a good day").await;
    let world = World::new();
    world.order(Fault::new(FaultKind::Slow(SLOW)));
    let held = live_through_everything(&world, sides, "slowly").await;
    for (place, (held, good)) in held.iter().zip(&good).enumerate() {
        assert_same(held, good, &format!("slowly, {place}"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_once_only_makes_a_life_slower() {
    assert_that_failing_once_is_only_slower(["lambda", "agentcore"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_once_only_makes_a_life_slower_in_the_other_direction() {
    assert_that_failing_once_is_only_slower(["agentcore", "lambda"]).await;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Apply,
    Destroy,
}

/// One part of an agent's life.
struct Chapter {
    name: &'static str,
    edit: fn(&mut Project),
    verb: Verb,
}

/// On both sides, with both switches, to the end.
const LIFE: [Chapter; 6] = [
    Chapter {
        name: "apply from nothing",
        edit: |_| {},
        verb: Verb::Apply,
    },
    Chapter {
        name: "update",
        edit: |project| {
            project.edit();
            project.set("/lambda/memorySize", json!(1024));
            let code = "def handler(event, context):\n    return {}\n";
            project.write("deploy-plans/agent/batch.py", code);
        },
        verb: Verb::Apply,
    },
    Chapter {
        name: "switch to AgentCore",
        edit: |project| project.set("/runtime", json!("agentcore")),
        verb: Verb::Apply,
    },
    Chapter {
        name: "update on AgentCore",
        edit: |project| {
            project.set("/prompt", json!("Check this invoice a third time."));
            project.set("/observability/retentionDays", json!(60));
            project.write("deploy-plans/agent/main.py", "print('serving')\n");
        },
        verb: Verb::Apply,
    },
    Chapter {
        name: "switch to Lambda",
        edit: |project| project.set("/runtime", json!("lambda")),
        verb: Verb::Apply,
    },
    Chapter {
        name: "destroy",
        edit: |_| {},
        verb: Verb::Destroy,
    },
];

/// How a run ended.
enum Ended {
    /// Before its first step.
    Refused(RunError),
    /// Before its first step, because something could not be read.
    Incomplete(Vec<(Address, agentctl::resource::fault::Fault)>),
    Ran(Box<Report>),
}

impl Ended {
    async fn of(project: &Project, verb: Verb) -> Self {
        let ended = match verb {
            Verb::Apply => Self::apply(project).await,
            Verb::Destroy => Self::destroy(project).await,
        };
        ended.unwrap_or_else(Self::Refused)
    }

    async fn apply(project: &Project) -> Result<Self, RunError> {
        Self::of_report(project.try_apply(CancellationToken::new()).await)
    }

    async fn destroy(project: &Project) -> Result<Self, RunError> {
        Self::of_report(project.try_destroy(CancellationToken::new()).await)
    }

    fn of_report(report: Result<Report, RunError>) -> Result<Self, RunError> {
        match report {
            Ok(report) => Ok(Self::Ran(Box::new(report))),
            Err(RunError::Incomplete(unreadable)) => Ok(Self::Incomplete(unreadable)),
            Err(error) => Err(error),
        }
    }

    /// Fails unless the run finished, or reports to people and to machines which operation failed on which resource.
    fn assert_done_or_reported(
        &self,
        operation: &str,
        kind: &FaultKind,
        undertaking: Undertaking,
        when: &str,
    ) {
        match self {
            Self::Refused(error) => {
                let text = chain(error);
                let is_named = text.contains("triage") || text.contains(BUCKET);
                assert!(is_named && text.contains(operation), "{when}: {text}");
            }
            Self::Incomplete(unreadable) => {
                for (address, fault) in unreadable {
                    assert!(!address.name().is_empty(), "{when}");
                    assert!(fault.to_string().contains(operation), "{when}: {fault}");
                    assert!(is_coded(fault, operation, kind), "{when}: {fault}");
                }
            }
            Self::Ran(answer) if answer.outcomes().all_done() => {
                assert_eq!(answer.plan().unreadable, [], "{when}");
            }
            Self::Ran(answer) => {
                let plan = answer.plan();
                let text = ledger(
                    answer.outcomes(),
                    plan,
                    undertaking,
                    &Invocation::default(),
                    Style::Plain,
                );
                let mut line = Vec::new();
                json::summary(
                    answer.outcomes(),
                    plan,
                    &[],
                    &Invocation::default(),
                    &mut line,
                )
                .unwrap();
                let summary: Value = serde_json::from_slice(&line).unwrap();
                assert_eq!(summary["done"], json!(false), "{when}");
                let mut failures = 0;
                for (id, outcome) in &answer.outcomes().steps {
                    let Outcome::Failed(error) = outcome else {
                        continue;
                    };
                    failures += 1;
                    // Long names are cut.
                    assert!(text.contains(id.address.kind()), "{when}\n{text}");
                    let step = of_step(&summary, &json!(id.address), &json!(id.phase));
                    assert_eq!(step["outcome"], json!("failed"), "{when}");
                    match error.itself() {
                        StepError::Fault(fault)
                        | StepError::Contradiction { refusal: fault, .. } => {
                            assert!(fault.to_string().contains(operation), "{when}: {fault}");
                            assert!(is_coded(fault, operation, kind), "{when}: {fault}");
                            let called = fault.operation.map(|called| called.to_string());
                            assert!(text.contains(called.as_deref().unwrap()), "{when}\n{text}");
                            let answer = &step["error"]["fault"];
                            assert_eq!(answer["operation"], json!(called), "{when}");
                            assert_eq!(answer["code"], json!(fault.code), "{when}");
                        }
                        // A late read looks as if the resource did not change, whichever operation changed it.
                        StepError::Stale { .. } | StepError::NotConverging { .. }
                            if *kind == FaultKind::StaleRead => {}
                        other => panic!("{when}: {}: {other}", id.address),
                    }
                }
                assert!(failures > 0, "{when}\n{text}");
            }
        }
    }
}

/// Returns whether a fault has the service's code, if the service answered with one.
fn is_coded(fault: &agentctl::resource::fault::Fault, operation: &str, kind: &FaultKind) -> bool {
    let is_unanswered = matches!(kind, FaultKind::ResetBefore | FaultKind::ResetAfter);
    let is_another = fault
        .operation
        .is_none_or(|called| called.name() != operation);
    fault.code.is_some() || is_unanswered || is_another
}

/// Finds a step in the summary for machines.
fn of_step<'a>(summary: &'a Value, address: &Value, phase: &Value) -> &'a Value {
    let steps = summary["steps"].as_array().unwrap();
    let is_meant = |step: &&Value| step["address"] == *address && step["phase"] == *phase;
    steps.iter().find(is_meant).unwrap()
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let texts = causes.map(|cause| format!(": {cause}"));
    error.to_string() + &texts.collect::<String>()
}

/// A part of a life that is repeated with faults.
struct Rehearsal<'a> {
    chapter: &'a Chapter,
    before: Snapshot,
    /// The content of the account without faults.
    good: Value,
    operations: BTreeSet<Called>,
    /// The operations that no earlier part calls.
    new: BTreeSet<Called>,
    /// The operations that change something.
    writes: BTreeSet<Called>,
}

impl<'a> Rehearsal<'a> {
    /// Runs all parts up to this one without faults.
    async fn of(place: usize) -> (Self, Project) {
        let world = World::new();
        let mut project = world.triage();
        let (chapter, earlier): (&'a Chapter, _) = (&LIFE[place], &LIFE[..place]);
        for chapter in earlier {
            (chapter.edit)(&mut project);
            project.apply().await;
        }
        let known = called(&world);
        (chapter.edit)(&mut project);
        let before = world.endpoint.snapshot().unwrap();
        world.endpoint.log().clear();
        match chapter.verb {
            Verb::Apply => drop(project.apply().await),
            Verb::Destroy => drop(project.destroy().await),
        }
        let operations = called(&world);
        let log = world.log();
        let writes = log.iter().filter(|entry| entry.write);
        let rehearsal = Self {
            chapter,
            before,
            good: world.skeleton(),
            new: operations.difference(&known).copied().collect(),
            writes: writes
                .filter_map(|entry| Some((entry.service?, entry.operation?)))
                .collect(),
            operations,
        };
        (rehearsal, project)
    }

    /// Chooses the operations that get a fault of this kind.
    ///
    /// Each operation gets it in the first part that calls it. In later parts only a write can have another effect.
    fn chosen(&self, kind: &FaultKind) -> BTreeSet<Called> {
        let mut chosen = that_can_meet(kind, &self.operations);
        let differs_later = matches!(kind, FaultKind::ResetAfter | FaultKind::Denied);
        chosen.retain(|called| {
            self.new.contains(called) || (differs_later && self.writes.contains(called))
        });
        chosen
    }

    /// Runs this part while one operation always fails, and then once more without faults.
    async fn disturb(&self, project: &mut Project, kind: &FaultKind, (service, operation): Called) {
        let when = format!("{}, {service} {operation}: {kind:?}", self.chapter.name);
        let world = World::from(&self.before);
        project.go_on_in(&world, &Journal::new());
        world.order(lasting(kind, service, operation));
        let ended = Ended::of(project, self.chapter.verb).await;
        assert_eq!(
            met(&world),
            BTreeSet::from([(service, operation)]),
            "{when}"
        );
        let undertaking = match self.chapter.verb {
            Verb::Apply => Undertaking::Apply,
            Verb::Destroy => Undertaking::Destroy,
        };
        ended.assert_done_or_reported(operation, kind, undertaking, &when);

        if !has_written(&world) {
            // The account is unchanged, as before the run without faults.
            return;
        }
        world.endpoint.clear_faults();
        // A lock that could not be released keeps others out for some time.
        tokio::time::sleep(ABANDONED).await;
        match self.chapter.verb {
            Verb::Apply => {
                let answer = project.try_apply(CancellationToken::new()).await;
                answer
                    .unwrap_or_else(|error| panic!("{when}: {error}"))
                    .assert_done();
                assert_eq!(steps(&project.diff().await), [], "{when}");
            }
            Verb::Destroy => {
                project.destroy().await;
                let plan = project.plan_to_destroy().await;
                assert_eq!(steps(&plan), [], "{when}");
            }
        }
        // If nothing is left to do, no lock is taken over and no record is written.
        assert_same(&bare(world.skeleton()), &bare(self.good.clone()), &when);
    }
}

/// Makes each operation of a part fail in every way, for the whole of the run.
async fn assert_failures_are_reported_and_the_next_run_finishes(place: usize) {
    let (rehearsal, mut project) = Rehearsal::of(place).await;
    let mut broken = Vec::new();
    for kind in LASTING {
        for called in rehearsal.chosen(&kind) {
            // One failure does not hide the others; the next combination starts from the beginning.
            let disturbed = rehearsal.disturb(&mut project, &kind, called);
            if AssertUnwindSafe(disturbed).catch_unwind().await.is_err() {
                broken.push((called, kind.clone()));
            }
        }
    }
    assert_eq!(broken, []);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_throughout_an_apply_from_nothing_is_reported_and_the_next_apply_finishes()
 {
    assert_failures_are_reported_and_the_next_run_finishes(0).await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_throughout_an_update_is_reported_and_the_next_apply_finishes() {
    assert_failures_are_reported_and_the_next_run_finishes(1).await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_throughout_a_switch_to_agentcore_is_reported_and_the_next_apply_finishes()
 {
    assert_failures_are_reported_and_the_next_run_finishes(2).await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_throughout_an_update_on_agentcore_is_reported_and_the_next_apply_finishes()
 {
    assert_failures_are_reported_and_the_next_run_finishes(3).await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_throughout_a_switch_to_lambda_is_reported_and_the_next_apply_finishes()
 {
    assert_failures_are_reported_and_the_next_run_finishes(4).await;
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_throughout_a_destroy_is_reported_and_the_next_destroy_finishes() {
    assert_failures_are_reported_and_the_next_run_finishes(5).await;
}
