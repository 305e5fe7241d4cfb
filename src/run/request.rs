//! What is to be applied.

use std::sync::Arc;

use crate::kinds::s3_object::Contents;
use crate::plan::file::PlanFile;
use crate::plan::model::Pins;
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;

/// What is to be applied.
pub struct ApplyRequest<'a> {
    /// The desired resources.
    pub desired: &'a [DesiredResource],
    /// Their owners, all of one project and environment.
    pub owners: &'a [Owner],
    /// Where the bytes of objects come from.
    pub contents: Arc<dyn Contents>,
    /// Whether pins hold.
    pub pins: Pins,
    /// The saved plan that alone may be carried out.
    pub saved: Option<SavedPlan<'a>>,
}

/// A saved plan, and whose key it has to be made with.
#[derive(Debug, Clone, Copy)]
pub struct SavedPlan<'a> {
    /// The plan.
    pub file: &'a PlanFile,
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub env: &'a str,
}
