//! What a role allows: never less than the version that callers reach needs, and those that a rollback may return to.

use std::collections::BTreeSet;

use agentctl::plan::drift::Verdict;
use agentctl::plan::model::Note;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Pinned, Project, REGION, World, steps};

/// The two permissions of the change: one for the old version and one for the new.
const OLD: &str = "dynamodb:GetItem";
const NEW: &str = "dynamodb:PutItem";

fn statements(action: &str) -> Value {
    json!([{ "Effect": "Allow", "Action": action, "Resource": "*" }])
}

/// Whether the role's policy allows each action, and the version that callers reach, at one moment.
fn moment(account: &Value) -> (bool, bool, u64) {
    let role = &account["global"]["iam"]["roles"]["triage-lambda-us-east-1"];
    let text = role["inline"]["agent"]["text"].as_str().unwrap();
    let policy: Value = serde_json::from_str(text).unwrap();
    let allows = |action: &str| {
        let statements = policy["Statement"].as_array().unwrap();
        let names = |statement: &Value| {
            let actions = statement["Action"].as_array().unwrap();
            statement["Effect"] == "Allow" && actions.iter().any(|named| named == action)
        };
        statements.iter().any(names)
    };
    let alias = &account[REGION]["lambda"]["functions"]["triage"]["aliases"]["live"];
    let version = alias["version"].as_str().unwrap();
    (allows(OLD), allows(NEW), version.parse().unwrap())
}

/// Publishes a version that needs the old permission, and then one that needs the new one.
async fn two_versions(world: &World) -> Project {
    let mut project = world.triage();
    project.set("/definition/policyStatements", statements(OLD));
    project.apply().await;
    project.set("/definition/policyStatements", statements(NEW));
    project.set("/lambda/memorySize", json!(1024));
    project.apply().await;
    project
}

#[tokio::test(start_paused = true)]
async fn permissions_widen_before_the_alias_moves_and_stay_for_the_older_version() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/definition/policyStatements", statements(OLD));
    project.apply().await;

    project.set("/definition/policyStatements", statements(NEW));
    project.set("/lambda/memorySize", json!(1024));
    world.endpoint.log().clear();
    world.watch();
    let answer = project.apply().await;

    // The previous policy is effective until the joined one is, so nothing has to wait.
    assert_eq!(answer.waits(), BTreeSet::new());
    assert_eq!(
        world.mutations(),
        [
            "PutRolePolicy",
            "UpdateFunctionConfiguration",
            "PublishVersion",
            "UpdateAlias",
        ]
    );
    let watched = world.watched();
    let mut moments: Vec<_> = watched.iter().map(|dump| moment(&dump[ACCOUNT])).collect();
    moments.dedup();
    assert_eq!(
        moments,
        [(true, false, 1), (true, true, 1), (true, true, 2)]
    );
    let plan = project.diff().await;
    assert_eq!(steps(&plan), []);
    let [older] = &plan.older[..] else {
        panic!("{:#?}", plan.older);
    };
    assert_eq!((&older.versions[..], &older.unknown), (&[1][..], &None));
    assert_eq!(older.grants, ["+ dynamodb:getitem on 1 resource"]);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_a_rollback_returns_to_has_its_permissions_also_after_later_applies() {
    let world = World::new();
    let mut project = two_versions(&world).await;
    project.hold(1).await.unwrap();
    assert_eq!(moment(&world.dump()[ACCOUNT]), (true, true, 1));

    project.set("/definition/policyStatements", Value::Null);
    project.set("/lambda/memorySize", json!(2048));
    project.apply().await;
    assert_eq!(moment(&world.dump()[ACCOUNT]), (true, true, 1));
    assert_eq!(steps(&project.diff().await), []);
    assert_eq!(project.drift().await.verdict(), Verdict::Clean);
}

