//! The versions of an agent: those that a pointer can be moved to, and the old ones that are not kept for ever.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::PhysicalName;
use super::fault::Fault;
use super::reference::Stage;

/// How many versions of a resource are kept, the newest first, besides those that something points at.
pub const KEPT: u64 = 10;

/// One published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub number: u64,
    /// When it was published, as RFC 3339 writes it.
    pub published: Option<String>,
    /// The digest of its code, where the service tells one.
    pub digest: Option<String>,
    /// What it is, in its publisher's words.
    pub description: Option<String>,
    /// Why the service would not let callers reach it; nothing when it would.
    pub refusal: Option<String>,
}

/// A version as far as it decides whether the version is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub number: u64,
    /// The physical name by which it is deleted.
    pub name: PhysicalName,
    /// Whether the service is deleting it already.
    pub is_leaving: bool,
}

/// Lists the versions that pointers of one kind can be moved to.
pub trait VersionLister: Send + Sync {
    /// Lists the versions that the named pointer can be moved to, in no order.
    fn versions<'a>(
        &'a self,
        pointer: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Version>, Fault>>;
}

/// Reads what decides which versions are kept: those of one resource, given by the name of the pointer that serves them.
pub trait VersionHistory: Send + Sync {
    /// Lists all versions, in no order. There are none where the resource is gone.
    fn published<'a>(
        &'a self,
        pointer: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Published>, Fault>>;

    /// Returns the versions that any pointer of anybody's names or is being moved to.
    fn named<'a>(
        &'a self,
        pointer: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<BTreeSet<u64>, Fault>>;

    /// Returns which of the `mentions` the configuration of any version contains, but for those being deleted and the `outdated` ones.
    fn used<'a>(
        &'a self,
        pointer: &'a PhysicalName,
        outdated: &'a BTreeSet<u64>,
        mentions: &'a BTreeSet<String>,
    ) -> BoxFuture<'a, Result<BTreeSet<String>, Fault>>;
}

/// Returns which of the `mentions` a text contains, as they are or escaped as in JSON.
pub fn mentioned<'a>(
    text: &str,
    mentions: impl IntoIterator<Item = &'a String>,
) -> BTreeSet<String> {
    let is_contained = |mention: &&String| {
        let quoted = Value::from(mention.as_str()).to_string();
        text.contains(mention.as_str()) || text.contains(quoted.trim_matches('"'))
    };
    mentions.into_iter().filter(is_contained).cloned().collect()
}

/// What distinguishes one old version from others. No manifest declares one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct OldVersionSpec<S: Stage> {
    pub number: S::Ref<u64>,
}

/// The outputs of an old version: none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OldVersionOutputs {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_found_as_it_is_and_as_json_has_it() {
        let mentions =
            BTreeSet::from(["tools/a \"b\".py", "tools/c.py", "tools/d.py"].map(str::to_owned));
        let text = r#"[{"key":"tools/a \"b\".py"},{"key":"tools/c.py"}]"#;
        let found = BTreeSet::from(["tools/a \"b\".py", "tools/c.py"].map(str::to_owned));
        assert_eq!(mentioned(text, &mentions), found);
    }
}
