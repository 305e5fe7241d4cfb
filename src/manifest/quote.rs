//! Quotes of the user's text in messages: short, and without possible secrets.

use std::borrow::Cow;

/// Cuts a text for a message: a whole prompt in the wrong place would hide the rest.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 80;
    let shown = without_value(text);
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]).into(),
        None => shown,
    }
}

/// Keeps only the name of `NAME=value`: it was meant for `environment`, and the value could be secret.
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
