//! `PublishVersion` and `ListVersionsByFunction`.

use http::StatusCode;
use serde::Serialize;

use super::arn::{self, LATEST};
use super::lookup::{function_mut, lambda};
use super::page::paged;
use super::refusal::{check_revision, invalid};
use super::shape::PublishVersion;
use super::state::{Function, Moment, Published, Release, Revision, Work};
use super::view::{Detail, FunctionConfiguration, View};
use crate::answer::{Answer, Refusal};
use crate::behaviour::Republish;
use crate::call::Call;
use crate::validate::Checks;
use crate::world::World;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Versions {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    versions: Vec<FunctionConfiguration>,
}

pub(super) fn publish(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = arn::unqualified(call)?;
    let input: PublishVersion = call.json()?;
    if let Some(description) = &input.description {
        Checks::new()
            .length("description", description, &(0..=256))
            .finish(call)?;
    }
    let function = lambda(call, world).function(call, &name)?;
    function.check_settled(call.now)?;
    let latest = &function.latest;
    check_revision(
        input.revision_id.as_deref(),
        latest.revision.id(Moment::At(call.now)),
    )?;
    if let Some(wanted) = input
        .code_sha256
        .filter(|wanted| *wanted != latest.code.sha256)
    {
        // Recorded.
        return Err(invalid(format!(
            "CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({}). \
             Please try again with the CodeSHA256 in $LATEST.",
            latest.code.sha256
        )));
    }
    let version = if let Some(version) = unchanged(call, function) {
        version
    } else {
        let function = function_mut(call, world, &name)?;
        let work = Work::begin(call, call.delays.lambda_publish);
        let revision = Revision::lasting(call);
        // Recorded: `$LATEST` gets another revision as well.
        function.latest.revision = Revision::lasting(call);
        release(function, input.description, work, revision)
    };
    let function = lambda(call, world).function(call, &name)?;
    let view = View {
        function,
        release: function
            .release(&version)
            .expect("it is there or was made just above"),
        qualifier: Some(version.clone()),
        version,
        // Recorded: a version of an active function can be reported as active at once.
        moment: Moment::At(call.now),
        detail: Detail::Full,
    };
    Ok(Answer::json(&view.configuration(call, world)).status(StatusCode::CREATED))
}

/// Releases a version of what is itself being made or updated: it is done, or fails, together with that.
///
/// Gives its number and the moment in which the answer shows it: the last version again, when nothing changed, is not started again.
pub(super) fn release_unsettled(call: &Call<'_>, function: &mut Function) -> (String, Moment) {
    if let Some(version) = unchanged(call, function) {
        return (version, Moment::At(call.now));
    }
    let latest = &function.latest;
    let work = latest
        .update
        .clone()
        .unwrap_or_else(|| latest.creation.clone());
    let revision = Revision::during(call, &work);
    let version = release(function, None, work, revision);
    (version, Moment::Begun)
}

/// Gives the number of the last version if `$LATEST` is still what it was then.
fn unchanged(call: &Call<'_>, function: &Function) -> Option<String> {
    let published = function.published.as_ref()?;
    let was_updated = function.latest.updates != published.updates;
    if was_updated && call.behaviour.republish == Republish::AfterUpdate {
        return None;
    }
    // Guess: once the last version is deleted, the same can be published again.
    let is_there = function.versions.contains_key(&published.version);
    (is_there && published.content == function.latest.content())
        .then(|| published.version.to_string())
}

fn release(
    function: &mut Function,
    description: Option<String>,
    creation: Work,
    revision: Revision,
) -> String {
    let number = function.next_version;
    function.next_version += 1;
    function.published = Some(Published {
        version: number,
        content: function.latest.content(),
        updates: function.latest.updates,
    });
    let mut configuration = function.latest.configuration.clone();
    if let Some(description) = description {
        configuration.description = description;
    }
    let version = Release {
        configuration,
        code: function.latest.code.clone(),
        last_modified: function.latest.last_modified,
        revision,
        creation,
        update: None,
        updates: 0,
    };
    function.versions.insert(number, version);
    number.to_string()
}

pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let name = arn::unqualified(call)?;
    let function = lambda(call, world).function(call, &name)?;
    let listing = format!("versions of {name}");
    let (versions, next_marker) = paged(call, &listing, listed(call, function))?;
    Ok(Answer::json(&Versions {
        next_marker,
        versions: versions
            .iter()
            .map(|view| view.configuration(call, world))
            .collect(),
    }))
}

/// Lists what is returned of every version, with its place: `$LATEST` first, then in the order of numbers.
pub(super) fn listed<'a>(call: &Call<'_>, function: &'a Function) -> Vec<(String, View<'a>)> {
    let latest = (0, LATEST.to_owned(), &function.latest);
    let numbered = function
        .versions
        .iter()
        .map(|(number, release)| (*number, number.to_string(), release));
    let view = |(place, version, release): (u64, String, &'a Release)| {
        let view = View {
            function,
            release,
            qualifier: Some(version.clone()),
            version,
            moment: Moment::At(call.now),
            detail: Detail::Listed,
        };
        (format!("{place:020}"), view)
    };
    std::iter::once(latest).chain(numbered).map(view).collect()
}
