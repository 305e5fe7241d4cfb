//! The fields of a step that differ: before, after, and on the right who changed them.

use serde_json::Value;

use super::difference;
use super::value::{
    KNOWN_AFTER_APPLY, cut, cut_apart, field_name, inline, is_long, is_output, readable,
};
use crate::plan::diff::{After, Author, FieldChange};
use crate::resource::registry::Registry;
use crate::ui::line::Line;
use crate::ui::redaction::redacted;
use crate::ui::style::Tone;

/// The column where fields begin.
const FIELD: usize = 6;

/// The column where the lines of documents begin.
pub(in crate::ui) const DOCUMENT: usize = 8;

/// The first column for remarks about a field.
const REMARK: usize = 54;

/// The longest field name, and the longest line, that move the columns after them for the whole step.
const LONGEST_NAME: usize = 32;
const LONGEST_LINE: usize = 84;

/// The longest live value that is repeated beside the author.
const LONGEST_LIVE: usize = 24;

/// One field, redacted.
struct Field {
    name: String,
    shown: Shown,
    remark: String,
}

/// How a change is shown.
enum Shown {
    /// On the line of the field.
    Inline(String),
    /// In lines below the field.
    Below(Vec<Line>),
}

/// Shows the fields of a resource that differ, aligned with each other.
///
/// `unnamed` is shown beside a field whose author is not known.
pub(in crate::ui) fn field_lines(
    registry: &Registry,
    kind: &str,
    changes: &[FieldChange],
    unnamed: &str,
) -> Vec<Line> {
    let fields: Vec<Field> = changes
        .iter()
        .map(|change| field(registry, kind, change, unnamed))
        .collect();
    let name_width = fields
        .iter()
        .map(|field| field.name.chars().count())
        .max()
        .unwrap_or(0)
        .min(LONGEST_NAME);
    let heads: Vec<Line> = fields
        .iter()
        .map(|field| {
            let line = Line::indented(FIELD).text(&field.name);
            match &field.shown {
                Shown::Inline(text) => line.column(FIELD + name_width + 2).text(text),
                Shown::Below(_) => line,
            }
        })
        .collect();
    let remark = heads
        .iter()
        .map(Line::width)
        .filter(|width| *width <= LONGEST_LINE)
        .max()
        .map_or(REMARK, |width| REMARK.max(width + 2));
    let mut lines = Vec::new();
    for (field, head) in fields.into_iter().zip(heads) {
        lines.push(if field.remark.is_empty() {
            head
        } else {
            head.column(remark).toned(Tone::Faint, &field.remark)
        });
        if let Shown::Below(below) = field.shown {
            lines.extend(below);
        }
    }
    lines
}

fn field(registry: &Registry, kind: &str, change: &FieldChange, unnamed: &str) -> Field {
    let (shown, live) = match sides(registry, kind, change) {
        Sides::Hidden(words) => (Shown::Inline(words.to_owned()), String::new()),
        Sides::Short { before, after } => {
            let live = match &change.before {
                None => " (live not set)".to_owned(),
                Some(_) => format!(" (live {})", cut(&before, LONGEST_LIVE)),
            };
            let (before, after) = cut_apart(&before, &after);
            (Shown::Inline(format!("{before} → {after}")), live)
        }
        Sides::Long(lines) => (Shown::Below(lines), String::new()),
    };
    Field {
        name: field_name(&change.path),
        remark: remark(change, &live, unnamed),
        shown,
    }
}

/// The two values of a field, redacted.
pub(in crate::ui) enum Sides {
    /// Neither may be shown; the text says what happened to the value.
    Hidden(&'static str),
    /// Each on one line, in full.
    Short { before: String, after: String },
    /// The lines in which they differ.
    Long(Vec<Line>),
}

/// Returns the two values of a field, redacted.
pub(in crate::ui) fn sides(registry: &Registry, kind: &str, change: &FieldChange) -> Sides {
    let visible = |value: &Value| redacted(registry, kind, &change.path, &readable(value));
    let before = change.before.as_ref().map(visible);
    let after = match &change.after {
        After::Absent => None,
        // A single output says nothing beyond the remark `follows …`; a template also has literal text.
        After::KnownAfterApply { value, .. } if is_output(value) => {
            Some(Value::from(KNOWN_AFTER_APPLY))
        }
        After::Value(value) | After::KnownAfterApply { value, .. } => Some(visible(value)),
    };
    // If redaction removed the whole difference, show only that there is one.
    if change.sensitive || before == after {
        return Sides::Hidden(hidden(change));
    }
    let (before, after) = (before.as_ref(), after.as_ref());
    if before.into_iter().chain(after).any(is_long) {
        return Sides::Long(difference::lines(before, after, DOCUMENT));
    }
    Sides::Short {
        before: inline(before, after),
        after: inline(after, before),
    }
}

fn hidden(change: &FieldChange) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "(sensitive, set)",
        (Some(_), After::Absent) => "(sensitive, removed)",
        (Some(_), After::Value(_) | After::KnownAfterApply { .. }) => "(sensitive, changed)",
    }
}

/// Returns the remark beside the values.
fn remark(change: &FieldChange, live: &str, unnamed: &str) -> String {
    let mut parts = Vec::new();
    match change.author {
        None if unnamed.is_empty() => {}
        None => parts.push(unnamed.to_owned()),
        Some(Author::You) => parts.push("you changed it".to_owned()),
        Some(Author::Outside) => parts.push(format!("changed outside agentctl{live}")),
        Some(Author::Both) => parts.push(format!("changed by you and outside{live}")),
        Some(Author::Source) => {
            parts.push("follows what was created again outside agentctl".to_owned());
        }
    }
    if let After::KnownAfterApply { source, .. } = &change.after {
        parts.push(format!("follows {}", source.address));
    }
    if change.replaces {
        parts.push("forces replacement".to_owned());
    }
    parts.join(", ")
}
