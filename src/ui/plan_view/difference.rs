//! Documents and texts of several lines, as the lines in which they differ.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::value::embedded;
use crate::ui::line::Line;
use crate::ui::style::Tone;

/// How many equal lines are shown around what differs.
const CONTEXT: usize = 3;

/// Shows in which lines two values differ, a value that is not set having none.
pub(super) fn lines(before: Option<&Value>, after: Option<&Value>, indent: usize) -> Vec<Line> {
    let (before, after) = sides(before, after);
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
            lines.push(if change.missing_newline() && !text.is_empty() {
                line.toned(Tone::Faint, "  (no line end)")
            } else {
                line
            });
        }
    }
    lines
}

/// Writes both values in lines: JSON in its canonical form, even where it is held in a text, and other texts as they are.
fn sides(before: Option<&Value>, after: Option<&Value>) -> (String, String) {
    let canonical = (pretty(before), pretty(after));
    match canonical {
        (Some(one), Some(other)) if one != other => (one, other),
        // They are texts, or texts that hold the same JSON written differently.
        _ => (verbatim(before), verbatim(after)),
    }
}

/// Returns a value as canonical JSON; nothing for a text that holds no JSON.
fn pretty(value: Option<&Value>) -> Option<String> {
    let mut value = match value {
        None | Some(Value::Null) => return Some(String::new()),
        Some(Value::String(text)) => embedded(text)?,
        Some(other) => other.clone(),
    };
    value.sort_all_objects();
    Some(format!("{value:#}\n"))
}

fn verbatim(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => format!("{other:#}\n"),
    }
}
