//! The input of a drift check.

use crate::plan::model::Plan;
use crate::plan::observation::Observations;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::owner::Ownership;

/// The input of a drift check.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// The plan of an apply.
    pub plan: Plan,
    /// Resources whose names belong to resources without their marks. The plan treats them as unreadable.
    pub taken: Vec<Taken>,
    /// What was read.
    pub observed: Observations,
}

/// A resource whose name belongs to a resource without its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The resource.
    pub address: Address,
    /// Its physical name, unless that waits for an output.
    pub name: Option<PhysicalName>,
    /// The agent that it belongs to.
    pub agent: Option<String>,
    /// The owner according to the marks that were found.
    pub owner: Ownership,
}
