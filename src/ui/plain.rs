//! Events for people, one line each: for logs, and for terminals without a drawing.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use super::line::Line;
use super::name::{LONGEST_NAME, short_name};
use super::number::{counted, lasting};
use super::style::{Style, Tone};
use crate::event::Event;
use crate::outcome::Outcome;
use crate::plan::model::{Action, Phase, StepId};
use crate::resource::fault::{Fault, FaultKind};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loudness {
    /// Failures and warnings.
    Quiet,
    /// Also every step when it begins, waits and ends.
    Normal,
}

/// Writes events as lines. Collects the calls of each step, and shows them when the step ends.
#[derive(Debug)]
pub struct Plain {
    style: Style,
    loudness: Loudness,
    calls: BTreeMap<StepId, Vec<(String, usize)>>,
}

/// The column where resources begin, after symbol and verb.
const RESOURCE: usize = 16;

impl Plain {
    /// Creates a renderer without collected calls.
    pub fn new(style: Style, loudness: Loudness) -> Self {
        Self {
            style,
            loudness,
            calls: BTreeMap::new(),
        }
    }

    /// Writes the line of an event.
    pub fn event(&mut self, event: &Event, out: &mut impl Write) -> io::Result<()> {
        if let Event::Called { step, operation } = event {
            self.called(step, operation);
        }
        let Some(line) = self.line(event) else {
            return Ok(());
        };
        let is_told = match event {
            Event::Stopping | Event::Warning { .. } => true,
            Event::Finished { outcome, .. } => {
                self.loudness == Loudness::Normal || matches!(outcome, Outcome::Failed(_))
            }
            Event::Reading { .. }
            | Event::Listing { .. }
            | Event::Planned { .. }
            | Event::SavedPlan { .. }
            | Event::FixingFirst { .. }
            | Event::Started { .. }
            | Event::Called { .. }
            | Event::Settling { .. }
            | Event::Waiting { .. } => self.loudness == Loudness::Normal,
        };
        if is_told {
            out.write_all(line.render(self.style).as_bytes())
        } else {
            Ok(())
        }
    }

    /// Collects a call until its step ends.
    pub(super) fn called(&mut self, step: &StepId, operation: &str) {
        let calls = self.calls.entry(step.clone()).or_default();
        match calls.last_mut() {
            Some((last, times)) if last == operation => *times += 1,
            _ => calls.push((operation.to_owned(), 1)),
        }
    }

    /// Returns the line of an event, if it has one.
    pub(super) fn line(&mut self, event: &Event) -> Option<Line> {
        match event {
            Event::Reading { resources } => {
                let text = format!("reading {}", counted(*resources, "resource"));
                Some(Line::default().toned(Tone::Faint, &text))
            }
            Event::Listing { scope } => {
                let text = format!("listing the resources of {scope}");
                Some(Line::default().toned(Tone::Faint, &text))
            }
            Event::SavedPlan { at, by } => {
                let text = format!("plan of {at}, made as {by}");
                Some(Line::default().toned(Tone::Faint, &text))
            }
            Event::FixingFirst { unreadable } => {
                let text = format!(
                    "{} cannot be read before these changes, and will be read again after them",
                    counted(*unreadable, "resource")
                );
                Some(Line::default().text(&text))
            }
            Event::Started { step, action } => {
                let (symbol, tone) = symbol(action);
                Some(head(symbol, tone, beginning(step, action), step))
            }
            // People see the plan before the question, and the calls when the step ends.
            Event::Planned { .. } | Event::Called { .. } => None,
            Event::Settling { step, status } => {
                Some(head("", Tone::Faint, "settling", step).text(&format!("  {status}")))
            }
            Event::Waiting {
                step,
                fault,
                delay_ms,
            } => {
                let text = format!("  {}", again(fault, *delay_ms));
                Some(head("", Tone::Faint, "waiting", step).text(&text))
            }
            Event::Finished {
                step,
                action,
                outcome,
                elapsed_ms,
            } => {
                let calls = self.calls.remove(step).unwrap_or_default();
                end(
                    step,
                    action,
                    outcome,
                    Duration::from_millis(*elapsed_ms),
                    &calls,
                )
            }
            Event::Stopping => Some(Line::default().toned(Tone::Warning, "stopping:").text(
                " waiting for calls that were sent, starting nothing new; interrupt again to quit at once",
            )),
            Event::Warning { message } => Some(
                Line::default()
                    .toned(Tone::Warning, "warning:")
                    .text(&format!(" {message}")),
            ),
        }
    }
}

