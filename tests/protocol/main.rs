//! The requests of each kind, and how it reads the answers, with canned answers of AWS.
#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, missing_docs)]

mod agentcore_endpoint;
mod agentcore_old_version;
mod agentcore_runtime;
mod artifacts_bucket;
mod guard;
mod host;
mod iam_role;
mod kms_key;
mod lambda_alias;
mod lambda_function;
mod lambda_old_version;
mod lambda_version;
mod log_group;
mod record_store;
mod s3_object;
mod support;
