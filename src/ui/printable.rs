//! Keeps texts from AWS, manifests and files from steering the terminal or hiding in it.

/// Escapes every character that moves the cursor, changes the direction of text or is invisible, as `\n` or `\u{1b}`.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Returns whether a character acts instead of being visible.
pub(super) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Marks, embeddings, overrides and isolates of the bidirectional algorithm (Unicode annex 9, 2).
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
            // Characters without width: a name with one of them looks like another name.
            | '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_characters_are_escaped_and_others_stay() {
        assert_eq!(
            printable("größe\t\u{1b}[2Jx\u{9b}1m\u{202e}y\u{200b}\r\n"),
            "größe\\t\\u{1b}[2Jx\\u{9b}1m\\u{202e}y\\u{200b}\\r\\n"
        );
    }
}
