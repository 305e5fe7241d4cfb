//! What excerpts of manifests never show: whatever is, or may have been meant to be, the value of an environment variable.
//!
//! Mistakes are made just there: `enviroment` is an unknown key, and its line is what the message would show.

use std::ops::Range;

use super::raw::{RawNode, RawValue, range_of};
use super::spelling::nearest;

/// The key whose values are never shown.
const ENVIRONMENT: &str = "environment";

/// The key that is much like it and takes a word of ours.
const OTEL_ENV: &str = "otelEnv";

/// What other programs call what is secret; no key of ours has one of these in it.
const SECRET_WORDS: [&str; 6] = [
    "env",
    "secret",
    "password",
    "token",
    "credential",
    "variables",
];

/// Returns whether a key may have been meant to hold variables or secrets.
fn may_hold_secrets(key: &str) -> bool {
    let lower = key.to_lowercase();
    key != OTEL_ENV
        && (SECRET_WORDS.iter().any(|word| lower.contains(word))
            || nearest(key, &[ENVIRONMENT]).is_some())
}

/// Blots out whatever may be secret in text that is not YAML: all that follows such a word in its line, and the lines below it that are
/// indented further.
pub(super) fn masked_by_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut hidden_below: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if hidden_below.is_some_and(|outer| indent <= outer && !line.trim().is_empty()) {
            hidden_below = None;
        }
        let open = match (hidden_below, end_of_secret_word(line)) {
            (Some(_), _) => indent,
            (None, Some(end)) => {
                hidden_below = Some(indent);
                end
            }
            (None, None) => line.len(),
        };
        shown.push_str(&line[..open]);
        mask(&line[open..], &mut shown);
    }
    shown
}

/// Finds where the first word ends that may stand before a secret.
fn end_of_secret_word(line: &str) -> Option<usize> {
    let is_word = |character: char| character.is_alphanumeric() || "_-".contains(character);
    let mut rest = line;
    while let Some(start) = rest.find(is_word) {
        let word = &rest[start..];
        let (word, after) = word.split_at(word.find(|c| !is_word(c)).unwrap_or(word.len()));
        if may_hold_secrets(word) {
            return Some(line.len() - after.len());
        }
        rest = after;
    }
    None
}

/// Writes as many bytes as it is given, line ends as they are and stars for the rest.
fn mask(text: &str, shown: &mut String) {
    for character in text.chars() {
        match character {
            '\n' => shown.push('\n'),
            other => shown.extend(std::iter::repeat_n('*', other.len_utf8())),
        }
    }
}

/// Blots out whatever may be secret, byte for byte, so that places stay true.
pub(super) fn masked(text: &str, documents: &[RawNode]) -> String {
    let mut ranges = Vec::new();
    for document in documents {
        find_secrets(document, &mut ranges);
    }
    // Aliases make one stretch of text the value of several variables.
    ranges.sort_by_key(|range: &Range<usize>| (range.start, range.end));
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for range in ranges {
        let start = range.start.max(done);
        if range.end > start {
            shown.push_str(&text[done..start]);
            mask(&text[start..range.end], &mut shown);
            done = range.end;
        }
    }
    shown.push_str(&text[done..]);
    shown
}

/// Looks at every key, wherever it stands: a misplaced one is a mistake like any other.
fn find_secrets(node: &RawNode, ranges: &mut Vec<Range<usize>>) {
    match &node.0.value {
        RawValue::List(items) => {
            for item in items {
                find_secrets(item, ranges);
            }
        }
        RawValue::Map(entries) => {
            for (key, node) in entries {
                if may_hold_secrets(&key.value) {
                    collect_scalars(node, ranges);
                } else {
                    find_secrets(node, ranges);
                }
            }
        }
        _ => {}
    }
}

fn collect_scalars(node: &RawNode, ranges: &mut Vec<Range<usize>>) {
    match &node.0.value {
        RawValue::List(items) => {
            for item in items {
                collect_scalars(item, ranges);
            }
        }
        RawValue::Map(entries) => {
            for (key, node) in entries {
                // `NAME=value` where `NAME: value` was meant is a key with a secret in it.
                if is_assignment(&key.value) {
                    ranges.extend(range_of(key.defined));
                }
                collect_scalars(node, ranges);
            }
        }
        _ => ranges.extend(range_of(node.0.defined)),
    }
}

fn is_assignment(key: &str) -> bool {
    key.contains(['=', ' '])
}
