//! Events for programs: JSON lines. The first has the version of the format, and the last is the summary.
//!
//! Fields are added and never renamed. A program can skip events that it does not know.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::advice::Advice;
use super::command::Invocation;
use super::heading::Heading;
use super::hint;
use super::printable::is_hidden;
use super::problem::Problem;
use crate::code::Code;
use crate::event::Event;
use crate::manifest::Position;
use crate::outcome::{Outcome, Outcomes, StepError};
use crate::plan::kept::KeptReason;
use crate::plan::model::{Action, Plan, Reason, StepId};
use crate::resource::address::Address;
use crate::resource::fault::Fault;

/// The version of the format.
const FORMAT: &str = "agentctl/events/1";

/// Writes the first line. It has no heading if the run ended before the account was known.
pub fn opening(heading: Option<&Heading>, out: &mut impl Write) -> io::Result<()> {
    let line = json!({
        "format": FORMAT,
        "agentctl": env!("CARGO_PKG_VERSION"),
        "heading": heading.map(Heading::to_json),
    });
    line_of(&line, out)
}

/// Writes the line of an event.
pub fn event(event: &Event, invocation: &Invocation, out: &mut impl Write) -> io::Result<()> {
    line_of(&event_json(event, invocation), out)
}

/// Writes the last line: how every step ended, what is kept, and what ended the run early.
///
/// A step of the plan without an outcome was not started.
pub fn summary(
    outcomes: &Outcomes,
    plan: &Plan,
    problems: &[Problem],
    invocation: &Invocation,
    out: &mut impl Write,
) -> io::Result<()> {
    let outcome_of = |id| outcomes.steps.get(id).unwrap_or(&Outcome::NotStarted);
    let steps: Vec<Map<String, Value>> = plan
        .steps
        .iter()
        .map(|step| {
            joined([
                step_fields(&step.id),
                action_fields(&step.action),
                outcome_fields(outcome_of(&step.id), invocation),
                accepted_fields(outcomes, &step.id),
            ])
        })
        .collect();
    let is_done = plan.steps.iter().all(|step| outcome_of(&step.id).is_done());
    let mut line = json!({
        "event": "summary",
        "done": problems.is_empty() && is_done,
        "complete": problems.is_empty() && plan.unreadable.is_empty(),
        "steps": steps,
        "unchanged": plan.unchanged.len(),
        "kept": kept_json(&plan.kept, invocation),
        "unreadable": unreadable_json(&plan.unreadable, invocation),
    });
    if !outcomes.locks_left.is_empty() {
        let agents = outcomes.locks_left.iter().map(|owner| &owner.agent);
        line["locks_left"] = json!(agents.collect::<Vec<_>>());
    }
    if !problems.is_empty() {
        line["errors"] = errors(problems, invocation);
    }
    line_of(&line, out)
}

/// Returns errors with their places in the manifests.
pub fn errors(problems: &[Problem], invocation: &Invocation) -> Value {
    let error = |problem: &Problem| {
        json!({
            "code": problem.code.map(Code::as_str),
            "message": problem.text,
            "place": problem.position.as_ref().map(place),
            "hint": problem.hint.as_ref().map(|hint| hint.shown(invocation)),
        })
    };
    problems.iter().map(error).collect()
}

/// Returns a position in a manifest; lines and columns count from one.
pub fn place(position: &Position) -> Value {
    json!({ "file": position.file, "line": position.line, "column": position.column })
}

/// Says of a step that is not done that AWS may have accepted a change of it.
fn accepted_fields(outcomes: &Outcomes, id: &StepId) -> Map<String, Value> {
    if outcomes.may_be_accepted(id) {
        fields([("may_be_accepted", json!(true))])
    } else {
        Map::new()
    }
}

/// Writes a JSON document in several lines, such as a plan.
pub fn document(value: &Value, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", inert(format!("{value:#}")))
}

fn line_of(value: &Value, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", inert(value.to_string()))
}

/// Escapes characters that JSON allows in strings and a terminal acts on. They occur nowhere else in JSON.
fn inert(json: String) -> String {
    // The line breaks between values are JSON's own; line breaks in strings are escaped already.
    let acts = |character: char| character != '\n' && is_hidden(character);
    if !json.contains(acts) {
        return json;
    }
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if !acts(character) {
            shown.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(shown, "\\u{unit:04x}").expect("writing to a `String` does not fail");
        }
    }
    shown
}

