//! Status of runtimes over time: creation, updates, failures, restarts.

use super::*;
use crate::{Failure, Fault, FaultKind};

const BUSY: &str = "The agent is currently being modified by another operation. Current status: ";

fn fails(operation: &str, reason: &str) -> Fault {
    let failure = Failure {
        code: "Failed".to_owned(),
        reason: reason.to_owned(),
    };
    Fault::new(FaultKind::FailLater(failure)).on(Service::AgentCore, operation)
}

#[tokio::test(start_paused = true)]
async fn a_new_runtime_is_creating_until_its_time_is_over() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let made = agents.create(least()).await;
    assert_eq!(made.status, 202);
    let made = made.value();
    let id = made["agentRuntimeId"].as_str().unwrap();
    let identity = format!(
        "arn:aws:bedrock-agentcore:eu-west-1:111122223333:workload-identity-directory/default/workload-identity/{id}"
    );
    assert_eq!(
        made,
        json!({
            "agentRuntimeArn": arn(id),
            "agentRuntimeId": id,
            "agentRuntimeVersion": "1",
            "createdAt": "2026-01-02T03:04:13.000000Z",
            "status": "CREATING",
            "workloadIdentityDetails": { "workloadIdentityArn": identity },
        })
    );
    advance(delays.agentcore_create.saturating_sub(INSTANT)).await;
    assert_eq!(agents.get(id).await["status"], "CREATING");
    for refused in [
        agents.update(id, least_configuration()).await,
        agents.delete(id).await,
        agents.create_endpoint(id, json!({ "name": "live" })).await,
    ] {
        assert_eq!(refused.refusal(), conflict(&format!("{BUSY}CREATING.")));
    }
    advance(INSTANT).await;
    assert_eq!(
        agents.get(id).await,
        json!({
            "agentRuntimeArn": arn(id),
            "agentRuntimeArtifact": artifact("agent.zip"),
            "agentRuntimeId": id,
            "agentRuntimeName": "triage",
            "agentRuntimeVersion": "1",
            "createdAt": "2026-01-02T03:04:13.000000Z",
            "lastUpdatedAt": "2026-01-02T03:04:13.000000Z",
            "lifecycleConfiguration": { "idleRuntimeSessionTimeout": 900, "maxLifetime": 28_800 },
            "networkConfiguration": { "networkMode": "PUBLIC" },
            "platformVersion": "V1",
            "roleArn": ROLE,
            "status": "READY",
            "workloadIdentityDetails": { "workloadIdentityArn": identity },
        })
    );
}

#[tokio::test(start_paused = true)]
async fn platform_v2_takes_minutes() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let made = agents.create(with(least(), json!({ "platformVersion": "V2" })));
    let made = made.await.ok().value();
    let id = made["agentRuntimeId"].as_str().unwrap();
    advance(delays.agentcore_v2.saturating_sub(INSTANT)).await;
    assert_eq!(agents.get(id).await["status"], "CREATING");
    advance(INSTANT).await;
    assert_eq!(agents.get(id).await["status"], "READY");
}

