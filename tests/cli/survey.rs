//! Commands that report without comparing: `status`, `outputs` and `graph`.

use insta::assert_snapshot;
use localstack::{Fault, FaultKind, Service};

use crate::served::Served;
use crate::support::{AGENT, TestEnvironment};

#[test]
fn status_shows_what_exists_and_writes_nothing() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    assert_snapshot!(served.run(&environment, "status"), @"
    exit 0
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    shared
      absent      artifacts-bucket  agentctl-111122223333-us-east-1
    triage  (lambda)
      absent      s3-object         agentctl-111122223333-us-east-1/…/code/[digest]….zip
      absent      s3-object         agentctl-111122223333-us-east-1/…/prompt/[digest]…-prompt.md
      absent      iam-role          triage-lambda-us-east-1
      absent      log-group         /aws/lambda/triage
      absent      lambda-function   triage
      absent      lambda-version    triage
      absent      lambda-alias      triage:live
      no apply is recorded
    --- stderr
    reading 8 resources
    ");
    assert_eq!(served.endpoint.log().writes(), 0);
    served.run(&environment, "apply -y").exits(0);
    let writes = served.endpoint.log().writes();
    assert_snapshot!(served.run(&environment, "status triage -q"), @"
    exit 0
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    shared
      ready       artifacts-bucket  agentctl-111122223333-us-east-1
    triage  (lambda)
      ready       s3-object         agentctl-111122223333-us-east-1/…/code/[digest]….zip
      ready       s3-object         agentctl-111122223333-us-east-1/…/prompt/[digest]…-prompt.md
      ready       iam-role          triage-lambda-us-east-1
      ready       log-group         /aws/lambda/triage
      ready       lambda-function   triage
      ready       lambda-version    triage
      ready       lambda-alias      triage:live                                                   serves version 1
      last applied [time] by agentctl 0.1.0
    ");
    let document = served
        .run(&environment, "status --format json")
        .exits(0)
        .json();
    assert_eq!(document["format"], "agentctl/status/1");
    assert_eq!(
        document["agents"][0]["kept"]["applied"]["agentctl"],
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(served.endpoint.log().writes(), writes);
    let denied = Fault::new(FaultKind::Denied).on(Service::Lambda, "ListAliases");
    served.endpoint.order_fault(denied);
    served.run(&environment, "status").exits(3);
}

#[test]
fn outputs_have_what_callers_need_and_no_digest_of_a_secret() {
    let agent = format!("{AGENT}  environment: {{ TOKEN: hunter2 }}\n");
    let (environment, served) = (TestEnvironment::of(&agent).signed_in(), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    let text = served.run(&environment, "outputs triage -q").exits(0);
    assert_snapshot!(text, @"
    exit 0
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    shared
      artifacts-bucket/shared
        arn   arn:aws:s3:::agentctl-111122223333-us-east-1
        name  agentctl-111122223333-us-east-1
    triage  (lambda)
      lambda-alias/triage.live  for callers
        arn   arn:aws:lambda:us-east-1:111122223333:function:triage:live
        name  live
      s3-object/triage.code
        arn        arn:aws:s3:::agentctl-111122223333-us-east-1/objects/claims/default/triage/code/[digest].zip
        bucket     agentctl-111122223333-us-east-1
        key        objects/claims/default/triage/code/[digest].zip
        versionId  [id]
      s3-object/triage.prompt
        arn        arn:aws:s3:::agentctl-111122223333-us-east-1/objects/claims/default/triage/prompt/[digest]-prompt.md
        bucket     agentctl-111122223333-us-east-1
        key        objects/claims/default/triage/prompt/[digest]-prompt.md
        versionId  [id]
      iam-role/triage.lambda
        arn   arn:aws:iam::111122223333:role/agentctl/claims/default/us-east-1/triage-lambda-us-east-1
        id    [id]
        name  triage-lambda-us-east-1
      log-group/triage
        arn       arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/triage:*
        groupArn  arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/triage
        name      /aws/lambda/triage
      lambda-function/triage
        arn   arn:aws:lambda:us-east-1:111122223333:function:triage
        name  triage
      lambda-version/triage
        arn      arn:aws:lambda:us-east-1:111122223333:function:triage:1
        version  1
    ");
    let document = served
        .run(&environment, "outputs --format json")
        .exits(0)
        .json();
    let resources = document["agents"][0]["resources"].as_array().unwrap();
    let pointers: Vec<_> = resources
        .iter()
        .filter(|one| one["for_callers"] == true)
        .collect();
    assert_eq!(pointers.len(), 1);
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:triage:live";
    assert_eq!(pointers[0]["outputs"]["arn"], arn);
    assert!(!document.to_string().contains("\"content\""));
}

#[test]
fn an_agent_that_is_not_declared_is_refused_by_name() {
    let environment = TestEnvironment::triage();
    for command in ["status", "outputs", "graph"] {
        assert_eq!(
            environment
                .run(&format!("{command} traige --local"))
                .exits(1)
                .stderr,
            "error[AC0115]: `traige` is neither an agent nor a path\nhint: did you mean `triage`?\n"
        );
    }
}

#[test]
fn the_graph_needs_no_account_and_has_the_order_of_an_apply() {
    let environment = TestEnvironment::triage();
    assert_snapshot!(environment.run("graph"), @"
    exit 0
    --- stdout
    artifacts-bucket/shared
    iam-role/triage.lambda
    log-group/triage
    s3-object/triage.code
      after artifacts-bucket/shared
    s3-object/triage.prompt
      after artifacts-bucket/shared
    lambda-function/triage
      after iam-role/triage.lambda, log-group/triage, s3-object/triage.code, s3-object/triage.prompt
    lambda-version/triage
      after lambda-function/triage
    lambda-alias/triage.live
      after lambda-function/triage, lambda-version/triage
    ");
    assert_snapshot!(environment.run("graph --format mermaid"), @r#"
    exit 0
    --- stdout
    flowchart LR
      n0["artifacts-bucket/shared"]
      n1["iam-role/triage.lambda"]
      n2["log-group/triage"]
      n3["s3-object/triage.code"]
      n4["s3-object/triage.prompt"]
      n5["lambda-function/triage"]
      n6["lambda-version/triage"]
      n7["lambda-alias/triage.live"]
      n0 --> n3
      n0 --> n4
      n1 --> n5
      n2 --> n5
      n3 --> n5
      n4 --> n5
      n5 --> n6
      n5 --> n7
      n6 --> n7
    "#);
    environment.run("graph --format dot").exits(0);
}
