//! The plan for machines: one JSON document whose fields are added to and never renamed.

use serde_json::{Map, Value, json};

use super::value::{field_name, readable};
use crate::plan::diff::{After, FieldChange};
use crate::plan::model::{Action, Note, Plan, PlannedStep};
use crate::resource::registry::Registry;
use crate::ui::heading::Heading;
use crate::ui::json::action_fields;
use crate::ui::redaction::redacted;

/// The version of the form.
const FORMAT: &str = "agentctl/plan/1";

/// Shows a plan to machines.
///
/// Values that may not be shown are absent, and so are whole specs. Where `known_after_apply` stands beside `after`, words stand
/// in the value for the outputs that are not known yet.
pub fn json(plan: &Plan, heading: &Heading, registry: &Registry) -> Value {
    let steps: Vec<Value> = plan
        .steps
        .iter()
        .map(|step| step_json(registry, step))
        .collect();
    let unchanged: Vec<Value> = plan
        .unchanged
        .iter()
        .map(|(address, agent)| json!({ "address": address, "agent": agent }))
        .collect();
    let unreadable: Vec<Value> = plan
        .unreadable
        .iter()
        .map(|(address, fault)| json!({ "address": address, "fault": fault }))
        .collect();
    let kept: Vec<Value> = plan
        .kept
        .iter()
        .map(|(address, reason)| json!({ "address": address, "reason": reason }))
        .collect();
    json!({
        "format": FORMAT,
        "agentctl": env!("CARGO_PKG_VERSION"),
        "heading": heading.to_json(),
        "complete": plan.unreadable.is_empty(),
        "counts": {
            "create": plan.count(|action| *action == Action::Create),
            "update": plan.count(|action| *action == Action::Update),
            "replace": plan.count(|action| matches!(action, Action::Replace(_))),
            "delete": plan.count(|action| *action == Action::Delete),
            "unchanged": plan.unchanged.len(),
            "unreadable": plan.unreadable.len(),
            "kept": plan.kept.len(),
        },
        "steps": steps,
        "unchanged": unchanged,
        "unreadable": unreadable,
        "kept": kept,
    })
}

fn step_json(registry: &Registry, step: &PlannedStep) -> Value {
    let name = serde_json::to_value(&step.name).expect("a name serialises as text or reference");
    let changes: Vec<Value> = step
        .changes
        .iter()
        .map(|change| change_json(registry, step.id.address.kind(), change))
        .collect();
    let notes: Vec<Value> = step.notes.iter().map(note_json).collect();
    let mut fields = Map::new();
    fields.insert("id".to_owned(), json!(step.id));
    fields.insert("kind".to_owned(), json!(step.id.address.kind()));
    fields.insert(
        "agent".to_owned(),
        json!(step.owner.as_ref().map(|owner| &owner.agent)),
    );
    fields.insert("name".to_owned(), readable(&name));
    fields.extend(action_fields(&step.action));
    fields.insert("summary".to_owned(), json!(step.summary));
    fields.insert("changes".to_owned(), Value::from(changes));
    fields.insert("notes".to_owned(), Value::from(notes));
    fields.insert("needs".to_owned(), json!(step.needs));
    Value::Object(fields)
}

fn change_json(registry: &Registry, kind: &str, change: &FieldChange) -> Value {
    let visible = |value: &Value| redacted(registry, kind, &change.path, &readable(value));
    let mut fields = Map::new();
    fields.insert("path".to_owned(), json!(change.path));
    fields.insert("field".to_owned(), json!(field_name(&change.path)));
    if !change.sensitive {
        if let Some(before) = &change.before {
            fields.insert("before".to_owned(), visible(before));
        }
        if let After::Value(after) | After::KnownAfterApply { value: after, .. } = &change.after {
            fields.insert("after".to_owned(), visible(after));
        }
    }
    if let After::KnownAfterApply { source, .. } = &change.after {
        fields.insert("known_after_apply".to_owned(), json!(source));
    }
    fields.insert("author".to_owned(), json!(change.author));
    fields.insert("replaces".to_owned(), json!(change.replaces));
    fields.insert("sensitive".to_owned(), json!(change.sensitive));
    Value::Object(fields)
}

fn note_json(note: &Note) -> Value {
    match note {
        Note::Widens(grants) => json!({ "note": "widens", "grants": grants }),
        Note::Loses(what) => json!({ "note": "loses", "what": what }),
        Note::Outage => json!({ "note": "outage" }),
    }
}
