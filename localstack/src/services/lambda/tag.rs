//! Tags of functions. Versions and aliases have none.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::arn;
use super::lookup::{function_mut, lambda};
use super::refusal::invalid;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::pattern::Pattern;
use crate::tag::{self, TagViolation, Tags};
use crate::validate::Checks;
use crate::world::World;

static CHARACTERS: Pattern = Pattern::new(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagResource {
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed<'a> {
    tags: &'a Tags,
}

pub(super) fn add(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = arn::taggable(call)?;
    let input: TagResource = call.json()?;
    let mut checks = Checks::new();
    check(&mut checks, &input.tags);
    checks.finish(call)?;
    if input.tags.is_empty() {
        // Recorded.
        return Err(invalid(
            "An error occurred and the request cannot be processed.",
        ));
    }
    let function = function_mut(call, world, &name)?;
    function.tags = merge(&function.tags, input.tags)?;
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

pub(super) fn remove(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = arn::taggable(call)?;
    let keys = call.fields("tagKeys");
    if keys.is_empty() {
        return Err(call.missing("tagKeys"));
    }
    let function = function_mut(call, world, &name)?;
    // Recorded: a key that is not there is no error.
    function.tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let name = arn::taggable(call)?;
    let function = lambda(call, world).function(call, &name)?;
    Ok(Answer::json(&Listed {
        tags: &function.tags,
    }))
}

/// Checks what the service model says of tags.
pub(super) fn check(checks: &mut Checks, tags: &BTreeMap<String, String>) {
    tag::check_map(checks, tags, &CHARACTERS);
}

/// Adds tags that were checked against the model.
pub(super) fn merge(existing: &Tags, added: BTreeMap<String, String>) -> Result<Tags, Refusal> {
    let added: Vec<_> = added.into_iter().collect();
    tag::merge(existing, &added).map_err(|violation| match violation {
        TagViolation::TooMany(_) => invalid("Number of tags exceeds resource tag limit."),
        // Guess: code and sentence.
        TagViolation::ReservedKey(key) => invalid(format!(
            "Tag key {key} is invalid: keys that begin with aws: are reserved for system use."
        )),
        TagViolation::KeyLength(text)
        | TagViolation::KeyCharacters(text)
        | TagViolation::DuplicateKey(text)
        | TagViolation::ValueLength { key: text, .. }
        | TagViolation::ValueCharacters { key: text, .. } => {
            unreachable!("tag `{text}` was checked against the model, and a map has no key twice")
        }
    })
}
