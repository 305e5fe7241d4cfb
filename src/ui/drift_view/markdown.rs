//! The report for issues and pull requests: live values beside declared ones, and documents as differences.

use super::words::{self, by_entry};
use crate::plan::diff::FieldChange;
use crate::plan::drift::{DriftReport, Drifted};
use crate::resource::field::field_name;
use crate::resource::registry::Registry;
use crate::ui::advice::Advice;
use crate::ui::heading::Heading;
use crate::ui::line::render;
use crate::ui::markdown::{block, cell, code};
use crate::ui::plan_view::{DOCUMENT, Sides, cut_apart, sides};
use crate::ui::style::Style;

/// Returns a report as Markdown. Every text from outside is written as code.
pub fn markdown(report: &DriftReport, heading: &Heading, registry: &Registry) -> String {
    let mut parts = vec![format!("### {}", words::sum(report)), place(heading)];
    let warnings = words::warnings(report);
    parts.extend(warnings.iter().map(|warning| format!("**{warning}**")));
    let mut documents = Vec::new();
    if !report.drifted.is_empty() {
        let mut table =
            "| resource | field | live | declared | who |\n|---|---|---|---|---|".to_owned();
        for drifted in &report.drifted {
            for row in rows(registry, drifted, &mut documents) {
                table.push_str(&row);
            }
        }
        parts.push(table);
    }
    parts.extend(documents);
    parts.extend(list("Could not be read", unreadable(report)));
    let orphans = report.orphans.iter();
    parts.extend(list(
        "Managed by agentctl, and not declared",
        orphans
            .map(|(address, fate)| {
                format!(
                    "{}: {}",
                    code(&address.to_string()),
                    code(&Advice::from(fate).shown(&heading.invocation))
                )
            })
            .collect(),
    ));
    parts.extend(list("Ignored", ignored(report)));
    parts.extend(list("Entries that ignore nothing", entries(report)));
    parts.extend(words::remarks(report, &heading.invocation));
    let mut text = parts.join("\n\n");
    text.push('\n');
    text
}

fn place(heading: &Heading) -> String {
    let mut parts = vec![
        format!("project {}", code(&heading.project)),
        format!("account {}", code(&heading.account)),
        format!("region {}", code(&heading.region)),
        format!("environment {}", code(&heading.env)),
    ];
    parts.extend(heading.endpoint.as_ref().map(|endpoint| code(endpoint)));
    parts.join(" · ")
}

/// Returns the rows of a resource; documents that differ go below the table.
fn rows(registry: &Registry, drifted: &Drifted, documents: &mut Vec<String>) -> Vec<String> {
    let mut resource = cell(&drifted.address.to_string());
    if let Some(name) = &drifted.name {
        resource = format!("{resource}<br>{}", cell(name.as_str()));
    }
    let words = [words::about(drifted), words::status(drifted)];
    let mut rows: Vec<String> = words
        .into_iter()
        .flatten()
        .map(|words| format!("\n| {resource} | | | | {} |", cell(&words)))
        .collect();
    for change in drifted.finding.fields() {
        let (live, wanted) = values(registry, drifted, change, documents);
        rows.push(format!(
            "\n| {resource} | {} | {live} | {wanted} | {} |",
            cell(&field_name(&change.path)),
            words::who(change.author)
        ));
    }
    rows
}

fn values(
    registry: &Registry,
    drifted: &Drifted,
    change: &FieldChange,
    documents: &mut Vec<String>,
) -> (String, String) {
    match sides(registry, drifted.address.kind(), change) {
        Sides::Hidden(words) => (words.to_owned(), String::new()),
        Sides::Short { before, after } => {
            let (live, wanted) = cut_apart(&before, &after);
            (cell(&live), cell(&wanted))
        }
        Sides::Long(lines) => {
            let lines: Vec<String> = render(&lines, Style::Plain)
                .lines()
                // The sign of a line must be its first character.
                .map(|line| line.get(DOCUMENT..).unwrap_or_default().to_owned())
                .collect();
            documents.push(format!(
                "{} {}, `-` live, `+` declared:\n\n{}",
                code(&drifted.address.to_string()),
                code(&field_name(&change.path)),
                block("diff", &lines).trim_end()
            ));
            ("see below".to_owned(), "see below".to_owned())
        }
    }
}

fn unreadable(report: &DriftReport) -> Vec<String> {
    let resources = report.unreadable.iter().map(|(address, fault)| {
        format!(
            "{}: {}",
            code(&address.to_string()),
            code(&fault.to_string())
        )
    });
    let records = report
        .unread_records
        .iter()
        .map(|fault| format!("the records: {}", code(&fault.to_string())));
    resources.chain(records).collect()
}

fn ignored(report: &DriftReport) -> Vec<String> {
    by_entry(report)
        .into_iter()
        .map(|(entry, fields)| {
            let fields: Vec<String> = fields
                .iter()
                .map(|ignored| {
                    let name = field_name(&ignored.change.path);
                    format!("{} {}", code(&ignored.address.to_string()), code(&name))
                })
                .collect();
            format!(
                "{}, until {}: {} ({})",
                fields.join(", "),
                entry.expires,
                code(entry.reason.as_str()),
                code(entry.owner.as_str())
            )
        })
        .collect()
}

fn entries(report: &DriftReport) -> Vec<String> {
    let expired = report
        .expired
        .iter()
        .map(|entry| (entry, format!("expired on {}", entry.expires)));
    let unused = report
        .unused
        .iter()
        .map(|entry| (entry, "matches nothing".to_owned()));
    expired
        .chain(unused)
        .map(|(entry, fate)| {
            format!(
                "{} {} {fate}: {} ({})",
                code(entry.resource.as_str()),
                code(entry.field.as_str()),
                code(entry.reason.as_str()),
                code(entry.owner.as_str())
            )
        })
        .collect()
}

fn list(title: &str, items: Vec<String>) -> Option<String> {
    if items.is_empty() {
        return None;
    }
    let items: Vec<String> = items.into_iter().map(|item| format!("- {item}")).collect();
    Some(format!("**{title}**\n\n{}", items.join("\n")))
}
