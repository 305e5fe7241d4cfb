//! Events for machines: JSON lines, of which the first carries the version of the form and the last sums up.
//!
//! Fields are added and never renamed. A reader that does not know an event may leave it out.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::heading::Heading;
use super::hint;
use super::printable::is_hidden;
use crate::apply::outcome::{Outcome, Outcomes, StepError};
use crate::event::Event;
use crate::plan::model::{Action, Plan, Reason, StepId};
use crate::resource::fault::Fault;

/// The version of the form.
const FORMAT: &str = "agentctl/events/1";

/// Writes the first line.
pub fn opening(heading: &Heading, out: &mut impl Write) -> io::Result<()> {
    let line = json!({
        "format": FORMAT,
        "agentctl": env!("CARGO_PKG_VERSION"),
        "heading": heading.to_json(),
    });
    line_of(&line, out)
}

/// Writes the line of an event.
pub fn event(event: &Event, out: &mut impl Write) -> io::Result<()> {
    line_of(&event_json(event), out)
}

/// Writes the last line: how every step ended, and what stays.
///
/// A step of the plan that no outcome is known of was not started.
pub fn summary(outcomes: &Outcomes, plan: &Plan, out: &mut impl Write) -> io::Result<()> {
    let steps: Vec<Value> = plan
        .steps
        .iter()
        .map(|step| {
            let outcome = outcomes.steps.get(&step.id).unwrap_or(&Outcome::NotStarted);
            let mut fields = step_fields(&step.id);
            fields.extend(action_fields(&step.action));
            fields.extend(outcome_fields(outcome));
            Value::Object(fields)
        })
        .collect();
    let kept: Vec<Value> = plan
        .kept
        .iter()
        .map(|(address, reason)| json!({ "address": address, "reason": reason }))
        .collect();
    let unreadable: Vec<Value> = plan
        .unreadable
        .iter()
        .map(|(address, fault)| json!({ "address": address, "fault": fault_json(fault) }))
        .collect();
    let is_done = |id| outcomes.steps.get(id).is_some_and(Outcome::is_done);
    let line = json!({
        "event": "summary",
        "done": plan.steps.iter().all(|step| is_done(&step.id)),
        "steps": steps,
        "unchanged": plan.unchanged.len(),
        "kept": kept,
        "unreadable": unreadable,
    });
    line_of(&line, out)
}

/// Writes a JSON document over several lines, such as a plan.
pub fn document(value: &Value, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", inert(&format!("{value:#}")))
}

fn line_of(value: &Value, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", inert(&value.to_string()))
}

/// Escapes, as JSON allows in texts, what JSON lets stand and a terminal would act upon. Such characters stand in texts only.
fn inert(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        // JSON's own line breaks; those within texts are escaped already.
        if character == '\n' || !is_hidden(character) {
            shown.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            shown.push_str(&format!("\\u{unit:04x}"));
        }
    }
    shown
}

fn event_json(event: &Event) -> Value {
    let (name, mut fields) = match event {
        Event::Reading { resources } => ("reading", fields(json!({ "resources": resources }))),
        Event::Started { step, action } => {
            let mut fields = step_fields(step);
            fields.extend(action_fields(action));
            ("started", fields)
        }
        Event::Called { step, operation } => {
            let mut fields = step_fields(step);
            fields.insert("operation".to_owned(), json!(operation));
            ("called", fields)
        }
        Event::Settling { step, status } => {
            let mut fields = step_fields(step);
            fields.insert("status".to_owned(), json!(status));
            ("settling", fields)
        }
        Event::Waiting {
            step,
            fault,
            delay_ms,
        } => {
            let mut fields = step_fields(step);
            fields.insert("fault".to_owned(), fault_json(fault));
            fields.insert("delay_ms".to_owned(), json!(delay_ms));
            ("waiting", fields)
        }
        Event::Finished {
            step,
            action,
            outcome,
            elapsed_ms,
        } => {
            let mut fields = step_fields(step);
            fields.extend(action_fields(action));
            fields.extend(outcome_fields(outcome));
            fields.insert("elapsed_ms".to_owned(), json!(elapsed_ms));
            ("finished", fields)
        }
        Event::Warning { message } => ("warning", fields(json!({ "message": message }))),
    };
    fields.insert("event".to_owned(), json!(name));
    Value::Object(fields)
}

fn step_fields(step: &StepId) -> Map<String, Value> {
    fields(json!({ "address": step.address, "phase": step.phase }))
}

/// Says what is done in fields that have the same types whatever it is.
pub(super) fn action_fields(action: &Action) -> Map<String, Value> {
    let (name, reason) = match action {
        Action::Create => ("create", None),
        Action::Update => ("update", None),
        Action::Replace(Reason::Field(field)) => ("replace", Some(json!({ "field": field }))),
        Action::Replace(Reason::Failed(why)) => ("replace", Some(json!({ "failed": why }))),
        Action::Delete => ("delete", None),
    };
    let mut fields = fields(json!({ "action": name }));
    fields.extend(reason.map(|reason| ("reason".to_owned(), reason)));
    fields
}

fn outcome_fields(outcome: &Outcome) -> Map<String, Value> {
    fields(match outcome {
        Outcome::Done { remains } => json!({ "outcome": "done", "remains": remains }),
        Outcome::Failed(error) => json!({ "outcome": "failed", "error": error_json(error) }),
        Outcome::Skipped { because_of } => {
            json!({ "outcome": "skipped", "because_of": because_of })
        }
        Outcome::NotStarted => json!({ "outcome": "not_started" }),
        Outcome::Interrupted { doing } => json!({ "outcome": "interrupted", "doing": doing }),
    })
}

fn error_json(error: &StepError) -> Value {
    let (name, details) = match error {
        StepError::Fault(fault) => ("fault", json!({ "fault": fault_json(fault) })),
        StepError::Stale { fields } => ("stale", json!({ "fields": fields })),
        StepError::NotConverging { fields, mutations } => (
            "not_converging",
            json!({ "fields": fields, "mutations": mutations }),
        ),
        StepError::GaveUp(_) => ("gave_up", json!({})),
        StepError::Deadline { status, minutes } => {
            ("deadline", json!({ "status": status, "minutes": minutes }))
        }
        StepError::Foreign => ("foreign", json!({})),
        StepError::Unresolved(source) => ("unresolved", json!({ "source": source })),
        StepError::Journal(_) => ("journal", json!({})),
        StepError::Defect(_) => ("defect", json!({})),
    };
    let mut fields = fields(details);
    fields.insert("error".to_owned(), json!(name));
    fields.insert("message".to_owned(), json!(error.to_string()));
    if let Some(hint) = hint::of_step(error) {
        fields.insert("hint".to_owned(), json!(hint.to_string()));
    }
    Value::Object(fields)
}

fn fault_json(fault: &Fault) -> Value {
    json!(fault)
}

fn fields(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(map) => map,
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}
