//! The kinds of Bedrock AgentCore: the runtime that runs an agent's code, and the endpoint that callers reach a version of it by.
//!
//! Every update of a runtime makes a version by itself, so versions are an output of the runtime and no kind of their own.

#[cfg(feature = "aws")]
mod aws;
pub mod endpoint;
pub mod runtime;

/// What `lastUpdate` of a runtime or an endpoint says when all is well.
pub const APPLIED: &str = "Successful";
