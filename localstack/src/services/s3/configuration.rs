//! What is configured for a bucket: encryption, the public access block, a policy.

use serde::{Deserialize, Serialize};

use crate::services::iam::bound::Bound;

/// What a bucket does to objects that do not ask for anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BucketEncryption {
    /// The key as it was given; SSE-S3 when there is none. S3 does not look at it before an object is written.
    pub(super) key: Option<String>,
    pub(super) bucket_key: bool,
    /// Whether objects may not be encrypted with a key of the customer.
    pub(super) blocks_customer_keys: bool,
}

impl Default for BucketEncryption {
    fn default() -> Self {
        // S3 user guide, "Default SSE-C setting for new buckets FAQ": blocked since April 2026.
        Self {
            key: None,
            bucket_key: false,
            blocks_customer_keys: true,
        }
    }
}

/// The four settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are four independent switches in AWS"
)]
pub(super) struct PublicAccessBlock {
    pub(super) block_public_acls: bool,
    pub(super) ignore_public_acls: bool,
    pub(super) block_public_policy: bool,
    pub(super) restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    pub(super) const fn all() -> Self {
        Self {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }
    }
}

/// A policy as it is read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Policy(pub(super) Bound);
