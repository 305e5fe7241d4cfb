//! What the planner knows and has decided so far.

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
    /// Outputs that dependants may count on, for everything visited so far.
    pub(super) available: Outputs,
    pub(super) foreign: Vec<Foreign>,
    /// What is created or made again.
    pub(super) remade: BTreeSet<Address>,
}
