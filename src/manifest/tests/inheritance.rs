//! Defaults of a project.

use super::*;

fn with_defaults(defaults: &str, agent: &str) -> Files {
    Files::of(agent).with(
        "deploy-plans/project.yaml",
        format!("{PROJECT}spec:\n  defaults:\n{defaults}"),
    )
}

#[test]
fn maps_merge_and_lists_and_scalars_replace() {
    let layer = |name: &str| format!("arn:aws:lambda:us-east-1:111122223333:layer:{name}:1");
    let files = with_defaults(
        &format!(
            "    expectJson: true\n    lambda: {{ memorySize: 2048, timeout: 1m, layers: ['{}', '{}'] }}\n    \
             environment: {{ STAGE: prod, REGION: eu }}\n",
            layer("a"),
            layer("b")
        ),
        &agent_with(&format!(
            "  lambda: {{ timeout: 2m, layers: ['{}'] }}\n  environment: {{ REGION: us, TEAM: claims }}\n",
            layer("c")
        )),
    );
    let agent = files.agent();
    assert!(agent.expect_json);
    let lambda = files.lambda();
    assert_eq!(
        lambda,
        Lambda {
            source: lambda.source.clone(),
            settings: LambdaSettings {
                timeout: Timeout::of(120),
                memory_size: MemorySize::of(2048),
                layers: vec![layer("c").parse().unwrap()],
                ..LambdaSettings::default()
            },
            ..Files::of(AGENT).lambda()
        }
    );
    let environment: Vec<_> = agent
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect();
    assert_eq!(
        environment,
        [("REGION", "us"), ("STAGE", "prod"), ("TEAM", "claims")]
    );
}

#[test]
fn an_empty_value_removes_a_default() {
    let files = with_defaults(
        "    network: { subnets: [subnet-00000000], securityGroups: [sg-00000000] }\n",
        &agent_with("  network: ~\n"),
    );
    assert_eq!(files.agent().network, None);
    for empty in ["lambda: ~", "lambda: { memorySize: ~, layers: }"] {
        let files = with_defaults(
            "    lambda: { memorySize: 2048, layers: ['arn:aws:lambda:us-east-1:111122223333:layer:a:1'] }\n",
            &agent_with(&format!("  {empty}\n")),
        );
        assert_eq!(files.lambda().settings, LambdaSettings::default());
    }
}

#[test]
fn an_agent_can_take_everything_from_the_defaults() {
    let spec = AGENT.split_once("spec:\n").unwrap().1;
    let defaults: Vec<_> = spec.lines().map(|line| format!("  {line}\n")).collect();
    let bare = AGENT.split_once("spec:\n").unwrap().0;
    for agent in [
        bare.to_owned(),
        format!("{bare}spec:\n"),
        format!("{bare}spec: {{}}\n"),
    ] {
        let inherited = with_defaults(&defaults.concat(), &agent);
        let own = Files::of(AGENT);
        assert_eq!(inherited.agent().prompt, own.agent().prompt);
        assert_eq!(inherited.lambda().handler, own.lambda().handler);
    }
}

#[test]
fn paths_in_defaults_are_relative_to_the_project_file() {
    let files = with_defaults("    definition: { systemPrompt: prompt.md }\n", "").with(
        "deploy-plans/deeper/agent.yaml",
        AGENT
            .replace("  definition: { systemPrompt: prompt.md }\n", "")
            .replace("../agents", "../../agents"),
    );
    let FileSource::Local(prompt) = files.agent().definition.system_prompt else {
        panic!("the prompt is a file");
    };
    assert_eq!(prompt.relative, "deploy-plans/prompt.md");
}

#[test]
fn a_mistake_in_the_defaults_is_reported_once_where_it_is_written() {
    let files = with_defaults(
        "    lambda: { timeout: 1h }\n    workflow: {}\n    code: { image: x }\n    \
         definition: { tools: [gone.py] }\n    networks: {}\n",
        AGENT,
    )
    .with(
        "deploy-plans/other.yaml",
        AGENT.replace("triage }", "other }"),
    );
    assert_eq!(
        files.errors(),
        [
            "AC0110 deploy-plans/project.yaml:6:24: `spec.defaults.lambda.timeout` must be 1 to 1800 seconds, written like `90s` or `10m` or as a number, not `1h`",
            "AC0111 deploy-plans/project.yaml:7:5: `workflow` is not supported by this version of agentctl",
            "AC0110 deploy-plans/project.yaml:8:20: `spec.defaults.code.image` must be an image in ECR by its digest, \
             `111122223333.dkr.ecr.us-east-1.amazonaws.com/repository@sha256:…`, not `x`",
            "AC0114 deploy-plans/project.yaml:9:27: `deploy-plans/gone.py` does not exist",
            "AC0105 deploy-plans/project.yaml:10:5: unknown key `spec.defaults.networks`",
        ]
    );
}

#[test]
fn inherited_values_have_their_places_in_the_defaults() {
    let files = with_defaults(
        "    lambda: { memorySize: 2048 }\n",
        &agent_with("  lambda: { timeout: 1m }\n"),
    );
    let agent = files.agent();
    let at = |path| agent.positions.find(path).to_string();
    assert_eq!(
        at("spec.lambda.memorySize"),
        "deploy-plans/project.yaml:6:27"
    );
    assert_eq!(at("spec.lambda.timeout"), "deploy-plans/agent.yaml:8:22");
    assert_eq!(at("spec.lambda.alias"), at("spec.lambda"));
    assert_eq!(at("nothing"), "deploy-plans/agent.yaml:1:1");
    assert_eq!(agent.source.to_string(), "deploy-plans/agent.yaml:3:19");
}
