//! Tags of keys.

use serde::Deserialize;
use serde_json::json;

use super::input::{Listing, Sizes};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::tag::{MOST_TAGS, TagViolation, Tags, merge};
use crate::validate::Checks;
use crate::world::World;

/// KMS API, `ListResourceTags`: `Limit` defaults to 50 and is at most 50.
const SIZES: Sizes = Sizes {
    default: 50,
    most: 50,
};

/// KMS API, shapes `TagKeyType` and `TagValueType`.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// A tag in a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tag {
    tag_key: String,
    tag_value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Add {
    key_id: String,
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Remove {
    key_id: String,
    tag_keys: Vec<String>,
}

/// KMS API, `TagResource`: adds, or replaces the values of keys that are there.
pub(super) fn add(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Add = call.json()?;
    let kms = &mut world.region_mut(call.region).kms;
    let key = kms.lasting_mut(call, &input.key_id)?;
    key.tags = merged(call, &key.tags, input.tags)?;
    Ok(Answer::empty())
}

/// KMS API, `UntagResource`: a key that is not there is no error.
pub(super) fn remove(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Remove = call.json()?;
    let mut checks = Checks::new();
    for (position, tag_key) in (1..).zip(&input.tag_keys) {
        let member = format!("tagKeys.{position}.member");
        checks.length(&member, tag_key, &(1..=LONGEST_KEY));
    }
    checks.finish(call)?;
    let kms = &mut world.region_mut(call.region).kms;
    let key = kms.lasting_mut(call, &input.key_id)?;
    key.tags
        .retain(|tag_key, _| !input.tag_keys.contains(tag_key));
    Ok(Answer::empty())
}

/// KMS API, `ListResourceTags`.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: Listing = call.json()?;
    let kms = &world.region(call.region).kms;
    let key = kms.named(call, input.key_id(call)?)?;
    let tags = key.tags.iter().map(|(tag_key, tag_value)| {
        let entry = json!({ "TagKey": tag_key, "TagValue": tag_value });
        (tag_key.clone(), entry)
    });
    input.answer(call, "Tags", SIZES, tags)
}

/// Gives a key's tags together with those of a request.
pub(super) fn merged(call: &Call<'_>, existing: &Tags, added: Vec<Tag>) -> Result<Tags, Refusal> {
    let mut checks = Checks::new();
    for (position, tag) in (1..).zip(&added) {
        let member = |name| format!("tags.{position}.member.{name}");
        checks
            .length(&member("tagKey"), &tag.tag_key, &(1..=LONGEST_KEY))
            .length(&member("tagValue"), &tag.tag_value, &(0..=LONGEST_VALUE));
    }
    checks.finish(call)?;
    let added: Vec<_> = added
        .into_iter()
        .map(|tag| (tag.tag_key, tag.tag_value))
        .collect();
    merge(existing, &added).map_err(|violation| worded(&violation))
}

/// Guess: codes and sentences, after the pages' "one or more tags are not valid" and "a length constraint or quota was exceeded".
fn worded(violation: &TagViolation) -> Refusal {
    let (code, message) = match violation {
        TagViolation::ReservedKey(_) => (
            "TagException",
            "Tags beginning with aws: are reserved".to_owned(),
        ),
        TagViolation::KeyLength(key) | TagViolation::KeyCharacters(key) => {
            ("TagException", format!("Tag key {key} is not valid"))
        }
        TagViolation::ValueLength { key, .. } | TagViolation::ValueCharacters { key, .. } => (
            "TagException",
            format!("The value of tag key {key} is not valid"),
        ),
        TagViolation::DuplicateKey(_) => ("TagException", "Duplicate tag keys".to_owned()),
        TagViolation::TooMany(count) => (
            "LimitExceededException",
            format!("The key would have {count} tags; at most {MOST_TAGS} are allowed"),
        ),
    };
    Refusal::bad_request(code, message)
}
