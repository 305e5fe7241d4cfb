//! The regular expressions by which AWS's service models constrain texts.

use std::sync::OnceLock;

use regex::{Captures, Regex};

/// A regular expression of a service model, which the whole of a value must match.
///
/// The text is the one that AWS documents and prints in refusals, and nothing else decides what matches.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: &'static str,
    compiled: OnceLock<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    whole: Regex,
    /// The negative look-ahead that the text begins with: the `regex` crate has none.
    excluded: Option<Regex>,
}

impl Pattern {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// Gives the text of the expression, as in the service's model.
    pub(crate) fn text(&self) -> &'static str {
        self.text
    }

    /// Returns whether the whole of a value matches.
    pub(crate) fn matches(&self, value: &str) -> bool {
        let compiled = self.compiled();
        compiled.whole.is_match(value) && !compiled.excludes(value)
    }

    /// Gives the groups of the expression, numbered as in its text, when the whole of a value matches.
    pub(crate) fn groups<'v>(&self, value: &'v str) -> Option<Captures<'v>> {
        let compiled = self.compiled();
        compiled
            .whole
            .captures(value)
            .filter(|_| !compiled.excludes(value))
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            let look_ahead = self.text.strip_prefix("(?!");
            let (excluded, rest) = look_ahead
                .and_then(|text| text.split_once(')'))
                .map_or((None, self.text), |(excluded, rest)| (Some(excluded), rest));
            Compiled {
                whole: compile(&format!("(?:{rest})$")),
                excluded: excluded.map(compile),
            }
        })
    }
}

impl Compiled {
    fn excludes(&self, value: &str) -> bool {
        let excluded = self.excluded.as_ref();
        excluded.is_some_and(|excluded| excluded.is_match(value))
    }
}

/// Compiles an expression of a model, to match from the start of a value.
fn compile(text: &str) -> Regex {
    let translated = format!("^(?:{})", translated(text));
    Regex::new(&translated).expect("a test compiles every pattern in the source")
}

/// Writes the classes of characters that Java has otherwise than the `regex` crate.
///
/// Guess: the services match as Java does, in which most of them are written: `\d`, `\s` and `\w` are ASCII, and `.` matches no end of
/// a line.
fn translated(text: &str) -> String {
    let mut translated = String::with_capacity(text.len());
    let mut in_brackets = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('d') => translated.push_str("[0-9]"),
                Some('s') => translated.push_str(r"[\t\n\x0B\f\r ]"),
                Some('w') => translated.push_str("[0-9A-Za-z_]"),
                escaped => translated.extend(['\\'].into_iter().chain(escaped)),
            },
            '.' if !in_brackets => translated.push_str(r"[^\n\r\u{85}\u{2028}\u{2029}]"),
            _ => {
                in_brackets = (in_brackets || character == '[') && character != ']';
                translated.push(character);
            }
        }
    }
    translated
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_pattern_is_for_the_whole_of_a_value() {
        for (text, value, expected) in [
            ("a|b", "a", true),
            ("a|b", "b", true),
            ("a|b", "ab", false),
            ("a|b", "xb", false),
            ("^[ab]+$", "abba", true),
            ("^[ab]+$", "ab\n", false),
            ("a$|^b", "b", true),
            ("a$|^b", "bc", false),
        ] {
            assert_eq!(
                Pattern::new(text).matches(value),
                expected,
                "{text}: {value}"
            );
        }
    }

    #[test]
    fn classes_of_characters_are_those_of_java() {
        for (text, value, expected) in [
            (r"\d", "7", true),
            (r"\d", "\u{667}", false),
            (r"[\w-]+", "a_Z-9", true),
            (r"[\w-]+", "\u{e9}", false),
            (r"[^\s]+", "a\u{a0}b", true),
            (r"[^\s]+", "a\u{b}b", false),
            (".+", "a:\u{e9}", true),
            (".+", "a\rb", false),
            ("[.]", "a", false),
            (r"\.", "a", false),
            (r"[\u00A1-\u00FF]\u002F", "\u{ff}/", true),
            (r"[\p{L}\p{Z}\p{N}]+", "\u{e9}\u{a0}\u{2167}", true),
            (r"[\p{L}\p{Z}\p{N}]+", "\t", false),
            ("[a-z-:]+", "a-:", true),
        ] {
            assert_eq!(
                Pattern::new(text).matches(value),
                expected,
                "{text}: {value:?}"
            );
        }
    }

    #[test]
    fn a_look_ahead_excludes_what_it_names() {
        let pattern = Pattern::new("(?!^[0-9]+$)([a-z0-9]+)");
        for (value, expected) in [("1a", true), ("12", false), ("a-", false)] {
            assert_eq!(pattern.matches(value), expected, "{value}");
            assert_eq!(pattern.groups(value).is_some(), expected, "{value}");
        }
    }

    /// Lists the patterns that a source file declares.
    fn declared(source: &str) -> Vec<String> {
        let texts = Regex::new(r#"Pattern::new\([ \n]*(?:r"([^"]*)"|"([^"\\]*)")"#).unwrap();
        let code = source.split("\n#[cfg(test)]").next().unwrap_or_default();
        texts
            .captures_iter(code)
            .map(|found| found.get(1).or(found.get(2)).unwrap().as_str().to_owned())
            .collect()
    }

    fn read_all(folder: &Path) -> Vec<String> {
        let mut sources = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources.extend(read_all(&path));
            } else {
                sources.push(std::fs::read_to_string(path).unwrap());
            }
        }
        sources
    }

    #[test]
    fn every_pattern_in_the_source_compiles() {
        let sources = read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        let texts: Vec<String> = sources.iter().flat_map(|source| declared(source)).collect();
        assert!(texts.len() > 40, "found {} patterns", texts.len());
        for text in texts {
            // Compiled with its first value.
            let pattern = Pattern::new(text.leak());
            pattern.matches("");
        }
    }
}
