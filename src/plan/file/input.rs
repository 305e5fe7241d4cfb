//! The input of a saved plan.

use crate::plan::model::Plan;
use crate::plan::observation::Observations;
use crate::plan::record::Seal;
use crate::resource::desired::DesiredResource;
use crate::resource::registry::Registry;

/// The input of a saved plan.
#[derive(Debug, Clone, Copy)]
pub struct PlanFileInput<'a> {
    /// The kinds.
    pub registry: &'a Registry,
    /// The project's key, if it has one.
    pub seal: Option<&'a Seal>,
    /// The desired resources.
    pub desired: &'a [DesiredResource],
    /// The observed resources.
    pub observed: &'a Observations,
    /// The plan.
    pub plan: &'a Plan,
}
