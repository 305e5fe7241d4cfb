//! A policy that keeps the roles it names by their unique ids.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A document whose role principals are bound to the roles' unique ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bound {
    pub(super) text: String,
    /// Unique ids by the principal as it was written.
    pub(super) roles: BTreeMap<String, String>,
}

impl Bound {
    /// Gives the document as it was written.
    pub(crate) fn written(&self) -> &str {
        &self.text
    }
}
