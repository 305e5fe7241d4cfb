//! Bad input: each mistake with its place and a hint, before any call.

use insta::assert_snapshot;

use crate::support::{AGENT, PROJECT, TestEnvironment};

/// Validates a project whose agent has some more lines in its spec.
fn refused(lines: &str) -> String {
    TestEnvironment::of(&format!("{AGENT}{lines}"))
        .run("validate")
        .exits(1)
        .to_string()
}

#[test]
fn an_unknown_key() {
    assert_snapshot!(refused("  expectJSON: true\n"), @"
    exit 1
    --- stderr
    error[AC0105]: unknown key `spec.expectJSON`
      --> deploy-plans/agent.yaml:9:3
     8 |   encryption: { key: aws }
     9 |   expectJSON: true
       |   ^^^^^^^^^^
    hint: did you mean `expectJson`?
    ");
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(refused("  expectJson: sure\n"), @"
    exit 1
    --- stderr
    error[AC0106]: `spec.expectJson` must be true or false, not text
      --> deploy-plans/agent.yaml:9:15
     8 |   encryption: { key: aws }
     9 |   expectJson: sure
       |               ^^^^
    ");
}

#[test]
fn a_value_over_its_limit() {
    assert_snapshot!(refused("  lambda: { timeout: 31m }\n"), @"
    exit 1
    --- stderr
    error[AC0110]: `spec.lambda.timeout` must be 1 to 1800 seconds, written like `90s` or `10m` or as a number, not `31m`
      --> deploy-plans/agent.yaml:9:22
     8 |   encryption: { key: aws }
     9 |   lambda: { timeout: 31m }
       |                      ^^^
    ");
}

#[test]
fn files_that_are_no_manifests_are_named_or_counted() {
    let environment = TestEnvironment::of(&AGENT.replace("../agents/triage", "code"))
        .with(
            "deploy-plans/code/batch.py",
            "def handler(event, context): ...",
        )
        .with("deploy-plans/code/dependency/agent.yaml", AGENT)
        .with("deploy-plans/code/schema.json", "{}")
        .with(
            "deploy-plans/flow.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n",
        );
    assert_snapshot!(environment.run("validate").exits(0), @"
    exit 0
    --- stderr
    1 agent is valid
    `deploy-plans/code/dependency/agent.yaml` is a part of an agent, so it is not read as a manifest
    1 file without a manifest is skipped
    ");
}

#[test]
fn a_variable_that_is_set_to_nothing_is_as_good_as_unset() {
    let environment = [
        "ENV",
        "ACCOUNT",
        "REGION",
        "PROFILE",
        "ENDPOINT_URL",
        "LOCAL",
        "VAR",
        "COLOR",
        "QUIET",
        "VERBOSE",
    ]
    .iter()
    .fold(TestEnvironment::triage(), |environment, name| {
        environment.variable(&format!("AGENTCTL_{name}"), "")
    });
    assert_snapshot!(environment.run("validate").exits(0), @"
    exit 0
    --- stderr
    1 agent is valid
    ");
}

#[test]
fn every_mistake_of_every_file_at_once() {
    let environment = TestEnvironment::of(&AGENT.replace("prompt.md", "promt.md"))
        .with(
            "deploy-plans/second.yaml",
            AGENT.replace("triage }", "Triage }"),
        )
        .with("deploy-plans/third.yaml", "spec: [\n# agentctl\n");
    assert_snapshot!(environment.run("diff --local"), @"
    exit 1
    --- stderr
    error[AC0114]: `deploy-plans/promt.md` does not exist
      --> deploy-plans/agent.yaml:6:31
     5 |   prompt: Sort the claims.
     6 |   definition: { systemPrompt: promt.md }
       |                               ^^^^^^^^
    hint: paths are relative to the file they are written in

    error[AC0110]: `metadata.name` must be lower-case letters, digits and hyphens, a letter first, 40 characters at most, not `Triage`
      --> deploy-plans/second.yaml:3:19
     2 | kind: BatchAgent
     3 | metadata: { name: Triage }
       |                   ^^^^^^

    error[AC0103]: not YAML: unclosed bracket '['
      --> deploy-plans/third.yaml:1:7
     1 | spec: [
       |       ^
    ");
}

#[test]
fn two_agents_of_one_name() {
    let environment = TestEnvironment::triage().with("deploy-plans/b.yaml", AGENT);
    assert_snapshot!(environment.run("validate"), @"
    exit 1
    --- stderr
    error[AC0112]: agent `triage` is already declared at deploy-plans/agent.yaml:3:19
      --> deploy-plans/b.yaml:3:19
     2 | kind: BatchAgent
     3 | metadata: { name: triage }
       |                   ^^^^^^
    hint: rename one of the two
    ");
}

#[test]
fn no_folder_of_manifests() {
    assert_snapshot!(TestEnvironment::empty().run("diff --local"), @"
    exit 1
    --- stderr
    error[AC0101]: no folder `deploy-plans` in `[folder]/project` or above it
    hint: run in a project, or create the folder `deploy-plans` and put manifests into it
    ");
}

#[test]
fn no_project_document() {
    let environment = TestEnvironment::triage();
    fs_err::remove_file(environment.root().join("deploy-plans/project.yaml")).unwrap();
    assert_snapshot!(environment.run("diff"), @"
    exit 1
    --- stderr
    error[AC0113]: no document with `kind: Project` in `deploy-plans`
    hint: add one: `apiVersion: agentctl.dev/v1alpha1`, `kind: Project` and `metadata.name`
    ");
}

#[test]
fn a_name_of_nothing() {
    assert_snapshot!(TestEnvironment::triage().run("apply --local -y nowhere"), @"
    exit 1
    --- stderr
    error[AC0115]: `nowhere` is neither an agent nor a path
    hint: declared agents: `triage`
    ");
}

#[test]
fn a_name_that_no_agent_has() {
    let environment = two_agents();
    for command in [
        "apply -y",
        "destroy -y",
        "diff",
        "drift",
        "validate",
        "status",
        "outputs",
        "graph",
    ] {
        assert_eq!(
            environment
                .run(&format!("{command} --local traige"))
                .exits(1)
                .stderr,
            "error[AC0115]: `traige` is neither an agent nor a path\n\
             hint: did you mean `triage`? declared agents: `second`, `triage`\n",
            "{command}"
        );
    }
    for command in ["versions", "promote -y", "rollback -y", "unlock -y"] {
        assert_eq!(
            environment
                .run(&format!("{command} --local traige"))
                .exits(1)
                .stderr,
            "error[AC0115]: no agent is called `traige`\n\
             hint: did you mean `triage`? declared agents: `second`, `triage`\n",
            "{command}"
        );
    }
}

#[test]
fn a_variable_without_a_value() {
    assert_snapshot!(refused("  lambda: { memorySize: '${var:size}' }\n"), @"
    exit 1
    --- stderr
    error[AC0119]: `spec.lambda.memorySize` refers to `${var:size}`, which has no value
      --> deploy-plans/agent.yaml:9:25
     8 |   encryption: { key: aws }
     9 |   lambda: { memorySize: '${var:size}' }
       |                         ^^^^^^^^^^^^^
    hint: give `--var size=…`
    ");
}

/// A project with the agents `triage` and `second`.
fn two_agents() -> TestEnvironment {
    let second = AGENT.replace("triage }", "second }");
    TestEnvironment::triage().with("deploy-plans/second.yaml", second)
}

#[test]
fn names_and_paths_add_up() {
    let environment = two_agents();
    let validated = |arguments: &str| {
        environment
            .run(&format!("validate {arguments}"))
            .exits(0)
            .stderr
    };
    assert_eq!(validated(""), "2 agents are valid\n");
    assert_eq!(validated("triage"), "1 agent is valid\n");
    assert_eq!(validated("triage second"), "2 agents are valid\n");
    assert_eq!(validated("triage triage"), "1 agent is valid\n");
    assert_eq!(
        validated("second deploy-plans/second.yaml"),
        "1 agent is valid\n"
    );
    assert_eq!(
        validated("triage deploy-plans/second.yaml"),
        "2 agents are valid\n"
    );
}

#[test]
fn a_link_in_the_code_that_leads_nowhere() {
    let environment = TestEnvironment::triage();
    let link = environment.root().join("agents/triage/data");
    std::os::unix::fs::symlink("missing", link).unwrap();
    assert_snapshot!(environment.run("validate"), @"
    exit 1
    --- stderr
    error[AC0201]: link `agents/triage/data` leads to `missing`, which cannot be reached: No such file or directory (os error 2)
      --> deploy-plans/agent.yaml:7:17
    hint: correct the file, or leave it out with a line in `.agentctlignore`
    ");
}

#[test]
fn code_that_is_larger_than_the_limit_of_lambda() {
    let environment = TestEnvironment::triage();
    let model = environment.root().join("agents/triage/model.bin");
    // A sparse file: it has the size but needs no space.
    let file = fs_err::File::create(model).unwrap();
    file.set_len(300 * 1024 * 1024).unwrap();
    assert_snapshot!(environment.run("validate"), @"
    exit 1
    --- stderr
    error[AC0202]: folder `agents/triage` unpacks to 314572833 bytes, Lambda takes 262144000; the largest files are `model.bin` (314572800), `batch.py` (33)
      --> deploy-plans/agent.yaml:7:17
    hint: leave out what the agent does not need with lines in `.agentctlignore`
    ");
}

#[test]
fn a_handler_that_is_not_in_the_code() {
    let agent = AGENT.replace("batch.handler", "main.handler");
    assert_snapshot!(TestEnvironment::of(&agent).run("validate"), @"
    exit 1
    --- stderr
    error[AC0203]: handler `main.handler` needs `main.py` or `main/__init__.py` in `agents/triage`
      --> deploy-plans/agent.yaml:7:44
    hint: write `handler` as `<file without .py>.<function>`
    ");
}

#[test]
fn an_environment_that_is_larger_than_the_limit_of_lambda() {
    let lines = format!("  environment: {{ RULES: {} }}\n", "x".repeat(4000));
    assert_snapshot!(refused(&lines), @"
    exit 1
    --- stderr
    error[AC0204]: the environment takes 4414 bytes together with what agentctl adds, Lambda takes 4096
      --> deploy-plans/agent.yaml:9:16
    hint: shorten `prompt` and `environment`; move long texts to the system prompt, which is a file
    ");
}

#[test]
fn a_variable_that_agentctl_sets() {
    assert_snapshot!(refused("  environment: { MODEL_ID: x }\n"), @"
    exit 1
    --- stderr
    error[AC0205]: `MODEL_ID` is set by agentctl
      --> deploy-plans/agent.yaml:9:28
    hint: remove it from `environment`, or rename it
    ");
}

#[test]
fn a_policy_that_is_larger_than_the_limit_of_iam() {
    let key = |n| format!("\"arn:aws:s3:::their-bucket/{n:05}\", ");
    let keys = (0..400).map(key).collect::<Vec<_>>().concat();
    let statement = format!("{{ Effect: Allow, Action: \"s3:GetObject\", Resource: [{keys}] }}");
    let agent = AGENT.replace(
        "systemPrompt: prompt.md",
        &format!("systemPrompt: prompt.md, policyStatements: [{statement}]"),
    );
    assert_snapshot!(TestEnvironment::of(&agent).run("validate"), @"
    exit 1
    --- stderr
    error[AC0206]: the role's policy takes 14312 characters, IAM takes 10240
      --> deploy-plans/agent.yaml:6:60
    hint: join statements of `policyStatements` that allow the same
    ");
}

#[test]
fn a_statement_id_that_the_policy_has_already() {
    let statement = "{ Sid: Twice, Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\" }";
    let agent = AGENT.replace(
        "systemPrompt: prompt.md",
        &format!("systemPrompt: prompt.md, policyStatements: [{statement}, {statement}]"),
    );
    assert_snapshot!(TestEnvironment::of(&agent).run("validate"), @"
    exit 1
    --- stderr
    error[AC0209]: the statement id `Twice` occurs twice in the role's policy, which also has statements of agentctl
      --> deploy-plans/agent.yaml:6:60
    hint: give the statement another `Sid`, or none
    ");
}

#[test]
fn telemetry_without_its_layer() {
    assert_snapshot!(refused("  observability: { enabled: true, otelEnv: explicit }\n"), @"
    exit 1
    --- stderr
    error[AC0207]: `otelEnv: explicit` needs the layer `AWSOpenTelemetryDistro…`, without which the function does not start
      --> deploy-plans/agent.yaml:9:44
    hint: add the layer to `lambda.layers`, or remove `otelEnv`
    ");
}

#[test]
fn a_region_that_the_project_does_not_allow() {
    let environment = TestEnvironment::triage();
    let project = PROJECT.replace("region: us-east-1", "regions: [eu-central-1, eu-west-1]");
    environment.write("deploy-plans/project.yaml", project);
    assert_snapshot!(environment.run("diff --local --region us-east-1"), @"
    exit 1
    --- stderr
    error[AC0208]: region `us-east-1` is not among the project's `regions`
    hint: choose another `--region`, or add it to `regions` of the project
    ");
}

#[test]
fn code_in_the_bucket_of_another_account() {
    let agent = AGENT.replace(
        "path: ../agents/triage",
        "s3: { bucket: their-bucket, key: code.zip }",
    );
    assert_snapshot!(TestEnvironment::of(&agent).run("validate"), @"
    exit 1
    --- stderr
    error[AC0111]: `code.s3` is not supported by this version of agentctl
      --> deploy-plans/agent.yaml:7:15
    hint: unpack it into the project and name the folder as `code.path`
    ");
}
