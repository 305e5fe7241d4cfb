//! The report for people: heading, a block for each agent, what could not be read, what is ignored, and the sum.

use std::collections::BTreeMap;

use super::words::{self, UNKNOWN_AUTHOR};
use crate::manifest::DriftIgnore;
use crate::plan::diff::FieldChange;
use crate::plan::drift::{DriftReport, Drifted, Finding};
use crate::resource::address::Address;
use crate::resource::field::field_name;
use crate::resource::registry::Registry;
use crate::ui::advice::Advice;
use crate::ui::command::Invocation;
use crate::ui::heading::Heading;
use crate::ui::hint;
use crate::ui::line::{Line, render};
use crate::ui::name::{LONGEST_NAME, short_name};
use crate::ui::plan_view::{Sides, cut_apart, field_lines, sides, unreadable};
use crate::ui::style::{Style, Tone};

/// Shows a report to people.
pub fn text(report: &DriftReport, heading: &Heading, registry: &Registry, style: Style) -> String {
    let mut lines = heading.lines();
    let mut blocks: BTreeMap<Option<&str>, Vec<&Drifted>> = BTreeMap::new();
    for drifted in &report.drifted {
        let agent = drifted.agent.as_deref();
        blocks.entry(agent).or_default().push(drifted);
    }
    if report.fields() > 0 {
        lines.push(Line::default().toned(Tone::Faint, "fields: live → declared"));
    }
    for (agent, drifted) in &blocks {
        lines.push(heading.title(*agent));
        lines.extend(block(registry, drifted));
    }
    lines.extend(unreadable(&report.unreadable, &heading.invocation));
    lines.extend(unread_records(report, &heading.invocation));
    lines.extend(orphans(report, &heading.invocation));
    lines.extend(ignored(report, registry));
    lines.extend(entries(report));
    for warning in words::warnings(report) {
        lines.push(Line::default().toned(Tone::Warning, &warning));
    }
    for remark in words::remarks(report, &heading.invocation) {
        lines.push(Line::default().toned(Tone::Faint, &remark));
    }
    let sum = Line::default().toned(Tone::Title, &words::sum(report));
    lines.push(match heading.effort_text() {
        Some(effort) => sum.text("  ").toned(Tone::Faint, &effort),
        None => sum,
    });
    render(&lines, style)
}

/// Shows resources of one agent, aligned with each other.
fn block(registry: &Registry, drifted: &[&Drifted]) -> Vec<Line> {
    let heads: Vec<(String, String)> = drifted
        .iter()
        .map(|drifted| (drifted.address.to_string(), name(drifted)))
        .collect();
    let width = |of: fn(&(String, String)) -> &String| {
        let widths = heads.iter().map(|head| of(head).chars().count());
        widths.max().unwrap_or(0).min(LONGEST_NAME)
    };
    let (addresses, names) = (width(|head| &head.0), width(|head| &head.1));
    let mut lines = Vec::new();
    for (drifted, (address, name)) in drifted.iter().zip(&heads) {
        let line = symbol(&drifted.finding)
            .text(address)
            .column(4 + addresses + 2)
            .text(name);
        lines.push(match words::about(drifted) {
            Some(about) => line.column(4 + addresses + 2 + names + 2).text(&about),
            None => line,
        });
        if let Some(status) = words::status(drifted) {
            lines.push(Line::indented(6).toned(Tone::Warning, &status));
        }
        let kind = drifted.address.kind();
        let fields = drifted.finding.fields();
        lines.extend(field_lines(registry, kind, fields, UNKNOWN_AUTHOR));
    }
    lines
}

fn name(drifted: &Drifted) -> String {
    let name = drifted.name.as_ref().map(ToString::to_string);
    short_name(&name.unwrap_or_default(), LONGEST_NAME)
}

fn symbol(finding: &Finding) -> Line {
    let (symbol, tone) = match finding {
        Finding::Changed(_) => ("~", Tone::Update),
        Finding::Missing => ("-", Tone::Delete),
        Finding::Remade { .. } | Finding::Taken(_) | Finding::Failed(_, _) => ("!", Tone::Warning),
        Finding::Unknown => ("+", Tone::Create),
    };
    Line::indented(2).toned(tone, symbol).text(" ")
}

fn unread_records(report: &DriftReport, invocation: &Invocation) -> Vec<Line> {
    let Some(fault) = &report.unread_records else {
        return Vec::new();
    };
    let mut lines = vec![
        Line::default().toned(Tone::Title, "records could not be read"),
        Line::indented(2)
            .toned(Tone::Warning, "?")
            .text(&format!(" {fault}")),
    ];
    let hint = hint::of(fault).map(|hint| format!("hint: {}", hint.shown(invocation)));
    lines.extend(hint.map(|hint| Line::indented(6).text(&hint)));
    lines
}

fn orphans(report: &DriftReport, invocation: &Invocation) -> Vec<Line> {
    let mut lines = Vec::new();
    if !report.orphans.is_empty() {
        lines.push(Line::default().toned(Tone::Title, "managed by agentctl, but not declared"));
    }
    for (address, fate) in &report.orphans {
        lines.push(Line::indented(2).text(&format!(
            "= {address}  {}",
            Advice::from(fate).shown(invocation)
        )));
    }
    lines
}

/// Shows what is ignored, by the entry that ignores it.
fn ignored(report: &DriftReport, registry: &Registry) -> Vec<Line> {
    let mut lines = Vec::new();
    if !report.ignored.is_empty() {
        lines.push(Line::default().toned(Tone::Title, "ignored"));
    }
    for (entry, fields) in words::by_entry(report) {
        lines.push(Line::indented(2).text(&format!(
            "= {} ignored, until {}: {} ({})",
            fields.len(),
            entry.expires,
            entry.reason.as_str(),
            entry.owner.as_str()
        )));
        for ignored in fields {
            lines.push(
                Line::indented(6)
                    .text(&format!(
                        "{}  {}",
                        ignored.address,
                        field_name(&ignored.change.path)
                    ))
                    .text("  ")
                    .text(&in_short(registry, &ignored.address, &ignored.change)),
            );
        }
    }
    lines
}

/// Shows both values of a field on one line, cut if they are too long.
fn in_short(registry: &Registry, address: &Address, change: &FieldChange) -> String {
    match sides(registry, address.kind(), change) {
        Sides::Hidden(words) => words.to_owned(),
        Sides::Short { before, after } => {
            let (live, wanted) = cut_apart(&before, &after);
            format!("{live} → {wanted}")
        }
        Sides::Long(_) => "(several lines)".to_owned(),
    }
}

/// Shows the entries that ignore nothing, each with its owner.
fn entries(report: &DriftReport) -> Vec<Line> {
    let line = |entry: &DriftIgnore, fate: &str| {
        Line::default().toned(Tone::Warning, "!").text(&format!(
            " the entry `{}` `{}` {fate}: {} ({})",
            entry.resource.as_str(),
            entry.field.as_str(),
            entry.reason.as_str(),
            entry.owner.as_str()
        ))
    };
    let expired = report.expired.iter().map(|entry| {
        let fate = format!("expired on {} and ignores nothing", entry.expires);
        line(entry, &fate)
    });
    let unused = report
        .unused
        .iter()
        .map(|entry| line(entry, "matches nothing"));
    expired.chain(unused).collect()
}
