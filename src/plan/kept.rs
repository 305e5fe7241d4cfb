//! Why a resource that is no longer declared stays.

use serde::Serialize;

/// Why a resource that is no longer declared stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptReason {
    /// Others in the account use it.
    Shared,
    /// Something that still serves may need it; only a destroy deletes it.
    MayBeNeeded,
    /// The next apply deletes it.
    NextApply,
    /// The service deletes it, at the time that it reports.
    Leaving(String),
}
