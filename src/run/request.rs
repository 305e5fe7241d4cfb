//! What is to be applied.

use std::sync::Arc;

use crate::kinds::s3_object::Contents;
use crate::plan::file::PlanFile;
use crate::plan::model::Pins;
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;

/// What to apply.
pub struct ApplyRequest<'a> {
    /// The desired resources.
    pub desired: &'a [DesiredResource],
    /// Their owners, all of one project and environment.
    pub owners: &'a [Owner],
    /// The bytes of objects.
    pub contents: Arc<dyn Contents>,
    /// Whether pins count.
    pub pins: Pins,
    /// The saved plan, if only that plan may be carried out.
    pub saved: Option<SavedPlan<'a>>,
}

/// A saved plan, and the project whose key must have made it.
#[derive(Debug, Clone, Copy)]
pub struct SavedPlan<'a> {
    pub file: &'a PlanFile,
    pub project: &'a str,
    pub env: &'a str,
}
