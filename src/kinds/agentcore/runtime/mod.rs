//! Runtimes: an agent's code with its role, network and limits.
//!
//! The SDK does not have three fields of the service, so they can be neither declared nor read: `hooksConfiguration` and
//! `resourceConfigurations`, which an update by agentctl resets like everything that it leaves out, and `certificateConfigurations` of an
//! authorizer. `requireServiceS3Endpoint` of a network is ignored: the service refuses it for every runtime that agentctl can have made
//! (`AgentCore` control API, `VpcConfig`).

pub mod authorizer;
#[cfg(feature = "aws")]
mod aws;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{RuntimeReader, RuntimeWriter};
pub use self::kind::AgentcoreRuntime;
pub use self::spec::{
    ARN, Artifact, COUNT, Code, Container, Filesystem, HTTP, ID, Lifecycle, NAME, Network,
    PLATFORM, Ports, Protocol, RuntimeOutputs, RuntimeSpec, VERSION,
};
