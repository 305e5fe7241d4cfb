//! Tags of runtimes and their endpoints.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::arn::{self, Named, Use};
use super::lookup::{agentcore, found_mut};
use super::refusal::{invalid, over_quota};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::pattern::Pattern;
use crate::tag::{MOST_TAGS, Tags, check_map};
use crate::validate::Checks;
use crate::world::World;

static CHARACTERS: Pattern = Pattern::new(r"[a-zA-Z0-9\s._:/=+@-]*");
const MOST_KEYS: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    tags: BTreeMap<String, String>,
}

pub(super) fn add(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let named = arn::named(call, Use::Tags)?;
    let input: Add = call.json()?;
    let mut checks = Checks::new();
    check(&mut checks, &input.tags);
    checks.finish(call)?;
    let mut tags = of(call, world, &named)?.clone();
    check_reserved(&input.tags)?;
    tags.extend(input.tags);
    if tags.len() > MOST_TAGS {
        return Err(over_quota(call, "maxTagsPerResource"));
    }
    *of_mut(call, world, &named) = tags;
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

pub(super) fn remove(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let named = arn::named(call, Use::Tags)?;
    let keys = call.fields("tagKeys");
    if keys.is_empty() {
        return Err(call.missing("tagKeys"));
    }
    if keys.len() > MOST_KEYS {
        let constraint = format_args!("Member must have length less than or equal to {MOST_KEYS}");
        Checks::new()
            .violate("tagKeys", format_args!("{} items", keys.len()), constraint)
            .finish(call)?;
    }
    of(call, world, &named)?;
    // Guess: a key that is not there is no error.
    let tags = of_mut(call, world, &named);
    tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let named = arn::named(call, Use::Tags)?;
    Ok(Answer::json(&json!({ "tags": of(call, world, &named)? })))
}

/// Checks tags against the model.
pub(super) fn check(checks: &mut Checks, tags: &Tags) {
    if tags.len() > MOST_TAGS {
        super::count::items(checks, "tags", tags.len(), &(0..=MOST_TAGS));
    }
    check_map(checks, tags, &CHARACTERS);
}

/// Refuses keys that only AWS sets (AWS general reference, "Tag naming limits and requirements"). Guess: the sentence.
pub(super) fn check_reserved(tags: &Tags) -> Result<(), Refusal> {
    let is_reserved = |key: &&String| {
        key.get(..4)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
    };
    match tags.keys().find(is_reserved) {
        Some(key) => Err(invalid(format!(
            "Tag key {key} is invalid: keys that begin with aws: are reserved for system use."
        ))),
        None => Ok(()),
    }
}

fn of<'w>(call: &Call<'_>, world: &'w World, named: &Named) -> Result<&'w Tags, Refusal> {
    let runtimes = &agentcore(call, world).runtimes;
    let found = match named {
        Named::Runtime(id) => runtimes.get(id).map(|runtime| &runtime.tags),
        Named::Endpoint { runtime, name } => runtimes
            .get(runtime)
            .and_then(|runtime| runtime.endpoints.get(name))
            .map(|endpoint| &endpoint.tags),
    };
    found.ok_or_else(|| arn::missing(call.path("resourceArn")))
}

/// Gives tags that `of` has found, to change them.
fn of_mut<'w>(call: &Call<'_>, world: &'w mut World, named: &Named) -> &'w mut Tags {
    match named {
        Named::Runtime(id) => &mut found_mut(call, world, id).tags,
        Named::Endpoint { runtime, name } => {
            let endpoints = &mut found_mut(call, world, runtime).endpoints;
            let endpoint = endpoints.get_mut(name);
            &mut endpoint.expect("the caller has found it").tags
        }
    }
}
