//! Which objects are kept: those of the manifest, and those that a kept version still uses.

use std::collections::BTreeSet;

use agentctl::outcome::Outcome;
use localstack::{Fault, FaultKind, Service};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{BUCKET, Project, World, steps};

/// Writes a different system prompt for each number.
fn write_prompt(project: &Project, number: u32) {
    let text = format!("You check invoices, as of {number}.\n");
    project.write("deploy-plans/prompts/system.md", &text);
}

/// Writes different code for each number, for both sides.
fn write_code(project: &Project, number: u32) {
    let text = format!("def handler(event, context):\n    return {number}\n");
    project.write("deploy-plans/agent/batch.py", &text);
}

/// Returns the keys of the agent's objects of one sort, including those with deleted versions only.
async fn keys(world: &World, sort: &str) -> BTreeSet<String> {
    let clients = world.clients();
    let call = clients.s3.list_object_versions().bucket(BUCKET);
    let prefix = format!("objects/claims/default/triage/{sort}/");
    let listed = call.prefix(prefix).send().await.unwrap();
    assert_ne!(listed.is_truncated, Some(true));
    let versions = listed.versions.unwrap_or_default().into_iter();
    versions.map(|version| version.key.unwrap()).collect()
}

/// Returns the prompts that the published versions of the function name.
async fn prompts_of_versions(world: &World) -> BTreeSet<String> {
    let clients = world.clients();
    let call = clients.lambda.list_versions_by_function();
    let listed = call.function_name("triage").send().await.unwrap();
    let environments = listed
        .versions
        .unwrap()
        .into_iter()
        .map(|version| version.environment.unwrap().variables.unwrap());
    environments
        .map(|variables| variables["SYSTEM_PROMPT_S3_KEY"].clone())
        .collect()
}

/// Returns the objects that the versions of the runtime use: code, and prompts.
async fn objects_of_versions(world: &World) -> [BTreeSet<String>; 2] {
    let clients = world.clients();
    let runtimes = clients.agentcore.list_agent_runtimes().send().await;
    let id = runtimes.unwrap().agent_runtimes.remove(0).agent_runtime_id;
    let call = clients.agentcore.list_agent_runtime_versions();
    let listed = call.agent_runtime_id(&id).max_results(100).send().await;
    let mut objects = [BTreeSet::new(), BTreeSet::new()];
    for version in listed.unwrap().agent_runtimes {
        let get = clients.agentcore.get_agent_runtime().agent_runtime_id(&id);
        let get = get.agent_runtime_version(version.agent_runtime_version);
        let answer = get.send().await.unwrap();
        let artifact = answer.agent_runtime_artifact.unwrap();
        let code = artifact.as_code_configuration().unwrap().code.clone();
        let location = code.unwrap().as_s3().unwrap().clone();
        objects[0].insert(location.prefix);
        let variables = answer.environment_variables.unwrap();
        objects[1].insert(variables["SYSTEM_PROMPT_S3_KEY"].clone());
    }
    objects
}

#[tokio::test(start_paused = true)]
async fn the_objects_of_a_function_are_deleted_with_the_last_version_that_uses_them() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    for number in 2..=10 {
        write_prompt(&project, number);
        write_code(&project, number);
        project.apply().await;
    }
    assert_eq!(keys(&world, "prompt").await.len(), 10);
    assert_eq!(keys(&world, "code").await.len(), 10);

    // The first of eleven is one too many. Lambda keeps copies of the code, so no version needs the objects.
    write_prompt(&project, 11);
    let plan = project.diff().await;
    let deletes: Vec<String> = steps(&plan)
        .into_iter()
        .filter(|(_, action)| *action == "delete")
        .map(|(step, _)| step)
        .collect();
    assert_eq!(deletes[0], "lambda-old-version/triage:1");
    let sorts = deletes[1..]
        .iter()
        .map(|step| step.split('/').nth(6).unwrap());
    let sorts: Vec<&str> = sorts.collect();
    assert_eq!(sorts, [["code"; 9].as_slice(), &["prompt"]].concat());
    project.apply().await;

    assert_eq!(
        keys(&world, "prompt").await,
        prompts_of_versions(&world).await
    );
    assert_eq!(keys(&world, "prompt").await.len(), 10);
    assert_eq!(keys(&world, "code").await.len(), 1);
    assert_eq!(steps(&project.diff().await), []);
    project.destroy().await;
}

#[tokio::test(start_paused = true)]
async fn the_objects_of_a_pinned_version_of_a_function_are_kept() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    for number in 2..=4 {
        write_prompt(&project, number);
        project.apply().await;
    }
    project.hold(2).await.unwrap();
    for number in 5..=14 {
        write_prompt(&project, number);
        project.apply().await;
    }
    let prompts = keys(&world, "prompt").await;
    assert_eq!(prompts, prompts_of_versions(&world).await);
    // The ten newest, and the pinned one.
    assert_eq!(prompts.len(), 11);
}

#[tokio::test(start_paused = true)]
async fn the_objects_of_a_runtime_are_kept_while_a_kept_version_uses_them() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    for number in 2..=14 {
        write_prompt(&project, number);
        write_code(&project, number);
        project.apply().await;
    }
    let [code, prompts] = objects_of_versions(&world).await;
    assert_eq!(keys(&world, "code").await, code);
    assert_eq!(keys(&world, "prompt").await, prompts);
    assert_eq!((code.len(), prompts.len()), (10, 10));
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn the_objects_of_a_version_that_could_not_be_deleted_are_kept() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    for number in 2..=10 {
        write_prompt(&project, number);
        project.apply().await;
    }
    let before = keys(&world, "prompt").await;
    write_prompt(&project, 11);
    world.order(Fault::new(FaultKind::Denied).on(Service::Lambda, "DeleteFunction"));
    let answer = project.try_apply(CancellationToken::new()).await.unwrap();
    let skipped = answer.that(|outcome| matches!(outcome, Outcome::Skipped { .. }));
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert!(keys(&world, "prompt").await.is_superset(&before));

    world.endpoint.clear_faults();
    project.apply().await;
    assert_eq!(
        keys(&world, "prompt").await,
        prompts_of_versions(&world).await
    );
}

#[tokio::test(start_paused = true)]
async fn if_a_version_cannot_be_read_no_object_is_deleted_and_it_is_reported() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    for number in 2..=10 {
        write_prompt(&project, number);
        project.apply().await;
    }
    write_prompt(&project, 11);
    // The runtime itself is read once before any of its versions; a denied read is retried for a while.
    for read in 2..=200 {
        let denied = Fault::new(FaultKind::Denied).on(Service::AgentCore, "GetAgentRuntime");
        world.order(denied.nth(read));
    }
    let plan = project.try_diff().await.unwrap();
    let hidden: Vec<&str> = plan
        .unreadable
        .iter()
        .map(|(address, _)| address.kind())
        .collect();
    assert_eq!(hidden, ["agentcore-old-version"]);
    assert!(
        steps(&plan)
            .iter()
            .all(|(step, _)| !step.starts_with("s3-object/agentctl"))
    );
}
