//! IAM policy documents: their type, their canonical form, and what one grants that another does not.
//!
//! AWS returns a document with scalars instead of lists, and with lists in another order. So this module treats a scalar as a list of one,
//! and lists as sets.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::reference::{Stage, Wire};

/// The version of the policy language that agentctl uses.
pub const VERSION: &str = "2012-10-17";

/// An IAM policy document: identity, trust, key or bucket policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "PascalCase", deny_unknown_fields)]
pub struct Document<S: Stage> {
    /// Absent means the language of 2008, which differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The document's own id, which has no effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The statements; their order has no effect.
    #[serde(deserialize_with = "one_or_many")]
    pub statement: Vec<Statement<S>>,
}

/// One statement of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "PascalCase", deny_unknown_fields)]
pub struct Statement<S: Stage> {
    /// The statement's id, unique in its document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    pub effect: Grant,
    /// The principals that it applies to, in resource policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal<S>>,
    /// The principals that it does not apply to, in resource policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_principal: Option<Principal<S>>,
    /// The actions.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub action: Vec<String>,
    /// All actions but these.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub not_action: Vec<String>,
    /// The resources.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub resource: Vec<S::Ref<String>>,
    /// All resources but these.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub not_resource: Vec<S::Ref<String>>,
    /// Values by operator and key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub condition: BTreeMap<String, BTreeMap<String, Values<S>>>,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grant {
    Allow,
    Deny,
}

/// Principals by type: `AWS`, `Service`, `Federated`, `CanonicalUser`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(bound = "", transparent)]
pub struct Principal<S: Stage>(pub BTreeMap<String, Values<S>>);

/// The values of a principal type or of a condition key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", transparent)]
pub struct Values<S: Stage>(
    #[serde(deserialize_with = "one_or_many_texts::<S, _>")] pub Vec<S::Ref<String>>,
);

impl<S: Stage> Document<S> {
    /// Returns a document of these statements.
    pub fn new(statement: Vec<Statement<S>>) -> Self {
        Self {
            version: Some(VERSION.to_owned()),
            id: None,
            statement,
        }
        .canonical()
    }

    /// Sorts lists without an order, and drops duplicates.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        for statement in &mut self.statement {
            statement.sort();
        }
        sort_by_text(&mut self.statement);
        self
    }
}

impl<S: Stage> Statement<S> {
    /// Returns a statement that allows these actions on these resources.
    pub fn allow(sid: &str, actions: &[&str], resource: Vec<S::Ref<String>>) -> Self {
        Self {
            sid: Some(sid.to_owned()),
            effect: Grant::Allow,
            principal: None,
            not_principal: None,
            action: actions.iter().map(|action| (*action).to_owned()).collect(),
            not_action: Vec::new(),
            resource,
            not_resource: Vec::new(),
            condition: BTreeMap::new(),
        }
    }

    /// Applies the statement to these principals of one type.
    #[must_use]
    pub fn to(mut self, principal_type: &str, principals: Vec<S::Ref<String>>) -> Self {
        self.principal
            .get_or_insert_with(|| Principal(BTreeMap::new()))
            .0
            .insert(principal_type.to_owned(), Values(principals));
        self
    }

    /// Adds a condition.
    #[must_use]
    pub fn when(mut self, operator: &str, key: &str, values: Vec<S::Ref<String>>) -> Self {
        self.condition
            .entry(operator.to_owned())
            .or_default()
            .insert(key.to_owned(), Values(values));
        self
    }

    fn sort(&mut self) {
        sort_by_text(&mut self.action);
        sort_by_text(&mut self.not_action);
        sort_by_text(&mut self.resource);
        sort_by_text(&mut self.not_resource);
        let principals = self
            .principal
            .iter_mut()
            .chain(self.not_principal.iter_mut())
            .flat_map(|principal| principal.0.values_mut());
        for values in principals.chain(self.condition.values_mut().flat_map(BTreeMap::values_mut)) {
            sort_by_text(&mut values.0);
        }
    }
}

fn sort_by_text<T: Wire>(items: &mut Vec<T>) {
    items.sort_by_cached_key(text_of);
    items.dedup();
}

