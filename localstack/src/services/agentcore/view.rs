//! What answers return about runtimes and endpoints.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::arn;
use super::state::{Runtime, RuntimeEndpoint, Version};
use super::work::{Status, Work};

/// Writes a time as the model has it (`DateTimestamp`: `iso8601`), with microseconds.
pub(super) fn time(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// Writes what creating or updating a runtime is answered: the newest version, under way.
pub(super) fn accepted(runtime: &Runtime, status: Status) -> Map<String, Value> {
    members(json!({
        "agentRuntimeArn": runtime.arn,
        "agentRuntimeId": runtime.id,
        "agentRuntimeVersion": runtime.latest.to_string(),
        "createdAt": time(runtime.created),
        "status": status,
        "workloadIdentityDetails": workload_identity(runtime),
    }))
}

/// Writes all of a runtime as it is in a version.
pub(super) fn runtime(runtime: &Runtime, number: u32, version: &Version, now: Timestamp) -> Value {
    let work = work(runtime, number, version);
    let mut whole = summary_members(runtime, number, version, now);
    whole.remove("description");
    whole.extend(members(json!({
        "createdAt": time(runtime.created),
        "workloadIdentityDetails": workload_identity(runtime),
    })));
    if let Some(reason) = work.reason(now) {
        whole.insert("failureReason".to_owned(), reason.into());
    }
    let settings = serde_json::to_value(&version.settings)
        .expect("settings are structs and maps with string keys");
    whole.extend(members(settings));
    Value::Object(whole)
}

/// Writes a runtime or a version in a list.
pub(super) fn summary(runtime: &Runtime, number: u32, version: &Version, now: Timestamp) -> Value {
    Value::Object(summary_members(runtime, number, version, now))
}

fn summary_members(
    runtime: &Runtime,
    number: u32,
    version: &Version,
    now: Timestamp,
) -> Map<String, Value> {
    // Guess: a runtime without a description has an empty one in lists, where the model requires it.
    let description = version.settings.description.as_deref().unwrap_or_default();
    members(json!({
        "agentRuntimeArn": runtime.arn,
        "agentRuntimeId": runtime.id,
        "agentRuntimeVersion": number.to_string(),
        "agentRuntimeName": runtime.name,
        "description": description,
        "lastUpdatedAt": time(version.made),
        "status": work(runtime, number, version).status(now),
    }))
}

/// Returns the work that a version's status reports. Guess: older versions are reported as they were when they were the newest.
fn work<'a>(runtime: &'a Runtime, number: u32, version: &'a Version) -> &'a Work {
    if number == runtime.latest {
        runtime.work()
    } else {
        &version.work
    }
}

fn workload_identity(runtime: &Runtime) -> Value {
    json!({ "workloadIdentityArn": arn::of_workload_identity(&runtime.arn, &runtime.id) })
}

/// Writes an endpoint, whole or in a list: they differ in why it failed.
pub(super) fn endpoint(
    runtime: &Runtime,
    endpoint: &RuntimeEndpoint,
    now: Timestamp,
) -> Map<String, Value> {
    let mut whole = members(json!({
        "name": endpoint.name,
        "id": endpoint.id,
        "agentRuntimeEndpointArn": endpoint.arn,
        "agentRuntimeArn": runtime.arn,
        "status": endpoint.work.status(now),
        "targetVersion": endpoint.target.to_string(),
        "createdAt": time(endpoint.created),
        "lastUpdatedAt": time(endpoint.updated),
    }));
    if let Some(live) = endpoint.live(now) {
        whole.insert("liveVersion".to_owned(), live.to_string().into());
    }
    if let Some(description) = &endpoint.description {
        whole.insert("description".to_owned(), description.as_str().into());
    }
    whole
}

/// Gives the members of an object.
pub(super) fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        other => unreachable!("answers are objects, not {other}"),
    }
}
