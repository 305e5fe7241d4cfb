//! Which versions are kept: the ten newest, and all that callers can be sent to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use agentctl::plan::diff::Author;
use agentctl::plan::drift::Verdict;
use agentctl::plan::pointer::{PointerError, Served};
use agentctl::run::RunError;
use aws_sdk_lambda::types::AliasRoutingConfiguration;
use localstack::{Behaviour, Fault, FaultKind, Republish, Service};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::{Pinned, Project, World, authors, steps};

/// Applies the manifest with another memory size, which creates a version on Lambda.
async fn resize(project: &mut Project, size: u32) {
    project.set("/lambda/memorySize", json!(512 + size));
    project.apply().await;
}

/// Applies the manifest with another prompt, which creates a version on both sides.
async fn edit(project: &mut Project, number: u32) {
    project.set(
        "/prompt",
        json!(format!("Check this invoice, as of {number}.")),
    );
    project.apply().await;
}

/// Returns the published versions of the function.
async fn published(world: &World) -> BTreeSet<u32> {
    let clients = world.clients();
    let call = clients.lambda.list_versions_by_function();
    let listed = call.function_name("triage").send().await.unwrap();
    let versions = listed.versions.unwrap().into_iter();
    versions
        .filter_map(|version| version.version?.parse().ok())
        .collect()
}

/// Returns the id of the runtime, and its versions.
async fn made(world: &World) -> (String, BTreeSet<u32>) {
    let clients = world.clients();
    let runtimes = clients.agentcore.list_agent_runtimes().send().await;
    let id = runtimes.unwrap().agent_runtimes.remove(0).agent_runtime_id;
    let call = clients.agentcore.list_agent_runtime_versions();
    let listed = call.agent_runtime_id(&id).max_results(100).send().await;
    let versions = listed.unwrap().agent_runtimes.into_iter();
    let numbers = versions.map(|version| version.agent_runtime_version.parse().unwrap());
    (id, numbers.collect())
}

/// Returns the operations of a diff, each with the number of its calls.
async fn reads_of_a_diff(world: &World, project: &Project) -> BTreeMap<&'static str, usize> {
    world.endpoint.log().clear();
    assert_eq!(steps(&project.diff().await), []);
    let mut counts = BTreeMap::new();
    for entry in world.log() {
        *counts.entry(entry.operation.unwrap()).or_default() += 1;
    }
    counts
}

