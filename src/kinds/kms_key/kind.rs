//! The kind of keys.

use super::spec::{DEFAULT_ROTATION_PERIOD_DAYS, ID, KeyOutputs, KeySpec};
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, Stage};

/// The kind of KMS keys.
#[derive(Debug, Clone, PartialEq)]
pub struct KmsKey;

impl Kind for KmsKey {
    const NAME: &'static str = "kms-key";
    type Spec<S: Stage> = KeySpec<S>;
    type Outputs = KeyOutputs;
    const RULES: &'static [FieldRule] = &[FieldRule::new("/policy", Effect::Permissions)];
    const IDENTITY: Option<&'static str> = Some(ID.name());
    const LEFTOVER: Leftover = Leftover::Keep;
    // CreateKey creates no alias, and a key is found by its alias.
    const CREATED_UNSEEN: bool = true;
    const HOLDS: Option<&'static str> =
        Some("everything encrypted under it, once the deletion date has passed");

    fn canonical<S: Stage>(mut spec: KeySpec<S>) -> KeySpec<S> {
        spec.policy = spec.policy.canonical();
        // A key that does not rotate has no period, and KMS returns none.
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
