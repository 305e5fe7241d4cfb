//! What a drift check compares.

use crate::plan::model::Plan;
use crate::plan::observation::Observations;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::owner::Ownership;

/// What a drift check compares.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// What an apply would do.
    pub plan: Plan,
    /// Resources whose names are taken by resources without their marks. The plan treats them as unreadable.
    pub taken: Vec<Taken>,
    /// What was read.
    pub observed: Observations,
}

/// A resource whose name is taken by what does not carry its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The resource.
    pub address: Address,
    /// Its physical name, unless that waits for an output.
    pub name: Option<PhysicalName>,
    /// The agent that it belongs to.
    pub agent: Option<String>,
    /// What the marks say that were found.
    pub owner: Ownership,
}
