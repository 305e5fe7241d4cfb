//! The rules that tags obey in every service. The error for a violation differs, so each service words it.

use std::collections::BTreeMap;

use crate::pattern::Pattern;
use crate::validate::{Checks, constraint};

/// Tags of one resource.
pub(crate) type Tags = BTreeMap<String, String>;

/// Tags a resource may have (AWS general reference, "Tag naming limits and requirements").
pub(crate) const MOST_TAGS: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// IAM API, shapes `tagKeyType` and `tagValueType`; the models of other services have the same characters.
pub(crate) static KEY: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+");
pub(crate) static VALUE: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*");

/// What is wrong with a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TagViolation {
    /// Empty, or longer than 128 characters.
    KeyLength(String),
    /// Longer than 256 characters.
    ValueLength {
        /// The tag's key.
        key: String,
        /// The value that is too long.
        value: String,
    },
    /// Begins with `aws:`, which is AWS's own.
    ReservedKey(String),
    /// Has a character beyond letters, digits, white space and `_.:/=+-@`.
    KeyCharacters(String),
    /// As for the key.
    ValueCharacters {
        /// The tag's key.
        key: String,
        /// The value with the character.
        value: String,
    },
    /// Is named twice in one request; services compare keys exactly, except IAM, which ignores case.
    DuplicateKey(String),
    /// More than 50 on the resource afterwards.
    TooMany(usize),
}

/// Checks the tags of a request and how many the resource would have with them, and gives the whole set.
pub(crate) fn merge(existing: &Tags, added: &[(String, String)]) -> Result<Tags, TagViolation> {
    let mut seen = Tags::new();
    for (key, value) in added {
        check_key(key)?;
        if value.chars().count() > LONGEST_VALUE {
            return Err(TagViolation::ValueLength {
                key: key.clone(),
                value: value.clone(),
            });
        }
        if !VALUE.matches(value) {
            return Err(TagViolation::ValueCharacters {
                key: key.clone(),
                value: value.clone(),
            });
        }
        if seen.insert(key.clone(), value.clone()).is_some() {
            return Err(TagViolation::DuplicateKey(key.clone()));
        }
    }
    let mut merged = existing.clone();
    merged.extend(seen);
    if merged.len() > MOST_TAGS {
        return Err(TagViolation::TooMany(merged.len()));
    }
    Ok(merged)
}

/// Checks tags that come as a map against the constraints of a model, which has one pattern for keys and values.
pub(crate) fn check_map(checks: &mut Checks, tags: &Tags, pattern: &Pattern) {
    let entries: Vec<String> = tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let map = format!("{{{}}}", entries.join(", "));
    let fits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.chars().count()) && pattern.matches(text)
    };
    for (what, least, most, fits) in [
        (
            "keys",
            1,
            LONGEST_KEY,
            tags.keys().all(|key| fits(key, 1, LONGEST_KEY)),
        ),
        (
            "value",
            0,
            LONGEST_VALUE,
            tags.values().all(|value| fits(value, 0, LONGEST_VALUE)),
        ),
    ] {
        if !fits {
            checks.violate(
                "tags",
                &map,
                format_args!(
                    "Map {what} must satisfy constraint: [Member must have length less than or equal to {most}, \
                     Member must have length greater than or equal to {least}, \
                     {}, Member must not be null]",
                    constraint(pattern)
                ),
            );
        }
    }
}

/// Checks a key.
pub(crate) fn check_key(key: &str) -> Result<(), TagViolation> {
    if !(1..=LONGEST_KEY).contains(&key.chars().count()) {
        return Err(TagViolation::KeyLength(key.to_owned()));
    }
    if key
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
    {
        return Err(TagViolation::ReservedKey(key.to_owned()));
    }
    if !KEY.matches(key) {
        return Err(TagViolation::KeyCharacters(key.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(added: &[(&str, &str)]) -> Result<Tags, TagViolation> {
        let added: Vec<_> = added
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        merge(&Tags::new(), &added)
    }

    #[test]
    fn tag_limits_are_those_of_aws() {
        assert_eq!(
            merged(&[("", "x")]),
            Err(TagViolation::KeyLength(String::new()))
        );
        assert!(merged(&[(&"k".repeat(128), &"v".repeat(256))]).is_ok());
        assert_eq!(
            merged(&[(&"k".repeat(129), "v")]),
            Err(TagViolation::KeyLength("k".repeat(129)))
        );
        assert!(matches!(
            merged(&[("k", &"v".repeat(257))]),
            Err(TagViolation::ValueLength { .. })
        ));
        assert_eq!(
            merged(&[("AWS:x", "v")]),
            Err(TagViolation::ReservedKey("AWS:x".to_owned()))
        );
        assert_eq!(
            merged(&[("a", "1"), ("a", "2")]),
            Err(TagViolation::DuplicateKey("a".to_owned()))
        );
        assert_eq!(
            merged(&[("a\tb", "1")]),
            Err(TagViolation::KeyCharacters("a\tb".to_owned()))
        );
        let fifty: Vec<_> = (0..50)
            .map(|number| (format!("k{number}"), String::new()))
            .collect();
        let full = merge(&Tags::new(), &fifty).unwrap();
        assert!(merge(&full, &[("k0".to_owned(), "again".to_owned())]).is_ok());
        assert_eq!(
            merge(&full, &[("new".to_owned(), String::new())]),
            Err(TagViolation::TooMany(51))
        );
    }
}
