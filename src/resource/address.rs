//! Addresses: the names of resources in plans and output, as opposed to their names in AWS.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many characters of the digest a cut name ends with.
const TAIL: usize = 8;

/// Names one resource within a project: its kind and a name that does not depend on AWS.
///
/// Written `kind/name`, for example `lambda-function/triage` or `s3-object/triage.prompt`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    kind: String,
    name: String,
}

impl Address {
    /// Returns the address of the resource `name` of the given kind.
    pub fn new(kind: &str, name: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            name: name.into(),
        }
    }

    /// Returns the kind's name.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the name within the kind.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// A text that is not an address.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an address of the form `kind/name`")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => Ok(Self::new(kind, name)),
            _ => Err(AddressError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

/// The name of a resource in AWS, in the form that its kind's reader reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhysicalName(String);

impl PhysicalName {
    /// Wraps a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the name contains an id of a service, from one word boundary to another.
    pub fn mentions(&self, id: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        !id.is_empty()
            && self.0.match_indices(id).any(|(start, _)| {
                let (before, after) = (&self.0[..start], &self.0[start + id.len()..]);
                !before.ends_with(is_word) && !after.starts_with(is_word)
            })
    }
}

impl fmt::Display for PhysicalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Cuts a name to a length. The cut name ends with `joint` and a digest of the whole name, so that different names stay different.
pub(crate) fn fit(name: &str, limit: usize, joint: char) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    let digest = hex::encode(Sha256::digest(name.as_bytes()));
    let head: String = name.chars().take(limit - TAIL - 1).collect();
    format!("{}{joint}{}", head.trim_end_matches(joint), &digest[..TAIL])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_within_the_limit_is_kept() {
        assert_eq!(
            fit("triage-lambda-us-east-1", 64, '-'),
            "triage-lambda-us-east-1"
        );
    }

    #[test]
    fn a_long_name_is_cut_and_stays_different_from_similar_names() {
        let long = |end: &str| fit(&format!("{}-{end}", "a".repeat(70)), 64, '-');
        assert_eq!(long("x").len(), 64);
        assert_ne!(long("x"), long("y"));
    }

    #[test]
    fn a_name_mentions_an_id_only_as_a_whole() {
        let name = PhysicalName::new("/runtimes/triage-Ab12-live");
        assert!(name.mentions("triage-Ab12"));
        for other in ["", "triage-Ab1", "iage-Ab12", "runtimes/tri", "triage-ab12"] {
            assert!(!name.mentions(other), "{other}");
        }
    }
}
