//! Data protection policies of log groups.

use serde::Deserialize;
use serde_json::{Map, json};

use super::name;
use super::protection_document::{self as document, Findings};
use super::state::{Class, DataProtection};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Put {
    log_group_identifier: String,
    policy_document: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OfGroup {
    log_group_identifier: String,
}

/// Logs API, `PutDataProtectionPolicy`: replaces the policy that was there.
pub(super) fn put(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Put = call.json()?;
    let name = name::of_identifier(call, &input.log_group_identifier)?;
    if world.region(call.region).logs.group(name)?.class != Class::Standard {
        // Logs user guide, "Log classes": only the standard class has data protection. Guess: code and sentence.
        return Err(call.invalid(
            "Data protection policies are supported only for log groups of the STANDARD log class.",
        ));
    }
    let findings =
        document::check(&input.policy_document).map_err(|flaw| call.invalid(flaw.to_string()))?;
    for destination in findings {
        check_destination(call, world, &destination)?;
    }
    let logs = &mut world.region_mut(call.region).logs;
    logs.group_mut(name)?.data_protection = DataProtection::Active {
        text: input.policy_document.clone(),
        updated: call.now,
    };
    Ok(Answer::json(&json!({
        "logGroupIdentifier": input.log_group_identifier,
        "policyDocument": input.policy_document,
        "lastUpdatedTime": call.now.as_millisecond(),
    })))
}

/// Logs API, `GetDataProtectionPolicy`: without a policy, the answer has no document.
pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: OfGroup = call.json()?;
    let name = name::of_identifier(call, &input.log_group_identifier)?;
    let group = world.region(call.region).logs.group(name)?;
    let mut output = Map::new();
    output.insert(
        "logGroupIdentifier".to_owned(),
        json!(input.log_group_identifier),
    );
    if let DataProtection::Active { text, updated } = &group.data_protection {
        output.insert("policyDocument".to_owned(), json!(text));
        output.insert(
            "lastUpdatedTime".to_owned(),
            json!(updated.as_millisecond()),
        );
    }
    Ok(Answer::json(&output))
}

/// Logs API, `DeleteDataProtectionPolicy`. Guess: no error when there is none.
pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: OfGroup = call.json()?;
    let name = name::of_identifier(call, &input.log_group_identifier)?;
    let logs = &mut world.region_mut(call.region).logs;
    let group = logs.group_mut(name)?;
    if matches!(group.data_protection, DataProtection::Active { .. }) {
        group.data_protection = DataProtection::Deleted;
    }
    Ok(Answer::empty())
}

/// Logs API, `PutDataProtectionPolicy`: destinations of findings must already exist. Guess: the sentence.
fn check_destination(
    call: &Call<'_>,
    world: &World,
    destination: &Findings,
) -> Result<(), Refusal> {
    let (kind, name, exists) = match destination {
        Findings::LogGroup(name) => {
            let logs = &world.region(call.region).logs;
            ("log group", name, logs.groups.contains_key(name))
        }
        Findings::Bucket(name) => ("S3 bucket", name, world.s3.has_bucket(name)),
        Findings::DeliveryStream(name) => {
            return Err(Refusal::not_built(format!(
                "Firehose delivery streams (`{name}` as a findings destination) are not built"
            )));
        }
    };
    if exists {
        Ok(())
    } else {
        Err(call.invalid(format!(
            "The findings destination {kind} {name} does not exist."
        )))
    }
}
