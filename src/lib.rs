//! agentctl deploys AI agents to AWS directly through the AWS SDK.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod apply;
pub mod artifact;
#[cfg(feature = "aws")]
pub mod aws;
pub mod event;
pub mod expand;
pub mod kinds;
pub mod manifest;
pub mod plan;
pub mod resource;
pub mod ui;
