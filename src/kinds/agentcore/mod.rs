//! The kinds of Bedrock AgentCore: the runtime that runs an agent's code, and the endpoint that callers reach a version of it by.
//!
//! Every update of a runtime makes a version by itself, so the newest is an output of the runtime; only old ones, which are to go, are a
//! kind of their own.

#[cfg(feature = "aws")]
mod aws;
pub mod endpoint;
pub mod old_version;
pub mod runtime;

/// What `lastUpdate` of a runtime or an endpoint says when all is well.
pub const APPLIED: &str = "Successful";
