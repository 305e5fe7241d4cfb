//! What excerpts of manifests never show: anything that is, or could be meant as, the value of an environment variable.
//!
//! Mistakes happen in just those lines: `enviroment` is an unknown key, and the message would show its line.

use std::ops::Range;

use super::raw::{RawNode, RawValue, range_of};
use super::spelling::nearest;

/// The key whose values are never shown.
const ENVIRONMENT: &str = "environment";

/// A similar key whose values are agentctl's own words.
const OTEL_ENV: &str = "otelEnv";

/// Other programs' words for secrets. No key of manifests contains one of them, except `environment` and `otelEnv`.
const SECRET_WORDS: [&str; 6] = [
    "env",
    "secret",
    "password",
    "token",
    "credential",
    "variables",
];

/// Returns whether a key could be meant for variables or secrets.
fn may_hold_secrets(key: &str) -> bool {
    let lower = key.to_lowercase();
    key != OTEL_ENV
        && (SECRET_WORDS.iter().any(|word| lower.contains(word))
            || nearest(key, &[ENVIRONMENT]).is_some())
}

/// Masks everything in a text that is not YAML and that could be secret: the rest of a line after such a word, and the lines below it
/// that are indented further.
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

/// Finds the end of the first word that can be followed by a secret.
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

/// Writes stars for all bytes except line ends, so that the length stays the same.
fn mask(text: &str, shown: &mut String) {
    for character in text.chars() {
        match character {
            '\n' => shown.push('\n'),
            other => shown.extend(std::iter::repeat_n('*', other.len_utf8())),
        }
    }
}

/// Masks everything that could be secret, byte for byte, so that places stay right.
pub(super) fn masked(text: &str, documents: &[RawNode]) -> String {
    let mut ranges = Vec::new();
    for document in documents {
        find_secrets(document, &mut ranges);
    }
    // With aliases, the same text can be the value of several variables.
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

/// Checks every key at every place: a key in the wrong place is a mistake like any other.
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
                // `NAME=value` instead of `NAME: value` is a key with a secret in it.
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