/// Fails unless nothing is left to do.
async fn assert_over(world: &World, project: &Project) {
    assert_eq!(steps(&project.diff().await), []);
    world.endpoint.log().clear();
    project.apply().await;
    assert_eq!(world.endpoint.log().writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_ten_newest_versions_of_a_function_are_kept_and_those_that_a_pin_or_an_alias_names() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    for size in 1..=3 {
        resize(&mut project, size).await;
    }
    let clients = world.clients();
    let share = AliasRoutingConfiguration::builder()
        .additional_version_weights("2", 0.1)
        .build();
    let alias = clients.lambda.create_alias().function_name("triage");
    let alias = alias.name("made-by-hand").function_version("1");
    alias.routing_config(share).send().await.unwrap();
    project.hold(3).await.unwrap();

    for size in 4..=14 {
        resize(&mut project, size).await;
    }
    // The last of twelve edits since: its plan has the deletions, and they come last.
    project.set("/lambda/memorySize", json!(1024));
    let plan = steps(&project.diff().await);
    assert_eq!(
        plan.last(),
        Some(&("lambda-old-version/triage:6".to_owned(), "delete"))
    );
    assert_eq!(plan.len(), 3, "{plan:?}");
    world.endpoint.log().clear();
    project.apply().await;
    assert_eq!(
        world.mutations(),
        [
            "UpdateFunctionConfiguration",
            "PublishVersion",
            "DeleteFunction"
        ]
    );

    let pointed_at = [1, 2, 3].into_iter();
    assert_eq!(published(&world).await, pointed_at.chain(7..=16).collect());
    assert_over(&world, &project).await;

    let alias = clients.lambda.delete_alias().function_name("triage");
    alias.name("made-by-hand").send().await.unwrap();
    assert_eq!(
        steps(&project.diff().await),
        ["1", "2"].map(|number| (format!("lambda-old-version/triage:{number}"), "delete"))
    );
    project.apply().await;
    assert_eq!(
        published(&world).await,
        [3].into_iter().chain(7..=16).collect()
    );
    assert_over(&world, &project).await;
    project.destroy().await;
}

#[tokio::test(start_paused = true)]
async fn the_ten_newest_versions_of_a_runtime_are_kept_and_those_that_a_pin_or_an_endpoint_names() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    for number in 1..=2 {
        edit(&mut project, number).await;
    }
    let (id, versions) = made(&world).await;
    assert_eq!(versions, (1..=4).collect());
    let clients = world.clients();
    let endpoint = clients.agentcore.create_agent_runtime_endpoint();
    let endpoint = endpoint.agent_runtime_id(&id).name("made_by_hand");
    endpoint.agent_runtime_version("2").send().await.unwrap();
    match project.hold(1).await {
        Err(RunError::Pointer(PointerError::Refused { version, .. })) => assert_eq!(version, 1),
        other => panic!("{other:?}"),
    }
    project.hold(3).await.unwrap();

    for number in 3..=14 {
        edit(&mut project, number).await;
    }

    let endpoints = clients.agentcore.list_agent_runtime_endpoints();
    let endpoints = endpoints.agent_runtime_id(&id).send().await.unwrap();
    let named = endpoints.runtime_endpoints.iter();
    let named: BTreeSet<u32> = named
        .map(|endpoint| endpoint.live_version().unwrap().parse().unwrap())
        .collect();
    assert!(named.is_superset(&[2, 3].into()), "{named:?}");
    let (still, versions) = made(&world).await;
    assert_eq!(still, id);
    assert_eq!(versions, named.into_iter().chain(7..=16).collect());
    assert_over(&world, &project).await;
}

#[tokio::test(start_paused = true)]
async fn a_diff_of_ten_versions_makes_no_more_calls_than_one() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    let with_one = reads_of_a_diff(&world, &project).await;
    for size in 1..=11 {
        resize(&mut project, size).await;
    }
    assert_eq!(published(&world).await, (3..=12).collect());
    assert_eq!(reads_of_a_diff(&world, &project).await, with_one);
}

#[tokio::test(start_paused = true)]
async fn a_diff_of_ten_versions_of_a_runtime_makes_one_more_listing() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    let mut expected = reads_of_a_diff(&world, &project).await;
    for number in 1..=10 {
        edit(&mut project, number).await;
    }
    expected.insert("ListAgentRuntimeVersions", 1);
    assert_eq!(reads_of_a_diff(&world, &project).await, expected);
}

#[tokio::test(start_paused = true)]
async fn an_outdated_version_that_is_served_again_is_kept() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    for size in 1..=9 {
        resize(&mut project, size).await;
    }
    // The manifest of the oldest version again: Lambda still has it, so nothing is published, and the alias moves back to it.
    project.set("/lambda/memorySize", json!(512));
    let plan = steps(&project.diff().await);
    assert_eq!(
        plan.last(),
        Some(&("lambda-old-version/triage:1".to_owned(), "delete"))
    );
    project.apply().await;
    assert_eq!(published(&world).await, (1..=10).collect());
    let call = world.clients().lambda.get_alias().function_name("triage");
    let alias = call.name("live").send().await.unwrap();
    assert_eq!(alias.function_version.as_deref(), Some("1"));
    assert_over(&world, &project).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_to_do_whichever_version_an_update_without_a_change_makes() {
    for republish in [Republish::WhenChanged, Republish::AfterUpdate] {
        let world = World::behaving(Behaviour {
            republish,
            ..Behaviour::default()
        });
        let project = world.triage();
        project.apply().await;
        let clients = world.clients();
        let change = clients.lambda.update_function_configuration();
        change
            .function_name("triage")
            .timeout(77)
            .send()
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_mins(5)).await;
        project.apply().await;
        assert_over(&world, &project).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_versions_of_a_function_that_is_created_again_go_on_from_those_of_the_last() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    project.destroy().await;
    project.apply().await;
    assert_eq!(published(&world).await, BTreeSet::from([2]));
    assert_over(&world, &project).await;
}

