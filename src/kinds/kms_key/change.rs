//! Picks the call that brings a key closer to its spec.

use super::spec::KeySpec;
use crate::resource::field::{TagChange, is_touched};
use crate::resource::reference::Resolved;

/// A change that KMS makes in one call.
#[derive(Debug, PartialEq)]
pub(super) enum KeyChange {
    /// Cancel the deletion, which leaves the key disabled.
    CancelDeletion,
    /// Enable the key.
    Enable,
    /// Replace the key policy.
    Policy,
    /// Rotate the key every so many days.
    Rotate(u32),
    /// Stop rotating the key.
    StopRotation,
    /// Write the description.
    Description,
    /// Write or remove tags.
    Tags(TagChange),
    /// Disable the key.
    Disable,
    /// Schedule the key's deletion after the waiting period.
    ScheduleDeletion,
}

/// Picks the next change among the fields that differ.
///
/// A key that is pending deletion takes no other change, and a disabled key cannot be rotated (KMS developer guide, "Key states of AWS
/// KMS keys"). So a deletion is cancelled and a key is enabled before all other changes; it is disabled and its deletion is scheduled
/// after them.
pub(super) fn next_change(
    now: &KeySpec<Resolved>,
    spec: &KeySpec<Resolved>,
    fields: &[String],
) -> Option<KeyChange> {
    let touched = |pointer: &str| is_touched(fields, pointer);
    let changes = [
        (touched("/pendingDeletion") && !spec.pending_deletion)
            .then_some(KeyChange::CancelDeletion),
        (touched("/enabled") && spec.enabled).then_some(KeyChange::Enable),
        touched("/policy").then_some(KeyChange::Policy),
        (touched("/rotation") || touched("/rotationPeriodDays")).then_some(if spec.rotation {
            KeyChange::Rotate(spec.rotation_period_days)
        } else {
            KeyChange::StopRotation
        }),
        touched("/description").then_some(KeyChange::Description),
        touched("/tags")
            .then(|| TagChange::between(&now.tags, &spec.tags))
            .flatten()
            .map(KeyChange::Tags),
        (touched("/enabled") && !spec.enabled).then_some(KeyChange::Disable),
        (touched("/pendingDeletion") && spec.pending_deletion)
            .then_some(KeyChange::ScheduleDeletion),
    ];
    changes.into_iter().flatten().next()
}
