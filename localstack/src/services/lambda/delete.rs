//! `DeleteFunction`: a whole function, or one version.

use http::StatusCode;

use super::arn::{self, LATEST};
use super::lookup::{function_mut, lambda};
use super::refusal::{conflict, invalid};
use super::state::Function;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::world::World;

pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let reference = arn::qualified(call)?;
    let name = &reference.name;
    // Recorded: a missing function is reported without the qualifier. Guess: one that is being made or updated can be deleted.
    lambda(call, world).function(call, name)?;
    match reference.qualifier.as_deref() {
        // With its versions, aliases and tags.
        None => {
            let lambda = &mut world.region_mut(call.region).lambda;
            if let Some(function) = lambda.functions.remove(name) {
                let used = function.next_version - 1;
                if used > 0 {
                    lambda.used_versions.insert(name.clone(), used);
                }
            }
        }
        Some(LATEST) => {
            // Recorded.
            return Err(invalid(
                "$LATEST version cannot be deleted without deleting the function.",
            ));
        }
        Some(qualifier) => delete_version(function_mut(call, world, name)?, qualifier)?,
    }
    // Recorded. The model has 200, and a code for functions that take longer to go.
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

fn delete_version(function: &mut Function, qualifier: &str) -> Result<(), Refusal> {
    let Ok(number) = qualifier.parse::<u64>() else {
        // Seen in public issues.
        return Err(invalid("Deletion of aliases is not currently supported."));
    };
    let points_here = |version: &str| version == qualifier;
    let aliases: Vec<&str> = function
        .aliases
        .iter()
        .filter(|(_, alias)| {
            let is_routed = alias
                .routing
                .as_ref()
                .is_some_and(|routing| routing.additional_version_weights.contains_key(qualifier));
            points_here(&alias.version) || is_routed
        })
        .map(|(name, _)| name.as_str())
        .collect();
    if !aliases.is_empty() {
        // Lambda API, `DeleteFunction`: a version that an alias references cannot be deleted. Guess: the sentence.
        return Err(conflict(format!(
            "Unable to delete version because the following aliases reference it: [{}]",
            aliases.join(", ")
        )));
    }
    // Guess: deleting a version that is not there is no error.
    function.versions.remove(&number);
    Ok(())
}