#[tokio::test(start_paused = true)]
async fn a_promotion_moves_to_the_version_that_was_applied_last_and_not_to_the_newest() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    for size in 1..=2 {
        resize(&mut project, size).await;
    }
    // What version 1 was: Lambda publishes nothing, so versions 2 and 3 are newer and no longer declared.
    project.set("/lambda/memorySize", json!(512));
    project.apply().await;
    project.hold(2).await.unwrap();

    assert_eq!(project.promote().await.unwrap(), 1);
    assert_over(&world, &project).await;

    project.hold(2).await.unwrap();
    project.set("/lambda/memorySize", json!(600));
    assert_eq!(
        project.promote().await.unwrap(),
        1,
        "the edit is not applied"
    );
    assert_eq!(published(&world).await, (1..=3).collect());
}

#[tokio::test(start_paused = true)]
async fn a_promotion_of_a_runtime_moves_to_the_version_that_was_applied_last() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    edit(&mut project, 1).await;
    project.hold(2).await.unwrap();

    assert_eq!(project.promote().await.unwrap(), 3);
    assert_over(&world, &project).await;
}

#[tokio::test(start_paused = true)]
async fn a_promotion_is_refused_if_the_function_is_not_as_it_was_applied() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    resize(&mut project, 1).await;
    project.hold(1).await.unwrap();
    let call = world.clients().lambda.update_function_configuration();
    let call = call.function_name("triage").memory_size(700);
    call.send().await.unwrap();

    match project.promote().await {
        Err(RunError::Pointer(PointerError::NotApplied { .. })) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(published(&world).await, [1, 2].into());
}

/// Applies an agent three times, and holds its callers at the second of its versions.
async fn held(world: &World) -> Project {
    let mut project = world.triage();
    project.apply().await;
    for size in 1..=2 {
        resize(&mut project, size).await;
    }
    project.hold(2).await.unwrap();
    project
}

/// Moves callers of the function to a version, like another program in the account.
async fn moved_by_others(world: &World, version: &str) {
    let call = world.clients().lambda.update_alias();
    let call = call.function_name("triage").name("live");
    call.function_version(version).send().await.unwrap();
}

