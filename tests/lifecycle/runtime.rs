//! The life of an agent on `AgentCore`: from nothing to a serving endpoint, through changes, back to nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use agentctl::plan::diff::{After, Author};
use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{ACCOUNT, Project, REGION, World, authors, changes, steps};

fn on_agentcore(world: &World) -> Project {
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project
}

async fn runtime(world: &World) -> GetAgentRuntimeOutput {
    let clients = world.clients();
    let listed = clients
        .agentcore
        .list_agent_runtimes()
        .send()
        .await
        .unwrap();
    let id = &listed.agent_runtimes[0].agent_runtime_id;
    let call = clients.agentcore.get_agent_runtime().agent_runtime_id(id);
    call.send().await.unwrap()
}

/// Returns the version that callers of the endpoint reach.
async fn live_version(world: &World) -> String {
    let id = runtime(world).await.agent_runtime_id;
    let clients = world.clients();
    let call = clients.agentcore.get_agent_runtime_endpoint();
    let endpoint = call.agent_runtime_id(id).endpoint_name("live").send().await;
    endpoint.unwrap().live_version.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_apply_from_nothing_waits_for_aws_and_leaves_nothing_to_do() {
    let world = World::new();
    let project = on_agentcore(&world);
    let began = Instant::now();

    let answer = project.apply().await;

    // A role propagates for 8 s, a runtime is created in 6 s and updated in 4 s, and an endpoint is created in 5 s.
    let elapsed = began.elapsed();
    assert!(
        (Duration::from_secs(23)..Duration::from_mins(2)).contains(&elapsed),
        "{elapsed:?}"
    );
    let settling: BTreeSet<(String, String)> = [
        ("agentcore-runtime/triage", "CREATING"),
        ("agentcore-runtime/triage", "UPDATING"),
        ("agentcore-endpoint/triage.live", "CREATING"),
    ]
    .map(|(step, word)| (step.to_owned(), word.to_owned()))
    .into();
    assert_eq!(answer.settling(), settling);
    let runtime = runtime(&world).await;
    let metadata = runtime.metadata_configuration.as_ref().unwrap();
    assert!(metadata.require_mmdsv2(), "the service invokes no other");
    assert_eq!(live_version(&world).await, runtime.agent_runtime_version);
    assert_eq!(steps(&project.diff().await), []);

    world.endpoint.log().clear();
    project.apply().await;
    project.diff().await;
    assert_eq!(world.endpoint.log().writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_log_groups_that_the_service_creates_get_retention_encryption_and_masking() {
    let world = World::new();
    let project = on_agentcore(&world);
    project.apply().await;

    let dump = world.dump();
    let groups = dump[ACCOUNT][REGION]["logs"]["groups"].as_object().unwrap();
    let id = runtime(&world).await.agent_runtime_id;
    let prefix = format!("/aws/bedrock-agentcore/runtimes/{id}-");
    let expected: Vec<String> = ["DEFAULT", "live"]
        .map(|end| format!("{prefix}{end}"))
        .to_vec();
    assert_eq!(groups.keys().cloned().collect::<Vec<_>>(), expected);
    let clients = world.clients();
    let described = clients.logs.describe_log_groups().send().await.unwrap();
    for group in described.log_groups() {
        assert_eq!(group.retention_in_days(), Some(14));
        assert!(group.kms_key_id().is_some());
        let call = clients.logs.get_data_protection_policy();
        let policy = call
            .log_group_identifier(group.log_group_name().unwrap())
            .send()
            .await;
        let policy = policy.unwrap().policy_document.unwrap();
        assert!(
            policy.contains("EmailAddress") && policy.contains("CreditCardNumber"),
            "{policy}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_creates_a_version_and_the_endpoint_moves_to_it_last() {
    let world = World::new();
    let mut project = on_agentcore(&world);
    project.apply().await;
    let before = live_version(&world).await;

    project.set("/prompt", json!("Check this invoice twice."));
    let plan = project.diff().await;
    let expected = [
        ("agentcore-runtime/triage", "update"),
        ("agentcore-endpoint/triage.live", "update"),
    ];
    assert_eq!(
        steps(&plan),
        expected.map(|(step, action)| (step.to_owned(), action))
    );
    assert_eq!(
        authors(&plan, "agentcore-runtime", "triage"),
        [("/environment/PROMPT", Some(Author::You))]
    );
    world.endpoint.log().clear();
    project.apply().await;

    assert_eq!(
        world.mutations(),
        ["UpdateAgentRuntime", "UpdateAgentRuntimeEndpoint"]
    );
    assert_ne!(live_version(&world).await, before);
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_reset_by_another_client_is_reported_with_its_live_value_and_fixed() {
    let world = World::new();
    let mut project = on_agentcore(&world);
    project.set("/agentcore/lifecycle", json!({ "idleTimeout": "5m" }));
    project.apply().await;
    // An update resets what it leaves out.
    let found = runtime(&world).await;
    let call = world.clients().agentcore.update_agent_runtime();
    call.agent_runtime_id(&found.agent_runtime_id)
        .set_agent_runtime_artifact(found.agent_runtime_artifact.clone())
        .role_arn(&found.role_arn)
        .set_network_configuration(found.network_configuration.clone())
        .set_environment_variables(found.environment_variables.clone())
        .set_metadata_configuration(found.metadata_configuration.clone())
        .send()
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;

    let plan = project.diff().await;
    let change = |path: &str| {
        let found = changes(&plan, "agentcore-runtime", "triage").iter();
        let change = found.clone().find(|change| change.path == path).unwrap();
        (change.before.clone(), change.after.clone(), change.author)
    };
    assert_eq!(
        change("/lifecycle/idleTimeout"),
        (
            Some(json!(900)),
            After::Value(json!(300)),
            Some(Author::Outside)
        )
    );
    assert_eq!(
        changes(&plan, "agentcore-runtime", "triage").len(),
        3,
        "and the description, with the id of the role"
    );

    project.apply().await;
    assert_eq!(steps(&project.diff().await), []);
    assert_eq!(
        live_version(&world).await,
        runtime(&world).await.agent_runtime_version
    );
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_another_client_deleted_is_created_again_and_its_logs_are_kept() {
    let world = World::new();
    let project = on_agentcore(&world);
    project.apply().await;
    let id = runtime(&world).await.agent_runtime_id;
    let clients = world.clients();
    let call = clients.agentcore.delete_agent_runtime_endpoint();
    call.agent_runtime_id(&id)
        .endpoint_name("live")
        .send()
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_mins(10)).await;
    let call = clients.agentcore.delete_agent_runtime();
    call.agent_runtime_id(&id).send().await.unwrap();
    tokio::time::sleep(Duration::from_mins(10)).await;

    project.apply().await;

    assert_ne!(runtime(&world).await.agent_runtime_id, id);
    assert_eq!(steps(&project.diff().await), []);
    let dump = world.dump();
    let groups = dump[ACCOUNT][REGION]["logs"]["groups"].as_object().unwrap();
    assert_eq!(groups.len(), 4, "{:?}", groups.keys());
}

#[tokio::test(start_paused = true)]
async fn destroy_leaves_only_the_key() {
    let world = World::new();
    let project = on_agentcore(&world);
    project.apply().await;

    project.destroy().await;

    let account = world.skeleton();
    let services: Vec<&String> = account[REGION].as_object().unwrap().keys().collect();
    assert_eq!(services, ["kms"], "{account:#}");
    assert_eq!(account.get("global"), None::<&Value>);
    let plan = project.plan_to_destroy().await;
    assert_eq!(steps(&plan), []);
}
