//! The file that names drift to ignore for a while: which drift, why, who is responsible, and until when.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::civil::Date;
use serde::Deserialize;

use super::decode::Document;
use super::error::{ManifestError, ManifestErrors};
use super::folder;
use super::load;
use super::node::Value;
use super::source::ManifestFile;
use super::text::ValueError;
use crate::code::Code;

/// Drift that is ignored for a while.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftIgnore {
    /// The addresses of the resources.
    pub resource: Pattern,
    /// The fields, as reports write them: `environment.LOG_LEVEL`.
    pub field: Pattern,
    /// Why it is ignored.
    pub reason: Words,
    /// Who is responsible for it.
    pub owner: Words,
    /// The last day on which the entry applies.
    pub expires: Day,
}

/// A text in which `*` matches any characters, or none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(String);

/// A text that is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Words(String);

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Day(Date);

impl Pattern {
    /// Returns the pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the pattern matches the whole text.
    pub fn matches(&self, text: &str) -> bool {
        let Some((head, rest)) = self.0.split_once('*') else {
            return self.0 == text;
        };
        let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(mut open) = text
            .strip_prefix(head)
            .and_then(|text| text.strip_suffix(tail))
        else {
            return false;
        };
        // The first match of a piece leaves the most text for the pieces after it.
        middle.split('*').all(|piece| match open.split_once(piece) {
            Some((_, behind)) => {
                open = behind;
                true
            }
            None => false,
        })
    }
}

impl TryFrom<String> for Pattern {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Ok(Self(filled(text)?))
    }
}

impl Words {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Words {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        Ok(Self(filled(text)?))
    }
}

