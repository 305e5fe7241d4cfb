//! What agentctl keeps of an agent beside its resources.

use jiff::Timestamp;

use super::lock::Found;
use crate::resource::fault::Fault;

/// What is kept of one agent; each part may be unreadable by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// When it was last applied; `None` when nothing is remembered.
    pub applied: Result<Option<Applied>, Fault>,
    /// Its lock; `None` when nobody holds it.
    pub lock: Result<Option<Found>, Fault>,
}

/// The last apply that changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// When its last step was remembered, by the clock of the store.
    pub at: Timestamp,
    /// The version of the agentctl that made it.
    pub agentctl: String,
}
