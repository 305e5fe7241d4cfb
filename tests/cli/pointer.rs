//! Which version callers reach, and how they are held at one.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::TestEnvironment;

/// The quickstart after so many applies of different manifests, so that it has as many versions.
fn with_versions(versions: u32) -> TestEnvironment {
    let environment = TestEnvironment::quickstart();
    environment.run("apply --local -y").exits(0);
    for version in 2..=versions {
        resize(&environment, version);
        environment.run("apply --local -y").exits(0);
    }
    environment
}

/// Makes the manifest that of another version.
fn resize(environment: &TestEnvironment, version: u32) {
    let manifest = "deploy-plans/quickstart/agentctl.yaml";
    let size = |version: u32| format!("memorySize: {}", 511 + version);
    environment.edit(manifest, &size(version - 1), &size(version));
}

fn versions(environment: &TestEnvironment) -> Value {
    environment
        .run("versions quickstart --local --format json")
        .exits(0)
        .json()
}

/// The version that is served, and the one that callers are held at.
fn served(environment: &TestEnvironment) -> (Value, Value) {
    let told = versions(environment);
    (told["served"].clone(), told["pin"]["version"].clone())
}

#[test]
fn callers_go_back_a_version_and_stay_there_until_they_are_promoted() {
    let environment = with_versions(3);
    assert_eq!(served(&environment), (json!("3"), json!(null)));
    let rollback = environment
        .run("rollback quickstart --local -y --reason it-answers-nonsense")
        .exits(0)
        .without_waits();
    assert_snapshot!(rollback.stderr, @"");
    assert_snapshot!(rollback.stdout, @"");
    assert_eq!(served(&environment), (json!("2"), json!("2")));
    assert_snapshot!(environment.run("diff --local --exit-code"), @"");

    resize(&environment, 4);
    environment.run("apply --local -y").exits(0);
    assert_eq!(served(&environment), (json!("2"), json!("2")));
    environment.run("apply --local -y --promote").exits(0);
    assert_eq!(served(&environment), (json!("4"), json!(null)));
    environment.run("diff --local --exit-code").exits(0);
}

#[test]
fn a_promotion_moves_to_the_newest_version_and_publishes_nothing() {
    let environment = with_versions(2);
    environment.run("rollback quickstart --local -y").exits(0);
    // An edit that is not applied is nobody's concern here.
    resize(&environment, 3);
    environment.run("promote quickstart --local -y").exits(0);
    assert_eq!(served(&environment), (json!("2"), json!(null)));
    assert_snapshot!(environment.run("promote quickstart --local -y").stderr, @"");
    let numbers: Vec<Value> = versions(&environment)["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["version"].clone())
        .collect();
    assert_eq!(numbers, [json!("2"), json!("1")]);
}

#[test]
fn versions_are_listed_with_what_points_at_them() {
    let environment = with_versions(2);
    environment
        .run("rollback quickstart --local -y --version 1")
        .exits(0);
    assert_snapshot!(environment.run("versions quickstart --local").stdout, @"");
}

#[test]
fn what_cannot_be_moved_says_why() {
    let environment = TestEnvironment::quickstart();
    for (command, code) in [
        ("rollback quickstart --local -y", "AC0701"),
        ("versions quickstar --local", "AC0105"),
    ] {
        let told = environment.run(command).exits(1);
        assert!(told.stderr.contains(code), "{told}");
    }
    environment.run("apply --local -y").exits(0);
    assert_snapshot!(environment.run("rollback quickstart --local -y"), @"");
    assert_snapshot!(environment.run("promote quickstart --local -y --version 7"), @"");
}
