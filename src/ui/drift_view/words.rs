//! The words for drift, in every form.

use crate::manifest::DriftIgnore;
use crate::plan::diff::Author;
use crate::plan::drift::{DriftReport, Drifted, Finding, Ignored};
use crate::resource::kind::Status;
use crate::resource::owner::Ownership;
use crate::ui::command::{Command, Invocation};
use crate::ui::number::counted;

/// Shown if the author is not known.
pub(super) const UNKNOWN_AUTHOR: &str = "no record says who changed it";

/// Returns who changed a field.
pub(super) fn who(author: Option<Author>) -> &'static str {
    match author {
        None => UNKNOWN_AUTHOR,
        Some(Author::You) => "you changed it",
        Some(Author::Outside) => "changed outside agentctl",
        Some(Author::Both) => "changed by you and outside",
        Some(Author::Source) => "follows what was created again outside agentctl",
    }
}

/// Returns what was found, unless the fields of the resource show it.
pub(super) fn about(drifted: &Drifted) -> Option<String> {
    let words = match (&drifted.finding, drifted.is_recorded) {
        (Finding::Changed(_), _) => return None,
        (Finding::Missing, true) => "missing: deleted outside agentctl".to_owned(),
        (Finding::Missing, false) => {
            "missing: no record says whether it was ever applied".to_owned()
        }
        (Finding::Remade { was, now }, _) => {
            format!("deleted and created again outside agentctl: it was `{was}` and is `{now}`")
        }
        (Finding::Taken(owner), _) => {
            let whose = match owner {
                Ownership::Of(owner) => format!("its marks name {owner}"),
                Ownership::Shared => "its marks say that agents share it".to_owned(),
                Ownership::Parent | Ownership::Unmarked => "its marks are gone".to_owned(),
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

/// Returns what AWS is doing with a resource.
pub(super) fn status(drifted: &Drifted) -> Option<String> {
    match drifted.status.as_ref()? {
        // A failure is already the finding.
        Status::Ready | Status::Failed(_) => None,
        Status::Going(word) => Some(format!("being deleted: {word}")),
        Status::Settling(word) => Some(format!("still being changed: {word}")),
        Status::Leaving(rest) => Some(format!("to be deleted: {rest}")),
    }
}

/// Returns what could not be read, which limits the rest of the report.
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

/// Returns remarks for the end of the report that require no action.
pub(super) fn remarks(report: &DriftReport, invocation: &Invocation) -> Vec<String> {
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
            "{what} {verb} because of changes in the manifests that are not applied yet: {} shows them.",
            Command::Diff.shown(invocation)
        ));
    }
    remarks
}

/// Returns the summary of a report.
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

/// Groups ignored changes by the entry that ignores them, in the order in which entries first occur.
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
