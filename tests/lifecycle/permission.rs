//! The permissions of the role while a new version takes over: never less than the serving version needs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{ACCOUNT, REGION, World, steps};

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

#[tokio::test(start_paused = true)]
async fn permissions_widen_before_the_alias_moves_and_narrow_after_it() {
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
            "PutRolePolicy",
        ]
    );
    let watched = world.watched();
    let mut moments: Vec<_> = watched.iter().map(|dump| moment(&dump[ACCOUNT])).collect();
    moments.dedup();
    assert_eq!(
        moments,
        [
            (true, false, 1),
            (true, true, 1),
            (true, true, 2),
            (false, true, 2),
        ]
    );
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
    assert_eq!(moment(&world.dump()[ACCOUNT]), (false, true, 2));
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_role_loses_a_permission_only_after_the_alias_has_moved() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/definition/policyStatements", statements(OLD));
    project.apply().await;

    project.set("/definition/policyStatements", Value::Null);
    project.set("/lambda/memorySize", json!(1024));
    world.endpoint.log().clear();
    project.apply().await;

    assert_eq!(
        world.mutations(),
        [
            "UpdateFunctionConfiguration",
            "PublishVersion",
            "UpdateAlias",
            "PutRolePolicy",
        ]
    );
}
