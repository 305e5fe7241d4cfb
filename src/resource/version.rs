//! The versions of an agent: those that a pointer can be moved to, and the old ones, which are deleted in time.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::PhysicalName;
use super::fault::{Fault, FaultKind};
use super::reference::Stage;

/// How many versions of a resource are kept: the newest ones, besides those that something points at.
pub const KEPT: u64 = 10;

/// One published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub number: u64,
    /// The time of publication, in RFC 3339.
    pub published: Option<String>,
    /// The digest of its code, if AWS reports one.
    pub digest: Option<String>,
    /// The publisher's description of it.
    pub description: Option<String>,
    /// Why AWS would not let callers reach it; `None` if it would.
    pub refusal: Option<String>,
}

/// The facts about a version that decide whether it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub number: u64,
    /// The physical name that it is deleted by.
    pub name: PhysicalName,
    /// Whether AWS is deleting it already.
    pub is_leaving: bool,
}

/// A pointer of anybody, and the versions that it names or moves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// The physical name of the pointer.
    pub pointer: PhysicalName,
    /// Whether agentctl created the pointer, or the service together with the resource.
    pub is_ours: bool,
    /// The versions. A pointer at what is not published names none.
    pub versions: BTreeSet<u64>,
}

/// Returns all versions that any of the pointers names.
pub fn named_versions(named: &[Naming]) -> BTreeSet<u64> {
    let versions = named.iter().flat_map(|naming| &naming.versions);
    versions.copied().collect()
}

/// Lists the versions that pointers of one kind can be moved to.
pub trait VersionLister: Send + Sync {
    /// Lists the versions that the named pointer can be moved to, in no order.
    fn versions<'a>(
        &'a self,
        pointer: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Version>, Fault>>;
}

/// Reads the facts that decide which versions of one resource are kept. The resource is given by the name of the pointer that serves it.
pub trait VersionHistory: Send + Sync {
    /// Lists all versions, in no order. A resource that was deleted has none.
    fn published<'a>(
        &'a self,
        pointer: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Published>, Fault>>;

    /// Lists all pointers, including those of others, with the versions that each names or moves to. A resource that was deleted has none.
    fn named<'a>(&'a self, pointer: &'a PhysicalName) -> BoxFuture<'a, Result<Vec<Naming>, Fault>>;

    /// Returns which of the `mentions` occur in the configuration of any version, except those that AWS deletes and the `outdated` ones.
    fn used<'a>(
        &'a self,
        pointer: &'a PhysicalName,
        outdated: &'a BTreeSet<u64>,
        mentions: &'a BTreeSet<String>,
    ) -> BoxFuture<'a, Result<BTreeSet<String>, Fault>>;
}

/// Refuses to treat a version as old that a pointer names.
pub fn named_now(number: u64, pointer: &str) -> Fault {
    Fault::local(
        FaultKind::InUse,
        format!("{pointer} names version {number}"),
    )
}

/// Returns the fault of a deletion that a pointer prevents, which does not pass by itself; `None` if no pointer names the version.
pub fn held(named: Vec<Naming>, number: u64) -> Option<Fault> {
    let mut named = named.into_iter();
    let naming = named.find(|naming| naming.versions.contains(&number))?;
    Some(named_now(number, &format!("`{}`", naming.pointer)))
}

/// Returns which of the `mentions` a text contains, as they are or with the escapes of JSON.
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
    fn a_mention_is_found_as_it_is_and_escaped_as_in_json() {
        let mentions =
            BTreeSet::from(["tools/a \"b\".py", "tools/c.py", "tools/d.py"].map(str::to_owned));
        let text = r#"[{"key":"tools/a \"b\".py"},{"key":"tools/c.py"}]"#;
        let found = BTreeSet::from(["tools/a \"b\".py", "tools/c.py"].map(str::to_owned));
        assert_eq!(mentioned(text, &mentions), found);
    }
}
