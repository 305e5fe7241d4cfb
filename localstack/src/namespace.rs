//! Names that no two accounts of an endpoint may share: those of buckets.
//!
//! The accounts' states own the buckets; here only stands whose each name is. It is made again from the states when they are loaded.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which account has which name.
#[derive(Debug, Default)]
pub(crate) struct Namespace {
    owners: Mutex<BTreeMap<String, String>>,
}

impl Namespace {
    /// Gives the account that has a name.
    pub(crate) fn owner(&self, name: &str) -> Option<String> {
        self.owners().get(name).cloned()
    }

    /// Takes a name for an account, unless another has it; returns whether the account has it now.
    ///
    /// A write that is refused afterwards gives it back when the frame settles the account.
    pub(crate) fn claim(&self, name: &str, account: &str) -> bool {
        let mut owners = self.owners();
        let owner = owners
            .entry(name.to_owned())
            .or_insert_with(|| account.to_owned());
        owner == account
    }

    /// Gives back the names of an account that its state does not use.
    pub(crate) fn settle(&self, account: &str, is_used: impl Fn(&str) -> bool) {
        self.owners()
            .retain(|name, owner| owner != account || is_used(name));
    }

    fn owners(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        // Single entries are inserted and removed: a panic elsewhere leaves nothing half done in here.
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
