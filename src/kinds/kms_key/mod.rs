//! KMS keys, each with its alias: `kms-key`.
//!
//! The physical name is the alias, or the key's ARN where a crash left a key without its alias. A key's tags show that agentctl manages it.

#[cfg(feature = "aws")]
mod aws;
#[cfg(any(feature = "aws", test))]
mod change;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{KeyReader, KeyWriter};
pub use self::kind::KmsKey;
pub use self::spec::{ALIAS, ARN, DEFAULT_ROTATION_PERIOD_DAYS, ID, KeyOutputs, KeySpec};
