//! The end of a run for people: how each resource ended, what to do about failures, and what to do next.

use super::advice::Advice;
use super::command::{Command, Invocation};
use super::hint;
use super::line::{Line, render};
use super::name::{LONGEST_NAME, short_name};
use super::number::counted;
use super::plain::done;
use super::style::{Style, Tone};
use crate::outcome::{Outcome, Outcomes, StepError};
use crate::plan::model::{Phase, Plan, PlannedStep, StepId};
use crate::resource::address::Address;
use crate::resource::fault::Fault;

/// What a run does; decides the words of its last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undertaking {
    /// `agentctl apply`.
    Apply,
    /// `agentctl destroy`.
    Destroy,
    /// A command that moves callers to another version.
    Move,
    /// `agentctl versions --delete`.
    DeleteVersions,
}

/// Returns how a run ended. A step of the plan without an outcome was not started.
pub fn ledger(
    outcomes: &Outcomes,
    plan: &Plan,
    undertaking: Undertaking,
    invocation: &Invocation,
    style: Style,
) -> String {
    let ledger = Ledger {
        outcomes,
        plan,
        invocation,
    };
    let mut lines = Vec::new();
    for word in ["created", "updated", "replaced", "deleted"] {
        lines.extend(ledger.done(word));
    }
    lines.extend(ledger.already());
    if !plan.unchanged.is_empty() {
        let text = format!("unchanged {}", plan.unchanged.len());
        lines.push(Line::default().toned(Tone::Faint, &text));
    }
    lines.extend(ledger.widened());
    lines.extend(ledger.failed());
    lines.extend(ledger.skipped());
    lines.extend(ledger.interrupted());
    lines.extend(ledger.not_started());
    lines.extend(ledger.unreadable());
    lines.extend(ledger.kept());
    lines.extend(ledger.locks_left());
    lines.push(ledger.sum(undertaking));
    render(&lines, style)
}

struct Ledger<'a> {
    outcomes: &'a Outcomes,
    plan: &'a Plan,
    invocation: &'a Invocation,
}