fn event_json(event: &Event, invocation: &Invocation) -> Value {
    let (name, details) = match event {
        Event::Planned { plan } => ("plan", fields([("plan", plan.clone())])),
        Event::Listing { scope } => ("listing", fields([("scope", json!(scope))])),
        Event::Reading { resources } => ("reading", fields([("resources", json!(resources))])),
        Event::SavedPlan { at, by } => {
            ("saved_plan", fields([("at", json!(at)), ("by", json!(by))]))
        }
        Event::FixingFirst { unreadable } => {
            ("fixing_first", fields([("unreadable", json!(unreadable))]))
        }
        Event::Started { step, action } => (
            "started",
            joined([step_fields(step), action_fields(action)]),
        ),
        Event::Called { step, operation } => (
            "called",
            joined([step_fields(step), fields([("operation", json!(operation))])]),
        ),
        Event::Settling { step, status } => (
            "settling",
            joined([step_fields(step), fields([("status", json!(status))])]),
        ),
        Event::Waiting {
            step,
            fault,
            delay_ms,
        } => (
            "waiting",
            joined([
                step_fields(step),
                fields([("fault", json!(fault)), ("delay_ms", json!(delay_ms))]),
            ]),
        ),
        Event::Finished {
            step,
            action,
            outcome,
            elapsed_ms,
        } => (
            "finished",
            joined([
                step_fields(step),
                action_fields(action),
                outcome_fields(outcome, invocation),
                fields([("elapsed_ms", json!(elapsed_ms))]),
            ]),
        ),
        Event::Stopping => ("stopping", Map::new()),
        Event::Warning { message } => ("warning", fields([("message", json!(message))])),
    };
    Value::Object(joined([fields([("event", json!(name))]), details]))
}

/// Returns the fields that identify a step.
pub(super) fn step_fields(step: &StepId) -> Map<String, Value> {
    fields([
        ("address", json!(step.address)),
        ("phase", json!(step.phase)),
    ])
}

/// Returns the fields of an action. Each field has the same type in all actions.
pub(super) fn action_fields(action: &Action) -> Map<String, Value> {
    let (name, reason) = match action {
        Action::Create => ("create", Value::Null),
        Action::Update => ("update", Value::Null),
        Action::Replace(Reason::Field(field)) => ("replace", json!({ "field": field })),
        Action::Replace(Reason::Failed(why)) => ("replace", json!({ "failed": why })),
        Action::Delete => ("delete", Value::Null),
    };
    fields([("action", json!(name)), ("reason", reason)])
}

fn outcome_fields(outcome: &Outcome, invocation: &Invocation) -> Map<String, Value> {
    match outcome {
        Outcome::Done { remains } => {
            fields([("outcome", json!("done")), ("remains", json!(remains))])
        }
        Outcome::Kept { reason } => fields([("outcome", json!("kept")), ("reason", json!(reason))]),
        Outcome::Unchanged => fields([("outcome", json!("unchanged"))]),
        Outcome::Failed(error) => fields([
            ("outcome", json!("failed")),
            ("error", error_json(error, invocation)),
        ]),
        Outcome::Skipped { because_of } => fields([
            ("outcome", json!("skipped")),
            ("because_of", json!(because_of)),
        ]),
        Outcome::NotStarted => fields([("outcome", json!("not_started"))]),
        Outcome::Interrupted { doing } => {
            fields([("outcome", json!("interrupted")), ("doing", json!(doing))])
        }
    }
}

fn error_json(error: &StepError, invocation: &Invocation) -> Value {
    let (name, details) = match error {
        StepError::Fault(fault) => ("fault", fields([("fault", json!(fault))])),
        StepError::Contradiction { refusal, is_found } => (
            "contradiction",
            fields([("fault", json!(refusal)), ("found", json!(is_found))]),
        ),
        StepError::AfterRefusal { error, refusal } => {
            let mut itself = error_json(error, invocation);
            itself["refusal"] = json!(refusal);
            return itself;
        }
        StepError::Stale { fields: moved } => ("stale", fields([("fields", json!(moved))])),
        StepError::NotConverging {
            fields: differing,
            mutations,
        } => (
            "not_converging",
            fields([
                ("fields", json!(differing)),
                ("mutations", json!(mutations)),
            ]),
        ),
        StepError::ServiceFailed(_) => ("service_failed", Map::new()),
        StepError::Deadline { status, minutes } => (
            "deadline",
            fields([("status", json!(status)), ("minutes", json!(minutes))]),
        ),
        StepError::Foreign => ("foreign", Map::new()),
        StepError::Unresolved(source) => ("unresolved", fields([("source", json!(source))])),
        StepError::Journal(_) => ("journal", Map::new()),
        StepError::Defect(_) => ("defect", Map::new()),
    };
    let always = fields([
        ("kind", json!(name)),
        ("message", json!(error.to_string())),
        (
            "hint",
            json!(hint::of_step(error).map(|hint| hint.shown(invocation))),
        ),
    ]);
    Value::Object(joined([always, details]))
}

/// Lists the resources that could not be read, with the reasons.
pub(super) fn unreadable_json(resources: &[(Address, Fault)], invocation: &Invocation) -> Value {
    resources
        .iter()
        .map(|(address, fault)| {
            let hint = hint::of(fault).map(|hint| hint.shown(invocation));
            json!({ "address": address, "fault": fault, "hint": hint })
        })
        .collect()
}

/// Lists the resources that are kept although no longer declared, with the reasons.
pub(super) fn kept_json(resources: &[(Address, KeptReason)], invocation: &Invocation) -> Value {
    resources
        .iter()
        .map(|(address, reason)| json!({ "address": address, "reason": Advice::from(reason).shown(invocation) }))
        .collect()
}

/// Returns the fields of an object.
pub(super) fn fields<const COUNT: usize>(pairs: [(&str, Value); COUNT]) -> Map<String, Value> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn joined<const COUNT: usize>(parts: [Map<String, Value>; COUNT]) -> Map<String, Value> {
    parts.into_iter().flatten().collect()
}
