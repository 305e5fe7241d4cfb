//! The ARN of a key, and why the key behind it cannot be used.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::answer::Refusal;
use crate::call::Call;

/// The ARN of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeyArn(String);

/// Why a key cannot be used, in the sentence in which KMS says it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// No key has this id, ARN or alias, or it was just made and is not seen yet.
    #[error("{0}")]
    NotFound(String),
    /// The key is disabled.
    #[error("{0} is disabled.")]
    Disabled(KeyArn),
    /// The key is to be deleted.
    #[error("{0} is pending deletion.")]
    PendingDeletion(KeyArn),
    /// The key is not a symmetric one for encryption.
    #[error("{0} key usage is {1} which is not valid for GenerateDataKey.")]
    NotSymmetric(KeyArn, String),
}

impl Unusable {
    /// Gives the code with which KMS answers its caller; services put their own name before it or have codes of their own.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NotFoundException",
            Self::Disabled(_) => "DisabledException",
            Self::PendingDeletion(_) => "KMSInvalidStateException",
            Self::NotSymmetric(..) => "InvalidKeyUsageException",
        }
    }
}

impl From<Unusable> for Refusal {
    fn from(unusable: Unusable) -> Self {
        Self::bad_request(unusable.code(), unusable.to_string())
    }
}

impl KeyArn {
    pub(super) fn new(call: &Call<'_>, id: &str) -> Self {
        Self(format!(
            "arn:{}:kms:{}:{}:key/{id}",
            call.partition(),
            call.region,
            call.account
        ))
    }

    /// Gives the ARN as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