#[tokio::test(start_paused = true)]
async fn permissions_narrow_after_the_deletion_of_the_last_version_that_needed_them() {
    let world = World::new();
    let mut project = two_versions(&world).await;
    for size in 1..=8 {
        project.set("/lambda/memorySize", json!(1024 + size));
        project.apply().await;
    }
    assert_eq!(moment(&world.dump()[ACCOUNT]), (true, true, 10));

    project.set("/lambda/memorySize", json!(2048));
    world.endpoint.log().clear();
    project.apply().await;
    assert_eq!(
        world.mutations(),
        [
            "UpdateFunctionConfiguration",
            "PublishVersion",
            "UpdateAlias",
            "DeleteFunction",
            "PutRolePolicy",
        ]
    );
    assert_eq!(moment(&world.dump()[ACCOUNT]), (false, true, 11));
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn without_a_record_no_permission_is_taken_away() {
    let world = World::new();
    let mut project = two_versions(&world).await;
    world.lose_records().await;
    project.set("/definition/policyStatements", Value::Null);
    project.set("/lambda/memorySize", json!(2048));
    let plan = project.diff().await;
    assert_eq!(plan.older[0].versions, [1, 2]);
    assert!(plan.older[0].unknown.is_some());
    project.apply().await;
    assert_eq!(moment(&world.dump()[ACCOUNT]), (true, true, 3));
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_denial_is_in_force_before_the_alias_moves() {
    let world = World::new();
    let mut project = two_versions(&world).await;
    project.hold(1).await.unwrap();
    let denial = json!([{ "Effect": "Deny", "Action": NEW, "Resource": "*" }]);
    project.set("/definition/policyStatements", denial);
    project.set("/lambda/memorySize", json!(2048));
    let plan = project.diff().await;
    let notes = plan.steps.iter().flat_map(|step| &step.notes);
    assert!(notes.into_iter().any(|note| *note == Note::Denies(vec![1])));
    world.endpoint.log().clear();
    project.apply().await;
    assert_eq!(
        world.mutations(),
        [
            "PutRolePolicy",
            "UpdateFunctionConfiguration",
            "PublishVersion",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_was_published_once_loses_a_permission_at_once() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/definition/policyStatements", statements(OLD));
    project.apply().await;
    project.set("/definition/policyStatements", Value::Null);
    world.endpoint.log().clear();
    project.apply().await;
    assert_eq!(world.mutations(), ["PutRolePolicy"]);
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn the_serving_version_keeps_its_permissions_if_the_new_one_cannot_be_published() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/definition/policyStatements", statements(OLD));
    project.apply().await;

    project.set("/definition/policyStatements", statements(NEW));
    project.set("/lambda/memorySize", json!(1024));
    let denied = localstack::Fault::new(localstack::FaultKind::Denied);
    world.order(denied.on(localstack::Service::Lambda, "PublishVersion"));
    let answer = project
        .try_apply(tokio_util::sync::CancellationToken::new())
        .await
        .unwrap();
    assert!(!answer.outcomes().all_done());
    assert_eq!(moment(&world.dump()[ACCOUNT]), (true, true, 1));

    world.endpoint.clear_faults();
    project.apply().await;
    assert_eq!(moment(&world.dump()[ACCOUNT]), (true, true, 2));
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_version_is_deleted_on_request_with_the_permissions_that_only_it_needed() {
    let world = World::new();
    let mut project = two_versions(&world).await;
    // Other changes of the manifest are left to the next apply.
    project.set("/lambda/timeout", json!(77));
    world.endpoint.log().clear();
    project.delete_versions(&[1]).await.unwrap().assert_done();
    assert_eq!(world.mutations(), ["DeleteFunction", "PutRolePolicy"]);
    assert_eq!(moment(&world.dump()[ACCOUNT]), (false, true, 2));
    project.apply().await;
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_version_in_use_is_not_deleted_on_request() {
    let world = World::new();
    let project = two_versions(&world).await;
    let refused = async |versions: &[u64]| {
        let error = project.delete_versions(versions).await.err().unwrap();
        error.to_string()
    };
    world.endpoint.log().clear();
    assert_eq!(
        refused(&[1, 2]).await,
        "version 2 of agent `triage` cannot be deleted: `triage:live` names it"
    );
    assert_eq!(refused(&[1, 7]).await, "agent `triage` has no version 7");
    project.hold(1).await.unwrap();
    assert_eq!(
        refused(&[1]).await,
        "version 1 of agent `triage` cannot be deleted: `triage:live` names it"
    );
    assert_eq!(
        refused(&[2]).await,
        "version 2 of agent `triage` cannot be deleted: it is what is deployed now"
    );
    assert_eq!(world.mutations(), ["UpdateAlias"]);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_older_versions_run_with_is_kept_when_the_manifest_names_another() {
    let world = World::new();
    let mut project = two_versions(&world).await;
    let iam = &world.clients().iam;
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let create = iam.create_role().role_name("own");
    let create = create.assume_role_policy_document(trust.to_string());
    let role = create.send().await.unwrap().role.unwrap();
    let everything = json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let put = iam.put_role_policy().role_name("own").policy_name("all");
    let put = put.policy_document(everything.to_string());
    put.send().await.unwrap();
    project.hold(1).await.unwrap();

    project.set("/definition/policyStatements", Value::Null);
    project.set("/iam/role", json!(role.arn));
    let plan = project.diff().await;
    let kept = plan.kept.iter().map(|(address, _)| address.to_string());
    assert!(
        kept.into_iter()
            .any(|address| address == "iam-role/triage-lambda-us-east-1"),
        "{:?}",
        plan.kept
    );
    project.apply().await;
    assert_eq!(moment(&world.dump()[ACCOUNT]), (true, true, 1));
    assert_eq!(steps(&project.diff().await), []);

    // Once callers are at the version with the other role and the older ones are deleted, nothing needs the first role.
    project.point(Pinned::No, |_| Ok(3)).await.unwrap();
    let deleted = project.delete_versions(&[1, 2]).await.unwrap();
    deleted.assert_done();
    project.apply().await;
    let roles = &world.dump()[ACCOUNT]["global"]["iam"]["roles"];
    assert!(roles.get("triage-lambda-us-east-1").is_none());
}

/// Returns the version that callers of the runtime's endpoint reach, and the key of its code.
async fn served_code(world: &World) -> (u64, String) {
    let clients = world.clients();
    let listed = clients.agentcore.list_agent_runtimes().send().await;
    let id = listed.unwrap().agent_runtimes.remove(0).agent_runtime_id;
    let call = clients.agentcore.get_agent_runtime_endpoint();
    let call = call.agent_runtime_id(&id).endpoint_name("live");
    let version = call.send().await.unwrap().live_version.unwrap();
    let get = clients.agentcore.get_agent_runtime().agent_runtime_id(&id);
    let answer = get.agent_runtime_version(&version).send().await.unwrap();
    let artifact = answer.agent_runtime_artifact.unwrap();
    let code = artifact.as_code_configuration().unwrap().code.clone();
    let key = code.unwrap().as_s3().unwrap().prefix.clone();
    (version.parse().unwrap(), key)
}

/// Returns the objects that the role of the runtime may read as code.
fn readable_code(world: &World) -> Vec<String> {
    let role =
        &world.dump()[ACCOUNT]["global"]["iam"]["roles"]["triage-agentcore-us-east-1"].clone();
    let text = role["inline"]["agent"]["text"].as_str().unwrap();
    let policy: Value = serde_json::from_str(text).unwrap();
    let resources = policy["Statement"].as_array().unwrap().iter();
    resources
        .filter(|statement| statement["Action"] == json!(["s3:GetObject"]))
        .flat_map(|statement| statement["Resource"].as_array().unwrap().clone())
        .filter_map(|arn| Some(arn.as_str()?.split_once('/')?.1.to_owned()))
        .filter(|key| key.contains("/code/"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn after_a_rollback_the_role_of_a_runtime_reads_the_code_that_is_served() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    let first = served_code(&world).await;
    assert_eq!(readable_code(&world), std::slice::from_ref(&first.1));
    project.write("deploy-plans/agent/main.py", "print('second')\n");
    project.apply().await;
    let second = served_code(&world).await;
    assert_ne!(first, second);

    project.hold(first.0).await.unwrap();
    assert_eq!(served_code(&world).await, first);
    assert!(readable_code(&world).contains(&first.1));
    project.write("deploy-plans/agent/main.py", "print('third')\n");
    project.apply().await;
    assert_eq!(served_code(&world).await, first);
    let readable = readable_code(&world);
    assert!(readable.contains(&first.1), "{readable:?}");
    assert_eq!(readable.len(), 3, "{readable:?}");
    assert_eq!(steps(&project.diff().await), []);
}
