//! How messages quote what was written: short, and without what may be a secret.

use std::borrow::Cow;

/// Cuts a text to what fits into a message: a whole prompt in the wrong place would drown the rest.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 80;
    let shown = without_value(text);
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]).into(),
        None => shown,
    }
}

/// Leaves of `NAME=value` the name only: it was meant for `environment`, and the value may be a secret.
pub(super) fn without_value(text: &str) -> Cow<'_, str> {
    match text.split_once('=') {
        Some((name, _)) if is_variable_name(name) => format!("{name}=…").into(),
        _ => text.into(),
    }
}

/// Returns whether a text can be the name of a variable.
pub(crate) fn is_variable_name(text: &str) -> bool {
    let is_first = |character: char| character.is_ascii_alphabetic() || character == '_';
    text.starts_with(is_first)
        && text
            .chars()
            .all(|character| is_first(character) || character.is_ascii_digit())
}
