//! agentctl deploys AI agents to AWS directly through the AWS SDK.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod manifest;
