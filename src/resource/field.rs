//! Fields, named by JSON pointers: how they are written for people, which of them a writer must fix, and which calls a difference in tags
//! needs.

use std::collections::BTreeMap;

/// Returns whether one of the differing fields is the one at `pointer`, is below it, or contains it.
pub fn is_touched(fields: &[String], pointer: &str) -> bool {
    fields
        .iter()
        .any(|field| holds(field, pointer) || holds(pointer, field))
}

fn holds(outer: &str, inner: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the pointer of a key below a pointer, escaped as in RFC 6901.
pub fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Writes a JSON pointer as a field name: `environment.LOG_LEVEL`.
pub fn field_name(pointer: &str) -> String {
    let segments: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect();
    let mut name = String::new();
    for segment in segments {
        let is_plain = !segment.is_empty()
            && segment
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        match (is_plain, name.is_empty()) {
            (true, true) => name.push_str(&segment),
            (true, false) => {
                name.push('.');
                name.push_str(&segment);
            }
            (false, _) => {
                name.push_str("[\"");
                name.push_str(&segment);
                name.push_str("\"]");
            }
        }
    }
    name
}

/// How many labels a resource can have beside agentctl's own tags: 50 tags are the limit of every service here (AWS General Reference,
/// "Tagging AWS resources"), and a key has six of agentctl's, more than any other resource.
pub const MOST_LABELS: usize = 50 - 6;

/// The next call that brings tags closer to the desired ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagChange {
    /// Tags to write: those that are missing or have another value.
    Set(BTreeMap<String, String>),
    /// Keys of tags to remove.
    Remove(Vec<String>),
}

impl TagChange {
    /// Compares labels. Writes come first, so that a renamed label is never missing altogether, unless a resource could not have the old
    /// and the new ones together.
    pub fn between(
        now: &BTreeMap<String, String>,
        wanted: &BTreeMap<String, String>,
    ) -> Option<Self> {
        let set: BTreeMap<_, _> = wanted
            .iter()
            .filter(|(key, value)| now.get(*key) != Some(*value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let remove: Vec<String> = now
            .keys()
            .filter(|key| !wanted.contains_key(*key))
            .cloned()
            .collect();
        let fits = wanted.len() + remove.len() <= MOST_LABELS;
        if !set.is_empty() && (fits || remove.is_empty()) {
            return Some(Self::Set(set));
        }
        (!remove.is_empty()).then_some(Self::Remove(remove))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_touched_by_itself_by_fields_below_it_and_by_fields_above_it() {
        let is_touched = |field: &str| is_touched(&[field.to_owned()], "/policies/agent");
        assert!(is_touched("/policies/agent"));
        assert!(is_touched("/policies/agent/Statement/0"));
        assert!(is_touched("/policies"));
        assert!(!is_touched("/policies/agents"));
        assert!(!is_touched("/policies/other"));
    }

    #[test]
    fn a_key_with_a_slash_stays_one_segment() {
        assert_eq!(below("/tags", "cost/~centre"), "/tags/cost~1~0centre");
    }

    #[test]
    fn a_field_name_has_dots_and_quotes_where_needed() {
        let names = [
            "/memorySize",
            "/environment/LOG_LEVEL",
            "/tags/cost~1~0centre",
            "/tags/",
        ]
        .map(field_name);
        assert_eq!(
            names,
            [
                "memorySize",
                "environment.LOG_LEVEL",
                "tags[\"cost/~centre\"]",
                "tags[\"\"]"
            ]
        );
    }

    #[test]
    fn tags_are_written_before_others_are_removed() {
        let tags = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect()
        };
        let wanted = tags(&[("team", "billing"), ("same", "1")]);
        assert_eq!(
            TagChange::between(&tags(&[("Team", "billing"), ("same", "1")]), &wanted),
            Some(TagChange::Set(tags(&[("team", "billing")])))
        );
        assert_eq!(
            TagChange::between(
                &tags(&[("Team", "x"), ("team", "billing"), ("same", "1")]),
                &wanted
            ),
            Some(TagChange::Remove(vec!["Team".to_owned()]))
        );
        assert_eq!(TagChange::between(&wanted, &wanted), None);
        let many = |letter: &str, count: usize| -> BTreeMap<String, String> {
            let key = |number| (format!("{letter}{number}"), String::new());
            (0..count).map(key).collect()
        };
        let (old, new) = (many("a", 25), many("b", 25));
        assert_eq!(
            TagChange::between(&old, &new),
            Some(TagChange::Remove(old.keys().cloned().collect())),
            "50 labels and the marks would be too many at a time"
        );
        assert_eq!(
            TagChange::between(&many("a", 19), &new),
            Some(TagChange::Set(new.clone()))
        );
    }
}
