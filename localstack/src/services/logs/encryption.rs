//! The KMS key of a log group, and whether its policy lets `CloudWatch` Logs use it for that group.

use serde::Deserialize;

use super::name;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::services::kms::key_arn::KeyArn;
use crate::validate::Checks;
use crate::world::World;

/// What the service does with a key. Guess: that association tries these, of those that the user guide has the policy allow ("Encrypt log
/// data in `CloudWatch` Logs using AWS KMS").
const ACTIONS: [&str; 3] = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Associate {
    log_group_name: Option<String>,
    resource_identifier: Option<String>,
    kms_key_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Disassociate {
    log_group_name: Option<String>,
    resource_identifier: Option<String>,
}

/// Logs API, `AssociateKmsKey`: replaces the key that was there.
pub(super) fn associate(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Associate = call.json()?;
    let name = target(
        call,
        input.log_group_name.as_ref(),
        input.resource_identifier.as_ref(),
    )?;
    let arn = world.region(call.region).logs.group(name)?.arn.clone();
    let key = usable_key(call, world, &input.kms_key_id, &arn)?;
    let logs = &mut world.region_mut(call.region).logs;
    logs.group_mut(name)?.key = Some(key);
    Ok(Answer::empty())
}

/// Logs API, `DisassociateKmsKey`: no error when there is none.
pub(super) fn disassociate(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Disassociate = call.json()?;
    let name = target(
        call,
        input.log_group_name.as_ref(),
        input.resource_identifier.as_ref(),
    )?;
    let logs = &mut world.region_mut(call.region).logs;
    logs.group_mut(name)?.key = None;
    Ok(Answer::empty())
}

/// Finds the key for a log group, if the service can encrypt the group with it.
///
/// A key that is not there, not enabled or not symmetric is an invalid parameter (Logs API, `AssociateKmsKey`). One whose policy does not
/// let the service use it is reported as a denied access, in the same sentence, as deployers report both.
pub(super) fn usable_key(
    call: &Call<'_>,
    world: &World,
    key: &str,
    group_arn: &str,
) -> Result<KeyArn, Refusal> {
    Checks::new()
        .length("kmsKeyId", key, &(0..=256))
        .finish(call)?;
    let sentence = format!(
        "The specified KMS key does not exist or is not allowed to be used with Arn '{group_arn}'"
    );
    let resource = key.splitn(6, ':').nth(5);
    if !key.starts_with("arn:") || !resource.is_some_and(|resource| resource.starts_with("key/")) {
        // Logs API, `AssociateKmsKey`: the ARN of the key. Guess: that an alias or an id is reported like this.
        return Err(call.invalid(sentence));
    }
    let kms = &world.region(call.region).kms;
    let key = kms
        .key_usable(call, key)
        .map_err(|_| call.invalid(sentence.as_str()))?;
    let service = format!("logs.{}.amazonaws.com", call.region);
    // The context keys of the user guide's policies, and those that service principals come with.
    let context = [
        ("kms:EncryptionContext:aws:logs:arn", group_arn),
        ("kms:EncryptionContextKeys", "aws:logs:arn"),
        ("aws:SourceArn", group_arn),
        ("aws:SourceAccount", call.account),
    ];
    if kms.lets_service(&key, &service, &ACTIONS, &context, call.now) {
        Ok(key)
    } else {
        Err(Refusal::bad_request("AccessDeniedException", sentence))
    }
}

/// Gives the name of the log group that is meant by one of the two members.
fn target<'a>(
    call: &Call<'_>,
    name: Option<&'a String>,
    identifier: Option<&'a String>,
) -> Result<&'a str, Refusal> {
    match (name, identifier) {
        (Some(name), None) => {
            name::check(call, "logGroupName", name)?;
            Ok(name)
        }
        (None, Some(identifier)) => name::of_resource_identifier(call, identifier),
        // Guess: the sentence. Logs API, `AssociateKmsKey`: one of them, and not both.
        (Some(_), Some(_)) | (None, None) => {
            Err(call
                .invalid("Exactly one of logGroupName and resourceIdentifier must be specified."))
        }
    }
}
