//! KMS keys, each with its alias: `kms-key`.
//!
//! The physical name is the alias, or the key's ARN where a crash left a key without its alias. A key is known as ours by its
//! tags.

#[cfg(feature = "aws")]
mod aws;
#[cfg(any(feature = "aws", test))]
mod change;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use aws::{KeyReader, KeyWriter};
pub use spec::{DEFAULT_ROTATION_PERIOD_DAYS, KeyOutputs, KeySpec};

use crate::resource::kind::{Effect, FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, OutputField, Stage};

/// The key's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");
/// The key's id.
pub const ID: OutputField<String> = OutputField::new("id");
/// The key's alias.
pub const ALIAS: OutputField<String> = OutputField::new("alias");

/// The kind of KMS keys.
#[derive(Debug, Clone, PartialEq)]
pub struct KmsKey;

impl Kind for KmsKey {
    const NAME: &'static str = "kms-key";
    type Spec<S: Stage> = KeySpec<S>;
    type Outputs = KeyOutputs;
    const RULES: &'static [FieldRule] = &[FieldRule::new("/policy", Effect::Permissions)];
    const LEFTOVER: Leftover = Leftover::Keep;
    // CreateKey makes no alias, and a key is known by its alias.
    const CREATED_UNSEEN: bool = true;
    const HOLDS: Option<&'static str> =
        Some("everything encrypted under it, once the deletion date has passed");

    fn canonical<S: Stage>(mut spec: KeySpec<S>) -> KeySpec<S> {
        spec.policy = spec.policy.canonical();
        // A key that does not rotate has no period, and KMS tells none.
        if !spec.rotation {
            spec.rotation_period_days = DEFAULT_ROTATION_PERIOD_DAYS;
        }
        spec
    }

    fn summary(spec: &KeySpec<Declared>) -> String {
        if spec.rotation {
            format!("rotated every {}d", spec.rotation_period_days)
        } else {
            "not rotated".to_owned()
        }
    }
}
