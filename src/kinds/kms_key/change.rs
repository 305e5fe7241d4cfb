//! Which single call brings a key nearer to what is wished for.

use super::spec::KeySpec;
use crate::resource::field::{TagChange, is_touched};
use crate::resource::reference::Resolved;

/// A change that KMS makes in one call.
#[derive(Debug, PartialEq)]
pub(super) enum KeyChange {
    /// Take the deletion back, which leaves the key disabled.
    CancelDeletion,
    /// Let the key be used.
    Enable,
    /// Replace the key policy.
    Policy,
    /// Rotate the key every so many days.
    Rotate(u32),
    /// Rotate the key no more.
    StopRotation,
    /// Write the description.
    Description,
    /// Write or remove tags.
    Tags(TagChange),
    /// Let the key not be used.
    Disable,
    /// Delete the key after the waiting period.
    ScheduleDeletion,
}

/// Picks the next change among the fields that differ.
///
/// A key that is pending deletion takes no other change, and a disabled one cannot be rotated (KMS developer guide, "Key states
/// of AWS KMS keys"), so these two are mended first and brought about last.
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
