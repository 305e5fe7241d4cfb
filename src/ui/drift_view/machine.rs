//! The report for programs: one JSON document. Fields are added and never renamed.

use serde_json::{Map, Value, json};

use super::words;
use crate::manifest::DriftIgnore;
use crate::plan::diff::{After, FieldChange};
use crate::plan::drift::{DriftReport, Drifted, Finding, Verdict};
use crate::resource::field::field_name;
use crate::resource::registry::Registry;
use crate::ui::heading::Heading;
use crate::ui::hint;
use crate::ui::json::{fields, kept_json, unreadable_json};
use crate::ui::plan_view::{Sides, readable, sides};
use crate::ui::redaction::redacted;

/// The version of the format.
const FORMAT: &str = "agentctl/drift/1";

/// Returns a report for programs. Values that may not be shown are absent.
pub fn json(report: &DriftReport, heading: &Heading, registry: &Registry) -> Value {
    let drifted: Vec<Value> = report
        .drifted
        .iter()
        .map(|drifted| drifted_json(registry, drifted))
        .collect();
    let ignored: Vec<Value> = report
        .ignored
        .iter()
        .map(|ignored| {
            let mut all = fields([("address", json!(ignored.address))]);
            all.extend(field_json(
                registry,
                ignored.address.kind(),
                &ignored.change,
            ));
            all.extend(fields([("entry", entry_json(&ignored.entry))]));
            Value::Object(all)
        })
        .collect();
    let entries = |entries: &[DriftIgnore]| entries.iter().map(entry_json).collect::<Vec<Value>>();
    let records = report.unread_records.as_ref().map(|fault| {
        let hint = hint::of(fault).map(|hint| hint.shown(&heading.invocation));
        json!({ "fault": fault, "hint": hint })
    });
    json!({
        "format": FORMAT,
        "agentctl": env!("CARGO_PKG_VERSION"),
        "heading": heading.to_json(),
        "verdict": match report.verdict() {
            Verdict::Clean => "clean",
            Verdict::Drifted => "drifted",
            Verdict::Incomplete => "incomplete",
        },
        "counts": {
            "drifted": report.drifted.len(),
            "fields": report.fields(),
            "ignored": report.ignored.len(),
            "unreadable": report.unreadable.len(),
            "unapplied": report.unapplied.len(),
            "unchanged": report.unchanged,
            "orphans": report.orphans.len(),
        },
        "drifted": drifted,
        "ignored": ignored,
        "expired": entries(&report.expired),
        "unused": entries(&report.unused),
        "unapplied": report.unapplied,
        "orphans": kept_json(&report.orphans, &heading.invocation),
        "unreadable": unreadable_json(&report.unreadable, &heading.invocation),
        "unread_records": records,
    })
}

fn drifted_json(registry: &Registry, drifted: &Drifted) -> Value {
    let kind = drifted.address.kind();
    let finding = match &drifted.finding {
        Finding::Changed(_) => "changed",
        Finding::Missing => "missing",
        Finding::Remade { .. } => "remade",
        Finding::Taken(_) => "taken",
        Finding::Failed(_, _) => "failed",
        Finding::Unknown => "unknown",
    };
    let changes: Vec<Map<String, Value>> = drifted
        .finding
        .fields()
        .iter()
        .map(|change| field_json(registry, kind, change))
        .collect();
    json!({
        "address": drifted.address,
        "kind": kind,
        "name": drifted.name,
        "agent": drifted.agent,
        "finding": finding,
        "about": words::about(drifted),
        "recorded": drifted.is_recorded,
        "status": drifted.status,
        "fields": changes,
    })
}

fn field_json(registry: &Registry, kind: &str, change: &FieldChange) -> Map<String, Value> {
    let visible = |value: &Value| redacted(registry, kind, &change.path, &readable(value));
    let mut all = fields([
        ("path", json!(change.path)),
        ("field", json!(field_name(&change.path))),
        ("author", json!(change.author)),
        ("sensitive", json!(change.sensitive)),
    ]);
    if let After::KnownAfterApply { source, .. } = &change.after {
        all.extend(fields([("known_after_apply", json!(source))]));
    }
    if matches!(sides(registry, kind, change), Sides::Hidden(_)) {
        return all;
    }
    if let Some(live) = &change.before {
        all.extend(fields([("live", visible(live))]));
    }
    if let After::Value(declared)
    | After::KnownAfterApply {
        value: declared, ..
    } = &change.after
    {
        all.extend(fields([("declared", visible(declared))]));
    }
    all
}

fn entry_json(entry: &DriftIgnore) -> Value {
    json!({
        "resource": entry.resource.as_str(),
        "field": entry.field.as_str(),
        "reason": entry.reason.as_str(),
        "owner": entry.owner.as_str(),
        "expires": entry.expires.to_string(),
    })
}
