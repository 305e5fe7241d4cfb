//! Deleting runtimes, versions and endpoints.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_runtime_is_deleting_for_minutes_and_keeps_its_name_until_it_is_gone() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let id = agents.made().await;
    advance(delays.agentcore_create).await;
    let deleted = agents.delete(&id).await;
    assert_eq!(
        (deleted.status.as_u16(), deleted.value()),
        (202, json!({ "status": "DELETING", "agentRuntimeId": id }))
    );
    advance(delays.agentcore_delete.saturating_sub(INSTANT)).await;
    assert_eq!(agents.get(&id).await["status"], "DELETING");
    assert_eq!(agents.standing(&id, "DEFAULT").await[0], "DELETING");
    let busy =
        "The agent is currently being modified by another operation. Current status: DELETING.";
    assert_eq!(agents.delete(&id).await.refusal(), conflict(busy));
    let taken = "An agent with the specified name already exists in your account.";
    assert_eq!(agents.create(least()).await.refusal(), conflict(taken));
    advance(INSTANT).await;
    assert_eq!(agents.list("").await, json!({ "agentRuntimes": [] }));
    agents.made().await;
}

#[tokio::test(start_paused = true)]
async fn a_runtime_with_a_named_endpoint_is_deleted_after_that() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let id = agents.made().await;
    advance(delays.agentcore_create).await;
    let input = json!({ "name": "live" });
    agents.create_endpoint(&id, input).await.ok();
    advance(delays.agentcore_endpoint).await;
    let first = "The agent has endpoints that must be deleted first: live.";
    assert_eq!(agents.delete(&id).await.refusal(), conflict(first));
    let deleted = agents.of_endpoint("DELETE", &id, "live", Value::Null).await;
    assert_eq!(
        (deleted.status.as_u16(), deleted.value()),
        (
            202,
            json!({ "status": "DELETING", "agentRuntimeId": id, "endpointName": "live" })
        )
    );
    advance(delays.agentcore_endpoint_delete.saturating_sub(INSTANT)).await;
    let deleting = json!(["DELETING", "1", "1"]);
    assert_eq!(agents.standing(&id, "live").await, deleting);
    assert_eq!(agents.delete(&id).await.refusal(), conflict(first));
    advance(INSTANT).await;
    agents.delete(&id).await.ok();
}

#[tokio::test(start_paused = true)]
async fn a_version_is_deleted_alone_when_nothing_uses_it() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    let input = json!({ "name": "live" });
    agents.create_endpoint(&id, input).await.ok();
    for _ in 0..2 {
        agents.update(&id, least_configuration()).await.ok();
    }
    let delete = async |version: &str| {
        let target = format!("/runtimes/{id}/?version={version}");
        agents.ask("DELETE", &target, &Value::Null).await
    };
    assert_eq!(
        delete("1").await.refusal(),
        conflict("Version 1 is in use by endpoints: live.")
    );
    assert_eq!(
        delete("3").await.refusal(),
        conflict("Version 3 is the newest version of the agent and cannot be deleted.")
    );
    assert_eq!(
        delete("2").await.ok().value(),
        json!({ "status": "DELETING", "agentRuntimeId": id, "agentRuntimeVersion": "2" })
    );
    let missing = format!("Version 2 of agent with ID {id} was not found.");
    assert_eq!(
        delete("2").await.refusal(),
        answer(404, "ResourceNotFoundException", &missing)
    );
    assert_eq!(agents.get(&id).await["status"], "READY");
}
