//! What policies grant the code of an agent, so that a version keeps what its own manifest granted it.
//!
//! A grant is an Allow statement of an identity policy. Statements that name a principal are not grants: they say who may use a resource.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::address::Address;
use super::desired::DesiredResource;
use super::document::{VERSION, allows_more};
use super::field::below;
use super::outputs::{Outputs, lookup};
use super::owner::Owner;
use super::reference::{pending, resolve, sources};
use super::registry::{KindEntry, Registry};

/// What one version of an agent is granted: by resource, then by the field that holds the policy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants(BTreeMap<Address, BTreeMap<String, Vec<Value>>>);

impl Grants {
    /// Returns what the desired resources of an agent grant; `None` while an output that they refer to is not known.
    pub fn desired(
        registry: &Registry,
        desired: &[DesiredResource],
        owner: &Owner,
        outputs: &Outputs,
    ) -> Option<Self> {
        let mut grants = BTreeMap::new();
        for resource in desired {
            let kind = registry.kind(resource.address.kind());
            let (Some(kind), true) = (kind, resource.owner.as_ref() == Some(owner)) else {
                continue;
            };
            let of_resource = of_spec(
                kind,
                &resolve(&resource.spec, &|source| lookup(outputs, source)),
            );
            if of_resource
                .values()
                .flatten()
                .any(|grant| !sources(grant).is_empty())
            {
                return None;
            }
            if !of_resource.is_empty() {
                grants.insert(resource.address.clone(), of_resource);
            }
        }
        Some(Self(grants))
    }

    /// Returns what a spec grants, by field.
    pub fn of(kind: &KindEntry, address: &Address, spec: &Value) -> Self {
        Self(BTreeMap::from([(address.clone(), of_spec(kind, spec))]))
    }

    /// Lists the fields of a resource in which something is granted, with the grants.
    pub fn on(&self, address: &Address) -> impl Iterator<Item = (&String, &Vec<Value>)> {
        self.0.get(address).into_iter().flatten()
    }
}

fn of_spec(kind: &KindEntry, spec: &Value) -> BTreeMap<String, Vec<Value>> {
    let mut fields = BTreeMap::new();
    collect(kind, "", spec, &mut fields);
    fields
}

fn collect(kind: &KindEntry, path: &str, value: &Value, fields: &mut BTreeMap<String, Vec<Value>>) {
    if kind.is_policy(path) {
        let grants = grants(value);
        if !grants.is_empty() {
            fields.insert(path.to_owned(), grants);
        }
    } else if let (Value::Object(map), None) = (value, pending(value)) {
        for (key, inner) in map {
            collect(kind, &below(path, key), inner, fields);
        }
    }
}

/// Lists the grants of a policy document.
fn grants(policy: &Value) -> Vec<Value> {
    let statements = policy.get("Statement").and_then(Value::as_array);
    let is_grant = |statement: &&Value| {
        let names_a_principal = ["Principal", "NotPrincipal"]
            .iter()
            .any(|key| statement.get(key).is_some());
        statement["Effect"] == "Allow" && !names_a_principal
    };
    let grants = statements.into_iter().flatten().filter(is_grant).cloned();
    grants
        .map(|mut grant| {
            // A statement id may be used once in a document, and a grant is added to others.
            if let Some(map) = grant.as_object_mut() {
                map.remove("Sid");
            }
            sorted(grant)
        })
        .collect()
}

/// Sorts the lists of a statement, in which the order has no meaning.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(sorted).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(map) => map
            .into_iter()
            .map(|(key, inner)| (key, sorted(inner)))
            .collect(),
        scalar => scalar,
    }
}

/// Adds to a policy the grants that it does not have; `None` when it has them all.
///
/// `policy` may still refer to outputs; `resolved` is the same policy with the outputs that are known.
pub fn with_grants<'a>(
    policy: Option<&Value>,
    resolved: Option<&Value>,
    grants: impl IntoIterator<Item = &'a Value>,
) -> Option<Value> {
    let present = |policy: Option<&Value>| policy.filter(|policy| !policy.is_null()).cloned();
    let (mut joined, mut whole) = (present(policy), present(resolved));
    let mut is_changed = false;
    for grant in grants {
        let alone = json!({ "Version": VERSION, "Statement": [grant] });
        if allows_more(whole.as_ref(), &alone) {
            for policy in [&mut joined, &mut whole] {
                add(
                    policy.get_or_insert_with(|| json!({ "Version": VERSION, "Statement": [] })),
                    grant,
                );
            }
            is_changed = true;
        }
    }
    joined.filter(|_| is_changed)
}

fn add(policy: &mut Value, grant: &Value) {
    if let Some(statements) = policy.get_mut("Statement").and_then(Value::as_array_mut) {
        statements.push(grant.clone());
        statements.sort_by_cached_key(Value::to_string);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(statements: &Value) -> Value {
        json!({ "Version": VERSION, "Statement": statements })
    }

    fn statement(sid: &str, action: &str, resource: &str) -> Value {
        json!({ "Sid": sid, "Effect": "Allow", "Action": [action], "Resource": [resource] })
    }

    #[test]
    fn grants_are_allow_statements_without_principal() {
        let deny = json!({ "Effect": "Deny", "Action": ["s3:*"], "Resource": ["*"] });
        let trust = json!({ "Effect": "Allow", "Principal": { "Service": ["lambda.amazonaws.com"] }, "Action": ["sts:AssumeRole"] });
        assert_eq!(
            grants(&document(&json!([
                statement("Model", "a:B", "x"),
                deny,
                trust
            ]))),
            [json!({ "Effect": "Allow", "Action": ["a:B"], "Resource": ["x"] })]
        );
    }

    #[test]
    fn only_missing_grants_are_added() {
        let policy = document(&json!([statement("Model", "a:B", "x")]));
        let old = grants(&document(&json!([
            statement("Model", "A:b", "x"),
            statement("Model", "a:B", "y")
        ])));
        let joined = with_grants(Some(&policy), Some(&policy), &old).unwrap();
        assert_eq!(
            joined,
            document(&json!([
                statement("Model", "a:B", "x"),
                json!({ "Effect": "Allow", "Action": ["a:B"], "Resource": ["y"] }),
            ]))
        );
        assert_eq!(with_grants(Some(&joined), Some(&joined), &old), None);
    }

    #[test]
    fn a_policy_that_is_no_longer_declared_is_added_for_the_versions_that_need_it() {
        let old = [json!({ "Effect": "Allow", "Action": ["a:B"], "Resource": ["y"] })];
        assert_eq!(with_grants(None, None, &old), Some(document(&json!(old))));
    }
}
