//! A log group of CloudWatch Logs with its retention, encryption and masking.
//!
//! `AgentCore` creates the groups of a runtime itself, and creates them again, without marks, under names that contain the runtime's id.
//! Such a group belongs to the owner of its runtime. agentctl claims it with its marks, so that it is recognised when the runtime is
//! deleted.

#[cfg(feature = "aws")]
mod aws;
pub mod data_protection;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{LogGroupReader, LogGroupWriter};
pub use self::kind::LogGroup;
pub use self::spec::{
    ARN, GROUP_ARN, LogGroupOutputs, LogGroupSpec, NAME, RETENTION_POLICY, RUNTIME_FOLDER, STANDARD,
};