/// Returns the beginning of a step's line: symbol, verb and resource.
pub(super) fn head(symbol: &str, tone: Tone, verb: &str, step: &StepId) -> Line {
    Line::default()
        .toned(tone, &format!("{symbol:>3} "))
        .toned(tone, verb)
        .column(RESOURCE)
        .text(&format!(
            "{} {}",
            step.address.kind(),
            short_name(step.address.name(), LONGEST_NAME)
        ))
}

/// Returns the sign of an action, and its tone.
pub(super) fn symbol(action: &Action) -> (&'static str, Tone) {
    match action {
        Action::Create => ("+", Tone::Create),
        Action::Update => ("~", Tone::Update),
        Action::Replace(_) => ("-/+", Tone::Delete),
        Action::Delete => ("-", Tone::Delete),
    }
}

/// Returns the word for a step in progress.
pub(super) fn beginning(step: &StepId, action: &Action) -> &'static str {
    match (step.phase, action) {
        (Phase::Widen, _) => "widening",
        (Phase::Whole, Action::Create) => "creating",
        (Phase::Whole, Action::Update) => "updating",
        (Phase::Whole, Action::Replace(_)) => "replacing",
        (Phase::Whole, Action::Delete) => "deleting",
    }
}

/// Returns the word for a finished step.
pub(super) fn done(step: &StepId, action: &Action) -> &'static str {
    match (step.phase, action) {
        (Phase::Widen, _) => "widened",
        (Phase::Whole, Action::Create) => "created",
        (Phase::Whole, Action::Update) => "updated",
        (Phase::Whole, Action::Replace(_)) => "replaced",
        (Phase::Whole, Action::Delete) => "deleted",
    }
}

/// Returns how a step ended; nothing if it was not started, because only the ledger counts those.
fn end(
    step: &StepId,
    action: &Action,
    outcome: &Outcome,
    elapsed: Duration,
    calls: &[(String, usize)],
) -> Option<Line> {
    let elapsed = format!("  {}", lasting(elapsed));
    let line = match outcome {
        Outcome::Done { remains } => {
            let mut line = head("", symbol(action).1, done(step, action), step).text(&elapsed);
            if !calls.is_empty() {
                line = line.toned(Tone::Faint, &format!("  ({})", list(calls)));
            }
            match remains {
                Some(remains) => line.text(&format!("  remains: {remains}")),
                None => line,
            }
        }
        Outcome::Kept { reason } => {
            head("", Tone::Normal, "kept", step).text(&format!("  {reason}"))
        }
        Outcome::Unchanged => head("", Tone::Faint, "unchanged", step).text(&elapsed),
        Outcome::Failed(error) => head("!", Tone::Delete, "failed", step)
            .text(&elapsed)
            .text(&format!("  {error}")),
        Outcome::Skipped { because_of } => {
            head("", Tone::Faint, "skipped", step).text(&format!("  because of {because_of}"))
        }
        Outcome::NotStarted => return None,
        Outcome::Interrupted { doing } => head("!", Tone::Warning, "interrupted", step)
            .text(&elapsed)
            .text(&format!("  {doing}")),
    };
    Some(line)
}

fn list(calls: &[(String, usize)]) -> String {
    let calls: Vec<String> = calls
        .iter()
        .map(|(operation, times)| match times {
            1 => operation.clone(),
            times => format!("{operation} ×{times}"),
        })
        .collect();
    calls.join(", ")
}

/// Says why and when a call is made again.
pub(super) fn again(fault: &Fault, delay_ms: u64) -> String {
    let pause = lasting(Duration::from_millis(delay_ms));
    format!("{}, again in {pause}", cause(fault))
}

/// Says why a call is made again, with the service's code.
fn cause(fault: &Fault) -> String {
    let service = fault
        .operation
        .map_or("AWS", |operation| operation.service().title());
    let words = match fault.kind {
        FaultKind::NotYetConsistent => format!("role or grant not visible to {service} yet"),
        FaultKind::Busy => format!("{service} is still making another change to it"),
        FaultKind::Throttled => format!("{service} takes no more calls at the moment"),
        FaultKind::NotFound
        | FaultKind::AlreadyExists
        | FaultKind::Stale
        | FaultKind::Denied
        | FaultKind::Invalid
        | FaultKind::InUse
        | FaultKind::Quota
        | FaultKind::Unreachable
        | FaultKind::Service => fault.message.clone(),
    };
    match &fault.code {
        Some(code) => format!("{words} ({code})"),
        None => words,
    }
}
