//! The executor: runs each step as soon as everything it needs has succeeded. Knows no kind.
//!
//! One task owns all that is known of the run. A failed step takes only those with it that need it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::step::{Finished, Unfinished, Workshop};
use crate::event::{Event, Events, milliseconds};
use crate::outcome::{Outcome, Outcomes, StepError};
use crate::plan::model::{Plan, PlannedStep, StepId, fingerprint};
use crate::resource::address::Address;
use crate::resource::outputs::{Outputs, lookup};

/// Carries out single steps for the executor.
pub trait Step: Send + Sync + 'static {
    /// Carries out one step, given the outputs that stand so far and the fingerprint that must be found.
    fn carry_out(
        self: Arc<Self>,
        step: PlannedStep,
        outputs: Outputs,
        expected: Option<String>,
    ) -> BoxFuture<'static, Result<Finished, Unfinished>>;
}

impl Step for Workshop {
    fn carry_out(
        self: Arc<Self>,
        step: PlannedStep,
        outputs: Outputs,
        expected: Option<String>,
    ) -> BoxFuture<'static, Result<Finished, Unfinished>> {
        Box::pin(async move { Workshop::carry_out(&self, &step, &outputs, expected).await })
    }
}

/// Is told what stands after each step, so that it can be remembered. Called from the coordinating task, never at once.
pub trait RecordSink {
    /// A step was done: the resource of that name has this spec now, or is gone.
    fn settled(&mut self, step: &PlannedStep, applied: Option<&Value>);
}

/// What becomes of the steps that do not need one that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// They go on.
    ContinueOthers,
    /// Those under way finish, and no other begins.
    StartNothing,
}

/// How far a run may go at once, and after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many steps are carried out at a time.
    pub parallelism: usize,
    /// What becomes of other steps when one fails.
    pub on_failure: OnFailure,
}

/// Runs a plan to its end, or until `stop` is set and what is under way has come to rest.
pub async fn run<S: Step>(
    plan: &Plan,
    worker: Arc<S>,
    limits: Limits,
    stop: CancellationToken,
    events: Events,
    sink: &mut impl RecordSink,
) -> Outcomes {
    let mut run = Run {
        plan,
        worker,
        limits,
        stop,
        events,
        outcomes: Outcomes {
            steps: BTreeMap::new(),
            outputs: plan.outputs.clone(),
        },
        found: BTreeMap::new(),
        waiting: plan.steps.iter().map(|step| step.id.clone()).collect(),
        running: JoinSet::new(),
        underway: BTreeMap::new(),
        has_failed: false,
    };
    loop {
        run.begin();
        let Some(joined) = run.running.join_next_with_id().await else {
            break;
        };
        run.ended(joined, sink);
    }
    run.outcomes
}

type Joined = Result<(Id, Result<Finished, Unfinished>), tokio::task::JoinError>;

struct Run<'a, S> {
    plan: &'a Plan,
    worker: Arc<S>,
    limits: Limits,
    stop: CancellationToken,
    events: Events,
    outcomes: Outcomes,
    /// What an earlier step of this run left of a resource, so that a later one expects that.
    found: BTreeMap<Address, Option<String>>,
    waiting: BTreeSet<StepId>,
    running: JoinSet<Result<Finished, Unfinished>>,
    underway: BTreeMap<Id, (StepId, Instant)>,
    has_failed: bool,
}

impl<S: Step> Run<'_, S> {
    /// Starts what can start and ends what cannot be, until neither is left.
    fn begin(&mut self) {
        let plan = self.plan;
        loop {
            let waiting = self.waiting.len();
            for step in &plan.steps {
                if self.waiting.contains(&step.id) {
                    self.consider(step);
                }
            }
            if self.waiting.len() == waiting {
                return;
            }
        }
    }

    fn consider(&mut self, step: &PlannedStep) {
        let outcome_of = |need: &StepId| self.outcomes.steps.get(need);
        let failed = step
            .needs
            .iter()
            .find(|need| outcome_of(need).is_some_and(|outcome| !outcome.is_done()));
        if self.stop.is_cancelled() {
            self.end(step, Outcome::NotStarted, None);
        } else if let Some(need) = failed {
            let because_of = self.root_of(need);
            self.end(step, Outcome::Skipped { because_of }, None);
        } else if self.has_failed && self.limits.on_failure == OnFailure::StartNothing {
            self.end(step, Outcome::NotStarted, None);
        } else if step.needs.iter().all(|need| outcome_of(need).is_some())
            && self.underway.len() < self.limits.parallelism
        {
            self.start(step);
        }
    }

    /// Follows skipped steps back to the one that failed.
    fn root_of(&self, need: &StepId) -> StepId {
        match self.outcomes.steps.get(need) {
            Some(Outcome::Skipped { because_of }) => because_of.clone(),
            _ => need.clone(),
        }
    }

    fn start(&mut self, step: &PlannedStep) {
        self.waiting.remove(&step.id);
        self.events.tell(Event::Started {
            step: step.id.clone(),
            action: step.action.clone(),
        });
        let planned = || step.before.as_ref().map(fingerprint);
        let expected = self
            .found
            .get(&step.id.address)
            .cloned()
            .unwrap_or_else(planned);
        let work = Arc::clone(&self.worker).carry_out(
            step.clone(),
            self.outcomes.outputs.clone(),
            expected,
        );
        let task = self.running.spawn(work);
        self.underway
            .insert(task.id(), (step.id.clone(), Instant::now()));
    }

    fn ended(&mut self, joined: Joined, sink: &mut impl RecordSink) {
        let (id, result) = match joined {
            Ok(joined) => joined,
            // A step that panicked is told like any other failure.
            Err(error) => (error.id(), Err(StepError::Defect(error.to_string()).into())),
        };
        let Some((step_id, began)) = self.underway.remove(&id) else {
            return;
        };
        let plan = self.plan;
        let Some(step) = plan.steps.iter().find(|step| step.id == step_id) else {
            return;
        };
        let outcome = match result {
            Ok(finished) => {
                sink.settled(&self.named(step), finished.applied.as_ref());
                self.found.insert(
                    step_id.address.clone(),
                    finished.live.as_ref().map(fingerprint),
                );
                match finished.live {
                    Some(live) => self.outcomes.outputs.insert(step_id.address, live.outputs),
                    None => self.outcomes.outputs.remove(&step_id.address),
                };
                if finished.mutations == 0 && finished.remains.is_none() {
                    Outcome::Unchanged
                } else {
                    Outcome::Done {
                        remains: finished.remains,
                    }
                }
            }
            Err(Unfinished::Failed(error)) => Outcome::Failed(error),
            Err(Unfinished::Stopped(doing)) => Outcome::Interrupted { doing },
        };
        self.end(step, outcome, Some(began));
    }

    /// Returns a step with the name that it was carried out under.
    fn named(&self, step: &PlannedStep) -> PlannedStep {
        let outputs = &self.outcomes.outputs;
        PlannedStep {
            name: step.name.with_known(&|source| lookup(outputs, source)),
            ..step.clone()
        }
    }

    fn end(&mut self, step: &PlannedStep, outcome: Outcome, began: Option<Instant>) {
        self.waiting.remove(&step.id);
        self.has_failed |= matches!(outcome, Outcome::Failed(_));
        self.events.tell(Event::Finished {
            step: step.id.clone(),
            action: step.action.clone(),
            outcome: outcome.clone(),
            elapsed_ms: began.map_or(0, |began| milliseconds(began.elapsed())),
        });
        self.outcomes.steps.insert(step.id.clone(), outcome);
    }
}
