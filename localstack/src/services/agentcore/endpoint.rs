//! Endpoints of runtimes: names that serve a version until they are moved.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lookup::{agentcore, found_mut};
use super::page::{paged, place};
use super::refusal::{conflict, denied, over_quota, version_missing};
use super::state::{DEFAULT, Runtime, RuntimeEndpoint};
use super::token::{Request, accepted};
use super::work::{Status, Task, Work};
use super::{arn, tag, token, view};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::tag::Tags;
use crate::validate::Checks;
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    name: String,
    agent_runtime_version: Option<String>,
    description: Option<String>,
    client_token: Option<String>,
    tags: Option<Tags>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Update {
    agent_runtime_version: Option<String>,
    description: Option<String>,
    client_token: Option<String>,
}

/// What a request with a token asks for.
#[derive(Debug, Serialize)]
struct Asked<'a> {
    runtime: &'a str,
    name: &'a str,
    version: Option<&'a str>,
    description: Option<&'a str>,
    tags: Option<&'a Tags>,
}

pub(super) fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let id = arn::runtime_id(call)?.to_owned();
    let input: Create = call.json()?;
    let (version, token) = (
        input.agent_runtime_version.as_deref(),
        input.client_token.as_deref(),
    );
    let mut checks = Checks::new();
    arn::endpoint_name(&mut checks, "name", &input.name);
    check(&mut checks, version, input.description.as_deref(), token);
    if let Some(tags) = &input.tags {
        tag::check(&mut checks, tags);
    }
    checks.finish(call)?;
    let asked = Asked {
        runtime: &id,
        name: &input.name,
        version,
        description: input.description.as_deref(),
        tags: input.tags.as_ref(),
    };
    let request = Request::new(call, token, &asked);
    let runtime = agentcore(call, world).runtime_of_endpoint(call, &id)?;
    if let Some(endpoint) = runtime.endpoints.get(&input.name) {
        if let Some(answer) = endpoint.tokens.replay(call, &request)? {
            return Ok(answer);
        }
        // Guess: the sentence.
        return Err(conflict(
            "An agent endpoint with the specified name already exists.",
        ));
    }
    runtime.check_status(call.now, Status::can_change)?;
    if runtime.endpoints.len() >= call.behaviour.runtime_endpoints {
        return Err(over_quota(call, "maxEndpointsPerAgent"));
    }
    let tags = input.tags.unwrap_or_default();
    tag::check_reserved(&tags)?;
    // Guess: the newest where none is named.
    let target = version.map_or(runtime.latest, arn::version_number);
    check_version(call, runtime, target)?;
    let work = Work::begin(call, Task::Create, call.delays.agentcore_endpoint);
    let mut endpoint = RuntimeEndpoint::new(call, &runtime.arn, &input.name, target, work);
    endpoint.description = input.description;
    endpoint.tags = tags;
    let answer = json!({
        "targetVersion": target.to_string(),
        "agentRuntimeEndpointArn": endpoint.arn,
        "agentRuntimeArn": runtime.arn,
        "agentRuntimeId": id,
        "endpointName": endpoint.name,
        "status": Status::Creating,
        "createdAt": view::time(endpoint.created),
    });
    endpoint.tokens.note(call, request, &answer);
    let runtime = found_mut(call, world, &id);
    runtime.endpoints.insert(input.name, endpoint);
    Ok(accepted(&answer))
}

pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let (id, name) = arn::endpoint(call)?;
    let runtime = agentcore(call, world).runtime_of_endpoint(call, id)?;
    let endpoint = runtime.endpoint(call, name)?;
    let mut answer = view::endpoint(runtime, endpoint, call.now);
    if let Some(reason) = endpoint.work.reason(call.now) {
        answer.insert("failureReason".to_owned(), reason.into());
    }
    Ok(Answer::json(&answer))
}

pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let id = arn::runtime_id(call)?;
    let runtime = agentcore(call, world).runtimes.get(id);
    // The model has no `ResourceNotFoundException` for it. Guess: what is reported instead.
    let runtime = runtime.ok_or_else(|| {
        denied(format!(
            "Resource {} was not found.",
            arn::of_runtime(call, id)
        ))
    })?;
    let endpoints = runtime.endpoints.values();
    let mut items: Vec<(String, Value)> = endpoints
        .map(|endpoint| {
            let summary = Value::Object(view::endpoint(runtime, endpoint, call.now));
            (place(&endpoint.name), summary)
        })
        .collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    let (endpoints, next) = paged(call, &format!("endpoints {id}"), items)?;
    let mut answer = json!({ "runtimeEndpoints": endpoints });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Answer::json(&answer))
}

