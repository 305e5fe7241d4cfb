//! Names and values of fields, shortened as far as they can still be distinguished.

use serde_json::Value;

pub(super) use crate::resource::field::field_name;
use crate::resource::reference::{Source, pending, resolve};
use crate::ui::name::short_name;
use crate::ui::printable::is_hidden;

/// The longest value that is shown in full on one line.
const LONGEST: usize = 48;

/// How many equal characters are shown before the first difference of two long values.
const LEAD: usize = 12;

/// The longest list that is shown on one line.
const LONGEST_LIST: usize = 60;

/// Printed for a value that is known only after another resource is created or changed.
pub(super) const KNOWN_AFTER_APPLY: &str = "(known after apply)";

/// Printed for a field without a value.
const NOT_SET: &str = "(not set)";

/// Replaces outputs that are not known yet by placeholders: `<arn of iam-role/triage.lambda>`.
pub(in crate::ui) fn readable(value: &Value) -> Value {
    resolve(value, &|source| Some(Value::from(placeholder(source))))
}

/// Replaces outputs that are not known yet by `(known after apply)`, if a placeholder would be too long.
pub(super) fn known_later(value: &Value) -> Value {
    resolve(value, &|_| Some(Value::from(KNOWN_AFTER_APPLY)))
}

/// Returns whether a value is a single output without other text.
pub(super) fn is_output(value: &Value) -> bool {
    pending(value)
        .is_some_and(|source| readable(value).as_str() == Some(placeholder(&source).as_str()))
}

fn placeholder(source: &Source) -> String {
    format!("<{} of {}>", source.output, source.address)
}

/// Writes a value on one line beside another, without quotes if its type is clear.
pub(super) fn inline(value: Option<&Value>, beside: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => NOT_SET.to_owned(),
        Some(Value::String(text)) if text == KNOWN_AFTER_APPLY => text.clone(),
        Some(Value::String(text)) if is_clear(text) && !is_like_another(text, beside) => {
            text.clone()
        }
        Some(Value::Array(items)) => {
            // Items have no counterpart that would show that they are texts.
            let items: Vec<String> = items
                .iter()
                .map(|item| inline(Some(item), Some(&Value::Bool(true))))
                .collect();
            format!("[{}]", items.join(", "))
        }
        Some(other) => other.to_string(),
    }
}

/// Returns whether a text needs no quotes: it cannot be confused with a text that this program writes.
fn is_clear(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !text.starts_with(['(', '"', '['])
        && !text.contains(" → ")
        && !text.contains(is_hidden)
}

/// Returns whether a text could be a number or another JSON value, because the value beside it is one.
fn is_like_another(text: &str, beside: Option<&Value>) -> bool {
    beside.is_some_and(|other| !other.is_string() && !other.is_null())
        && serde_json::from_str::<Value>(text).is_ok()
}

/// Returns whether a value is shown in its own lines.
pub(super) fn is_long(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => {
            items.iter().any(|item| item.is_object() || item.is_array())
                || inline(Some(value), None).chars().count() > LONGEST_LIST
        }
        Value::String(text) => {
            text.trim_end().contains('\n') || embedded(text).is_some() || is_prose(text)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns whether a text is too long for a line and has words, so that it can be broken into lines.
pub(super) fn is_prose(text: &str) -> bool {
    text.chars().count() > LONGEST && text.trim().contains(' ')
}

/// Returns the JSON object or list in a text.
pub(super) fn embedded(text: &str) -> Option<Value> {
    serde_json::from_str(text)
        .ok()
        .filter(|value: &Value| value.is_object() || value.is_array())
}

/// Cuts two long values so that they still differ.
pub(in crate::ui) fn cut_apart(before: &str, after: &str) -> (String, String) {
    let names = (short_name(before, LONGEST), short_name(after, LONGEST));
    let ends = (cut(&names.0, LONGEST), cut(&names.1, LONGEST));
    if ends.0 != ends.1 {
        return ends;
    }
    let parting = before
        .chars()
        .zip(after.chars())
        .take_while(|(one, other)| one == other)
        .count();
    (window(before, parting), window(after, parting))
}

/// Cuts out the middle of a text so that it has at most a number of characters.
pub(super) fn cut(text: &str, longest: usize) -> String {
    let length = text.chars().count();
    if length <= longest {
        return text.to_owned();
    }
    let head = longest.div_ceil(2);
    let tail = longest - head - 1;
    text.chars()
        .take(head)
        .chain(['…'])
        .chain(text.chars().skip(length - tail))
        .collect()
}

/// Returns the part of a text around a place.
fn window(text: &str, place: usize) -> String {
    let start = place.saturating_sub(LEAD);
    let shown: String = text.chars().skip(start).take(LONGEST - 2).collect();
    let is_end = text.chars().count() <= start + LONGEST - 2;
    let (head, tail) = (
        if start == 0 { "" } else { "…" },
        if is_end { "" } else { "…" },
    );
    format!("{head}{shown}{tail}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_has_quotes_only_if_it_would_be_ambiguous() {
        let beside = |other: Value| {
            [
                json!("INFO"),
                json!("300"),
                json!(300),
                json!(""),
                json!(" x"),
                json!("(not set)"),
                json!(["a", "1", 1]),
            ]
            .map(|value| inline(Some(&value), Some(&other)))
        };
        assert_eq!(
            beside(json!("text")),
            [
                "INFO",
                "300",
                "300",
                "\"\"",
                "\" x\"",
                "\"(not set)\"",
                "[a, \"1\", 1]"
            ]
        );
        assert_eq!(
            beside(json!(1)),
            [
                "INFO",
                "\"300\"",
                "300",
                "\"\"",
                "\" x\"",
                "\"(not set)\"",
                "[a, \"1\", 1]"
            ]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn two_values_that_differ_still_differ_when_cut(before in "[ab]{0,90}", after in "[ab]{0,90}") {
            let (shown_before, shown_after) = cut_apart(&before, &after);
            prop_assert_eq!(before == after, shown_before == shown_after);
            prop_assert!(shown_before.chars().count() <= LONGEST && shown_after.chars().count() <= LONGEST);
        }

        #[test]
        fn two_long_values_that_differ_in_the_middle_still_differ_when_cut(head in "a{30,60}", tail in "a{30,60}") {
            let (before, after) = cut_apart(&format!("{head}b{tail}"), &format!("{head}c{tail}"));
            prop_assert_ne!(before, after);
        }
    }
}
