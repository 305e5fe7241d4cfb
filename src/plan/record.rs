//! The record of an agent: each resource as it was last applied, and what each version is granted.
//!
//! It shows who changed a field. Without it a plan is still correct. Sensitive values are recorded as keyed digests.

use std::collections::BTreeMap;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::diff::{After, Author, FieldChange};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::document;
use crate::resource::grant::Grants;
use crate::resource::registry::KindEntry;

/// The version of the record's form.
pub const FORMAT: u32 = 1;

/// The record of one agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the form.
    pub format: u32,
    /// The version of the agentctl that wrote it.
    pub agentctl: String,
    /// The sealed spec of each resource as it was last applied.
    pub applied: BTreeMap<Address, Value>,
    /// The physical names at that time. The desired names may have changed since.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<Address, PhysicalName>,
    /// The id that distinguishes each resource from another one that is created under its name. Only some kinds have it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub identities: BTreeMap<Address, String>,
    /// The permissions of each published version: by the resource that has the versions, then by number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<Address, BTreeMap<u64, Grants>>,
}

impl Record {
    /// Records the permissions of a version.
    pub fn grant(&mut self, holder: &Address, number: u64, grants: Grants) {
        let versions = self.versions.entry(holder.clone()).or_default();
        versions.insert(number, grants);
    }
}

impl Default for Record {
    fn default() -> Self {
        Self {
            format: FORMAT,
            agentctl: env!("CARGO_PKG_VERSION").to_owned(),
            applied: BTreeMap::new(),
            names: BTreeMap::new(),
            identities: BTreeMap::new(),
            versions: BTreeMap::new(),
        }
    }
}

/// The key for the digests of a project's sensitive values.
#[derive(Clone, PartialEq, Eq)]
pub struct Seal([u8; 32]);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(hidden)")
    }
}

impl Seal {
    /// Creates a seal from 32 random bytes.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Returns the key, to store it.
    pub fn key(&self) -> &[u8; 32] {
        &self.0
    }

    /// Derives a key for another purpose. This key cannot be found from it.
    ///
    /// A record has digests of JSON values only. A purpose is no JSON, so no record contains the derived key.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.mac(purpose.as_bytes()).finalize().into_bytes().into()
    }

    /// Replaces every sensitive value of a spec with its digest.
    pub fn spec(&self, kind: &KindEntry, spec: &Value) -> Value {
        self.below(kind, "", spec)
    }

    fn below(&self, kind: &KindEntry, path: &str, value: &Value) -> Value {
        match value {
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, inner)| {
                        (
                            key.clone(),
                            self.below(kind, &format!("{path}/{key}"), inner),
                        )
                    })
                    .collect::<Map<_, _>>(),
            ),
            Value::Null => Value::Null,
            other if kind.is_sensitive(path) => self.value(other),
            other => other.clone(),
        }
    }

    fn value(&self, value: &Value) -> Value {
        let mac = self.mac(value.to_string().as_bytes());
        json!({ "$hmac": hex::encode(mac.finalize().into_bytes()) })
    }

    fn mac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(bytes);
        mac
    }
}

/// Returns who changed a field since its resource was last applied.
///
/// A desired value that is known only after the apply counts as unchanged, because it follows from another change.
pub fn author(
    seal: &Seal,
    kind: &KindEntry,
    applied: &Value,
    change: &FieldChange,
) -> Option<Author> {
    let sealed = |value: Option<&Value>| {
        let value = value.filter(|value| !value.is_null());
        if change.sensitive {
            value.map(|value| seal.value(value))
        } else {
            value.cloned()
        }
    };
    let was = applied
        .pointer(&change.path)
        .filter(|value| !value.is_null())
        .cloned();
    let is_same = |now: Option<Value>| match (&was, &now) {
        (Some(was), Some(now)) if kind.is_policy(&change.path) => document::is_same(was, now),
        _ => was == now,
    };
    let live_changed = !is_same(sealed(change.before.as_ref()));
    let desired_changed = match &change.after {
        After::Value(value) => !is_same(sealed(Some(value))),
        After::Absent => was.is_some(),
        After::KnownAfterApply { .. } => false,
    };
    match (live_changed, desired_changed) {
        (true, true) => Some(Author::Both),
        (true, false) => Some(Author::Outside),
        (false, true) => Some(Author::You),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::diff::compare;
    use crate::plan::test_kind;

    fn seal() -> Seal {
        Seal::new([7; 32])
    }

    fn authors(applied: &Value, live: &Value, desired: &Value) -> Vec<Option<Author>> {
        let kind = test_kind::entry();
        let applied = seal().spec(&kind, applied);
        compare(&kind, live, desired)
            .iter()
            .map(|change| author(&seal(), &kind, &applied, change))
            .collect()
    }

    #[test]
    fn the_author_of_a_change_is_found_from_the_record() {
        let size = |size: u8| json!({ "size": size });
        assert_eq!(authors(&size(1), &size(1), &size(2)), [Some(Author::You)]);
        assert_eq!(
            authors(&size(1), &size(9), &size(1)),
            [Some(Author::Outside)]
        );
        assert_eq!(authors(&size(1), &size(9), &size(2)), [Some(Author::Both)]);
    }

    #[test]
    fn the_author_of_a_secrets_change_is_found_from_its_digest() {
        let token = |token: &str| json!({ "secrets": { "TOKEN": token } });
        assert_eq!(
            authors(&token("one"), &token("one"), &token("two")),
            [Some(Author::You)]
        );
        let sealed = seal().spec(&test_kind::entry(), &token("hunter2"));
        assert!(!sealed.to_string().contains("hunter2"));
    }

    #[test]
    fn setting_and_removing_a_field_have_different_authors() {
        let tags = |tags: Value| json!({ "tags": tags });
        let (none, some) = (tags(json!({})), tags(json!({ "a": "1" })));
        assert_eq!(authors(&none, &some, &none), [Some(Author::Outside)]);
        assert_eq!(authors(&some, &some, &none), [Some(Author::You)]);
    }
}
