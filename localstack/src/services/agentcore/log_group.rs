//! The log groups of endpoints, which the service makes (developer guide, "Troubleshoot AgentCore Runtime": their names).
//!
//! The service never deletes one. When it makes one is a guess: whenever an endpoint becomes ready after its creation or a move, if there
//! is none of the name then. One that is deleted therefore comes back with the next move, as agents that run again would bring it back.

use jiff::Timestamp;

use super::state::{Runtime, RuntimeEndpoint, State};
use crate::world::{Regional, World};

/// A log group to make.
struct Due {
    runtime: String,
    endpoint: String,
    /// `<partition>:logs:<region>:<account>` after `arn:`.
    place: String,
    name: String,
    at: Timestamp,
}

/// Makes the log groups of the endpoints that have become ready.
///
/// It belongs to whatever request comes next: kept with that write, and done again after a read or a refused write.
pub(crate) fn make_log_groups(world: &mut World, now: Timestamp) {
    for region in world.regions_mut() {
        make_in(region, now);
    }
}

fn make_in(region: &mut Regional, now: Timestamp) {
    for due in due(&region.agentcore, now) {
        if let Some(endpoint) = region
            .agentcore
            .runtimes
            .get_mut(&due.runtime)
            .and_then(|runtime| runtime.endpoints.get_mut(&due.endpoint))
        {
            endpoint.log_group_due = None;
        }
        if !region.logs.has_group(&due.name) {
            region.logs.make_group(&due.place, &due.name, due.at);
        }
    }
}

fn due(agentcore: &State, now: Timestamp) -> Vec<Due> {
    let runtimes = agentcore.runtimes.values();
    let endpoints = runtimes.flat_map(|runtime| {
        runtime
            .endpoints
            .values()
            .map(move |endpoint| (runtime, endpoint))
    });
    endpoints
        .filter_map(|(runtime, endpoint)| of_endpoint(runtime, endpoint, now))
        .collect()
}

fn of_endpoint(runtime: &Runtime, endpoint: &RuntimeEndpoint, now: Timestamp) -> Option<Due> {
    let at = endpoint.log_group_due.filter(|due| *due <= now)?;
    let place = runtime.arn.strip_prefix("arn:")?;
    let (place, _) = place.rsplit_once(":runtime/")?;
    Some(Due {
        runtime: runtime.id.clone(),
        endpoint: endpoint.name.clone(),
        place: place.replacen(":bedrock-agentcore:", ":logs:", 1),
        name: format!(
            "/aws/bedrock-agentcore/runtimes/{}-{}",
            runtime.id, endpoint.name
        ),
        at,
    })
}
