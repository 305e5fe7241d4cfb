//! Automatic rotation of a key's material.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, json};

use super::input::OfKey;
use super::state::{Key, Rotation, Status};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::epoch_seconds;
use crate::validate::Checks;
use crate::world::World;

/// KMS API, `EnableKeyRotation`: the period when none is given.
const DEFAULT_PERIOD_DAYS: i64 = 365;

const SECONDS_OF_DAY: i64 = 24 * 60 * 60;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Enable {
    key_id: String,
    rotation_period_in_days: Option<i64>,
}

impl Rotation {
    /// Returns when the material is rotated next: whole periods after rotation was switched on.
    fn next(self, now: Timestamp) -> Timestamp {
        let period = self.period_days * SECONDS_OF_DAY;
        let passed = now.duration_since(self.since).as_secs() / period;
        self.since
            .checked_add(SignedDuration::from_secs((passed + 1) * period))
            .unwrap_or(Timestamp::MAX)
    }
}

impl Key {
    fn must_be_rotatable(&self) -> Result<(), Refusal> {
        if self.is_symmetric() {
            return Ok(());
        }
        // Guess: the sentence, after that on a key's origin.
        Err(Refusal::bad_request(
            "UnsupportedOperationException",
            format!(
                "{} key spec is {} which is not valid for this operation.",
                self.arn, self.spec
            ),
        ))
    }
}

/// KMS API, `EnableKeyRotation`: also changes the period of a key that rotates.
pub(super) fn enable(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Enable = call.json()?;
    let period_days = input.rotation_period_in_days.unwrap_or(DEFAULT_PERIOD_DAYS);
    Checks::new()
        .range("rotationPeriodInDays", period_days, &(90..=2560))
        .finish(call)?;
    let rotation = Rotation {
        since: call.now,
        period_days,
    };
    set(call, world, &input.key_id, Some(rotation))
}

/// KMS API, `DisableKeyRotation`.
pub(super) fn disable(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: OfKey = call.json()?;
    set(call, world, &input.key_id, None)
}

/// KMS API, `GetKeyRotationStatus`: false while the key is to be deleted, whatever it was.
pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: OfKey = call.json()?;
    let key = world.region(call.region).kms.named(call, &input.key_id)?;
    key.must_be_rotatable()?;
    let pending = matches!(key.status.here(), Status::PendingDeletion { .. });
    let rotation = key.rotation.filter(|_| !pending);
    let mut output = Map::new();
    output.insert("KeyId".to_owned(), json!(key.id));
    output.insert("KeyRotationEnabled".to_owned(), json!(rotation.is_some()));
    if let Some(rotation) = rotation {
        let next = epoch_seconds(rotation.next(call.now));
        output.insert(
            "RotationPeriodInDays".to_owned(),
            json!(rotation.period_days),
        );
        output.insert("NextRotationDate".to_owned(), json!(next));
    }
    Ok(Answer::json(&output))
}

fn set(
    call: &Call<'_>,
    world: &mut World,
    name: &str,
    rotation: Option<Rotation>,
) -> Result<Answer, Refusal> {
    let kms = &mut world.region_mut(call.region).kms;
    let key = kms.named_mut(call, name)?;
    key.must_be_rotatable()?;
    key.must_be_enabled()?;
    // Guess: switching on what is on, with the same period, moves no date.
    let period = |rotation: &Rotation| rotation.period_days;
    if key.rotation.as_ref().map(period) != rotation.as_ref().map(period) {
        key.rotation = rotation;
    }
    Ok(Answer::empty())
}
