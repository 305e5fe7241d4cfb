//! A log group of CloudWatch Logs with its retention, encryption and masking.
//!
//! `AgentCore` makes the groups of a runtime by itself and again, without marks, under names that hold the runtime's id. Such a group is
//! whose its runtime is, and is claimed by our marks, so that it is known when the runtime is gone.

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
