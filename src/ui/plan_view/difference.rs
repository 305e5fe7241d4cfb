//! Documents and texts of several lines, shown as the lines that differ.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::value::embedded;
use crate::ui::line::Line;
use crate::ui::style::Tone;

/// How many equal lines are shown around a difference.
const CONTEXT: usize = 3;

/// The longest line of a text, in characters.
const WIDEST: usize = 96;

/// Returns the lines in which two values differ. A value that is not set has no lines.
pub(super) fn lines(before: Option<&Value>, after: Option<&Value>, indent: usize) -> Vec<Line> {
    let (before, after) = sides(before, after);
    // Only where one of two texts ends its last line.
    let is_unlike = before.ends_with('\n') != after.ends_with('\n');
    let diff = TextDiff::from_lines(&before, &after);
    let mut lines = Vec::new();
    for (place, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if place > 0 {
            lines.push(Line::indented(indent).toned(Tone::Faint, "…"));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, tone) = match change.tag() {
                ChangeTag::Delete => ("- ", Tone::Delete),
                ChangeTag::Insert => ("+ ", Tone::Create),
                ChangeTag::Equal => ("  ", Tone::Normal),
            };
            let text = change.value();
            let line = Line::indented(indent)
                .toned(tone, sign)
                .toned(tone, text.strip_suffix('\n').unwrap_or(text));
            lines.push(
                if is_unlike && change.missing_newline() && !text.is_empty() {
                    line.toned(Tone::Faint, "  (no line end)")
                } else {
                    line
                },
            );
        }
    }
    lines
}

/// Returns both values as lines: JSON in its canonical form, even inside a text, and other texts unchanged.
fn sides(before: Option<&Value>, after: Option<&Value>) -> (String, String) {
    let canonical = (pretty(before), pretty(after));
    match canonical {
        (Some(one), Some(other)) if one != other => (one, other),
        // They are texts, or texts with the same JSON in different spelling.
        _ => (verbatim(before), verbatim(after)),
    }
}

/// Returns a value as canonical JSON, or nothing for a text without JSON.
fn pretty(value: Option<&Value>) -> Option<String> {
    let mut value = match value {
        None | Some(Value::Null) => return Some(String::new()),
        Some(Value::String(text)) => embedded(text)?,
        Some(other) => other.clone(),
    };
    value.sort_all_objects();
    Some(format!("{value:#}\n"))
}

/// Breaks the lines of a text that are longer than a page is wide, after spaces. Every character stays, so that every difference shows.
fn wrapped(text: &str) -> String {
    let (mut broken, mut width) = (String::new(), 0);
    for line in text.split_inclusive('\n') {
        for word in line.split_inclusive(' ') {
            let length = word.chars().count();
            if width > 0 && width + length > WIDEST {
                broken.push('\n');
                width = 0;
            }
            broken.push_str(word);
            width += length;
        }
        if line.ends_with('\n') {
            width = 0;
        }
    }
    broken
}

fn verbatim(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => wrapped(text),
        Some(other) => format!("{other:#}\n"),
    }
}
