//! `UpdateAgentRuntime`: a new version with a whole configuration of its own, to which the endpoint `DEFAULT` moves.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lookup::{agentcore, found_mut};
use super::refusal::over_quota;
use super::settings::Settings;
use super::state::{DEFAULT, Runtime, Version};
use super::token::{Request, accepted};
use super::work::{Status, Task, Work};
use super::{access, arn, check, rule, token, view};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::fault::Failure;
use crate::validate::Checks;
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Update {
    client_token: Option<String>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) fn update(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let id = arn::runtime_id(call)?.to_owned();
    let input: Update = call.json()?;
    let mut settings: Settings = call.parsed(serde_json::from_value(input.settings.into()))?;
    let token = input.client_token.as_deref();
    let mut checks = Checks::new();
    token::check(&mut checks, token);
    check::settings(&mut checks, &settings);
    checks.finish(call)?;
    let request = Request::new(call, token, &(&id, &settings));
    let runtime = agentcore(call, world).runtime(&id)?;
    if let Some(answer) = runtime.tokens.replay(call, &request)? {
        return Ok(answer);
    }
    runtime.check_status(call.now, Status::can_change)?;
    if runtime.versions.len() >= call.behaviour.runtime_versions {
        return Err(over_quota(call, "maxVersionsPerAgent"));
    }
    settings.complete(call, Some(&runtime.newest().settings));
    rule::check(call, &settings)?;
    let failure = access::check(call, world, &settings, &runtime.arn)?;
    let runtime = found_mut(call, world, &id);
    begin(call, runtime, settings, failure);
    let mut answer = view::accepted(runtime, Status::Updating);
    let updated = view::time(runtime.newest().made);
    answer.insert("lastUpdatedAt".to_owned(), updated.into());
    let answer = Value::Object(answer);
    runtime.tokens.note(call, request, &answer);
    Ok(accepted(&answer))
}

fn begin(call: &Call<'_>, runtime: &mut Runtime, settings: Settings, failure: Option<Failure>) {
    let takes = if settings.is_v2() {
        call.delays.agentcore_v2
    } else {
        call.delays.agentcore_update
    };
    let work = Work::begin(call, Task::Update, takes).failing(failure);
    runtime.latest += 1;
    // Developer guide, "Versioning and endpoints": `DEFAULT` follows. Guess: it stays where it is when the version fails.
    if work.succeeds()
        && let Some(endpoint) = runtime.endpoints.get_mut(DEFAULT)
    {
        let move_on = Work::after(&work, Task::Update, call.delays.agentcore_endpoint);
        endpoint.move_to(runtime.latest, move_on, call.now);
    }
    let version = Version {
        settings,
        made: call.now,
        work,
    };
    runtime.versions.insert(runtime.latest, version);
}
