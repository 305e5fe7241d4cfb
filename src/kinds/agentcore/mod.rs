//! The kinds of Bedrock AgentCore: the runtime that runs an agent's code, and the endpoint through which callers reach a version of it.
//!
//! Every update of a runtime creates a version, so the newest version is an output of the runtime. Only old versions, which are to be
//! deleted, are a kind.

#[cfg(feature = "aws")]
mod aws;
pub mod endpoint;
pub mod old_version;
pub mod runtime;

/// The value of `lastUpdate` of a runtime or an endpoint whose last update succeeded.
pub const APPLIED: &str = "Successful";
