//! What is said of drift in words, whatever the form.

use crate::manifest::DriftIgnore;
use crate::plan::diff::Author;
use crate::plan::drift::{DriftReport, Drifted, Finding, Ignored};
use crate::resource::kind::Status;
use crate::resource::owner::Ownership;
use crate::ui::number::counted;

/// What is said where nobody can be named.
pub(super) const NOBODY_KNOWS: &str = "no record says who changed it";

/// Says who changed a field.
pub(super) fn who(author: Option<Author>) -> &'static str {
    match author {
        None => NOBODY_KNOWS,
        Some(Author::You) => "you changed it",
        Some(Author::Outside) => "changed outside agentctl",
        Some(Author::Both) => "changed by you and outside",
    }
}

/// Says what was found of a resource, unless its fields say it.
pub(super) fn about(drifted: &Drifted) -> Option<String> {
    let words = match (&drifted.finding, drifted.is_recorded) {
        (Finding::Changed(_), _) => return None,
        (Finding::Missing, true) => "missing: deleted outside agentctl".to_owned(),
        (Finding::Missing, false) => {
            "missing: no record says whether it was ever applied".to_owned()
        }
        (Finding::Taken(owner), _) => {
            let whose = match owner {
                Ownership::Of(owner) => format!("it is marked as that of {owner}"),
                Ownership::Shared => "it is marked as the account's".to_owned(),
                Ownership::Parent | Ownership::Unmarked => {
                    "it does not have agentctl's marks".to_owned()
                }
            };
            format!("no longer managed by agentctl: {whose}, so apply would be refused")
        }
        (Finding::Failed(reason, _), _) => format!("AWS reports a failure: {reason}"),
        (Finding::Unknown, true) => {
            "left over: it has agentctl's marks, but no manifest or record names it".to_owned()
        }
        (Finding::Unknown, false) => {
            "left over: it has agentctl's marks, and no manifest declares it".to_owned()
        }
    };
    Some(words)
}

/// Says what the service does with a resource right now.
pub(super) fn status(drifted: &Drifted) -> Option<String> {
    match drifted.status.as_ref()? {
        // That the service gave up is the finding itself.
        Status::Ready | Status::Failed(_) => None,
        Status::Going(word) => Some(format!("being deleted: {word}")),
        Status::Settling(word) => Some(format!("still being changed: {word}")),
        Status::Leaving(rest) => Some(format!("to be deleted: {rest}")),
    }
}

/// Says what was not read, or what everybody should know who reads the rest.
pub(super) fn warnings(report: &DriftReport) -> Vec<String> {
    let mut warnings = Vec::new();
    if !report.unreadable.is_empty() {
        let what = counted(report.unreadable.len(), "resource");
        warnings.push(format!(
            "Incomplete: {what} could not be read, so there may be more drift."
        ));
    }
    if report.unread_records.is_some() {
        warnings.push(
            "Incomplete: the records could not be read, so it is not known who changed what."
                .to_owned(),
        );
    }
    warnings
}

/// Says what needs no action of anybody, at the end.
pub(super) fn remarks(report: &DriftReport) -> Vec<String> {
    let mut remarks = Vec::new();
    if report.unread_records.is_none() && report.drifted.iter().any(|drifted| !drifted.is_recorded)
    {
        remarks.push("If no record says who changed something, every difference counts.".into());
    }
    if !report.unapplied.is_empty() {
        let what = counted(report.unapplied.len(), "resource");
        let verb = if report.unapplied.len() == 1 {
            "differs"
        } else {
            "differ"
        };
        remarks.push(format!(
            "{what} {verb} because of changes in the manifests that are not applied yet: `agentctl diff` shows them."
        ));
    }
    remarks
}

/// Sums a report up.
pub(super) fn sum(report: &DriftReport) -> String {
    let ignored = match report.ignored.len() {
        0 => String::new(),
        count => format!(", {count} ignored"),
    };
    let sum = if !report.drifted.is_empty() {
        let resources = counted(report.drifted.len(), "resource");
        match report.fields() {
            0 => format!("Drift: {resources}"),
            fields => format!("Drift: {resources}, {}", counted(fields, "field")),
        }
    } else if warnings(report).is_empty() {
        "No drift".to_owned()
    } else {
        "No drift in what could be read".to_owned()
    };
    format!("{sum}{ignored}.")
}

/// Sorts what is ignored by the entry that says so, in the order in which entries were first met.
pub(super) fn by_entry(report: &DriftReport) -> Vec<(&DriftIgnore, Vec<&Ignored>)> {
    let mut sorted: Vec<(&DriftIgnore, Vec<&Ignored>)> = Vec::new();
    for ignored in &report.ignored {
        match sorted
            .iter_mut()
            .find(|(entry, _)| **entry == ignored.entry)
        {
            Some((_, fields)) => fields.push(ignored),
            None => sorted.push((&ignored.entry, vec![ignored])),
        }
    }
    sorted
}
