//! The fields of a key that can be declared, and the outputs that only AWS can give.

use crate::resource::document::Document;
use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The key's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The key's id.
pub const ID: OutputField<String> = OutputField::new("id");

/// The key's alias.
pub const ALIAS: OutputField<String> = OutputField::new("alias");

/// The default number of days between rotations (KMS API, `EnableKeyRotation`).
pub const DEFAULT_ROTATION_PERIOD_DAYS: u32 = 365;

/// The name of a key's only policy (KMS API, `PutKeyPolicy`). AWS has it as the default, other servers require it.
#[cfg(feature = "aws")]
pub(super) const POLICY_NAME: &str = "default";

/// The tag with the alias that a key is to get. It finds a key whose alias was never created.
#[cfg(feature = "aws")]
pub(super) const ALIAS_TAG: &str = "agentctl:alias";

/// The tag that names the attempt that created a key.
#[cfg(feature = "aws")]
pub(super) const INTENT_TAG: &str = "agentctl:intent";

/// A symmetric encryption key with key material from KMS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct KeySpec<S: Stage> {
    /// Empty when there is none.
    pub description: String,
    /// Whether the key can be used.
    pub enabled: bool,
    /// Whether the key is to be deleted when its waiting period has passed.
    pub pending_deletion: bool,
    /// Whether KMS rotates the key automatically. Reads as false while the deletion is pending (KMS API, `GetKeyRotationStatus`), and as
    /// before once the deletion is cancelled.
    pub rotation: bool,
    /// The days between rotations.
    pub rotation_period_days: u32,
    /// The key policy: who can use and manage the key.
    pub policy: Document<S>,
    /// The user's labels.
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a key, which only AWS can give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyOutputs {
    /// The key's ARN.
    pub arn: String,
    /// The key's id.
    pub id: String,
    /// The key's alias, or the one that it is to get.
    pub alias: String,
}
