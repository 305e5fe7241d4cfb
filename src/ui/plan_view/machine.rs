//! The plan for programs: one JSON document. Fields are added and never renamed.

use serde_json::{Map, Value, json};

use super::step::physical_name;
use super::value::{field_name, readable};
use crate::plan::diff::{After, FieldChange};
use crate::plan::model::{Action, Note, Plan, PlannedStep};
use crate::resource::registry::Registry;
use crate::ui::heading::Heading;
use crate::ui::json::{action_fields, fields, kept_json, step_fields, unreadable_json};
use crate::ui::redaction::redacted;

/// The version of the format.
const FORMAT: &str = "agentctl/plan/1";

/// Returns a plan for programs.
///
/// Values that may not be shown are absent, and so are whole specs. If a change has `known_after_apply` beside `after`, then `after` has
/// placeholders for the outputs that are not known yet.
pub fn json(plan: &Plan, heading: &Heading, registry: &Registry) -> Value {
    let steps: Vec<Map<String, Value>> = plan
        .steps
        .iter()
        .map(|step| step_fields_of(registry, step))
        .collect();
    let unchanged: Vec<Value> = plan
        .unchanged
        .iter()
        .map(|(address, agent)| json!({ "address": address, "agent": agent }))
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
        "unreadable": unreadable_json(&plan.unreadable, &heading.invocation),
        "kept": kept_json(&plan.kept, &heading.invocation),
        "older_permissions": plan.older,
        "remade": plan.remade,
        "pins": plan.pins,
    })
}

fn step_fields_of(registry: &Registry, step: &PlannedStep) -> Map<String, Value> {
    let kind = step.id.address.kind();
    let changes: Vec<Map<String, Value>> = step
        .changes
        .iter()
        .map(|change| change_fields(registry, kind, change))
        .collect();
    let notes: Vec<Value> = step.notes.iter().map(note_json).collect();
    let mut all = step_fields(&step.id);
    all.extend(action_fields(&step.action));
    all.extend(fields([
        ("kind", json!(kind)),
        (
            "agent",
            json!(step.owner.as_ref().map(|owner| &owner.agent)),
        ),
        ("name", json!(physical_name(step))),
        ("summary", json!(step.summary)),
        ("changes", json!(changes)),
        ("notes", json!(notes)),
        ("needs", json!(step.needs)),
    ]));
    all
}

fn change_fields(registry: &Registry, kind: &str, change: &FieldChange) -> Map<String, Value> {
    let visible = |value: &Value| redacted(registry, kind, &change.path, &readable(value));
    let mut all = fields([
        ("path", json!(change.path)),
        ("field", json!(field_name(&change.path))),
        ("author", json!(change.author)),
        ("replaces", json!(change.replaces)),
        ("sensitive", json!(change.sensitive)),
    ]);
    if let After::KnownAfterApply { source, .. } = &change.after {
        all.extend(fields([("known_after_apply", json!(source))]));
    }
    if change.sensitive {
        return all;
    }
    if let Some(before) = &change.before {
        all.extend(fields([("before", visible(before))]));
    }
    if let After::Value(after) | After::KnownAfterApply { value: after, .. } = &change.after {
        all.extend(fields([("after", visible(after))]));
    }
    all
}

fn note_json(note: &Note) -> Value {
    match note {
        Note::Widens(grants) => json!({ "note": "widens", "grants": grants }),
        Note::Denies(versions) => json!({ "note": "denies_served", "versions": versions }),
        Note::Loses(what) => json!({ "note": "loses", "what": what }),
        Note::Outage => json!({ "note": "outage" }),
        Note::OfOthers => json!({ "note": "of_others" }),
        Note::UsedByOthers(users) => json!({ "note": "used_by_others", "by": users }),
        Note::StopsTraffic(instead) => json!({ "note": "stops_traffic", "instead": instead }),
    }
}
