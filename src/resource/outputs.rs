//! The outputs of resources by address, and the lookup of references in them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::address::Address;
use super::provider::{Live, Reading};
use super::reference::Source;

/// The serialised outputs of resources.
pub type Outputs = BTreeMap<Address, Value>;

/// Returns the output that a reference names; `None` while it is not known.
pub fn lookup(outputs: &Outputs, source: &Source) -> Option<Value> {
    outputs
        .get(&source.address)?
        .get(&source.output)
        .filter(|value| !value.is_null())
        .cloned()
}

/// Returns the outputs of all resources that were found.
pub fn outputs_of(readings: &BTreeMap<Address, Reading<Live>>) -> Outputs {
    let found = readings
        .iter()
        .filter_map(|(address, reading)| match reading {
            Reading::Found(live) | Reading::Obscured(live, _) => {
                Some((address.clone(), live.outputs.clone()))
            }
            Reading::Absent | Reading::Unreadable(_) => None,
        });
    found.collect()
}
