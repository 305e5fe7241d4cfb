//! Grants: what Lambda made for the roles of its functions. Customers' own grants are not built.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Listing, Sizes};
use super::managed;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::epoch_seconds;
use crate::world::World;

/// KMS API, `ListGrants`: `Limit` defaults to 50 and is at most 100.
const SIZES: Sizes = Sizes {
    default: 50,
    most: 100,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    grant_id: Option<String>,
    grantee_principal: Option<String>,
}

/// KMS API, `ListGrants`: of a key by id or ARN.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let filter: Filter = call.json()?;
    let input: Value = call.json()?;
    let input: Listing = call.parsed(serde_json::from_value(without_filter(input)))?;
    let name = input.key_id(call)?;
    let region = world.region(call.region);
    let (arn, is_managed) = match managed::described(call, world, name)? {
        Some(key) if !name.contains("alias/") => (key["Arn"].as_str().map(str::to_owned), true),
        _ => (Some(region.kms.named(call, name)?.arn.to_string()), false),
    };
    let arn = arn.unwrap_or_default();
    let is_of_key = |key: Option<&str>| match key {
        Some(key) => key == arn,
        None => is_managed,
    };
    let grants = region.lambda.grants().filter_map(|(function, grant)| {
        let grantee = grant.grantee(call, &world.iam, function);
        let is_asked_for = |asked: &Option<String>, value: &str| asked.as_deref().is_none_or(|asked| asked == value);
        (is_of_key(grant.key.as_deref())
            && is_asked_for(&filter.grant_id, &grant.id)
            && is_asked_for(&filter.grantee_principal, &grantee))
        .then(|| {
            let entry = json!({
                "KeyId": arn,
                "GrantId": grant.id,
                "Name": function.name,
                "CreationDate": epoch_seconds(grant.created),
                "GranteePrincipal": grantee,
                "RetiringPrincipal": grantee,
                "IssuingAccount": format!("arn:{}:iam::{}:root", call.partition(), call.account),
                "Operations": ["Decrypt", "RetireGrant"],
                "Constraints": { "EncryptionContextEquals": { "aws:lambda:FunctionArn": function.arn } },
            });
            (grant.id.clone(), entry)
        })
    });
    input.answer(call, "Grants", SIZES, grants.collect::<Vec<_>>())
}

fn without_filter(mut input: Value) -> Value {
    if let Some(input) = input.as_object_mut() {
        input.remove("GrantId");
        input.remove("GranteePrincipal");
    }
    input
}
