//! Commands that find nothing to act on: every one says so, and in the same way.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{PROJECT, TestEnvironment};

#[test]
fn without_agents_every_command_is_refused_in_the_same_way() {
    let environment = TestEnvironment::empty().with("deploy-plans/project.yaml", PROJECT);
    for command in [
        "apply -y",
        "destroy -y",
        "diff",
        "drift",
        "graph",
        "outputs",
        "status",
        "validate",
    ] {
        let answer = environment.run(&format!("{command} --local")).exits(1);
        assert_eq!(
            answer.stderr,
            "error[AC0115]: no agents are declared in `deploy-plans`\n\
             hint: write a manifest with `kind: BatchAgent` there; `agentctl destroy --project claims --local` deletes agents that are no \
             longer declared\n",
            "{command}"
        );
    }
}

#[test]
fn the_local_endpoint_and_an_account_exclude_each_other() {
    let environment = TestEnvironment::triage();
    for command in [
        "apply -y",
        "destroy -y",
        "diff",
        "drift",
        "outputs",
        "status",
        "validate",
    ] {
        let arguments = format!("{command} --local --account 111122223333");
        let answer = environment.run(&arguments).exits(64);
        assert!(
            answer
                .stderr
                .contains("'--local' and '--account' exclude each other"),
            "{command}: {}",
            answer.stderr
        );
    }
    // A variable of the shell does not get in the way.
    TestEnvironment::triage()
        .variable("AGENTCTL_ACCOUNT", "111122223333")
        .run("diff --local")
        .exits(0);
}

#[test]
fn nothing_is_left_to_destroy() {
    let environment = TestEnvironment::triage();
    assert_snapshot!(environment.run("destroy --local -y --env nosuch"), @"
    exit 0
    --- stderr
    reading 6 resources
    claims · account 000000000000 · us-east-1 · nosuch · local endpoint
    as arn:aws:iam::000000000000:user/developer
    Nothing to destroy.  [calls]
    ");
    let declared = environment
        .run("destroy --local -y --project claims")
        .exits(0);
    assert!(
        declared.stderr.contains("Nothing to destroy."),
        "{}",
        declared.stderr
    );
}

#[test]
fn a_project_of_which_nothing_exists_is_refused() {
    let environment = TestEnvironment::triage();
    assert_snapshot!(environment.run("destroy --local -y --project cliams"), @"
    exit 1
    --- stderr
    listing the resources of all agents of project `cliams` (env default, us-east-1)
    error[AC0212]: nothing of project `cliams` exists in environment `default` of account 000000000000 in us-east-1
    hint: there are no records of any project here
    ");
    environment.run("apply --local -y").exits(0);
    assert_snapshot!(environment.run("destroy --local -y --project cliams"), @"
    exit 1
    --- stderr
    listing the resources of all agents of project `cliams` (env default, us-east-1)
    error[AC0212]: nothing of project `cliams` exists in environment `default` of account 000000000000 in us-east-1
    hint: there are records of: `claims` (default)
    ");
}

#[test]
fn a_stream_of_events_has_the_plan_with_its_fields() {
    let environment = TestEnvironment::triage();
    environment.run("apply --local -y").exits(0);
    environment.edit(
        "deploy-plans/agent.yaml",
        "encryption:",
        "expectJson: true\n  encryption:",
    );
    let lines = environment
        .run("apply --local -y --format json")
        .exits(0)
        .json_lines();
    let plans: Vec<_> = lines
        .iter()
        .filter(|line| line["event"] == "plan")
        .collect();
    let [plan] = plans[..] else {
        panic!("{lines:?}");
    };
    let alone = &plan["plan"];
    assert_eq!(alone["format"], "agentctl/plan/1");
    let steps = alone["steps"].as_array().unwrap();
    let function = steps
        .iter()
        .find(|step| step["address"] == "lambda-function/triage");
    assert!(
        !function.unwrap()["changes"].as_array().unwrap().is_empty(),
        "{alone}"
    );
}

#[test]
fn a_validation_for_programs_has_agents_or_errors_with_their_places() {
    let environment = TestEnvironment::triage();
    assert_eq!(
        environment.run("validate --format json").exits(0).json(),
        json!({
            "format": "agentctl/validation/1",
            "valid": true,
            "agents": ["triage"],
            "warnings": [],
            "parts": [],
            "skipped": 0,
        })
    );
    environment.edit(
        "deploy-plans/agent.yaml",
        "encryption:",
        "expectJSON: true\n  encryption:",
    );
    let answer = environment.run("validate --format json").exits(1);
    assert_eq!(
        answer.json(),
        json!({
            "format": "agentctl/validation/1",
            "valid": false,
            "errors": [{
                "code": "AC0105",
                "message": "unknown key `spec.expectJSON`",
                "place": { "file": "deploy-plans/agent.yaml", "line": 8, "column": 3 },
                "hint": "did you mean `expectJson`?",
            }],
        })
    );
    assert!(
        answer.stderr.starts_with("error[AC0105]"),
        "{}",
        answer.stderr
    );
}
