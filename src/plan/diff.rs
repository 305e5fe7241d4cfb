//! Compares two canonical specs field by field. All comparisons of specs use it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::document;
use crate::resource::kind::Effect;
use crate::resource::reference::{Source, pending, sources};
use crate::resource::registry::KindEntry;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// A JSON pointer into the serialised spec.
    pub path: String,
    /// The live value; `None` when the field is not set.
    pub before: Option<Value>,
    /// The value after the change.
    pub after: After,
    /// Who changed it, if the record says.
    pub author: Option<Author>,
    /// Whether the resource must be deleted and created again for this change.
    pub replaces: bool,
    /// Whether the values must not be printed.
    pub sensitive: bool,
}

impl FieldChange {
    /// Returns the desired value, with references to outputs that are not known yet.
    pub fn desired(&self) -> Option<&Value> {
        match &self.after {
            After::Value(value) | After::KnownAfterApply { value, .. } => Some(value),
            After::Absent => None,
        }
    }

    /// Returns whether a changed policy allows more than before or denies less.
    pub fn widens(&self) -> bool {
        self.desired()
            .is_some_and(|after| !document::widened(self.before.as_ref(), after).is_empty())
    }

    /// Returns whether a changed policy no longer allows something.
    pub fn narrows(&self) -> bool {
        self.before
            .as_ref()
            .is_some_and(|before| document::allows_more(self.desired(), before))
    }

    /// Returns whether a changed policy denies more than before.
    pub fn denies_more(&self) -> bool {
        self.desired()
            .is_some_and(|after| document::denies_more(self.before.as_ref(), after))
    }
}

/// The value of a field after a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// This value.
    Value(Value),
    /// The field is no longer set.
    Absent,
    /// A value that is or contains an output that is known only during the apply.
    KnownAfterApply {
        /// The first such output.
        source: Source,
        /// The value, with every known output filled in.
        value: Value,
    },
}

/// Who changed a field since it was last applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The manifest changed.
    You,
    /// The live value changed without agentctl.
    Outside,
    /// Both changed, the manifest and the live value.
    Both,
    /// Neither changed: the field refers to a resource that was created again outside agentctl.
    Source,
}

/// Lists the fields in which `live` differs from `desired`, both canonical specs of the same kind.
pub fn compare(kind: &KindEntry, live: &Value, desired: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    walk(kind, "", Some(live), Some(desired), &mut changes);
    changes
}

fn walk(
    kind: &KindEntry,
    path: &str,
    live: Option<&Value>,
    desired: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    // An option that is not set is written as null.
    let (live, desired) = (
        live.filter(|value| !value.is_null()),
        desired.filter(|value| !value.is_null()),
    );
    if live == desired
        || kind
            .effects(path)
            .any(|effect| effect == Effect::NotCompared)
    {
        return;
    }
    // An older spec may have something else than a document in this field.
    let is_document = kind.is_policy(path)
        && live
            .or(desired)
            .is_some_and(|value| value.get("Statement").is_some());
    match (live, desired) {
        (Some(before), Some(after))
            if is_document && sources(after).is_empty() && document::is_same(before, after) => {}
        (Some(Value::Object(before)), Some(Value::Object(after)))
            if !is_document && pending(&Value::Object(after.clone())).is_none() =>
        {
            for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
                walk(
                    kind,
                    &format!("{path}/{}", escape(key)),
                    before.get(key),
                    after.get(key),
                    changes,
                );
            }
        }
        // A new map is reported entry by entry, because each entry has its own rules.
        (None, Some(Value::Object(after)))
            if !is_document
                && pending(&Value::Object(after.clone())).is_none()
                && !after.is_empty() =>
        {
            for (key, value) in after {
                walk(
                    kind,
                    &format!("{path}/{}", escape(key)),
                    None,
                    Some(value),
                    changes,
                );
            }
        }
        (Some(Value::Object(before)), None) if !is_document && !before.is_empty() => {
            for (key, value) in before {
                walk(
                    kind,
                    &format!("{path}/{}", escape(key)),
                    Some(value),
                    None,
                    changes,
                );
            }
        }
        _ => changes.push(FieldChange {
            path: path.to_owned(),
            before: live.cloned(),
            after: match desired {
                None => After::Absent,
                Some(value) => match sources(value).into_iter().next() {
                    Some(source) => After::KnownAfterApply {
                        source,
                        value: value.clone(),
                    },
                    None => After::Value(value.clone()),
                },
            },
            author: None,
            replaces: kind.effects(path).any(|effect| effect == Effect::Replaces),
            sensitive: kind.is_sensitive(path),
        }),
    }
}

