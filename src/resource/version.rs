//! The versions of an agent: those that a pointer can be moved to, and the old ones that are not kept for ever.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::PhysicalName;
use super::fault::Fault;
use super::owner::Owner;
use super::reference::Stage;

/// How many versions of a resource are kept, the newest first, besides those that something points at.
pub const KEPT: u64 = 10;

/// One published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number.
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

/// Lists the versions that pointers of one kind can be moved to.
pub trait VersionLister: Send + Sync {
    /// Lists the versions that the named pointer can be moved to, in no order.
    fn versions<'a>(
        &'a self,
        pointer: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Version>, Fault>>;
}

/// Tells what the versions of one kind use.
pub trait VersionUser: Send + Sync {
    /// Returns which of the `mentions` stand in the configuration of any version of the owner's resource, those being deleted and
    /// those numbered `going` left out.
    fn used<'a>(
        &'a self,
        owner: &'a Owner,
        going: &'a BTreeSet<u64>,
        mentions: &'a BTreeSet<String>,
    ) -> BoxFuture<'a, Result<BTreeSet<String>, Fault>>;
}

/// Returns which of the `mentions` stand in a text, as they are or as a JSON text in it has them.
pub fn mentioned<'a>(
    text: &str,
    mentions: impl IntoIterator<Item = &'a String>,
) -> BTreeSet<String> {
    let stands = |mention: &&String| {
        let quoted = Value::from(mention.as_str()).to_string();
        text.contains(mention.as_str()) || text.contains(quoted.trim_matches('"'))
    };
    mentions.into_iter().filter(stands).cloned().collect()
}

/// What tells one old version from others: what it is a version of, and its number. Nobody wishes for one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct OldVersionSpec<S: Stage> {
    /// The name or id of what it is a version of.
    pub of: S::Ref<String>,
    /// Its number.
    pub number: u64,
}

/// What only the service can tell of an old version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OldVersionOutputs {
    /// How many versions there are that are newer.
    pub newer: u64,
}

/// Counts the versions that are newer than one of them.
pub fn newer_than(number: u64, numbers: &[u64]) -> u64 {
    let newer = numbers.iter().filter(|other| **other > number);
    newer.map(|_| 1).sum()
}

/// Lists the versions that may be too many: those that are not kept once one more is made.
pub fn beyond_kept(numbers: &[u64]) -> Vec<u64> {
    let is_beyond = |number: &&u64| newer_than(**number, numbers) + 1 >= KEPT;
    numbers.iter().filter(is_beyond).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_nine_newest_may_be_too_many_once_one_more_is_made() {
        let numbers = [3, 15, 14, 13, 12, 11, 10, 9, 8, 7, 1];
        assert_eq!(beyond_kept(&numbers), [3, 1]);
        assert_eq!((newer_than(15, &numbers), newer_than(3, &numbers)), (0, 9));
        assert_eq!(beyond_kept(&numbers[..9]), [0; 0]);
    }

    #[test]
    fn a_mention_is_found_as_it_is_and_as_json_has_it() {
        let mentions =
            BTreeSet::from(["tools/a \"b\".py", "tools/c.py", "tools/d.py"].map(str::to_owned));
        let text = r#"[{"key":"tools/a \"b\".py"},{"key":"tools/c.py"}]"#;
        let found = BTreeSet::from(["tools/a \"b\".py", "tools/c.py"].map(str::to_owned));
        assert_eq!(mentioned(text, &mentions), found);
    }
}