fn text_of(item: &impl Wire) -> String {
    serde_json::to_string(item).expect("specs have text keys only, so they serialise")
}

impl<'de, S: Stage> Deserialize<'de> for Principal<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(bound = "", untagged)]
        enum Form<S: Stage> {
            ByType(BTreeMap<String, Values<S>>),
            // `"Principal": "*"` is short for `{"AWS": "*"}`.
            Anybody(Values<S>),
        }
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::ByType(map) => map,
            Form::Anybody(values) => BTreeMap::from([("AWS".to_owned(), values)]),
        }))
    }
}

fn one_or_many<'de, T: Wire, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list = match Value::deserialize(deserializer)? {
        list @ Value::Array(_) => list,
        one => Value::Array(vec![one]),
    };
    serde_json::from_value(list).map_err(serde::de::Error::custom)
}

/// Condition values can be written as booleans and numbers; IAM reads them as texts.
fn one_or_many_texts<'de, S: Stage, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<S::Ref<String>>, D::Error> {
    let items = match Value::deserialize(deserializer)? {
        Value::Array(items) => items,
        one => vec![one],
    };
    let texts = items.into_iter().map(|item| match item {
        Value::Bool(_) | Value::Number(_) => Value::String(item.to_string()),
        other => other,
    });
    serde_json::from_value(texts.collect()).map_err(serde::de::Error::custom)
}

/// Returns whether two serialised documents mean the same.
pub fn is_same(one: &Value, other: &Value) -> bool {
    normal(one) == normal(other)
}

/// Turns a serialised, canonical document into a form in which documents with the same meaning are equal.
///
/// Action names are case-insensitive, and the account id alone means the account's root.
fn normal(document: &Value) -> Value {
    let mut document = document.clone();
    let Some(statements) = document.get_mut("Statement").and_then(Value::as_array_mut) else {
        return document;
    };
    for statement in statements.iter_mut() {
        for key in ["Action", "NotAction"] {
            map_texts(statement.get_mut(key), str::to_lowercase);
        }
        for key in ["Resource", "NotResource"] {
            map_texts(statement.get_mut(key), str::to_owned);
        }
        for key in ["Principal", "NotPrincipal"] {
            map_texts(
                statement
                    .get_mut(key)
                    .and_then(|principal| principal.get_mut("AWS")),
                account_of_root,
            );
        }
    }
    statements.sort_by_cached_key(Value::to_string);
    drop_repeated(statements);
    document
}

