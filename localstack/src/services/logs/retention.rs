//! How long a log group keeps its events.

use serde::Deserialize;

use super::name;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::validate::Checks;
use crate::world::World;

/// Logs API, `PutRetentionPolicy`: the possible numbers of days.
const DAYS: [i64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Put {
    log_group_name: String,
    retention_in_days: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delete {
    log_group_name: String,
}

/// Logs API, `PutRetentionPolicy`.
pub(super) fn put(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Put = call.json()?;
    name::check(call, "logGroupName", &input.log_group_name)?;
    let days = DAYS.map(|days| days.to_string());
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    Checks::new()
        .one_of(
            "retentionInDays",
            &input.retention_in_days.to_string(),
            &days,
        )
        .finish(call)?;
    set(
        call,
        world,
        &input.log_group_name,
        Some(input.retention_in_days),
    )
}

/// Logs API, `DeleteRetentionPolicy`: no error when there is none.
pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Delete = call.json()?;
    name::check(call, "logGroupName", &input.log_group_name)?;
    set(call, world, &input.log_group_name, None)
}

fn set(
    call: &Call<'_>,
    world: &mut World,
    name: &str,
    days: Option<i64>,
) -> Result<Answer, Refusal> {
    let logs = &mut world.region_mut(call.region).logs;
    logs.group_mut(name)?.retention_days = days;
    Ok(Answer::empty())
}