/// Returns the version that callers of the function reach.
async fn reached(world: &World) -> String {
    let call = world.clients().lambda.get_alias();
    let alias = call.function_name("triage").name("live").send().await;
    alias.unwrap().function_version.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_pinned_alias_that_somebody_moved_is_drift_and_an_apply_moves_it_back() {
    let world = World::new();
    let project = held(&world).await;
    assert_eq!(project.drift().await.verdict(), Verdict::Clean);
    // Also to the version that the manifest declares.
    for version in ["3", "1", "$LATEST"] {
        moved_by_others(&world, version).await;
        let drifted = project.drift().await;
        assert_eq!(drifted.verdict(), Verdict::Drifted, "{version}");
        assert_eq!(drifted.fields(), 1);
        let plan = project.diff().await;
        assert_eq!(
            authors(&plan, "lambda-alias", "triage.live"),
            [("/version", Some(Author::Outside))]
        );
        project.apply().await;
        assert_eq!(reached(&world).await, "2");
        assert_over(&world, &project).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_pinned_endpoint_that_somebody_moved_is_drift_and_an_apply_moves_it_back() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    edit(&mut project, 1).await;
    project.hold(2).await.unwrap();
    let (id, _) = made(&world).await;
    let call = world.clients().agentcore.update_agent_runtime_endpoint();
    let call = call.agent_runtime_id(&id).endpoint_name("live");
    call.agent_runtime_version("3").send().await.unwrap();
    tokio::time::sleep(Duration::from_mins(5)).await;
    assert_eq!(project.drift().await.verdict(), Verdict::Drifted);
    project.apply().await;
    assert_over(&world, &project).await;
    let endpoints = world.clients().agentcore.list_agent_runtime_endpoints();
    let endpoints = endpoints.agent_runtime_id(&id).send().await.unwrap();
    let mut live = endpoints.runtime_endpoints.iter();
    let live = live.find(|endpoint| endpoint.name() == "live").unwrap();
    assert_eq!(live.live_version(), Some("2"));
}

#[tokio::test(start_paused = true)]
async fn callers_are_not_moved_if_their_pinned_version_is_gone_until_a_person_chooses_another() {
    let world = World::new();
    let project = held(&world).await;
    moved_by_others(&world, "1").await;
    let delete = world.clients().lambda.delete_function();
    let delete = delete.function_name("triage").qualifier("2");
    delete.send().await.unwrap();

    assert_eq!(project.drift().await.verdict(), Verdict::Drifted);
    assert_eq!(project.diff().await.gone_pins().count(), 1);
    match project.try_apply(CancellationToken::new()).await {
        Err(RunError::GonePins(pins)) => assert_eq!(pins[0].pin.version, 2),
        other => panic!("{:?}", other.map(|report| report.ended.plan)),
    }
    assert_eq!(reached(&world).await, "1");
    project.hold(1).await.unwrap();
    assert_over(&world, &project).await;
    assert_eq!(project.promote().await.unwrap(), 3);
    assert_over(&world, &project).await;
}

#[tokio::test(start_paused = true)]
async fn a_pinned_alias_that_somebody_deleted_is_created_at_its_pinned_version() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    resize(&mut project, 1).await;
    project.hold(1).await.unwrap();
    let delete = world.clients().lambda.delete_alias();
    let delete = delete.function_name("triage").name("live");
    delete.send().await.unwrap();
    project.apply().await;
    assert_eq!(reached(&world).await, "1");
    assert_over(&world, &project).await;
}

#[tokio::test(start_paused = true)]
async fn a_pin_outlives_a_lost_record_and_costs_one_listing_and_one_read() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    resize(&mut project, 1).await;
    let without = reads_of_a_diff(&world, &project).await;
    project.hold(1).await.unwrap();
    world.lose_records().await;
    let mut expected = without.clone();
    *expected.entry("GetObject").or_default() += 1;
    assert_eq!(reads_of_a_diff(&world, &project).await, expected);
    assert_eq!(without.get("GetObject"), None);
    assert_eq!(without["ListObjectVersions"], 1);
    project.apply().await;
    assert_eq!(reached(&world).await, "1");
}

/// Rolls back with a fault in the call that moves callers. Returns the version that was chosen, and whether AWS may have accepted it.
async fn roll_back_with(world: &World, project: &Project, fault: FaultKind) -> (u64, bool) {
    for (service, operation) in [
        (Service::Lambda, "UpdateAlias"),
        (Service::AgentCore, "UpdateAgentRuntimeEndpoint"),
    ] {
        let fault = Fault::new(fault.clone()).on(service, operation);
        world.endpoint.order_fault(fault);
    }
    let back = |served: &Served| served.back(None);
    let (ended, chosen) = project.try_point(Pinned::Yes, back).await;
    assert!(ended.error.is_none() && !ended.outcomes.all_done());
    world.endpoint.clear_faults();
    (chosen.unwrap(), ended.outcomes.any_accepted())
}

/// Rolls back an agent with four versions, with moves that are lost, refused and done.
async fn roll_back_again_and_again(world: &World, project: &Project) {
    let roll_back = async || {
        let back = |served: &Served| served.back(None);
        project.point(Pinned::Yes, back).await.unwrap()
    };
    let refused = roll_back_with(world, project, FaultKind::ResetBefore).await;
    assert_eq!(refused, (3, false));
    let lost = roll_back_with(world, project, FaultKind::ResetAfter).await;
    assert_eq!(lost, (3, true));
    assert_eq!(
        roll_back().await,
        3,
        "the same again goes to the same version"
    );
    assert_over(world, project).await;
    assert_eq!(
        roll_back().await,
        2,
        "after a move that was seen, one further"
    );
    assert_eq!(project.promote().await.unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_a_function_whose_answer_was_lost_goes_to_the_same_version_when_repeated() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    for number in 1..=3 {
        edit(&mut project, number).await;
    }
    roll_back_again_and_again(&world, &project).await;
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_a_runtime_whose_answer_was_lost_goes_to_the_same_version_when_repeated() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    for number in 1..=2 {
        edit(&mut project, number).await;
    }
    roll_back_again_and_again(&world, &project).await;
}
