//! The key that AWS manages for Lambda. It can be described, and its grants can be listed; nothing else about it is built.

use serde_json::{Map, Value, json};

use super::key_arn::KeyArn;
use super::spec;
use super::state::{SYMMETRIC, resource};
use crate::answer::Refusal;
use crate::call::Call;
use crate::clock::epoch_seconds;
use crate::entropy::hash;
use crate::world::World;

const ALIAS: &str = "alias/aws/lambda";

/// Returns the description of the key, if a request names it by its alias, id or ARN and Lambda has used it: AWS creates such a key with its
/// first use (KMS developer guide, "AWS managed keys").
pub(super) fn described(
    call: &Call<'_>,
    world: &World,
    name: &str,
) -> Result<Option<Map<String, Value>>, Refusal> {
    let id = id(call);
    let named = resource(call, name)?;
    if named != ALIAS && named != id {
        return Ok(None);
    }
    let lambda = &world.region(call.region).lambda;
    let uses = lambda.grants().filter(|(_, grant)| grant.key.is_none());
    let Some(first) = uses.map(|(_, grant)| grant.created).min() else {
        return Ok(None);
    };
    let mut metadata = spec::algorithms(SYMMETRIC, "ENCRYPT_DECRYPT");
    let fields = json!({
        "AWSAccountId": call.account,
        "Arn": KeyArn::new(call, &id),
        "KeyId": id,
        "CreationDate": epoch_seconds(first),
        "Enabled": true,
        // Recorded.
        "Description": "Default master key that protects my Lambda functions when no other key is defined",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "AWS",
        "CustomerMasterKeySpec": SYMMETRIC,
        "KeySpec": SYMMETRIC,
        "MultiRegion": false,
    });
    if let Value::Object(fields) = fields {
        metadata.extend(fields);
    }
    Ok(Some(metadata))
}

/// Returns the id of the key, the same for as long as the account exists.
fn id(call: &Call<'_>) -> String {
    let hash = hash(&[
        call.account.as_bytes(),
        call.region.as_bytes(),
        ALIAS.as_bytes(),
    ]);
    let text = hex::encode(&hash[..16]);
    format!(
        "{}-{}-4{}-8{}-{}",
        &text[..8],
        &text[8..12],
        &text[13..16],
        &text[17..20],
        &text[20..]
    )
}
