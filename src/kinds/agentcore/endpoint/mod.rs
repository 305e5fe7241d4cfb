//! Endpoints: the name under which callers reach a version of a runtime.
//!
//! The endpoint `DEFAULT` belongs to the service: it follows the newest version, and is created and deleted with the runtime.

#[cfg(feature = "aws")]
mod aws;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{EndpointReader, EndpointWriter};
pub use self::kind::{AgentcoreEndpoint, physical_name};
pub use self::spec::{ARN, DEFAULT, EndpointOutputs, EndpointSpec, MARK, NAME, is_marked};
