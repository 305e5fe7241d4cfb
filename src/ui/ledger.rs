//! The end of a run for people: how every resource ended, what to do about failures, and what to do next.

use super::hint;
use super::line::{Line, render};
use super::number::counted;
use super::plain::done;
use super::style::{Style, Tone};
use crate::apply::outcome::{Outcome, Outcomes, StepError};
use crate::plan::model::{Phase, Plan, PlannedStep, StepId};
use crate::plan::planner::Purpose;

/// Tells how a run ended. A step of the plan that no outcome is known of was not started.
pub fn ledger(outcomes: &Outcomes, plan: &Plan, purpose: Purpose, style: Style) -> String {
    let ledger = Ledger { outcomes, plan };
    let mut lines = Vec::new();
    for word in ["created", "updated", "replaced", "deleted"] {
        lines.extend(ledger.done(word));
    }
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
    lines.extend(ledger.sum(purpose));
    render(&lines, style)
}

struct Ledger<'a> {
    outcomes: &'a Outcomes,
    plan: &'a Plan,
}

impl<'a> Ledger<'a> {
    fn outcome(&self, id: &StepId) -> &'a Outcome {
        self.outcomes.steps.get(id).unwrap_or(&Outcome::NotStarted)
    }

    /// Returns the steps that ended in some way, in the order of the plan.
    fn ended(&self, is_meant: impl Fn(&PlannedStep, &Outcome) -> bool) -> Vec<&'a PlannedStep> {
        self.plan
            .steps
            .iter()
            .filter(|step| is_meant(step, self.outcome(&step.id)))
            .collect()
    }

    fn done(&self, word: &str) -> Vec<Line> {
        let steps = self.ended(|step, outcome| {
            outcome.is_done()
                && step.id.phase == Phase::Whole
                && done(&step.id, &step.action) == word
        });
        let tone = if word == "deleted" {
            Tone::Delete
        } else {
            Tone::Create
        };
        self.group(word, tone, &steps, |step| match self.outcome(&step.id) {
            Outcome::Done {
                remains: Some(remains),
            } => vec![format!("remains: {remains}")],
            _ => Vec::new(),
        })
    }

    /// The resources that have new permissions and still the old ones too.
    fn widened(&self) -> Vec<Line> {
        let steps = self.ended(|step, outcome| {
            let whole = self.outcome(&StepId::whole(&step.id.address));
            step.id.phase == Phase::Widen && outcome.is_done() && !whole.is_done()
        });
        self.group("widened, not yet narrowed", Tone::Warning, &steps, |_| {
            vec!["has the old and the new permissions".to_owned()]
        })
    }

    fn failed(&self) -> Vec<Line> {
        let steps = self.ended(|_, outcome| matches!(outcome, Outcome::Failed(_)));
        self.group("failed", Tone::Delete, &steps, |step| {
            match self.outcome(&step.id) {
                Outcome::Failed(error) => explained(error),
                _ => Vec::new(),
            }
        })
    }

    fn skipped(&self) -> Vec<Line> {
        let steps = self.ended(|_, outcome| matches!(outcome, Outcome::Skipped { .. }));
        self.group("skipped", Tone::Warning, &steps, |step| {
            match self.outcome(&step.id) {
                Outcome::Skipped { because_of } => vec![format!("because of {because_of}")],
                _ => Vec::new(),
            }
        })
    }

    fn interrupted(&self) -> Vec<Line> {
        let steps = self.ended(|_, outcome| matches!(outcome, Outcome::Interrupted { .. }));
        self.group("interrupted", Tone::Warning, &steps, |step| {
            match self.outcome(&step.id) {
                Outcome::Interrupted { doing } => vec![doing.clone()],
                _ => Vec::new(),
            }
        })
    }

    fn not_started(&self) -> Vec<Line> {
        let steps = self.ended(|_, outcome| *outcome == Outcome::NotStarted);
        self.group("not started", Tone::Warning, &steps, |_| Vec::new())
    }

    fn unreadable(&self) -> Vec<Line> {
        let entries = self.plan.unreadable.iter().map(|(address, fault)| {
            let advice = hint::of(fault).map(|hint| format!("hint: {hint}"));
            let mut remarks = vec![fault.to_string()];
            remarks.extend(advice);
            (address.to_string(), remarks)
        });
        listing(
            "could not be read",
            Tone::Warning,
            &entries.collect::<Vec<_>>(),
        )
    }

    fn kept(&self) -> Vec<Line> {
        let entries = self
            .plan
            .kept
            .iter()
            .map(|(address, reason)| (address.to_string(), vec![reason.clone()]));
        listing("kept", Tone::Normal, &entries.collect::<Vec<_>>())
    }

    fn group(
        &self,
        title: &str,
        tone: Tone,
        steps: &[&PlannedStep],
        remarks: impl Fn(&PlannedStep) -> Vec<String>,
    ) -> Vec<Line> {
        let entries: Vec<(String, Vec<String>)> = steps
            .iter()
            .map(|step| (step.id.to_string(), remarks(step)))
            .collect();
        listing(title, tone, &entries)
    }

    /// The last line: how much is done, and what to do next.
    fn sum(&self, purpose: Purpose) -> Vec<Line> {
        let count = |is_meant: &dyn Fn(&Outcome) -> bool| {
            self.ended(|step, outcome| step.id.phase == Phase::Whole && is_meant(outcome))
                .len()
        };
        let total = self.ended(|step, _| step.id.phase == Phase::Whole).len();
        let done = count(&Outcome::is_done);
        let command = match purpose {
            Purpose::Apply => "agentctl apply",
            Purpose::Destroy => "agentctl destroy",
        };
        let is_complete = self.plan.unreadable.is_empty();
        let (tone, text) = if total == 0 && is_complete {
            (Tone::Create, "Nothing to do.".to_owned())
        } else if done == total && is_complete {
            (
                Tone::Create,
                format!("Done: {} as planned.", counted(total, "resource")),
            )
        } else if done == total {
            let text = format!(
                "Done with {}, but not all could be read: run `{command}` again",
                counted(total, "resource")
            );
            (Tone::Warning, text)
        } else {
            let text = format!(
                "{done} of {} done: run `{command}` again to go on",
                counted(total, "resource")
            );
            (Tone::Warning, text)
        };
        vec![Line::default().toned(tone, &text)]
    }
}

/// Shows a title with a count, and a line for each entry with remarks below it.
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

fn explained(error: &StepError) -> Vec<String> {
    let mut lines = match error {
        StepError::Fault(fault) => {
            let code = fault.code.as_ref().map(|code| format!("{code}: "));
            let code = code.unwrap_or_default();
            let mut lines = vec![format!("{}: {code}{}", fault.operation, fault.message)];
            lines.extend(
                fault
                    .request_id
                    .as_ref()
                    .map(|id| format!("request id: {id}")),
            );
            lines
        }
        other => vec![other.to_string()],
    };
    lines.extend(hint::of_step(error).map(|hint| format!("hint: {hint}")));
    lines
}
