//! `GetFunction`, `GetFunctionConfiguration` and `ListFunctions`.

use serde::Serialize;

use super::arn::{self, LATEST, Reference};
use super::lookup::lambda;
use super::page::paged;
use super::refusal::function_not_found;
use super::state::Moment;
use super::version;
use super::view::{Detail, FunctionCodeLocation, FunctionConfiguration, View};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::entropy::hash;
use crate::tag::Tags;
use crate::validate::Checks;
use crate::world::World;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Whole<'a> {
    configuration: FunctionConfiguration,
    code: FunctionCodeLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a Tags>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Functions {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    functions: Vec<FunctionConfiguration>,
}

pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let reference = arn::qualified(call)?;
    let view = find(call, world, &reference)?;
    // Lambda API, `GetFunction`: an answer for a version has only its own settings; tags are the function's.
    let tags = reference
        .qualifier
        .is_none()
        .then_some(&view.function.tags)
        .filter(|tags| !tags.is_empty());
    Ok(Answer::json(&Whole {
        configuration: view.configuration(call, world),
        code: view.code(call),
        tags,
    }))
}

pub(super) fn read_configuration(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let reference = arn::qualified(call)?;
    let view = find(call, world, &reference)?;
    Ok(Answer::json(&view.configuration(call, world)))
}

/// Finds what a request names: `$LATEST`, a version, or the version behind an alias.
fn find<'w>(call: &Call<'_>, world: &'w World, reference: &Reference) -> Result<View<'w>, Refusal> {
    // Recorded: function, version and alias are missed in the same sentence.
    let missing = || function_not_found(&arn::asked_arn(call, reference));
    let function = lambda(call, world)
        .functions
        .get(&reference.name)
        .ok_or_else(missing)?;
    let asked = reference.qualifier.as_deref().unwrap_or(LATEST);
    let version = match function.aliases.get(asked) {
        Some(alias) => &alias.version,
        None => asked,
    };
    let release = function.release(version).ok_or_else(missing)?;
    Ok(View {
        function,
        release,
        version: version.to_owned(),
        qualifier: reference.qualifier.clone(),
        moment: Moment::At(call.now),
        detail: Detail::Full,
    })
}

pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let which = call.field("FunctionVersion");
    if let Some(which) = which {
        Checks::new()
            .one_of("functionVersion", which, &["ALL"])
            .finish(call)?;
    }
    let all = which.is_some();
    let mut views = Vec::new();
    for (name, function) in &lambda(call, world).functions {
        // No order is promised, so none is kept that a client could come to rely on.
        let place = hex::encode(&hash(&[b"place", name.as_bytes()])[..8]);
        for (number, mut view) in version::listed(call, function) {
            if !all && view.version != LATEST {
                continue;
            }
            if !all {
                view.qualifier = None;
            }
            views.push((format!("{place} {name} {number}"), view));
        }
    }
    views.sort_by(|(one, _), (other, _)| one.cmp(other));
    let listing = if all { "all functions" } else { "functions" };
    let (views, next_marker) = paged(call, listing, views)?;
    Ok(Answer::json(&Functions {
        next_marker,
        functions: views
            .iter()
            .map(|view| view.configuration(call, world))
            .collect(),
    }))
}
