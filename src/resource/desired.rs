//! What is wished for: every resource of the declared agents, with kinds erased.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::{Address, PhysicalName};
use super::kind::Kind;
use super::owner::Owner;
use super::reference::{Declared, Input, Source, sources};
use super::registry::declared;

/// One resource that is wished for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DesiredResource {
    pub address: Address,
    /// Whose it shall be; `None` for what the account shares.
    pub owner: Option<Owner>,
    /// Its physical name, which may itself wait for an output.
    pub name: Input<PhysicalName>,
    /// Its canonical declared spec.
    pub spec: Value,
    /// Outputs that are known before it exists because we choose them.
    pub known: BTreeMap<String, Value>,
}

impl DesiredResource {
    /// Wishes for a resource of kind `K`.
    pub fn new<K: Kind>(
        name: &str,
        owner: Option<&Owner>,
        physical: impl Into<Input<PhysicalName>>,
        spec: K::Spec<Declared>,
    ) -> Self {
        Self {
            address: Address::new(K::NAME, name),
            owner: owner.cloned(),
            name: physical.into(),
            spec: declared::<K>(spec),
            known: BTreeMap::new(),
        }
    }

    /// Says an output in advance.
    #[must_use]
    pub fn knowing(mut self, output: &str, value: impl Into<Value>) -> Self {
        self.known.insert(output.to_owned(), value.into());
        self
    }

    /// Lists every output that the spec or the name refers to.
    pub fn sources(&self) -> Vec<Source> {
        let mut found = sources(&self.spec);
        found.extend(self.name.sources());
        found
    }

    /// Puts what `lookup` knows into the physical name; `None` while something is missing.
    pub fn physical_name(
        &self,
        lookup: &impl Fn(&Source) -> Option<Value>,
    ) -> Option<PhysicalName> {
        self.name.resolve(lookup)
    }

    /// Returns the agent's name, unless the resource is the account's.
    pub fn agent(&self) -> Option<&str> {
        self.owner.as_ref().map(|owner| owner.agent.as_str())
    }
}

/// Everything that is wished for.
pub type Desired = Vec<DesiredResource>;
