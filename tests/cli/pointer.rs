//! Which version callers reach, and how a pin keeps them at one.

use insta::assert_snapshot;
use localstack::{Fault, FaultKind, Service};
use serde_json::{Value, json};

use crate::served::Served;
use crate::support::TestEnvironment;

/// The quickstart after a number of applies of different manifests, so that it has as many versions.
fn with_versions(versions: u32) -> TestEnvironment {
    let environment = TestEnvironment::quickstart();
    environment.run("apply --local -y").exits(0);
    for version in 2..=versions {
        resize(&environment, version);
        environment.run("apply --local -y").exits(0);
    }
    environment
}

/// Edits the manifest for another version.
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

/// The version that is served, and the pinned version.
fn served(environment: &TestEnvironment) -> (Value, Value) {
    let answer = versions(environment);
    (answer["served"].clone(), answer["pin"]["version"].clone())
}

#[test]
fn a_rollback_pins_callers_to_the_previous_version_until_a_promotion() {
    let environment = with_versions(3);
    assert_eq!(served(&environment), (json!("3"), json!(null)));
    let rollback = environment
        .run("rollback quickstart --local -y --reason it-answers-nonsense")
        .exits(0)
        .without_waits();
    assert_snapshot!(rollback.stderr, @"
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    quickstart  (lambda)
      ~ lambda-alias  quickstart:live
          version  3 → 2
    pinned
      + lambda-alias/quickstart.live  pinned to version 2 by arn:aws:iam::000000000000:user/developer since [time]: it-answers-nonsense
    Plan: 0 create, 1 update, 0 replace, 0 delete.  [calls]
      ~ updating    lambda-alias quickstart.live
        updated     lambda-alias quickstart.live  [time]  (UpdateAlias)
    ");
    assert_snapshot!(rollback.stdout, @"
    updated 1
      lambda-alias/quickstart.live
    Done: 1 resource as planned.
    ");
    assert_eq!(served(&environment), (json!("2"), json!("2")));
    assert_snapshot!(environment.run("diff --local --exit-code"), @"
    exit 0
    --- stdout
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    pinned
      = lambda-alias/quickstart.live  pinned to version 2 by arn:aws:iam::000000000000:user/developer since [time]: it-answers-nonsense; `agentctl apply quickstart --promote --local` releases it
    No differences.  [calls]
    --- stderr
    reading 10 resources
    ");

    resize(&environment, 4);
    environment.run("apply --local -y").exits(0);
    assert_eq!(served(&environment), (json!("2"), json!("2")));
    environment.run("apply --local -y --promote").exits(0);
    assert_eq!(served(&environment), (json!("4"), json!(null)));
    environment.run("diff --local --exit-code").exits(0);
}

#[test]
fn a_promotion_moves_to_the_version_that_was_applied_last_and_publishes_nothing() {
    let environment = with_versions(2);
    environment.run("rollback quickstart --local -y").exits(0);
    // An edit that is not applied moves nobody, and is mentioned.
    resize(&environment, 3);
    environment.run("promote quickstart --local -y").exits(0);
    assert_eq!(served(&environment), (json!("2"), json!(null)));
    assert_snapshot!(environment.run("promote quickstart --local -y").stderr, @"
    warning: the manifest has changes that were not applied; version 2, which was applied last, does not have them
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    No differences.  [calls]
    ");
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
    assert_snapshot!(environment.run("versions quickstart --local").stdout, @"
    version  published             code
    2        [time]  vQ2x4jsVXovG
    1        [time]  vQ2x4jsVXovG  served as quickstart:live, pinned to version 1 by arn:aws:iam::000000000000:user/developer since [time]
    ");
}

#[test]
fn a_pointer_that_cannot_move_has_an_error_with_the_reason() {
    let environment = TestEnvironment::quickstart();
    for (command, code) in [
        ("rollback quickstart --local -y", "AC0701"),
        ("versions quickstar --local", "AC0115"),
    ] {
        let answer = environment.run(command).exits(1);
        assert!(answer.stderr.contains(code), "{answer}");
    }
    environment.run("apply --local -y").exits(0);
    assert_snapshot!(environment.run("rollback quickstart --local -y"), @"
    exit 1
    --- stderr
    error[AC0704]: agent `quickstart` has no version before 1, which is served
    hint: choose one of `agentctl versions quickstart --local` with `--version`
    ");
    assert_snapshot!(environment.run("promote quickstart --local -y --version 7"), @"
    exit 1
    --- stderr
    error[AC0703]: agent `quickstart` has no version 7
    hint: there are: 1
    ");
}

#[test]
fn callers_are_not_sent_to_a_version_that_agentcore_does_not_invoke() {
    let environment = TestEnvironment::quickstart();
    let manifest = "deploy-plans/quickstart/agentctl.yaml";
    environment.edit(manifest, "runtime: lambda", "runtime: agentcore");
    environment.run("apply --local -y").exits(0);
    assert_snapshot!(environment.run("rollback quickstart --local -y"), @"
    exit 1
    --- stderr
    error[AC0705]: callers of agent `quickstart` could not be served by version 1: AgentCore invokes no version that does not require MMDSv2 (`requireMMDSV2`)
    hint: choose another one of `agentctl versions quickstart --local` with `--version`
    ");
    environment.run("diff --local --exit-code").exits(0);
}

#[test]
fn the_eleventh_version_replaces_the_first() {
    let environment = with_versions(10);
    resize(&environment, 11);
    assert_snapshot!(environment.run("diff --local").stdout, @"
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    quickstart  (lambda)
      ~ lambda-function     quickstart
          memorySize  521 → 522                           you changed it
      ~ lambda-version      quickstart
          content  (sensitive, changed)                   follows lambda-function/quickstart
      ~ lambda-alias        quickstart:live
          version  10 → (known after apply)               follows lambda-version/quickstart
      - lambda-old-version  quickstart:1
      = 6 unchanged
    = 1 unchanged, shared
    Plan: 0 create, 3 update, 0 replace, 1 delete.  [calls]
    ");
    let apply = environment.run("apply --local -y").exits(0);
    assert_snapshot!(apply.stdout, @"
    updated 3
      lambda-function/quickstart
      lambda-version/quickstart
      lambda-alias/quickstart.live
    deleted 1
      lambda-old-version/quickstart:1
    unchanged 7
    Done: 4 resources as planned.
    ");
    environment.run("diff --local --exit-code").exits(0);
}

/// An agent with two versions, pinned to the first.
fn held() -> (TestEnvironment, Served) {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    environment.write("deploy-plans/prompt.md", "You sort claims by date.\n");
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "rollback triage -y").exits(0);
    (environment, served)
}

/// The version that is served, and the pinned version.
fn reached(environment: &TestEnvironment, served: &Served) -> (Value, Value) {
    served.endpoint.clear_faults();
    let answer = served
        .run(environment, "versions triage --format json")
        .exits(0)
        .json();
    (answer["served"].clone(), answer["pin"]["version"].clone())
}

#[test]
fn callers_are_not_moved_if_their_pin_cannot_be_read() {
    let (environment, served) = held();
    let unread = Fault::new(FaultKind::Denied).on(Service::S3, "GetObject");
    served.endpoint.order_fault(unread);
    let applied = served.run(&environment, "apply -y").exits(3);
    let last = applied.stderr.lines().rev().take(2).collect::<Vec<_>>();
    assert_snapshot!(last.into_iter().rev().collect::<Vec<_>>().join("\n"), @"
    error[AC0403]: 1 resource could not be read, so nothing was changed; the first is `lambda-alias/triage.live`: s3 GetObject: AccessDenied: `agentctl-111122223333-us-east-1/pins/claims/default/triage/lambda-alias/triage.live`: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: s3:GetObject because no identity-based policy allows the s3:GetObject action (request id [id])
    hint: allow `s3:GetObject` in an identity-based policy
    ");
    served.run(&environment, "apply -y --promote").exits(3);
    assert_eq!(reached(&environment, &served), (json!("1"), json!("1")));
}

#[test]
fn a_release_that_cannot_be_recorded_moves_nothing() {
    let (environment, served) = held();
    // The next deletion is that of the lock.
    let kept = Fault::new(FaultKind::Denied).on(Service::S3, "DeleteObjects");
    served.endpoint.order_fault(kept.nth(1));
    served.run(&environment, "apply -y --promote").exits(1);
    assert_eq!(reached(&environment, &served), (json!("1"), json!("1")));
    served.run(&environment, "apply -y --promote").exits(0);
    assert_eq!(reached(&environment, &served), (json!("2"), json!(null)));
}

#[test]
fn a_rollback_whose_answer_was_lost_is_6_and_goes_to_the_same_version_when_repeated() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    for version in 1..=3 {
        let prompt = format!("You sort claims, as of {version}.\n");
        environment.write("deploy-plans/prompt.md", &prompt);
        served.run(&environment, "apply -y").exits(0);
    }
    let lost = Fault::new(FaultKind::ResetAfter).on(Service::Lambda, "UpdateAlias");
    served.endpoint.order_fault(lost);
    let rollback = served.run(&environment, "rollback triage -y").exits(6);
    assert_snapshot!(rollback.stdout, @"
    failed 1
      lambda-alias/triage.live
        lambda UpdateAlias: client error (SendRequest): connection closed before message completed
        hint: check the network, `HTTPS_PROXY` and `NO_PROXY`, and `AWS_ENDPOINT_URL` if it is set
        AWS may have accepted the change
    Perhaps moved: 0 of 1 resource done, 1 failed. To continue, run the same command again
    ");
    assert_eq!(reached(&environment, &served), (json!("2"), json!("2")));
    let again = served.run(&environment, "rollback triage -y").exits(0);
    assert_snapshot!(again.stderr, @"
    warning: an earlier run was not seen to finish its move to version 2, so this one goes there again; `--version` chooses another
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    pinned
      + lambda-alias/triage.live  pinned to version 2 by arn:aws:iam::111122223333:user/developer since [time]
    Plan: 0 create, 0 update, 0 replace, 0 delete.  [calls]
    ");
    assert_eq!(reached(&environment, &served), (json!("2"), json!("2")));
    served.run(&environment, "rollback triage -y").exits(0);
    assert_eq!(reached(&environment, &served), (json!("1"), json!("1")));
}
