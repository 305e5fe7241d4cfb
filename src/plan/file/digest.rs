//! Digests of single fields. They show which fields changed, although the plan has no values.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::input::PlanFileInput;
use crate::plan::record::Seal;
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::field::below;
use crate::resource::kind::Effect;
use crate::resource::reference::pending;
use crate::resource::registry::{KindEntry, Registry};

/// The digest of each field by its JSON pointer. A field that is not set has none.
pub(super) type Fields = BTreeMap<String, String>;

/// The purpose that the key of a saved plan is derived for.
const PURPOSE: &str = "saved plan 2";

/// How many bytes of a digest are kept. Another value with the same 16 bytes cannot be found.
const KEPT: usize = 16;

/// What is digested instead of a sensitive value if there is no key.
const HIDDEN: &str = "(sensitive)";

/// How digests are made.
#[derive(Clone)]
pub(super) enum Cover {
    /// With a key that only readers of the artifacts bucket have.
    Sealed([u8; 32]),
    /// Without a key. Anybody can make the same digests, so they leave out sensitive values.
    Open,
}

impl Cover {
    pub(super) fn of(seal: Option<&Seal>) -> Self {
        seal.map_or(Self::Open, |seal| Self::Sealed(seal.derive(PURPOSE)))
    }

    /// Digests a list of texts. The length of each is part of the digest, so that different lists have different digests.
    fn digest<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let framed: Vec<u8> = parts
            .into_iter()
            .flat_map(|part| [&(part.len() as u64).to_be_bytes(), part].concat())
            .collect();
        match self {
            Self::Sealed(key) => mac(key, &framed).finalize().into_bytes().to_vec(),
            Self::Open => Sha256::digest(&framed).to_vec(),
        }
    }

    /// Returns an id of the key, from which the key cannot be found; `None` if there is no key.
    pub(super) fn key_id(&self) -> Option<String> {
        match self {
            Self::Sealed(_) => Some(short(&self.digest([b"key".as_slice()]))),
            Self::Open => None,
        }
    }

    /// Makes the tag that only holders of the key can make; `None` if there is no key.
    pub(super) fn tag(&self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Sealed(_) => Some(hex::encode(self.digest([b"document".as_slice(), bytes]))),
            Self::Open => None,
        }
    }
}

fn mac(key: &[u8; 32], bytes: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(bytes);
    mac
}

fn short(digest: &[u8]) -> String {
    hex::encode(&digest[..KEPT])
}

/// What a value is. It is part of the digest, so that the same value has another digest in each role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aspect {
    /// The spec that the manifests declare.
    Desired,
    /// The spec that was read.
    Observed,
    /// An output that the service returned.
    Output,
}

impl Aspect {
    fn word(self) -> &'static [u8] {
        match self {
            Self::Desired => b"desired",
            Self::Observed => b"observed",
            Self::Output => b"output",
        }
    }
}

/// Makes digests of fields by the rules of their kinds.
pub(super) struct Digester<'a> {
    pub(super) registry: &'a Registry,
    pub(super) cover: Cover,
}

impl Digester<'_> {
    /// Digests each field of a spec that has a value.
    pub(super) fn fields(&self, aspect: Aspect, address: &Address, spec: &Value) -> Fields {
        let kind = self.registry.kind(address.kind());
        let mut leaves = Vec::new();
        collect(kind, "", spec, &mut leaves);
        let digest = |path: &str, value: &Value| match (&self.cover, kind) {
            (Cover::Sealed(_), _) => self.value(aspect, address, path, value.clone()),
            (Cover::Open, Some(kind)) => {
                self.value(aspect, address, path, without_secrets(kind, path, value))
            }
            (Cover::Open, None) => self.value(aspect, address, path, Value::from(HIDDEN)),
        };
        leaves
            .into_iter()
            .map(|(path, value)| {
                let digest = digest(&path, value);
                (path, digest)
            })
            .collect()
    }

    /// Digests each output. Without a key it returns none, because some outputs are digests of secrets and no rule marks them.
    pub(super) fn outputs(&self, address: &Address, outputs: &Value) -> Fields {
        let (Cover::Sealed(_), Value::Object(outputs)) = (&self.cover, outputs) else {
            return Fields::new();
        };
        outputs
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| {
                let digest = self.value(Aspect::Output, address, name, value.clone());
                (name.clone(), digest)
            })
            .collect()
    }

    /// Digests one value. Its place is part of the digest, so that equal values have different digests.
    pub(super) fn value(
        &self,
        aspect: Aspect,
        address: &Address,
        path: &str,
        mut value: Value,
    ) -> String {
        value.sort_all_objects();
        short(&self.cover.digest([
            aspect.word(),
            address.to_string().as_bytes(),
            path.as_bytes(),
            value.to_string().as_bytes(),
        ]))
    }
}

/// Returns whether a saved plan would leave out sensitive desired values, because there is no key.
pub fn leaves_out_secrets(input: &PlanFileInput<'_>) -> bool {
    let is_left_out = |resource: &DesiredResource| {
        let kind = input.registry.kind(resource.address.kind());
        let mut leaves = Vec::new();
        collect(kind, "", &resource.spec, &mut leaves);
        leaves.into_iter().any(|(path, value)| {
            // A reference is not secret, even if its value will be.
            pending(value).is_none()
                && kind.is_none_or(|kind| without_secrets(kind, &path, value) != *value)
        })
    };
    input.seal.is_none() && input.desired.iter().any(is_left_out)
}

/// Lists the fields as the differ does: each entry of a map, but documents and lists as a whole.
fn collect<'v>(
    kind: Option<&KindEntry>,
    path: &str,
    value: &'v Value,
    leaves: &mut Vec<(String, &'v Value)>,
) {
    match value {
        Value::Null => {}
        Value::Object(map)
            if !map.is_empty()
                && pending(value).is_none()
                && !kind.is_some_and(|kind| is_document(kind, path, value)) =>
        {
            for (key, inner) in map {
                collect(kind, &below(path, key), inner, leaves);
            }
        }
        _ => leaves.push((path.to_owned(), value)),
    }
}

fn is_document(kind: &KindEntry, path: &str, value: &Value) -> bool {
    kind.effects(path)
        .any(|effect| effect == Effect::Permissions)
        && value.get("Statement").is_some()
}

fn without_secrets(kind: &KindEntry, path: &str, value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        _ if kind.is_sensitive(path) => Value::from(HIDDEN),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, inner)| (key.clone(), without_secrets(kind, &below(path, key), inner)))
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(place, inner)| without_secrets(kind, &below(path, &place.to_string()), inner))
            .collect(),
        plain => plain.clone(),
    }
}
