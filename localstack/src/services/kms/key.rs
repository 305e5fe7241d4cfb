//! Keys: making, describing and listing them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::input::{Listing, OfKey, Sizes};
use super::key_arn::KeyArn;
use super::key_tag::{Tag, merged};
use super::managed;
use super::policy;
use super::spec;
use super::spreading::Spreading;
use super::state::{Key, Status};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::{deadline, epoch_seconds};
use crate::tag::Tags;
use crate::validate::Checks;
use crate::world::World;

/// KMS API, `ListKeys`: `Limit` defaults to 100 and is at most 1,000.
const SIZES: Sizes = Sizes {
    default: 100,
    most: 1000,
};

const ORIGINS: [&str; 4] = ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Create {
    policy: Option<String>,
    description: Option<String>,
    key_usage: Option<String>,
    customer_master_key_spec: Option<String>,
    key_spec: Option<String>,
    origin: Option<String>,
    bypass_policy_lockout_safety_check: Option<bool>,
    #[serde(default)]
    tags: Vec<Tag>,
    multi_region: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Describe {
    key_id: String,
    description: String,
}

/// KMS API, `CreateKey`.
pub(super) fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Create = call.json()?;
    let description = input.description.unwrap_or_default();
    check_description(call, &description)?;
    check_origin(call, input.origin.as_deref())?;
    if input.multi_region == Some(true) {
        return Err(Refusal::not_built(
            "multi-Region keys (`MultiRegion` of `CreateKey`) are not built",
        ));
    }
    let (member, spec) = match (input.key_spec, input.customer_master_key_spec) {
        (Some(_), Some(_)) => {
            // Guess: the sentence.
            return Err(call.invalid(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
            ));
        }
        (None, Some(spec)) => ("customerMasterKeySpec", Some(spec)),
        (spec, None) => ("keySpec", spec),
    };
    let (spec, usage) = spec::choose(call, member, spec.as_deref(), input.key_usage.as_deref())?;
    let tags = merged(call, &Tags::new(), input.tags)?;
    let id = call.entropy.uuid();
    let arn = KeyArn::new(call, &id);
    let policy = policy::accept(
        call,
        &world.iam,
        &arn,
        &input.policy.unwrap_or_else(|| policy::default_text(call)),
        input.bypass_policy_lockout_safety_check.unwrap_or(false),
    )?;
    let mut key = Key {
        arn,
        created: call.now,
        known_from: deadline(call.now, call.delays.kms_visible),
        description,
        spec,
        usage,
        status: Spreading::new(Status::Enabled),
        policy: Spreading::new(policy),
        rotation: None,
        material: None,
        tags,
        id,
    };
    // KMS API, `KeyMetadata`: `CurrentKeyMaterialId` is present for symmetric encryption keys, 64 hexadecimal digits.
    key.material = key
        .is_symmetric()
        .then(|| hex::encode(call.entropy.bytes()));
    let answer = Answer::json(&json!({ "KeyMetadata": metadata(call, &key) }));
    let kms = &mut world.region_mut(call.region).kms;
    kms.keys.insert(key.id.clone(), key);
    Ok(answer)
}

/// KMS API, `DescribeKey`: also by alias.
pub(super) fn describe(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: OfKey = call.json()?;
    if let Some(metadata) = managed::described(call, world, &input.key_id)? {
        return Ok(Answer::json(&json!({ "KeyMetadata": metadata })));
    }
    let key = world.region(call.region).kms.find(call, &input.key_id)?;
    Ok(Answer::json(&json!({ "KeyMetadata": metadata(call, key) })))
}

/// KMS API, `ListKeys`: in no order that means anything.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: Listing = call.json()?;
    if input.key_id.is_some() {
        return Err(call.unknown_parameter("KeyId"));
    }
    let keys = world.region(call.region).kms.keys.values();
    let listed = keys.filter(|key| key.known_from <= call.now).map(|key| {
        let entry = json!({ "KeyId": key.id, "KeyArn": key.arn });
        (key.id.clone(), entry)
    });
    input.answer(call, "Keys", SIZES, listed)
}

/// KMS API, `UpdateKeyDescription`.
pub(super) fn update_description(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Describe = call.json()?;
    check_description(call, &input.description)?;
    let kms = &mut world.region_mut(call.region).kms;
    kms.lasting_mut(call, &input.key_id)?.description = input.description;
    Ok(Answer::empty())
}

/// Writes a key as `CreateKey` and `DescribeKey` answer it.
fn metadata(call: &Call<'_>, key: &Key) -> Map<String, Value> {
    let status = *key.status.here();
    let mut metadata = spec::algorithms(&key.spec, &key.usage);
    let mut put = |name: &str, value: Value| metadata.insert(name.to_owned(), value);
    put("AWSAccountId", json!(call.account));
    put("KeyId", json!(key.id));
    put("Arn", json!(key.arn));
    put("CreationDate", json!(epoch_seconds(key.created)));
    put("Enabled", json!(status == Status::Enabled));
    put("Description", json!(key.description));
    put("KeyUsage", json!(key.usage));
    put("KeyState", json!(status.name()));
    put("Origin", json!("AWS_KMS"));
    put("KeyManager", json!("CUSTOMER"));
    put("CustomerMasterKeySpec", json!(key.spec));
    put("KeySpec", json!(key.spec));
    put("MultiRegion", json!(false));
    if let Status::PendingDeletion { until } = status {
        put("DeletionDate", json!(epoch_seconds(until)));
    }
    if let Some(material) = &key.material {
        put("CurrentKeyMaterialId", json!(material));
    }
    metadata
}

fn check_description(call: &Call<'_>, description: &str) -> Result<(), Refusal> {
    Checks::new()
        .length("description", description, &(0..=8192))
        .finish(call)
}

fn check_origin(call: &Call<'_>, origin: Option<&str>) -> Result<(), Refusal> {
    let Some(origin) = origin.filter(|origin| *origin != "AWS_KMS") else {
        return Ok(());
    };
    Checks::new()
        .one_of("origin", origin, &ORIGINS)
        .finish(call)?;
    Err(Refusal::not_built(format!(
        "origin `{origin}` (`Origin` of `CreateKey`) is not built"
    )))
}
