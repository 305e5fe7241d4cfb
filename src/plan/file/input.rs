//! What a plan is made of.

use crate::plan::model::Plan;
use crate::plan::observation::Observations;
use crate::plan::record::Seal;
use crate::resource::desired::DesiredResource;
use crate::resource::registry::Registry;

/// What a plan is made of.
#[derive(Debug, Clone, Copy)]
pub struct PlanFileInput<'a> {
    /// The kinds.
    pub registry: &'a Registry,
    /// The project's key, if it has one.
    pub seal: Option<&'a Seal>,
    /// What is wished for.
    pub desired: &'a [DesiredResource],
    /// What was found.
    pub observed: &'a Observations,
    /// What follows from it.
    pub plan: &'a Plan,
}
