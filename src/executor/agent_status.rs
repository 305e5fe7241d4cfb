//! What `status` reports of an agent beside its resources.

use jiff::Timestamp;

use super::lock::FoundLock;
use crate::plan::pin::AgentPins;
use crate::resource::fault::Fault;

/// The last apply, the pins and the lock of one agent. Each may be unreadable by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentStatus {
    /// The last apply; `None` when there is no record of one.
    pub applied: Result<Option<LastApply>, Fault>,
    /// The pins.
    pub pins: Result<AgentPins, Fault>,
    /// The lock; `None` when nobody holds it.
    pub lock: Result<Option<FoundLock>, Fault>,
}

/// The last apply that changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastApply {
    /// When its last step was recorded, by the store's clock.
    pub at: Timestamp,
    /// The version of agentctl that ran it.
    pub agentctl: String,
}
