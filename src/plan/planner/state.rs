//! The state of the planner.

use std::collections::BTreeSet;

use crate::plan::model::{Foreign, Pins, Plan};
use crate::plan::observation::{Observations, Records};
use crate::resource::address::Address;
use crate::resource::outputs::Outputs;
use crate::resource::registry::Registry;

pub(super) struct Planner<'a> {
    pub(super) registry: &'a Registry,
    pub(super) observed: &'a Observations,
    pub(super) records: &'a Records,
    pub(super) pins: Pins,
    pub(super) plan: Plan,
    /// The known outputs of the resources that were planned so far.
    pub(super) available: Outputs,
    pub(super) foreign: Vec<Foreign>,
    /// The resources that are created or replaced.
    pub(super) remade: BTreeSet<Address>,
}