/// Drops the repeated statements of all documents in a spec. Some are equal only once the outputs that they refer to are known.
#[must_use]
pub fn without_repeated(mut spec: Value) -> Value {
    match &mut spec {
        Value::Object(map) => {
            if let Some(Value::Array(statements)) = map.get_mut("Statement") {
                drop_repeated(statements);
            } else {
                for inner in map.values_mut() {
                    *inner = without_repeated(inner.take());
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {}
    }
    spec
}

/// Drops the statements without an id that another statement repeats.
fn drop_repeated(statements: &mut Vec<Value>) {
    let content = |statement: &Value| {
        let mut content = statement.clone();
        if let Some(map) = content.as_object_mut() {
            map.remove("Sid");
        }
        content.to_string()
    };
    let named: BTreeSet<String> = statements
        .iter()
        .filter(|statement| statement.get("Sid").is_some())
        .map(content)
        .collect();
    statements
        .retain(|statement| statement.get("Sid").is_some() || !named.contains(&content(statement)));
    statements.dedup();
}

fn map_texts(list: Option<&mut Value>, change: impl Fn(&str) -> String) {
    let Some(items) = list.and_then(Value::as_array_mut) else {
        return;
    };
    for item in items.iter_mut() {
        if let Value::String(text) = item {
            *text = change(text);
        }
    }
    items.sort_by_cached_key(Value::to_string);
    items.dedup();
}

fn account_of_root(principal: &str) -> String {
    let parts: Vec<&str> = principal.split(':').collect();
    match parts[..] {
        ["arn", _, "iam", "", account, "root"] => account.to_owned(),
        _ => principal.to_owned(),
    }
}

/// Returns what `after` grants that `before` does not, a line for each action; empty when it grants no more.
pub fn widened(before: Option<&Value>, after: &Value) -> Vec<String> {
    let grants = |document: Option<&Value>, effect| {
        document
            .map(|document| grants_of(&normal(document), effect))
            .unwrap_or_default()
    };
    let (allowed_before, allowed_after) = (grants(before, "Allow"), grants(Some(after), "Allow"));
    let (denied_before, denied_after) = (grants(before, "Deny"), grants(Some(after), "Deny"));
    let count = |more: BTreeSet<&(String, String)>| {
        let mut by_action: BTreeMap<String, usize> = BTreeMap::new();
        for (action, _) in more {
            *by_action.entry(action.clone()).or_default() += 1;
        }
        by_action
    };
    let allowed = count(allowed_after.difference(&allowed_before).collect());
    let undenied = count(denied_before.difference(&denied_after).collect());
    let line = |verb: &str, (action, targets): (String, usize)| {
        format!(
            "{verb} {action} on {targets} {}",
            if targets == 1 {
                "resource"
            } else {
                "resources"
            }
        )
    };
    allowed
        .into_iter()
        .map(|grant| line("+", grant))
        .chain(
            undenied
                .into_iter()
                .map(|grant| line("no longer denies", grant)),
        )
        .collect()
}

/// Splits a document's statements of one effect into pairs of an action and everything that it applies to.
fn grants_of(document: &Value, effect: &str) -> BTreeSet<(String, String)> {
    let statements = document
        .get("Statement")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut grants = BTreeSet::new();
    for statement in statements
        .iter()
        .filter(|statement| statement["Effect"] == effect)
    {
        let context = ["Principal", "NotPrincipal", "Condition", "NotResource"]
            .map(|key| statement[key].to_string())
            .join(" ");
        let none = [Value::Null];
        let list = |key: &str| {
            statement[key]
                .as_array()
                .map_or(none.to_vec(), Clone::clone)
        };
        let actions = list("Action")
            .into_iter()
            .chain(list("NotAction").into_iter().map(|action| match action {
                Value::String(text) => Value::String(format!("everything but {text}")),
                other => other,
            }));
        for action in actions.filter(|action| !action.is_null()) {
            let name = action
                .as_str()
                .map_or_else(|| action.to_string(), str::to_owned);
            for resource in list("Resource") {
                grants.insert((name.clone(), format!("{resource} {context}")));
            }
        }
    }
    grants
}

/// Returns whether `after` allows anything that `before` does not, denials aside.
pub fn allows_more(before: Option<&Value>, after: &Value) -> bool {
    has_more(before, after, "Allow")
}

/// Returns whether `after` denies anything that `before` does not.
pub fn denies_more(before: Option<&Value>, after: &Value) -> bool {
    has_more(before, after, "Deny")
}

fn has_more(before: Option<&Value>, after: &Value, effect: &str) -> bool {
    let before = before.map(|document| grants_of(&normal(document), effect));
    let after = grants_of(&normal(after), effect);
    !after.is_subset(&before.unwrap_or_default())
}

/// Joins two documents: the union allows what either allows, and denies what `after` denies.
pub fn union(before: &Value, after: &Value) -> Value {
    let statements = |document: &Value| {
        document["Statement"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let mut joined = statements(after);
    for mut statement in statements(before) {
        let alone = json!({ "Statement": [statement] });
        let so_far = json!({ "Statement": joined });
        if statement["Effect"] == "Deny" || !allows_more(Some(&so_far), &alone) {
            continue;
        }
        // A statement id may be used once in a document; the new statements keep theirs.
        if let Some(map) = statement.as_object_mut() {
            map.remove("Sid");
        }
        joined.push(statement);
    }
    joined.sort_by_cached_key(Value::to_string);
    let mut document = after.clone();
    document["Statement"] = Value::Array(joined);
    document
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::resource::reference::Resolved;

    fn canonical(document: Value) -> Value {
        json!(
            serde_json::from_value::<Document<Resolved>>(document)
                .unwrap()
                .canonical()
        )
    }

    #[test]
    fn a_document_as_aws_rewrites_it_is_unchanged() {
        let sent = canonical(json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["a", "b"] },
            { "Effect": "Deny", "Principal": { "AWS": ["arn:aws:iam::111122223333:root"] }, "Action": ["kms:*"], "Resource": ["*"],
              "Condition": { "Bool": { "aws:SecureTransport": ["false"] } } }] }));
        let returned = canonical(json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Deny", "Principal": { "AWS": "111122223333" }, "Action": "KMS:*", "Resource": "*",
              "Condition": { "Bool": { "aws:SecureTransport": false } } },
            { "Effect": "Allow", "Action": ["s3:putobject", "s3:GetObject"], "Resource": ["b", "a"] }] }));
        assert!(is_same(&sent, &returned));
    }

    #[test]
    fn the_short_and_the_long_form_of_any_principal_are_equal() {
        let statement = |principal: Value| {
            canonical(
                json!({ "Statement": { "Effect": "Deny", "Principal": principal, "Action": "s3:*", "Resource": "*" } }),
            )
        };
        assert_eq!(statement(json!("*")), statement(json!({ "AWS": "*" })));
    }

    #[test]
    fn a_missing_version_is_a_difference() {
        let document = |version: Option<&str>| {
            let mut document = json!({ "Statement": [] });
            if let Some(version) = version {
                document["Version"] = json!(version);
            }
            canonical(document)
        };
        assert!(!is_same(&document(None), &document(Some(VERSION))));
    }

    #[test]
    fn widening_names_the_new_actions_and_narrowing_names_none() {
        let narrow = canonical(
            json!({ "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "a" }] }),
        );
        let wide = canonical(
            json!({ "Statement": [{ "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["a", "b"] }] }),
        );
        assert_eq!(
            widened(Some(&narrow), &wide),
            [
                "+ s3:getobject on 1 resource",
                "+ s3:putobject on 2 resources"
            ]
        );
        assert_eq!(widened(Some(&wide), &narrow), Vec::<String>::new());
        assert_eq!(widened(None, &narrow), ["+ s3:getobject on 1 resource"]);
    }

    #[test]
    fn a_policy_widens_when_a_condition_or_a_denial_is_removed() {
        let statement = |condition: Value, effect: &str| {
            canonical(
                json!({ "Statement": [{ "Effect": effect, "Action": "s3:GetObject", "Resource": "a", "Condition": condition }] }),
            )
        };
        let fenced = statement(
            json!({ "StringEquals": { "aws:SourceAccount": "1" } }),
            "Allow",
        );
        assert_eq!(
            widened(Some(&fenced), &statement(json!({}), "Allow")),
            ["+ s3:getobject on 1 resource"]
        );
        let denied = statement(json!({}), "Deny");
        assert_eq!(
            widened(Some(&denied), &canonical(json!({ "Statement": [] }))),
            ["no longer denies s3:getobject on 1 resource"]
        );
    }

    fn documents() -> impl Strategy<Value = Value> {
        let statement = (prop::sample::select(vec!["Allow", "Deny"]), prop::collection::vec("[ab]:[A-C]", 1..3), prop::collection::vec("[x-z]", 1..3))
            .prop_map(|(effect, actions, resources)| json!({ "Effect": effect, "Action": actions, "Resource": resources }));
        prop::collection::vec(statement, 0..4).prop_map(|statements| {
            canonical(json!({ "Version": VERSION, "Statement": statements }))
        })
    }

    proptest! {
        #[test]
        fn canonical_twice_is_canonical_once(document in documents()) {
            prop_assert_eq!(canonical(document.clone()), document);
        }

        #[test]
        fn a_union_allows_what_either_allows_and_denies_what_the_second_denies(one in documents(), other in documents()) {
            let union = canonical(union(&one, &other));
            for document in [&one, &other] {
                prop_assert!(!allows_more(Some(&union), document));
            }
            prop_assert!(!denies_more(Some(&union), &other));
            prop_assert!(!denies_more(Some(&other), &union));
        }
    }
}
