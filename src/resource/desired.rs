//! The desired resources of the declared agents, with kinds erased.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::{Address, PhysicalName};
use super::kind::Kind;
use super::owner::Owner;
use super::reference::{Declared, Input, Source, sources};
use super::registry::declared;

/// One desired resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DesiredResource {
    pub address: Address,
    /// The declared owner; `None` for a resource that the account shares.
    pub owner: Option<Owner>,
    /// Its physical name, which can itself depend on an output.
    pub name: Input<PhysicalName>,
    /// Its canonical declared spec.
    pub spec: Value,
    /// Outputs that are known before the resource exists, because agentctl chooses them.
    pub known: BTreeMap<String, Value>,
}

impl DesiredResource {
    /// Declares a resource of kind `K`.
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

    /// Adds an output that is known in advance.
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

    /// Returns the physical name with the outputs that `lookup` knows; `None` while one is missing.
    pub fn physical_name(
        &self,
        lookup: &impl Fn(&Source) -> Option<Value>,
    ) -> Option<PhysicalName> {
        self.name.resolve(lookup)
    }

    /// Returns the agent's name, unless the resource belongs to the account.
    pub fn agent(&self) -> Option<&str> {
        self.owner.as_ref().map(|owner| owner.agent.as_str())
    }
}

/// All desired resources.
pub type Desired = Vec<DesiredResource>;
