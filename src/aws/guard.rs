//! What stands between every client and the network: the refusal of mutations to readers, and the count of calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// What clients may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only the listed reads; anything else is refused before it is sent.
    Read,
    /// Everything.
    Write,
}

/// Every operation that a reader may call. A closed list: what is not here is refused, whatever its name looks like.
const READS: &[&str] = &[
    "DescribeKey",
    "DescribeLogGroups",
    "GetAccountAuthorizationDetails",
    "GetAgentRuntime",
    "GetAgentRuntimeEndpoint",
    "GetBucketEncryption",
    "GetBucketPolicy",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetCallerIdentity",
    "GetDataProtectionPolicy",
    "GetFunction",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetObject",
    "GetPublicAccessBlock",
    "GetResources",
    "GetRole",
    "GetRolePolicy",
    "HeadBucket",
    "HeadObject",
    "ListAgentRuntimeEndpoints",
    "ListAgentRuntimes",
    "ListAliases",
    "ListAttachedRolePolicies",
    "ListFunctions",
    "ListKeys",
    "ListObjectVersions",
    "ListResourceTags",
    "ListRolePolicies",
    "ListRoles",
    "ListTags",
    "ListTagsForResource",
    "ListVersionsByFunction",
];

/// A mutation that was tried with clients that may only read.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` was refused before it was sent: this command only reads")]
pub(super) struct Refused(String);

/// The interceptor that every client carries.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    access: Access,
    calls: Arc<AtomicU64>,
}

impl Guard {
    pub(super) fn new(access: Access) -> Self {
        Self {
            access,
            calls: Arc::default(),
        }
    }

    /// Returns how many requests were sent, repetitions included.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "Guard"
    }

    // The first hook at which the bag knows the operation; nothing is sent before it.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.access == Access::Write {
            return Ok(());
        }
        // An operation that does not say its name is refused as well.
        let operation = bag
            .load::<Metadata>()
            .map(Metadata::name)
            .unwrap_or_default();
        if READS.contains(&operation) {
            Ok(())
        } else {
            Err(Refused(operation.to_owned()).into())
        }
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
