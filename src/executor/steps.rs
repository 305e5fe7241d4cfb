//! The executor: runs each step as soon as every step that it needs has succeeded. Knows no kind.
//!
//! One task owns the progress of the run. When a step fails, only the steps that need it are skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::step::{Abandoned, Finished, StepRunner, Unfinished};
use crate::event::{Event, Events, milliseconds};
use crate::outcome::{Outcome, Outcomes, PANICKED, StepError};
use crate::plan::model::{Plan, PlannedStep, StepId, fingerprint};
use crate::resource::address::Address;
use crate::resource::fault::FaultKind;
use crate::resource::outputs::{Outputs, lookup};

/// Receives what each step reached, and records it. Called from one task, for one step at a time.
pub trait RecordSink {
    /// A step is done: the resource now has this spec, or is deleted. `outputs` has the outputs of all resources that exist now.
    fn settled(&mut self, step: &PlannedStep, applied: Option<&Value>, outputs: &Outputs);
}

/// What happens to the steps that do not need the one that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// They are carried out.
    ContinueOthers,
    /// Steps that have started finish, and no other starts.
    StartNothing,
}

/// How many steps run at a time, and which steps start after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many steps run at a time.
    pub parallelism: usize,
    /// What happens to the other steps when one fails.
    pub on_failure: OnFailure,
}

/// Carries out a plan, until every step has ended, or `stop` is set and the steps that had started have ended.
pub async fn run(
    plan: &Plan,
    runner: Arc<StepRunner>,
    limits: Limits,
    stop: CancellationToken,
    events: Events,
    sink: &mut impl RecordSink,
) -> Outcomes {
    let mut run = Run {
        plan,
        runner,
        limits,
        stop,
        events,
        outcomes: Outcomes {
            outputs: plan.outputs.clone(),
            ..Outcomes::default()
        },
        found: BTreeMap::new(),
        waiting: plan.steps.iter().map(|step| step.id.clone()).collect(),
        running: JoinSet::new(),
        started: BTreeMap::new(),
        has_failed: false,
    };
    loop {
        run.start_ready();
        let Some(joined) = run.running.join_next_with_id().await else {
            break;
        };
        run.finish(joined, sink);
    }
    run.outcomes
}

type Joined = Result<(Id, Result<Finished, Abandoned>), tokio::task::JoinError>;

struct Run<'a> {
    plan: &'a Plan,
    runner: Arc<StepRunner>,
    limits: Limits,
    stop: CancellationToken,
    events: Events,
    outcomes: Outcomes,
    /// The fingerprint of each resource after an earlier step of this run, which a later step expects to find.
    found: BTreeMap<Address, Option<String>>,
    waiting: BTreeSet<StepId>,
    running: JoinSet<Result<Finished, Abandoned>>,
    started: BTreeMap<Id, (StepId, Instant)>,
    has_failed: bool,
}

impl Run<'_> {
    /// Starts the steps that can start and ends those that no longer can, until neither is left.
    fn start_ready(&mut self) {
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
        let kept = step
            .needs
            .iter()
            .filter_map(outcome_of)
            .find(|outcome| matches!(outcome, Outcome::Kept { .. }));
        if self.stop.is_cancelled() {
            self.end(step, Outcome::NotStarted, None);
        } else if let Some(need) = failed {
            let because_of = self.root_of(need);
            self.end(step, Outcome::Skipped { because_of }, None);
        // What was to follow the deletion of something that is kept is kept with it.
        } else if let Some(kept) = kept.cloned() {
            self.end(step, kept, None);
        } else if self.has_failed && self.limits.on_failure == OnFailure::StartNothing {
            self.end(step, Outcome::NotStarted, None);
        } else if step.needs.iter().all(|need| outcome_of(need).is_some())
            && self.started.len() < self.limits.parallelism
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
        self.events.send(Event::Started {
            step: step.id.clone(),
            action: step.action.clone(),
        });
        let planned = || step.before.as_ref().map(fingerprint);
        let expected = self
            .found
            .get(&step.id.address)
            .cloned()
            .unwrap_or_else(planned);
        let (runner, planned) = (Arc::clone(&self.runner), step.clone());
        let outputs = self.outcomes.outputs.clone();
        let task = self
            .running
            .spawn(async move { runner.run(&planned, &outputs, expected).await });
        self.started
            .insert(task.id(), (step.id.clone(), Instant::now()));
    }

    fn finish(&mut self, joined: Joined, sink: &mut impl RecordSink) {
        let (id, result) = match joined {
            Ok(joined) => joined,
            // A step that panicked is reported like any other failure.
            Err(error) => {
                let id = error.id();
                let abandoned = Abandoned {
                    why: StepError::Defect(PANICKED.to_owned()).into(),
                    may_be_accepted: true,
                };
                (id, Err(abandoned))
            }
        };
        let Some((step_id, began)) = self.started.remove(&id) else {
            return;
        };
        let plan = self.plan;
        let Some(step) = plan.steps.iter().find(|step| step.id == step_id) else {
            return;
        };
        let outcome = match result {
            Ok(finished) => {
                let named = self.named(step);
                self.found.insert(
                    step_id.address.clone(),
                    finished.live.as_ref().map(fingerprint),
                );
                match finished.live {
                    Some(live) => self.outcomes.outputs.insert(step_id.address, live.outputs),
                    None => self.outcomes.outputs.remove(&step_id.address),
                };
                sink.settled(&named, finished.applied.as_ref(), &self.outcomes.outputs);
                if finished.mutations == 0 && finished.remains.is_none() {
                    Outcome::Unchanged
                } else {
                    Outcome::Done {
                        remains: finished.remains,
                    }
                }
            }
            Err(abandoned) => {
                if abandoned.may_be_accepted {
                    self.outcomes.accepted.insert(step_id);
                }
                match abandoned.why {
                    Unfinished::Failed(StepError::Fault(fault))
                        if fault.kind == FaultKind::InUse =>
                    {
                        Outcome::Kept {
                            reason: fault.message,
                        }
                    }
                    Unfinished::Failed(error) => Outcome::Failed(error),
                    Unfinished::Stopped(doing) => Outcome::Interrupted { doing },
                }
            }
        };
        self.end(step, outcome, Some(began));
    }

    /// Returns a step with its resolved name.
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
        self.events.send(Event::Finished {
            step: step.id.clone(),
            action: step.action.clone(),
            outcome: outcome.clone(),
            elapsed_ms: began.map_or(0, |began| milliseconds(began.elapsed())),
        });
        self.outcomes.steps.insert(step.id.clone(), outcome);
    }
}