impl<'a> Ledger<'a> {
    fn outcome(&self, id: &StepId) -> &'a Outcome {
        self.outcomes.steps.get(id).unwrap_or(&Outcome::NotStarted)
    }

    /// Returns the steps with a given kind of outcome, in the order of the plan.
    fn ended(&self, is_meant: impl Fn(&PlannedStep, &Outcome) -> bool) -> Vec<&'a PlannedStep> {
        self.plan
            .steps
            .iter()
            .filter(|step| is_meant(step, self.outcome(&step.id)))
            .collect()
    }

    fn done(&self, word: &str) -> Vec<Line> {
        let steps = self.ended(|step, outcome| {
            matches!(outcome, Outcome::Done { .. })
                && step.id.phase == Phase::Whole
                && done(&step.id, &step.action) == word
        });
        let tone = if word == "deleted" {
            Tone::Delete
        } else {
            Tone::Create
        };
        group(word, tone, &steps, |step| match self.outcome(&step.id) {
            Outcome::Done {
                remains: Some(remains),
            } => vec![format!("remains: {remains}")],
            _ => Vec::new(),
        })
    }

    /// The locks that the run could not release, with the command that removes each.
    fn locks_left(&self) -> Vec<Line> {
        let left = self.outcomes.locks_left.iter();
        let entries: Vec<(String, Vec<String>)> = left
            .map(|owner| {
                let agent = owner.agent.clone();
                let advice = Advice::from("the next run on this machine takes it over at once, others after five minutes; ")
                    .command(Command::Unlock { agent })
                    .text(" removes it at once");
                (owner.agent.clone(), vec![advice.shown(self.invocation)])
            })
            .collect();
        listing("lock left behind", Tone::Warning, &entries)
    }

    /// The resources that were already as planned, for example because another run has changed them since.
    fn already(&self) -> Vec<Line> {
        let steps = self
            .ended(|step, outcome| step.id.phase == Phase::Whole && *outcome == Outcome::Unchanged);
        group("already as planned", Tone::Faint, &steps, |_| Vec::new())
    }

    /// The resources that have the new permissions and still have the old ones.
    fn widened(&self) -> Vec<Line> {
        let steps = self.ended(|step, outcome| {
            let whole = self.outcome(&StepId::whole(&step.id.address));
            step.id.phase == Phase::Widen && outcome.is_done() && !whole.is_done()
        });
        group("widened, not yet narrowed", Tone::Warning, &steps, |_| {
            vec!["has the old and the new permissions".to_owned()]
        })
    }

    fn failed(&self) -> Vec<Line> {
        let steps = self.ended(|_, outcome| matches!(outcome, Outcome::Failed(_)));
        group("failed", Tone::Delete, &steps, |step| {
            match self.outcome(&step.id) {
                Outcome::Failed(error) => {
                    let mut lines = explained(error, self.invocation);
                    let is_fault = matches!(error.itself(), StepError::Fault(_));
                    if is_fault && self.outcomes.may_be_accepted(&step.id) {
                        lines.push("AWS may have accepted the change".to_owned());
                    }
                    lines
                }
                _ => Vec::new(),
            }
        })
    }

    fn skipped(&self) -> Vec<Line> {
        let steps = self.ended(|step, outcome| {
            step.id.phase == Phase::Whole && matches!(outcome, Outcome::Skipped { .. })
        });
        group("skipped", Tone::Warning, &steps, |step| {
            match self.outcome(&step.id) {
                Outcome::Skipped { because_of } => vec![format!("because of {because_of}")],
                _ => Vec::new(),
            }
        })
    }

    fn interrupted(&self) -> Vec<Line> {
        let steps = self.ended(|_, outcome| matches!(outcome, Outcome::Interrupted { .. }));
        group("interrupted", Tone::Warning, &steps, |step| {
            match self.outcome(&step.id) {
                Outcome::Interrupted { doing } => vec![doing.clone()],
                _ => Vec::new(),
            }
        })
    }

    fn not_started(&self) -> Vec<Line> {
        let steps = self.ended(|step, outcome| {
            step.id.phase == Phase::Whole && *outcome == Outcome::NotStarted
        });
        group("not started", Tone::Warning, &steps, |_| Vec::new())
    }

    fn unreadable(&self) -> Vec<Line> {
        let entries = self.plan.unreadable.iter().map(|(address, fault)| {
            let advice =
                hint::of(fault).map(|hint| format!("hint: {}", hint.shown(self.invocation)));
            let mut remarks = vec![fault.to_string()];
            remarks.extend(advice);
            (shown(address), remarks)
        });
        listing(
            "could not be read",
            Tone::Warning,
            &entries.collect::<Vec<_>>(),
        )
    }

    fn kept(&self) -> Vec<Line> {
        let entries = self.plan.kept.iter().map(|(address, reason)| {
            (
                shown(address),
                vec![Advice::from(reason).shown(self.invocation)],
            )
        });
        let mut lines = listing("kept", Tone::Normal, &entries.collect::<Vec<_>>());
        let steps = self.ended(|step, outcome| {
            step.id.phase == Phase::Whole && matches!(outcome, Outcome::Kept { .. })
        });
        lines.extend(group(
            "kept, because it is in use again",
            Tone::Normal,
            &steps,
            |step| match self.outcome(&step.id) {
                Outcome::Kept { reason } => vec![reason.clone()],
                _ => Vec::new(),
            },
        ));
        lines
    }

    /// The last line: how much is done, and what to do next.
    fn sum(&self, undertaking: Undertaking) -> Line {
        let count = |is_meant: &dyn Fn(&Outcome) -> bool| {
            let is_counted = |step: &PlannedStep, outcome: &Outcome| {
                step.id.phase == Phase::Whole && is_meant(outcome)
            };
            self.ended(is_counted).len()
        };
        let total = counted(count(&|_| true), "resource");
        let done = count(&Outcome::is_done);
        let command = |command: Command| command.shown(self.invocation);
        let command = match undertaking {
            Undertaking::Apply => command(Command::Apply),
            Undertaking::Destroy => command(Command::Destroy),
            Undertaking::DeleteVersions | Undertaking::Move => "the same command".to_owned(),
        };
        let [nothing, perhaps, partly] = match undertaking {
            Undertaking::Apply => [
                "Nothing was applied",
                "Perhaps applied in part",
                "Applied in part",
            ],
            Undertaking::Destroy => [
                "Nothing was destroyed",
                "Perhaps destroyed in part",
                "Destroyed in part",
            ],
            Undertaking::DeleteVersions => [
                "Nothing was deleted",
                "Perhaps deleted in part",
                "Deleted in part",
            ],
            Undertaking::Move => ["Nothing was moved", "Perhaps moved", "Moved in part"],
        };
        let partly = match (done, self.outcomes.any_accepted()) {
            (0, false) => nothing,
            (0, true) => perhaps,
            (_, _) => partly,
        };
        let is_complete = self.plan.unreadable.is_empty();
        let rest: Vec<String> = [
            (
                count(&|outcome| matches!(outcome, Outcome::Failed(_))),
                "failed",
            ),
            (
                count(&|outcome| matches!(outcome, Outcome::Skipped { .. })),
                "skipped",
            ),
            (
                count(&|outcome| matches!(outcome, Outcome::Interrupted { .. })),
                "interrupted",
            ),
            (
                count(&|outcome| *outcome == Outcome::NotStarted),
                "not started",
            ),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, how)| format!(", {count} {how}"))
        .collect();
        let (tone, text) = if !rest.is_empty() {
            let text = format!(
                "{partly}: {done} of {total} done{}. To continue, run {command} again",
                rest.concat()
            );
            (Tone::Warning, text)
        } else if !is_complete {
            let text = format!(
                "Incomplete: {total} done, but not everything could be read. Run {command} again when it can be read"
            );
            (Tone::Warning, text)
        } else if self.plan.is_empty() {
            (Tone::Create, "Nothing to do.".to_owned())
        } else {
            let already = count(&|outcome| *outcome == Outcome::Unchanged);
            let kept = count(&|outcome| matches!(outcome, Outcome::Kept { .. }));
            let planned = counted(done - kept, "resource");
            let already = (already > 0).then(|| format!(", {already} of them already before"));
            let kept = (kept > 0).then(|| format!("; {kept} kept"));
            let rest = [already, kept].into_iter().flatten().collect::<String>();
            let text = format!("Done: {planned} as planned{rest}.");
            (Tone::Create, text)
        };
        Line::default().toned(tone, &text)
    }
}

