//! Endpoints: `DEFAULT` follows the newest version, named ones stay until they are moved.

use super::*;
use crate::{Failure, Fault, FaultKind};

#[tokio::test(start_paused = true)]
async fn the_default_endpoint_is_made_with_the_runtime_and_follows_its_newest_version() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let id = agents.made().await;
    let creating = json!(["CREATING", null, "1"]);
    assert_eq!(agents.standing(&id, "DEFAULT").await, creating);
    advance(delays.agentcore_create).await;
    assert_eq!(agents.get(&id).await["status"], "READY");
    assert_eq!(agents.standing(&id, "DEFAULT").await, creating);
    advance(delays.agentcore_endpoint).await;
    let ready = json!(["READY", "1", "1"]);
    assert_eq!(agents.standing(&id, "DEFAULT").await, ready);
    agents.update(&id, least_configuration()).await.ok();
    let moving = json!(["UPDATING", "1", "2"]);
    assert_eq!(agents.standing(&id, "DEFAULT").await, moving);
    advance(delays.agentcore_update).await;
    assert_eq!(agents.standing(&id, "DEFAULT").await, moving);
    // The runtime is ready, so it can be updated again; the endpoint has not served version 2.
    agents.update(&id, least_configuration()).await.ok();
    let skipping = json!(["UPDATING", "1", "3"]);
    assert_eq!(agents.standing(&id, "DEFAULT").await, skipping);
    advance(delays.agentcore_update + delays.agentcore_endpoint).await;
    let ready = json!(["READY", "3", "3"]);
    assert_eq!(agents.standing(&id, "DEFAULT").await, ready);
}

#[tokio::test(start_paused = true)]
async fn only_the_service_moves_and_deletes_the_default_endpoint() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    let version = json!({ "agentRuntimeVersion": "1" });
    let updated = agents.of_endpoint("PUT", &id, "DEFAULT", version).await;
    let message = "The DEFAULT endpoint cannot be updated.";
    assert_eq!(updated.refusal(), conflict(message));
    let deleted = agents.of_endpoint("DELETE", &id, "DEFAULT", Value::Null);
    let message = "The DEFAULT endpoint cannot be deleted.";
    assert_eq!(deleted.await.refusal(), conflict(message));
}

#[tokio::test(start_paused = true)]
async fn a_named_endpoint_stays_at_its_version_until_it_is_moved() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let id = agents.made().await;
    advance(delays.agentcore_create).await;
    let input = json!({ "name": "live", "description": "of prod" });
    let made = agents.create_endpoint(&id, input).await;
    let endpoint = format!("{}/runtime-endpoint/live", arn(&id));
    assert_eq!(
        (made.status.as_u16(), made.value()),
        (
            202,
            json!({
                "agentRuntimeArn": arn(&id),
                "agentRuntimeEndpointArn": endpoint,
                "agentRuntimeId": id,
                "createdAt": "2026-01-02T03:04:19.000000Z",
                "endpointName": "live",
                "status": "CREATING",
                "targetVersion": "1",
            })
        )
    );
    let early = agents.of_endpoint("PUT", &id, "live", json!({}));
    let busy = "The agent endpoint is currently being modified by another operation. Current status: CREATING.";
    assert_eq!(early.await.refusal(), conflict(busy));
    agents.update(&id, least_configuration()).await.ok();
    advance(delays.agentcore_update + delays.agentcore_endpoint).await;
    assert_eq!(
        agents.standing(&id, "live").await,
        json!(["READY", "1", "1"])
    );
    let input = json!({ "agentRuntimeVersion": "2" });
    let moved = agents.of_endpoint("PUT", &id, "live", input).await;
    assert_eq!(
        (moved.status.as_u16(), moved.value()),
        (
            202,
            json!({
                "agentRuntimeArn": arn(&id),
                "agentRuntimeEndpointArn": endpoint,
                "createdAt": "2026-01-02T03:04:19.000000Z",
                "lastUpdatedAt": "2026-01-02T03:04:28.000000Z",
                "liveVersion": "1",
                "status": "UPDATING",
                "targetVersion": "2",
            })
        )
    );
    let moving = json!(["UPDATING", "1", "2"]);
    assert_eq!(agents.standing(&id, "live").await, moving);
    advance(delays.agentcore_endpoint).await;
    let read = agents.of_endpoint("GET", &id, "live", Value::Null);
    let read = read.await.ok().value();
    assert_eq!(
        read,
        json!({
            "agentRuntimeArn": arn(&id),
            "agentRuntimeEndpointArn": endpoint,
            "createdAt": "2026-01-02T03:04:19.000000Z",
            "description": "of prod",
            "id": read["id"],
            "lastUpdatedAt": "2026-01-02T03:04:28.000000Z",
            "liveVersion": "2",
            "name": "live",
            "status": "READY",
            "targetVersion": "2",
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_move_leaves_the_endpoint_serving_and_can_be_tried_again() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    let input = json!({ "name": "live" });
    agents.create_endpoint(&id, input).await.ok();
    agents.update(&id, least_configuration()).await.ok();
    let failure = Failure {
        code: "Failed".to_owned(),
        reason: "not healthy".to_owned(),
    };
    let fault = Fault::new(FaultKind::FailLater(failure));
    let fault = fault.on(Service::AgentCore, "UpdateAgentRuntimeEndpoint");
    agents.client.endpoint.order_fault(fault.first(1));
    let version = json!({ "agentRuntimeVersion": "2" });
    let moved = agents.of_endpoint("PUT", &id, "live", version.clone());
    moved.await.ok();
    let failed = json!(["UPDATE_FAILED", "1", "2"]);
    assert_eq!(agents.standing(&id, "live").await, failed);
    let read = agents.of_endpoint("GET", &id, "live", Value::Null).await;
    assert_eq!(read.value()["failureReason"], "not healthy");
    let moved = agents.of_endpoint("PUT", &id, "live", version).await;
    moved.ok();
    let ready = json!(["READY", "2", "2"]);
    assert_eq!(agents.standing(&id, "live").await, ready);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_needs_a_name_of_its_own_and_a_version_that_is_ready() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    let create = async |input: Value| agents.create_endpoint(&id, input).await.refusal();
    assert_eq!(
        create(json!({ "name": "live", "agentRuntimeVersion": "2" })).await,
        answer(
            404,
            "ResourceNotFoundException",
            &format!("Version 2 of agent with ID {id} was not found.")
        )
    );
    assert_eq!(
        create(json!({ "name": "DEFAULT" })).await,
        conflict("An agent endpoint with the specified name already exists.")
    );
    assert_eq!(
        create(json!({ "name": "pre-live" })).await,
        violation(
            "Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][a-zA-Z0-9_]{0,47}"
        )
    );
}