impl Day {
    /// Returns the date.
    pub fn date(self) -> Date {
        self.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TryFrom<String> for Day {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        // Parsers of dates accept times as well, which a day would drop silently.
        let date = text.parse::<Date>().ok();
        date.filter(|date| date.to_string() == text)
            .map(Self)
            .ok_or_else(|| ValueError::form("a date such as `2026-12-31`", &text))
    }
}

fn filled(text: String) -> Result<String, ValueError> {
    if text.trim().is_empty() {
        return Err(ValueError("must not be empty".to_owned()));
    }
    Ok(text)
}

/// Reads the file at a path. The error has every mistake in it.
pub fn drift_ignores(path: &Utf8Path) -> Result<Vec<DriftIgnore>, ManifestErrors> {
    let file = ManifestFile {
        path: path.to_owned(),
        canonical: regular(path)?,
    };
    let text = folder::read(&file)?;
    let mut errors = Vec::new();
    let mut ignores = Vec::new();
    for node in load::parse(path, &text, &mut errors) {
        if !matches!(node.value, Value::List(_)) {
            let error = ManifestError::new(Code::WrongType, "what to ignore must be a list");
            errors.push(error.at(&node.place).hint(
                "write `- resource: lambda-function/*`, and `field`, `reason`, `owner` and `expires` below it",
            ));
            continue;
        }
        let entries: Option<Vec<DriftIgnore>> = Document::new(node).decode(&mut errors);
        ignores.extend(entries.unwrap_or_default());
    }
    match ManifestErrors::from_list(errors) {
        Some(errors) => Err(errors),
        None => Ok(ignores),
    }
}

/// Follows links to a regular file. Opening a pipe would wait for a writer for ever.
fn regular(path: &Utf8Path) -> Result<Utf8PathBuf, ManifestError> {
    let unreadable = |cause| {
        ManifestError::new(Code::UnreadableManifest, format!("could not read `{path}`"))
            .cause(cause)
    };
    let canonical = path.canonicalize_utf8().map_err(unreadable)?;
    let metadata = fs_err::metadata(&canonical).map_err(unreadable)?;
    if !metadata.is_file() {
        let message = format!("`{path}` is not a regular file");
        return Err(ManifestError::new(Code::UnreadableManifest, message));
    }
    Ok(canonical)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<DriftIgnore>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path())
            .unwrap()
            .join("ignore.yaml");
        fs_err::write(&path, text).unwrap();
        drift_ignores(&path).map_err(|errors| {
            let lines = errors.iter().map(|error| {
                let place = error.place().map(|place| place.position().to_string());
                let advice = error.advice().unwrap_or("-");
                format!(
                    "{} {}: {error}; {advice}\n",
                    error.code(),
                    place.unwrap_or_default()
                )
            });
            lines
                .collect::<String>()
                .replace(path.as_str(), "ignore.yaml")
        })
    }

    fn pattern(text: &str) -> Pattern {
        Pattern::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn an_entry_has_resource_field_reason_owner_and_last_day() {
        let entries = read(
            "- resource: lambda-function/*\n  field: environment.LOG_LEVEL\n  reason: an incident is looked into\n  owner: oncall\n  expires: 2026-12-31\n",
        );
        let words = |text: &str| Words(text.to_owned());
        let entry = DriftIgnore {
            resource: pattern("lambda-function/*"),
            field: pattern("environment.LOG_LEVEL"),
            reason: words("an incident is looked into"),
            owner: words("oncall"),
            expires: Day("2026-12-31".parse().unwrap()),
        };
        assert_eq!(entries, Ok(vec![entry]));
        assert_eq!(read("# nothing yet\n"), Ok(Vec::new()));
    }

    #[test]
    fn every_mistake_is_reported_with_its_place() {
        let text = "\
- resource: lambda-function/*
  field: timeout
  reason: ''
  owner: oncall
  expires: 31.12.2026
- resource: iam-role/*
  feild: tags.*
  reason: tagged by a policy of the account
  owner: oncall
  expires: 2026-12-31T10:00
- resource: iam-role/*
";
        assert_snapshot!(read(text).unwrap_err(), @"
        AC0110 ignore.yaml:3:11: `[0].reason` must not be empty; -
        AC0110 ignore.yaml:5:12: `[0].expires` must be a date such as `2026-12-31`, not `31.12.2026`; -
        AC0109 ignore.yaml:6:3: `[1].field` is missing; -
        AC0105 ignore.yaml:7:3: unknown key `[1].feild`; did you mean `field`?
        AC0110 ignore.yaml:10:12: `[1].expires` must be a date such as `2026-12-31`, not `2026-12-31T10:00`; -
        AC0109 ignore.yaml:11:3: `[2].field` is missing; -
        ");
        assert_snapshot!(read("ignore: []\n").unwrap_err(), @"AC0106 ignore.yaml:1:1: what to ignore must be a list; write `- resource: lambda-function/*`, and `field`, `reason`, `owner` and `expires` below it");
    }

    #[test]
    fn a_folder_or_a_missing_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap();
        let codes = |path: &Utf8Path| {
            let errors = drift_ignores(path).unwrap_err();
            errors.iter().map(ManifestError::code).collect::<Vec<_>>()
        };
        assert_eq!(codes(path), [Code::UnreadableManifest]);
        assert_eq!(
            codes(&path.join("missing.yaml")),
            [Code::UnreadableManifest]
        );
    }

    #[test]
    fn a_star_matches_any_text_and_other_characters_match_themselves() {
        let admits = |pattern_text: &str, text: &str| pattern(pattern_text).matches(text);
        assert!(admits("*", "iam-role/triage.lambda"));
        assert!(admits("iam-role/*", "iam-role/triage.lambda"));
        assert!(admits("*/triage*", "iam-role/triage.lambda"));
        assert!(admits("tags.*", "tags.team"));
        assert!(!admits("tags.*", "tags"));
        assert!(!admits("iam-role/triage", "iam-role/triage.lambda"));
        assert!(!admits("a*a", "a"), "the ends do not overlap");
        assert!(!admits("tags?team", "tags.team"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn a_pattern_matches_the_same_texts_as_its_regular_expression(
            text in "[ab.]{0,8}",
            pattern_text in "[ab.*]{1,6}",
        ) {
            let pieces: Vec<String> = pattern_text.split('*').map(regex::escape).collect();
            let expression = regex::Regex::new(&format!("^{}$", pieces.join(".*"))).unwrap();
            prop_assert_eq!(pattern(&pattern_text).matches(&text), expression.is_match(&text));
        }
    }
}