pub(super) fn update(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let (id, name) = arn::endpoint(call)?;
    let input: Update = call.json()?;
    let (version, token) = (
        input.agent_runtime_version.as_deref(),
        input.client_token.as_deref(),
    );
    let mut checks = Checks::new();
    check(&mut checks, version, input.description.as_deref(), token);
    checks.finish(call)?;
    let asked = Asked {
        runtime: id,
        name,
        version,
        description: input.description.as_deref(),
        tags: None,
    };
    let request = Request::new(call, token, &asked);
    let runtime = agentcore(call, world).runtime_of_endpoint(call, id)?;
    let endpoint = runtime.endpoint(call, name)?;
    if let Some(answer) = endpoint.tokens.replay(call, &request)? {
        return Ok(answer);
    }
    refuse_default(name, "updated")?;
    endpoint.check_status(call.now, Status::can_change)?;
    runtime.check_status(call.now, Status::can_change)?;
    // Guess: what is left out is kept, unlike with runtimes.
    let target = version.map_or(endpoint.target, arn::version_number);
    check_version(call, runtime, target)?;
    let work = Work::begin(call, Task::Update, call.delays.agentcore_endpoint);
    let arn = runtime.arn.clone();
    let endpoint = endpoint_mut(call, world, id, name);
    endpoint.move_to(target, work, call.now);
    if let Some(description) = input.description {
        endpoint.description = Some(description);
    }
    let mut answer = json!({
        "targetVersion": target.to_string(),
        "agentRuntimeEndpointArn": endpoint.arn,
        "agentRuntimeArn": arn,
        "status": Status::Updating,
        "createdAt": view::time(endpoint.created),
        "lastUpdatedAt": view::time(endpoint.updated),
    });
    if let Some(live) = endpoint.serving() {
        answer["liveVersion"] = live.to_string().into();
    }
    endpoint.tokens.note(call, request, &answer);
    Ok(accepted(&answer))
}

pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let (id, name) = arn::endpoint(call)?;
    let token = call.field("clientToken");
    let mut checks = Checks::new();
    token::check(&mut checks, token);
    checks.finish(call)?;
    let request = Request::of_deletion(call, token);
    let runtime = agentcore(call, world).runtime_of_endpoint(call, id)?;
    let endpoint = runtime.endpoint(call, name)?;
    if let Some(answer) = endpoint.tokens.replay(call, &request)? {
        return Ok(answer);
    }
    refuse_default(name, "deleted")?;
    endpoint.check_status(call.now, Status::can_delete)?;
    let work = Work::begin(call, Task::Delete, call.delays.agentcore_endpoint_delete);
    let answer = json!({
        "status": Status::Deleting,
        "agentRuntimeId": id,
        "endpointName": name,
    });
    let endpoint = endpoint_mut(call, world, id, name);
    endpoint.begin_deletion(work, call.now);
    endpoint.tokens.note(call, request, &answer);
    Ok(accepted(&answer))
}

fn check(
    checks: &mut Checks,
    version: Option<&str>,
    description: Option<&str>,
    token: Option<&str>,
) {
    if let Some(version) = version {
        arn::version(checks, version);
    }
    if let Some(description) = description {
        checks.length("description", description, &(1..=256));
    }
    token::check(checks, token);
}

/// Developer guide, "Versioning and endpoints": the service alone moves `DEFAULT`, and deletes it with the runtime. Guess: the sentence.
fn refuse_default(name: &str, what: &str) -> Result<(), Refusal> {
    if name == DEFAULT {
        return Err(conflict(format!("The DEFAULT endpoint cannot be {what}.")));
    }
    Ok(())
}

/// Refuses a version that is not there, or did not become ready. Guess: code and sentence of the latter.
fn check_version(call: &Call<'_>, runtime: &Runtime, number: u32) -> Result<(), Refusal> {
    let version = runtime.versions.get(&number);
    let version = version.ok_or_else(|| version_missing(&runtime.id, number))?;
    if version.work.is_done(call.now) {
        return Ok(());
    }
    Err(conflict(format!(
        "Version {number} of the agent is not ready. Current status: {}.",
        version.work.status(call.now).name()
    )))
}

fn endpoint_mut<'w>(
    call: &Call<'_>,
    world: &'w mut World,
    id: &str,
    name: &str,
) -> &'w mut RuntimeEndpoint {
    let runtime = found_mut(call, world, id);
    let endpoint = runtime.endpoints.get_mut(name);
    endpoint.expect("the caller has found it")
}
