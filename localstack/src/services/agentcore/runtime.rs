//! Runtimes: making, reading, listing and deleting them and their versions.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::lookup::{agentcore, found_mut};
use super::page::{paged, place};
use super::refusal::{conflict, not_found, over_quota, version_missing};
use super::settings::Settings;
use super::state::{DEFAULT, Runtime, RuntimeEndpoint, SUFFIX, Version};
use super::token::{Request, Tokens, accepted};
use super::work::{Status, Task, Work};
use super::{access, arn, check, rule, tag, token, view};
use crate::answer::{Answer, Refusal};
use crate::behaviour::Missing;
use crate::call::Call;
use crate::fault::Failure;
use crate::tag::Tags;
use crate::validate::Checks;
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    agent_runtime_name: String,
    client_token: Option<String>,
    tags: Option<Tags>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Create = call.json()?;
    if input.settings.contains_key("metadataConfiguration") {
        // Not a member of `CreateAgentRuntimeRequest`, whatever that of an update has.
        return Err(call.unknown_parameter("metadataConfiguration"));
    }
    let mut settings: Settings = call.parsed(serde_json::from_value(input.settings.into()))?;
    let name = input.agent_runtime_name;
    let tags = input.tags.unwrap_or_default();
    let mut checks = Checks::new();
    checks.pattern("agentRuntimeName", &name, &arn::NAME);
    token::check(&mut checks, input.client_token.as_deref());
    check::settings(&mut checks, &settings);
    tag::check(&mut checks, &tags);
    checks.finish(call)?;
    let token = input.client_token.as_deref();
    let request = Request::new(call, token, &(&name, &tags, &settings));
    let runtimes = &agentcore(call, world).runtimes;
    for runtime in runtimes.values() {
        if let Some(answer) = runtime.tokens.replay(call, &request)? {
            return Ok(answer);
        }
    }
    if runtimes.values().any(|runtime| runtime.name == name) {
        // Seen. Guess: a runtime that is being deleted still has its name.
        return Err(conflict(
            "An agent with the specified name already exists in your account.",
        ));
    }
    if runtimes.len() >= call.behaviour.runtimes {
        return Err(over_quota(call, "maxAgents"));
    }
    tag::check_reserved(&tags)?;
    settings.complete(call, None);
    rule::check(call, &settings)?;
    let id = format!("{name}-{}", call.entropy.id(SUFFIX, 10));
    let failure = access::check(call, world, &settings, &arn::of_runtime(call, &id))?;
    let mut runtime = begin(call, name, id, settings, failure);
    runtime.tags = tags;
    let answer = Value::Object(view::accepted(&runtime, Status::Creating));
    runtime.tokens.note(call, request, &answer);
    let runtimes = &mut world.region_mut(call.region).agentcore.runtimes;
    runtimes.insert(runtime.id.clone(), runtime);
    Ok(accepted(&answer))
}

/// Makes a runtime with its first version and the endpoint `DEFAULT`.
fn begin(
    call: &Call<'_>,
    name: String,
    id: String,
    settings: Settings,
    failure: Option<Failure>,
) -> Runtime {
    let takes = if settings.is_v2() {
        call.delays.agentcore_v2
    } else {
        call.delays.agentcore_create
    };
    let work = Work::begin(call, Task::Create, takes).failing(failure);
    let arn = arn::of_runtime(call, &id);
    // Guess: the endpoint is there at once, and is made when the runtime is.
    let endpoint = Work::after(&work, Task::Create, call.delays.agentcore_endpoint);
    let endpoint = RuntimeEndpoint::new(call, &arn, DEFAULT, 1, endpoint);
    let version = Version {
        settings,
        made: call.now,
        work,
    };
    Runtime {
        name,
        id,
        arn,
        created: call.now,
        latest: 1,
        versions: BTreeMap::from([(1, version)]),
        endpoints: BTreeMap::from([(DEFAULT.to_owned(), endpoint)]),
        deletion: None,
        tags: Tags::new(),
        policy: None,
        tokens: Tokens::default(),
    }
}

pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let id = arn::runtime_id(call)?;
    let asked = asked_version(call)?;
    let runtime = agentcore(call, world).runtime(id)?;
    let number = asked.unwrap_or(runtime.latest);
    let version = runtime.versions.get(&number);
    let version = version.ok_or_else(|| version_missing(id, number))?;
    Ok(Answer::json(&view::runtime(
        runtime, number, version, call.now,
    )))
}

pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let runtimes = agentcore(call, world).runtimes.values();
    let mut items: Vec<(String, Value)> = runtimes
        .map(|runtime| {
            let summary = view::summary(runtime, runtime.latest, runtime.newest(), call.now);
            (place(&runtime.id), summary)
        })
        .collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    listed(call, "runtimes", items)
}

pub(super) fn list_versions(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let id = arn::runtime_id(call)?;
    let runtime = agentcore(call, world).runtime(id)?;
    let versions = runtime.versions.iter();
    let mut items: Vec<(String, Value)> = versions
        .map(|(number, version)| {
            let summary = view::summary(runtime, *number, version, call.now);
            (place(&number.to_string()), summary)
        })
        .collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    listed(call, &format!("versions {id}"), items)
}

fn listed(call: &Call<'_>, listing: &str, items: Vec<(String, Value)>) -> Result<Answer, Refusal> {
    let (runtimes, next) = paged(call, listing, items)?;
    let mut answer = json!({ "agentRuntimes": runtimes });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Answer::json(&answer))
}

pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let id = arn::runtime_id(call)?.to_owned();
    let asked = asked_version(call)?;
    let token = call.field("clientToken");
    let mut checks = Checks::new();
    token::check(&mut checks, token);
    checks.finish(call)?;
    let Some(runtime) = agentcore(call, world).runtimes.get(&id) else {
        return Err(match call.behaviour.missing {
            // As deployers report it (terraform-provider-aws matches "is not authorized to perform").
            Missing::Denied => call.wording.denial(call.operation, &call.caller_arn()),
            Missing::NotFound => not_found(format!("Agent with ID {id} was not found.")),
        });
    };
    let request = Request::of_deletion(call, token);
    if let Some(answer) = runtime.tokens.replay(call, &request)? {
        return Ok(answer);
    }
    runtime.check_status(call.now, Status::can_delete)?;
    let mut answer = json!({ "status": Status::Deleting, "agentRuntimeId": id });
    match asked {
        None => begin_deletion(call, world, &id)?,
        Some(number) => {
            delete_version(call, runtime, number)?;
            found_mut(call, world, &id).versions.remove(&number);
            answer["agentRuntimeVersion"] = number.to_string().into();
        }
    }
    let runtime = found_mut(call, world, &id);
    runtime.tokens.note(call, request, &answer);
    Ok(accepted(&answer))
}

fn begin_deletion(call: &Call<'_>, world: &mut World, id: &str) -> Result<(), Refusal> {
    let runtime = found_mut(call, world, id);
    let named: Vec<&str> = runtime
        .endpoints
        .keys()
        .map(String::as_str)
        .filter(|name| *name != DEFAULT)
        .collect();
    if !named.is_empty() {
        // Guess: the rule and the sentence.
        return Err(conflict(format!(
            "The agent has endpoints that must be deleted first: {}.",
            named.join(", ")
        )));
    }
    let work = Work::begin(call, Task::Delete, call.delays.agentcore_delete);
    for endpoint in runtime.endpoints.values_mut() {
        endpoint.begin_deletion(work.clone(), call.now);
    }
    runtime.deletion = Some(work);
    Ok(())
}

/// Refuses to delete a version that is in use. Guess: the rule, the sentences, and that a version is gone at once.
fn delete_version(call: &Call<'_>, runtime: &Runtime, number: u32) -> Result<(), Refusal> {
    if !runtime.versions.contains_key(&number) {
        return Err(version_missing(&runtime.id, number));
    }
    if number == runtime.latest {
        return Err(conflict(format!(
            "Version {number} is the newest version of the agent and cannot be deleted."
        )));
    }
    let endpoints = runtime.endpoints.values();
    let users: Vec<&str> = endpoints
        .filter(|endpoint| endpoint.uses(number, call.now))
        .map(|endpoint| endpoint.name.as_str())
        .collect();
    if users.is_empty() {
        return Ok(());
    }
    Err(conflict(format!(
        "Version {number} is in use by endpoints: {}.",
        users.join(", ")
    )))
}

fn asked_version(call: &Call<'_>) -> Result<Option<u32>, Refusal> {
    let Some(version) = call.field("version") else {
        return Ok(None);
    };
    let mut checks = Checks::new();
    arn::version(&mut checks, version);
    checks.finish(call)?;
    Ok(Some(arn::version_number(version)))
}
