//! The versions of an agent: those that a pointer can be moved to, and the old ones that are not kept for ever.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::address::PhysicalName;
use super::fault::Fault;
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
}

/// Lists the versions that pointers of one kind can be moved to.
pub trait VersionLister: Send + Sync {
    /// Lists the versions that the named pointer can be moved to, in no order.
    fn versions<'a>(
        &'a self,
        pointer: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Version>, Fault>>;

    /// Says why the service would not let callers reach a version; nothing when it would.
    fn refusal<'a>(
        &'a self,
        pointer: &'a PhysicalName,
        version: u64,
    ) -> BoxFuture<'a, Result<Option<String>, Fault>>;
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
}