/// Escapes a key for use in a JSON pointer (RFC 6901).
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::plan::test_kind;
    use crate::resource::address::Address;
    use crate::resource::reference::{Input, OutputField};

    fn paths(live: &Value, desired: &Value) -> Vec<String> {
        compare(&test_kind::entry(), live, desired)
            .into_iter()
            .map(|change| change.path)
            .collect()
    }

    #[test]
    fn each_leaf_that_differs_is_reported() {
        let live = json!({ "size": 1, "tags": { "a": "1", "b": "2" }, "note": null });
        let desired = json!({ "size": 2, "tags": { "a": "1", "c/d": "3" }, "note": "x" });
        assert_eq!(
            paths(&live, &desired),
            ["/note", "/size", "/tags/b", "/tags/c~1d"]
        );
    }

    #[test]
    fn a_policy_is_one_field_and_compares_by_meaning() {
        let policy = |action: &str| json!({ "policy": { "Statement": [{ "Effect": "Allow", "Action": [action], "Resource": ["*"] }] } });
        assert_eq!(
            paths(&policy("s3:GetObject"), &policy("S3:getobject")),
            Vec::<String>::new()
        );
        assert_eq!(
            paths(&policy("s3:GetObject"), &policy("s3:PutObject")),
            ["/policy"]
        );
    }

    #[test]
    fn a_field_that_waits_for_an_output_names_the_output() {
        const ARN: OutputField<String> = OutputField::new("arn");
        let role = Address::new("iam-role", "r");
        let template = Input::<String>::Template(vec![ARN.part(&role), "/*".into()]);
        let changes = compare(
            &test_kind::entry(),
            &json!({ "size": "x" }),
            &json!({ "size": template }),
        );
        let source = Source {
            address: role,
            output: "arn".into(),
        };
        assert_eq!(
            changes[0].after,
            After::KnownAfterApply {
                source,
                value: json!(template)
            }
        );
    }

    #[test]
    fn a_field_that_is_not_compared_never_differs() {
        assert_eq!(
            paths(
                &json!({ "source": null }),
                &json!({ "source": { "key": "k" } })
            ),
            Vec::<String>::new()
        );
    }

    #[test]
    fn sensitive_values_are_marked_unless_exempt() {
        let changes = compare(
            &test_kind::entry(),
            &json!({ "secrets": {} }),
            &json!({ "secrets": { "TOKEN": "t", "OPEN": "o" } }),
        );
        let marks: Vec<(&str, bool)> = changes
            .iter()
            .map(|change| (change.path.as_str(), change.sensitive))
            .collect();
        assert_eq!(marks, [("/secrets/OPEN", false), ("/secrets/TOKEN", true)]);
    }

    fn specs() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<u8>().prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn a_spec_does_not_differ_from_itself(spec in specs()) {
            prop_assert_eq!(paths(&spec, &spec), Vec::<String>::new());
        }

        #[test]
        fn two_specs_differ_in_both_directions_or_in_none(one in specs(), other in specs()) {
            prop_assert_eq!(paths(&one, &other).is_empty(), paths(&other, &one).is_empty());
        }
    }
}
