//! Tags of log groups.

use serde::Deserialize;
use serde_json::json;

use super::name;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::tag::{KEY, MOST_TAGS, TagViolation, Tags, VALUE, merge};
use crate::validate::Checks;
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Add {
    resource_arn: String,
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Remove {
    resource_arn: String,
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct List {
    resource_arn: String,
}

/// Logs API, `TagResource`: adds, or replaces the values of keys that are there.
pub(super) fn add(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Add = call.json()?;
    let name = name::of_resource_arn(call, &input.resource_arn)?;
    let logs = &mut world.region_mut(call.region).logs;
    let group = logs.group_mut(name)?;
    group.tags = merged(call, &input.resource_arn, &group.tags, input.tags)?;
    Ok(Answer::empty())
}

/// Logs API, `UntagResource`: a key that is not there is no error.
pub(super) fn remove(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Remove = call.json()?;
    let name = name::of_resource_arn(call, &input.resource_arn)?;
    let mut checks = Checks::new();
    for (position, key) in (1..).zip(&input.tag_keys) {
        checks.length(&format!("tagKeys.{position}.member"), key, &(1..=128));
    }
    checks.finish(call)?;
    let logs = &mut world.region_mut(call.region).logs;
    let tags = &mut logs.group_mut(name)?.tags;
    tags.retain(|key, _| !input.tag_keys.contains(key));
    Ok(Answer::empty())
}

/// Logs API, `ListTagsForResource`.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: List = call.json()?;
    let name = name::of_resource_arn(call, &input.resource_arn)?;
    let group = world.region(call.region).logs.group(name)?;
    Ok(Answer::json(&json!({ "tags": group.tags })))
}

/// Gives a group's tags together with those of a request about `resource`.
pub(super) fn merged(
    call: &Call<'_>,
    resource: &str,
    existing: &Tags,
    added: Tags,
) -> Result<Tags, Refusal> {
    if !(1..=MOST_TAGS).contains(&added.len()) {
        let bound = if added.is_empty() {
            "greater than or equal to 1".to_owned()
        } else {
            format!("less than or equal to {MOST_TAGS}")
        };
        let mut checks = Checks::new();
        checks.violate(
            "tags",
            // The service writes the whole map where the dots stand.
            "{...}",
            format_args!("Member must have length {bound}"),
        );
        checks.finish(call)?;
    }
    let added: Vec<_> = added.into_iter().collect();
    merge(existing, &added).map_err(|violation| worded(call, resource, &violation))
}

fn worded(call: &Call<'_>, resource: &str, violation: &TagViolation) -> Refusal {
    let broken = |what: &str, value: &str, constraint: String| {
        call.invalid(format!(
            "1 validation error detected: Value '{value}' at '{what}' failed to satisfy constraint: {constraint}"
        ))
    };
    match violation {
        TagViolation::KeyLength(key) => broken(
            "tags",
            key,
            "Map keys must have length between 1 and 128".to_owned(),
        ),
        TagViolation::ValueLength { value, .. } => broken(
            "tags",
            value,
            "Map values must have length less than or equal to 256".to_owned(),
        ),
        TagViolation::KeyCharacters(key) => broken(
            "tags",
            key,
            format!(
                "Map keys must satisfy regular expression pattern: ^({})$",
                KEY.text()
            ),
        ),
        TagViolation::ValueCharacters { value, .. } => broken(
            "tags",
            value,
            format!(
                "Map values must satisfy regular expression pattern: ^({})$",
                VALUE.text()
            ),
        ),
        // Guess: the sentences below.
        TagViolation::ReservedKey(key) | TagViolation::DuplicateKey(key) => {
            call.invalid(format!("Tag key {key} is reserved or repeated."))
        }
        TagViolation::TooMany(_) => Refusal::bad_request(
            "TooManyTagsException",
            format!("A resource can have no more than {MOST_TAGS} tags."),
        )
        .member("resourceName", resource),
    }
}
