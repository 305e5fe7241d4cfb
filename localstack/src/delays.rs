//! How long the services take: named durations, in three profiles.

use std::time::Duration;

/// The durations of everything that AWS does not do at once.
///
/// Take a profile and change single fields where a test needs it. Each field says where the number of [`Delays::real`] comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delays {
    /// From `CreateRole` or a changed trust policy until services can assume the role. Deployers see 5 to 120 s; 8 s is a guess at the usual case.
    pub role_propagation: Duration,
    /// From `CreateFunction` until `State` is `Active`. Guess: 3 to 5 s for zip functions without a VPC.
    pub lambda_pending: Duration,
    /// From an update until `LastUpdateStatus` is `Successful`. Guess: 2 to 3 s.
    pub lambda_update: Duration,
    /// From `PublishVersion` until the version is `Active`. Guess.
    pub lambda_publish: Duration,
    /// From a change of a key, its policy or alias until other services see it. KMS developer guide, "Eventual consistency": seconds, at most minutes.
    pub kms_visible: Duration,
    /// From a key's association until a log group encrypts with it. `CloudWatch` Logs API, `AssociateKmsKey`: up to 5 minutes.
    pub logs_key_association: Duration,
    /// From a change of tags until the Resource Groups Tagging API finds it. Guess: the page promises only eventual consistency.
    pub tag_index: Duration,
    /// From `CreateAgentRuntime` until the runtime is `READY` on platform V1. As measured by deployers: 6 s.
    pub agentcore_create: Duration,
    /// From an update of a runtime on platform V1 until it is `READY`. As measured by deployers: 4 s.
    pub agentcore_update: Duration,
    /// The same two on platform V2. As measured by deployers for creation, 185 s; guess that an update takes as long.
    pub agentcore_v2: Duration,
    /// From `DeleteAgentRuntime` until the runtime is gone. As measured by deployers: 4 to 5 minutes.
    pub agentcore_delete: Duration,
    /// Until an endpoint serves a version that is ready. As measured by deployers: 5 s.
    pub agentcore_endpoint: Duration,
    /// From `DeleteAgentRuntimeEndpoint` until the endpoint is gone. As measured by deployers: 3 minutes.
    pub agentcore_endpoint_delete: Duration,
}

impl Delays {
    /// Delays as in AWS.
    pub const fn real() -> Self {
        Self {
            role_propagation: Duration::from_secs(8),
            lambda_pending: Duration::from_secs(4),
            lambda_update: Duration::from_millis(2500),
            lambda_publish: Duration::from_secs(2),
            kms_visible: Duration::from_secs(2),
            logs_key_association: Duration::from_secs(30),
            tag_index: Duration::from_secs(5),
            agentcore_create: Duration::from_secs(6),
            agentcore_update: Duration::from_secs(4),
            agentcore_v2: Duration::from_secs(185),
            agentcore_delete: Duration::from_mins(4),
            agentcore_endpoint: Duration::from_secs(5),
            agentcore_endpoint_delete: Duration::from_mins(3),
        }
    }

    /// Delays long enough to be met and short enough not to be felt.
    pub const fn fast() -> Self {
        Self {
            role_propagation: Duration::from_millis(60),
            lambda_pending: Duration::from_millis(40),
            lambda_update: Duration::from_millis(30),
            lambda_publish: Duration::from_millis(20),
            kms_visible: Duration::from_millis(20),
            logs_key_association: Duration::from_millis(20),
            tag_index: Duration::from_millis(40),
            agentcore_create: Duration::from_millis(40),
            agentcore_update: Duration::from_millis(30),
            agentcore_v2: Duration::from_millis(80),
            agentcore_delete: Duration::from_millis(60),
            agentcore_endpoint: Duration::from_millis(30),
            agentcore_endpoint_delete: Duration::from_millis(50),
        }
    }

    /// No delay: every transition is over when it is first read.
    pub const fn none() -> Self {
        Self {
            role_propagation: Duration::ZERO,
            lambda_pending: Duration::ZERO,
            lambda_update: Duration::ZERO,
            lambda_publish: Duration::ZERO,
            kms_visible: Duration::ZERO,
            logs_key_association: Duration::ZERO,
            tag_index: Duration::ZERO,
            agentcore_create: Duration::ZERO,
            agentcore_update: Duration::ZERO,
            agentcore_v2: Duration::ZERO,
            agentcore_delete: Duration::ZERO,
            agentcore_endpoint: Duration::ZERO,
            agentcore_endpoint_delete: Duration::ZERO,
        }
    }
}
