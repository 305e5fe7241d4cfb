//! Resource policies of runtimes and their endpoints: who of other accounts may call them.

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::arn::{self, Named, Use};
use super::lookup::{agentcore, found_mut};
use super::refusal::{invalid, not_found};
use crate::answer::{Answer, Refusal};
use crate::behaviour::NoPolicy;
use crate::call::Call;
use crate::services::iam::document::{Document, Statement};
use crate::validate::Checks;
use crate::world::World;

/// `ResourcePolicyBody`.
const LONGEST: usize = 20_480;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    policy: String,
}

pub(super) fn put(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let named = arn::named(call, Use::Policy)?;
    let input: Put = call.json()?;
    Checks::new()
        .length("policy", &input.policy, &(1..=LONGEST))
        .finish(call)?;
    of(call, world, &named)?;
    // Guess: the sentences.
    let Ok(document) = Document::parse(&input.policy) else {
        return Err(invalid(
            "The resource policy is not a valid policy document.",
        ));
    };
    // Developer guide, "Resource-based policies for AgentCore": `Resource` is the exact ARN of the resource; `*` is refused.
    let arn = call.path("resourceArn");
    let is_exact = |statement: &Statement| {
        let resources = statement.resources.as_ref();
        resources.is_some_and(|resources| {
            !resources.negated && resources.patterns.iter().all(|pattern| pattern == arn)
        })
    };
    if !document.statements.iter().all(is_exact) {
        return Err(invalid(format!(
            "The Resource of each statement of the resource policy must be {arn}."
        )));
    }
    let answer = json!({ "policy": input.policy });
    *of_mut(call, world, &named) = Some(input.policy);
    Ok(Answer::json(&answer).status(StatusCode::CREATED))
}

pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let named = arn::named(call, Use::Policy)?;
    match (of(call, world, &named)?, call.behaviour.no_policy) {
        (Some(policy), _) => Ok(Answer::json(&json!({ "policy": policy }))),
        (None, NoPolicy::Empty) => Ok(Answer::json(&json!({}))),
        (None, NoPolicy::NotFound) => Err(none(call)),
    }
}

pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let named = arn::named(call, Use::Policy)?;
    if of(call, world, &named)?.is_none() {
        return Err(none(call));
    }
    *of_mut(call, world, &named) = None;
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

/// As AWS's own Python SDK expects it of a deletion. Guess: the sentence.
fn none(call: &Call<'_>) -> Refusal {
    not_found(format!(
        "No resource policy was found for {}.",
        call.path("resourceArn")
    ))
}

fn of<'w>(call: &Call<'_>, world: &'w World, named: &Named) -> Result<&'w Option<String>, Refusal> {
    let runtimes = &agentcore(call, world).runtimes;
    let found = match named {
        Named::Runtime(id) => runtimes.get(id).map(|runtime| &runtime.policy),
        Named::Endpoint { runtime, name } => runtimes
            .get(runtime)
            .and_then(|runtime| runtime.endpoints.get(name))
            .map(|endpoint| &endpoint.policy),
    };
    found.ok_or_else(|| arn::missing(call.path("resourceArn")))
}

/// Gives the place of a policy that `of` has found, to change it.
fn of_mut<'w>(call: &Call<'_>, world: &'w mut World, named: &Named) -> &'w mut Option<String> {
    match named {
        Named::Runtime(id) => &mut found_mut(call, world, id).policy,
        Named::Endpoint { runtime, name } => {
            let endpoints = &mut found_mut(call, world, runtime).endpoints;
            let endpoint = endpoints.get_mut(name);
            &mut endpoint.expect("the caller has found it").policy
        }
    }
}
