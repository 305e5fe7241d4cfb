//! Mistakes between a command and its account. None of them changes anything.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use localstack::{Fault, FaultKind, Service};

use crate::served::Served;
use crate::support::{PROJECT, TestEnvironment, Transcript};

const COMMANDS: [&str; 3] = ["diff", "apply -y", "destroy -y"];

/// Runs every command that signs in with an endpoint. All must end in the same way and change nothing.
fn alike(environment: &TestEnvironment, served: &Served) -> Transcript {
    let mut ends = COMMANDS
        .map(|command| served.run(environment, command))
        .to_vec();
    let first = ends.swap_remove(0);
    for end in ends {
        assert_eq!((end.status, &end.stderr), (first.status, &first.stderr));
    }
    assert_eq!(served.endpoint.log().writes(), 0);
    first
}

#[test]
fn credentials_of_another_account() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    let project = PROJECT.replace("spec: {", "spec: { account: \"444455556666\",");
    environment.write("deploy-plans/project.yaml", project);
    assert_snapshot!(alike(&environment, &served), @"
    exit 1
    --- stderr
    error[AC0302]: the credentials belong to account 111122223333, the project is for 444455556666
    hint: sign in to the other account, or choose another `--profile`
    ");
    // The command line adds a guard; it does not remove the project's guard.
    served
        .run(&environment, "diff --account 111122223333")
        .exits(1);
    environment.write("deploy-plans/project.yaml", PROJECT);
    assert_snapshot!(served.run(&environment, "diff --account 444455556666"), @"
    exit 1
    --- stderr
    error[AC0302]: the credentials belong to account 111122223333, `--account` names 444455556666
    hint: sign in to the other account, or choose another `--profile`
    ");
}

#[test]
fn no_region_anywhere() {
    let environment = TestEnvironment::triage().signed_in();
    let project = PROJECT.replace("spec: { region: us-east-1 }\n", "");
    environment.write("deploy-plans/project.yaml", project);
    assert_snapshot!(environment.run("diff"), @"
    exit 1
    --- stderr
    error[AC0301]: no region is set
    hint: add `region` to the project's manifest, or give `--region`
    ");
}

#[test]
fn no_account_named_in_ci() {
    let environment = TestEnvironment::triage().signed_in().variable("CI", "true");
    assert_snapshot!(environment.run("apply -y"), @"
    exit 1
    --- stderr
    error[AC0303]: in CI the account must be named
    hint: add `account` to the project's manifest, or give `--account`
    ");
    environment.run("diff --local").exits(0);
}

#[test]
fn no_credentials_at_all() {
    let began = Instant::now();
    assert_snapshot!(TestEnvironment::triage().run("diff"), @"
    exit 1
    --- stderr
    error[AC0306]: sts GetCallerIdentity: no credentials were found; `-v` lists the places that were asked
    hint: sign in with `aws sso login`, or set `AWS_PROFILE`
    ");
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_profile_that_does_not_exist() {
    assert_snapshot!(TestEnvironment::triage().run("diff --profile nobody"), @"
    exit 1
    --- stderr
    error[AC0310]: there is no profile `nobody` in the AWS configuration
    hint: `aws configure list-profiles` lists the profiles
    ");
}

#[test]
fn an_endpoint_without_a_server() {
    let began = Instant::now();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let environment = TestEnvironment::triage().signed_in();
    let end = environment.run(&format!("diff --endpoint-url http://127.0.0.1:{port}"));
    assert_snapshot!(end, @"
    exit 1
    --- stderr
    error[AC0307]: sts GetCallerIdentity: client error (Connect): tcp connect error: Connection refused (os error 111)
    hint: check that a server answers at the endpoint: `http://127.0.0.1:[port]`
    ");
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_session_that_has_expired() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served.endpoint.order_fault(Fault::new(FaultKind::Refuse {
        status: 403,
        code: "ExpiredToken".into(),
        message: "The security token included in the request is expired".into(),
    }));
    assert_snapshot!(alike(&environment, &served), @"
    exit 1
    --- stderr
    error[AC0306]: sts GetCallerIdentity: ExpiredToken: The security token included in the request is expired (request id [id])
    hint: the credentials in `AWS_ACCESS_KEY_ID` and its related variables have expired; set new ones, or unset them to sign in with a profile
    ");
}

#[test]
fn a_call_that_is_denied() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served
        .endpoint
        .order_fault(Fault::new(FaultKind::Denied).on(Service::Sts, "GetCallerIdentity"));
    assert_snapshot!(alike(&environment, &served), @"
    exit 1
    --- stderr
    error[AC0304]: sts GetCallerIdentity: AccessDenied: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: sts:GetCallerIdentity because no identity-based policy allows the sts:GetCallerIdentity action (request id [id])
    hint: allow `sts:GetCallerIdentity` in an identity-based policy
    ");
}

#[test]
fn a_setting_that_the_sdk_cannot_use_is_refused_before_the_first_call() {
    let project = PROJECT.replace("spec: { region: us-east-1 }\n", "");
    for (variable, value) in [
        ("AWS_REGION", " us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1\n"),
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_ENDPOINT_URL", "foo bar"),
        ("AWS_ENDPOINT_URL_LAMBDA", "localhost:1"),
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_RETRY_MODE", "zzz"),
        ("AWS_USE_FIPS_ENDPOINT", "maybe"),
    ] {
        let environment = TestEnvironment::triage()
            .signed_in()
            .variable(variable, value);
        environment.write("deploy-plans/project.yaml", &project);
        let answer = environment.run("diff --region us-east-1").exits(1);
        let head = format!("error[AC0312]: the variable `{variable}` is not ");
        assert!(
            answer.stderr.starts_with(&head),
            "{variable}: {}",
            answer.stderr
        );
    }
}

#[test]
fn a_setting_without_a_value_is_not_set() {
    let served = Served::begin();
    for variable in [
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "AWS_MAX_ATTEMPTS",
        "AWS_RETRY_MODE",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_CA_BUNDLE",
    ] {
        let environment = TestEnvironment::triage().signed_in().variable(variable, "");
        served.run(&environment, "diff").exits(0);
    }
}

#[test]
fn the_region_of_the_profile_counts_if_the_variable_has_no_value() {
    let environment = TestEnvironment::triage()
        .signed_in()
        .variable("AWS_REGION", "")
        .at_home(".aws/config", "[default]\nregion = eu-west-1\n");
    environment.write(
        "deploy-plans/project.yaml",
        PROJECT.replace("spec: { region: us-east-1 }\n", ""),
    );
    let answer = Served::begin().run(&environment, "diff").exits(0);
    assert!(answer.stdout.contains("eu-west-1"), "{}", answer.stdout);
}
