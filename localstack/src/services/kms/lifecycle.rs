//! The states of a key: enabled, disabled, to be deleted.
//!
//! Which operation is refused in which state, and how, is the table of the KMS developer guide, "Key states of AWS KMS keys".

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::input::OfKey;
use super::state::{Key, Status};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::{deadline, epoch_seconds};
use crate::validate::Checks;
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

/// KMS API, `ScheduleKeyDeletion`: 7 to 30 days, 30 when left out.
const SHORTEST_WINDOW: u32 = 7;
const LONGEST_WINDOW: u32 = 30;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Schedule {
    key_id: String,
    pending_window_in_days: Option<i64>,
}

impl Status {
    /// Gives the name of the state in answers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion { .. } => "PendingDeletion",
        }
    }
}

impl Key {
    fn enter(&mut self, call: &Call<'_>, status: Status) {
        if *self.status.here() != status {
            self.status.change(call, status);
        }
    }
}

/// KMS API, `EnableKey`: an enabled key stays so.
pub(super) fn enable(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    enter(call, world, Status::Enabled)
}

/// KMS API, `DisableKey`: a disabled key stays so.
pub(super) fn disable(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    enter(call, world, Status::Disabled)
}

/// KMS API, `ScheduleKeyDeletion`.
pub(super) fn schedule_deletion(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Schedule = call.json()?;
    let days = window(call, input.pending_window_in_days)?;
    let kms = &mut world.region_mut(call.region).kms;
    let key = kms.lasting_mut(call, &input.key_id)?;
    let until = deadline(call.now, DAY * days);
    key.enter(call, Status::PendingDeletion { until });
    Ok(Answer::json(&json!({
        "KeyId": key.arn,
        "DeletionDate": epoch_seconds(until),
        "KeyState": key.status.here().name(),
        "PendingWindowInDays": days,
    })))
}

/// KMS API, `CancelKeyDeletion`: the key is disabled afterwards.
pub(super) fn cancel_deletion(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: OfKey = call.json()?;
    let kms = &mut world.region_mut(call.region).kms;
    let key = kms.named_mut(call, &input.key_id)?;
    if !matches!(key.status.here(), Status::PendingDeletion { .. }) {
        return Err(Refusal::bad_request(
            "KMSInvalidStateException",
            format!("{} is not pending deletion.", key.arn),
        ));
    }
    key.enter(call, Status::Disabled);
    Ok(Answer::json(&json!({ "KeyId": key.arn })))
}

fn enter(call: &Call<'_>, world: &mut World, status: Status) -> Result<Answer, Refusal> {
    let input: OfKey = call.json()?;
    let kms = &mut world.region_mut(call.region).kms;
    kms.lasting_mut(call, &input.key_id)?.enter(call, status);
    Ok(Answer::empty())
}

fn window(call: &Call<'_>, days: Option<i64>) -> Result<u32, Refusal> {
    let Some(days) = days else {
        return Ok(LONGEST_WINDOW);
    };
    // The model allows 365 days; the narrower rule is that of the operation's page.
    Checks::new()
        .range("pendingWindowInDays", days, &(1..=365))
        .finish(call)?;
    u32::try_from(days)
        .ok()
        .filter(|days| (SHORTEST_WINDOW..=LONGEST_WINDOW).contains(days))
        .ok_or_else(|| {
            // Guess: the sentence.
            call.invalid(format!(
                "PendingWindowInDays must be between {SHORTEST_WINDOW} and {LONGEST_WINDOW}, inclusive."
            ))
        })
}
