//! Why a resource that is no longer declared is kept.

use serde::Serialize;

/// Why a resource that is no longer declared is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptReason {
    /// Others in the account use it.
    Shared,
    /// A version that is still served may need it; only a destroy deletes it.
    MayBeNeeded,
    /// Older versions of the agent run with it.
    OlderVersions,
    /// The next apply deletes it.
    NextApply,
    /// The service deletes it later; holds the time that the service reports.
    Leaving(String),
}