/// Lists steps with remarks below each.
fn group(
    title: &str,
    tone: Tone,
    steps: &[&PlannedStep],
    remarks: impl Fn(&PlannedStep) -> Vec<String>,
) -> Vec<Line> {
    let entries: Vec<(String, Vec<String>)> = steps
        .iter()
        .map(|step| (shown(&step.id.address), remarks(step)))
        .collect();
    listing(title, tone, &entries)
}

/// Returns a title with a count, and a line for each entry with its remarks below.
fn listing(title: &str, tone: Tone, entries: &[(String, Vec<String>)]) -> Vec<Line> {
    if entries.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default().toned(tone, &format!("{title} {}", entries.len()))];
    for (entry, remarks) in entries {
        lines.push(Line::indented(2).text(entry));
        lines.extend(remarks.iter().map(|remark| Line::indented(4).text(remark)));
    }
    lines
}

fn shown(address: &Address) -> String {
    short_name(&address.to_string(), LONGEST_NAME)
}

fn explained(error: &StepError, invocation: &Invocation) -> Vec<String> {
    let mut lines = match error {
        StepError::Fault(fault) => {
            let request_id = fault.request_id.as_ref();
            let without_id = Fault {
                request_id: None,
                ..fault.clone()
            };
            let mut lines = vec![without_id.to_string()];
            lines.extend(request_id.map(|id| format!("request id: {id}")));
            lines
        }
        other => vec![other.to_string()],
    };
    lines.extend(hint::of_step(error).map(|hint| format!("hint: {}", hint.shown(invocation))));
    lines
}
