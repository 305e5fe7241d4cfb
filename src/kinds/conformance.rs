//! What every kind must meet on its own, for the tests of the kinds.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, Stage};
use crate::resource::registry::canonical;

/// Checks that a kind only names fields that exist, for a full example of its spec and outputs.
///
/// `named` must be the names of all the kind's output constants, and no others.
pub(crate) fn assert_names_exist<K: Kind>(
    spec: K::Spec<Declared>,
    outputs: &K::Outputs,
    named: &[&str],
) {
    let spec = canonical::<K, Declared>(spec);
    for rule in K::RULES {
        let mut segments = rule.path.split('/');
        assert_eq!(segments.next(), Some(""), "`{}` is a pointer", rule.path);
        assert!(
            exists(&spec, &segments.collect::<Vec<_>>()),
            "the rule's path `{}` leads to a field",
            rule.path
        );
    }
    let outputs = serde_json::to_value(outputs).unwrap();
    let fields: BTreeSet<&str> = outputs
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(fields, named.iter().copied().collect());
    for moving in K::MOVING {
        assert!(fields.contains(moving.output));
    }
}

/// Checks that a canonical spec stays the same when it is made canonical again, and when it is written and read.
pub(crate) fn assert_canonical_is_stable<K: Kind, S: Stage>(spec: K::Spec<S>) {
    let once = K::canonical::<S>(spec);
    let text = serde_json::to_string(&once).unwrap();
    assert_eq!(
        serde_json::from_str::<K::Spec<S>>(&text).unwrap(),
        once.clone()
    );
    assert_eq!(K::canonical::<S>(once.clone()), once);
}

fn exists(value: &Value, path: &[&str]) -> bool {
    let Some((segment, rest)) = path.split_first() else {
        return true;
    };
    match value {
        Value::Object(map) if *segment == "*" => map.values().any(|inner| exists(inner, rest)),
        Value::Array(items) if *segment == "*" => items.iter().any(|inner| exists(inner, rest)),
        Value::Object(map) => map.get(*segment).is_some_and(|inner| exists(inner, rest)),
        _ => false,
    }
}