#[tokio::test(start_paused = true)]
async fn an_update_makes_a_version_and_takes_its_time() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let id = agents.made().await;
    advance(delays.agentcore_create).await;
    let input = with(least_configuration(), json!({ "description": "new" }));
    let updated = agents.update(&id, input).await;
    let members = [
        "agentRuntimeVersion",
        "status",
        "createdAt",
        "lastUpdatedAt",
    ];
    assert_eq!(
        (updated.status.as_u16(), pick(&updated.value(), &members)),
        (
            202,
            json!({
                "agentRuntimeVersion": "2",
                "status": "UPDATING",
                "createdAt": "2026-01-02T03:04:13.000000Z",
                "lastUpdatedAt": "2026-01-02T03:04:19.000000Z",
            })
        )
    );
    advance(delays.agentcore_update.saturating_sub(INSTANT)).await;
    assert_eq!(agents.get(&id).await["status"], "UPDATING");
    let refused = agents.update(&id, least_configuration()).await.refusal();
    assert_eq!(refused, conflict(&format!("{BUSY}UPDATING.")));
    advance(INSTANT).await;
    let members = ["status", "agentRuntimeVersion", "description"];
    assert_eq!(
        pick(&agents.get(&id).await, &members),
        json!({ "status": "READY", "agentRuntimeVersion": "2", "description": "new" })
    );
    let first = agents
        .ask("GET", &format!("/runtimes/{id}/?version=1"), &Value::Null)
        .await
        .ok()
        .value();
    assert_eq!(
        pick(&first, &members),
        json!({ "status": "READY", "agentRuntimeVersion": "1", "description": null })
    );
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_could_not_be_made_can_only_be_deleted() {
    let agents = Agents::new(Delays::none()).await;
    let endpoint = &agents.client.endpoint;
    endpoint.order_fault(fails("CreateAgentRuntime", "image not found").first(1));
    let id = agents.made().await;
    let members = ["status", "failureReason"];
    let failed = json!({ "status": "CREATE_FAILED", "failureReason": "image not found" });
    assert_eq!(pick(&agents.get(&id).await, &members), failed);
    let default = agents.of_endpoint("GET", &id, "DEFAULT", Value::Null);
    assert_eq!(pick(&default.await.value(), &members), failed);
    let refused = agents.update(&id, least_configuration()).await.refusal();
    assert_eq!(refused, conflict(&format!("{BUSY}CREATE_FAILED.")));
    agents.delete(&id).await.ok();
    agents.made().await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_leaves_the_default_endpoint_and_can_be_followed_by_another() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    let endpoint = &agents.client.endpoint;
    endpoint.order_fault(fails("UpdateAgentRuntime", "no such image").first(1));
    agents.update(&id, least_configuration()).await.ok();
    let members = ["status", "failureReason", "agentRuntimeVersion"];
    assert_eq!(
        pick(&agents.get(&id).await, &members),
        json!({ "status": "UPDATE_FAILED", "failureReason": "no such image", "agentRuntimeVersion": "2" })
    );
    let ready = |version: &str| json!(["READY", version, version]);
    assert_eq!(agents.standing(&id, "DEFAULT").await, ready("1"));
    agents.update(&id, least_configuration()).await.ok();
    assert_eq!(
        pick(&agents.get(&id).await, &members),
        json!({ "status": "READY", "failureReason": null, "agentRuntimeVersion": "3" })
    );
    assert_eq!(agents.standing(&id, "DEFAULT").await, ready("3"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_deletion_is_reported_and_can_be_tried_again() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    let endpoint = &agents.client.endpoint;
    endpoint.order_fault(fails("DeleteAgentRuntime", "interfaces in use").first(1));
    agents.delete(&id).await.ok();
    assert_eq!(
        pick(&agents.get(&id).await, &["status", "failureReason"]),
        json!({ "status": "DELETE_FAILED", "failureReason": "interfaces in use" })
    );
    agents.delete(&id).await.ok();
    assert_eq!(agents.list("").await, json!({ "agentRuntimes": [] }));
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let delays = Delays::real();
    let start = |at: &str| {
        let config = Config::in_folder(folder.path(), delays).start(at.parse().unwrap());
        Agents {
            client: Client::new(&Endpoint::new(config).unwrap()),
        }
    };
    let before = start("2026-01-02T03:00:00Z");
    before.set_up().await;
    advance(delays.role_propagation).await;
    let id = before.made().await;
    let after = start("2026-01-02T03:00:09Z");
    assert_eq!(after.get(&id).await["status"], "CREATING");
    assert_eq!(
        after.client.endpoint.dump().unwrap(),
        before.client.endpoint.dump().unwrap()
    );
    drop(after);
    let later = start("2026-01-02T03:00:14Z");
    assert_eq!(later.get(&id).await["status"], "READY");
}
