//! References: their values, where they are replaced, and the errors of those that cannot be replaced.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::*;
use crate::manifest::Side;

fn variables(given: &[(&str, &str)], environment: &[(&str, &str)]) -> Variables {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let raw = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
    Variables::new(given.iter().map(owned), environment.iter().map(raw))
}

fn agent_of(spec: &str, variables: &Variables) -> Agent {
    let files = Files::of(&agent_with(spec));
    let mut agents = files.load_with(variables).unwrap().project.agents;
    agents.remove(0)
}

fn refused(spec: &str, variables: &Variables) -> String {
    let errors = Files::of(&agent_with(spec)).load_with(variables);
    rendered(&errors.unwrap_err())
}

#[test]
fn references_in_values_of_all_types_are_replaced() {
    let variables = variables(
        &[
            ("size", "2048"),
            ("time", "600"),
            ("arch", "x86_64"),
            ("json", "true"),
            ("account", "012345678901"),
        ],
        &[("STAGE", "prod")],
    );
    let spec = "  expectJson: ${var:json}
  lambda: { memorySize: \"${var:size}\", timeout: '${var:time}', architecture: '${var:arch}' }
  iam: { role: 'arn:aws:iam::${var:account}:role/${env:STAGE}-agent' }
  environment: { STAGE: \"${env:STAGE}-${env:STAGE}\", SIZE: '${var:size}' }
";
    let files = Files::of(&agent_with(spec));
    let filled = files.load_with(&variables).unwrap().project.agents;
    let written = "  expectJson: true
  lambda: { memorySize: 2048, timeout: 600, architecture: x86_64 }
  iam: { role: 'arn:aws:iam::012345678901:role/prod-agent' }
  environment: { STAGE: prod-prod, SIZE: '2048' }
";
    let files = files.with("deploy-plans/agent.yaml", agent_with(written));
    let expected = files.agent();
    let placed_alike = |agent: &Agent| Agent {
        positions: expected.positions.clone(),
        ..agent.clone()
    };
    let filled: Vec<Agent> = filled.iter().map(placed_alike).collect();
    assert_eq!(filled, [expected]);
}

#[test]
fn references_in_projects_and_labels_are_replaced_and_agents_inherit_the_values() {
    let project = format!(
        "{PROJECT}spec:\n  region: ${{var:region}}\n  defaults: {{ lambda: {{ memorySize: '${{var:size}}' }} }}\n"
    );
    let agent = AGENT.replace("triage }", "triage, labels: { team: '${var:team}' } }");
    let files = Files::of(&agent).with("deploy-plans/project.yaml", project);
    let variables = variables(
        &[
            ("region", "eu-west-1"),
            ("size", "256"),
            ("team", "billing"),
        ],
        &[],
    );
    let project = files.load_with(&variables).unwrap().project;
    let agent = &project.agents[0];
    assert_eq!(project.region.unwrap().as_str(), "eu-west-1");
    let Side::Lambda(lambda) = &agent.side else {
        panic!("{:?}", agent.side);
    };
    assert_eq!(lambda.settings.memory_size.get(), 256);
    assert_eq!(agent.labels.values().next().unwrap().as_str(), "billing");
}

#[test]
fn references_in_names_kinds_and_keys_are_not_replaced() {
    let variables = variables(&[("name", "triage"), ("KEY", "TOKEN")], &[]);
    for (manifest, code) in [
        (
            AGENT.replace("name: triage", "name: '${var:name}'"),
            "AC0110",
        ),
        (agent_with("  environment: { '${var:KEY}': x }\n"), "AC0110"),
    ] {
        let errors = Files::of(&manifest).load_with(&variables).unwrap_err();
        let codes: Vec<String> = errors
            .iter()
            .map(|error| error.code().to_string())
            .collect();
        assert_eq!(codes, [code], "{}", rendered(&errors));
    }
}

#[test]
fn the_value_of_a_reference_never_becomes_structure_or_another_reference() {
    let value = "x, B1: y }\n---\nkind: ${var:other}";
    let agent = agent_of(
        "  environment: { TOKEN: '${var:value}' }\n",
        &variables(&[("value", value), ("other", "z")], &[]),
    );
    let environment: Vec<_> = agent
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect();
    assert_eq!(environment, [("TOKEN", value)]);
}

#[test]
fn policy_variables_and_escaped_openings_are_not_references() {
    let files = Files::of(&AGENT.replace(
        "prompt.md }",
        "prompt.md, policyStatements: [{ Effect: Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/${aws:username}/*' }] }",
    ).replace("Sort the claims.", "'Write $${env:HOME} for $5 to $${x}, ${y} and $'"));
    let agent = files.agent();
    assert_eq!(agent.prompt, "Write ${env:HOME} for $5 to ${x}, ${y} and $");
    assert_eq!(
        agent.definition.policy_statements[0].resources,
        Scope::Only(vec!["arn:aws:s3:::b/${aws:username}/*".to_owned()])
    );
}

#[test]
fn a_reference_without_a_value_is_reported_with_its_place_and_a_hint() {
    let given = variables(&[("sise", "1")], &[]);
    insta::assert_snapshot!(refused("  lambda: { memorySize: '${var:size}' }\n", &given), @"
    error[AC0119]: `spec.lambda.memorySize` refers to `${var:size}`, which has no value
      --> deploy-plans/agent.yaml:8:25
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   lambda: { memorySize: '${var:size}' }
       |                         ^^^^^^^^^^^^^
    hint: give `--var size=…`; did you mean `sise`?
    ");
    insta::assert_snapshot!(refused("  lambda: { memorySize: '${var:size}' }\n", &Variables::default()), @"
    error[AC0119]: `spec.lambda.memorySize` refers to `${var:size}`, which has no value
      --> deploy-plans/agent.yaml:8:25
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   lambda: { memorySize: '${var:size}' }
       |                         ^^^^^^^^^^^^^
    hint: give `--var size=…`
    ");
    insta::assert_snapshot!(refused("  environment: { TOKEN: 'x${env:TOKEN}' }\n", &given), @"
    error[AC0119]: `spec.environment.TOKEN` refers to `${env:TOKEN}`, which has no value
      --> deploy-plans/agent.yaml:8:25
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   environment: { TOKEN: *************** }
       |                         ^^^^^^^^^^^^^^^
    hint: set the environment variable `TOKEN`
    ");
}

#[test]
fn a_malformed_reference_is_refused() {
    let none = Variables::default();
    insta::assert_snapshot!(refused("  environment: { AB: '${env:TOKEN' }\n", &none), @"
    error[AC0110]: `spec.environment.AB` does not close `${env:` with `}`
      --> deploy-plans/agent.yaml:8:22
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   environment: { AB: ************* }
       |                      ^^^^^^^^^^^^^
    hint: write `$${env:` if no reference is meant
    ");
    insta::assert_snapshot!(refused("  environment: { AB: '${var:}' }\n", &none), @"
    error[AC0110]: `spec.environment.AB` refers to `${var:}`, which is no name of a variable
      --> deploy-plans/agent.yaml:8:22
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   environment: { AB: ********* }
       |                      ^^^^^^^^^
    hint: a name has letters, digits and `_`, and no digit first
    ");
    insta::assert_snapshot!(refused("  environment: { AB: '${var:a:-b}' }\n", &none), @"
    error[AC0110]: `spec.environment.AB` refers to `${var:a:-b}`, which is no name of a variable
      --> deploy-plans/agent.yaml:8:22
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   environment: { AB: ************* }
       |                      ^^^^^^^^^^^^^
    hint: a name has letters, digits and `_`, and no digit first
    ");
    let raw = OsString::from_vec(vec![0xff]);
    let binary = Variables::new([], [(OsString::from("RAW"), raw)]);
    insta::assert_snapshot!(refused("  environment: { AB: '${env:RAW}' }\n", &binary), @"
    error[AC0110]: `spec.environment.AB` refers to `${env:RAW}`, which is not UTF-8 text
      --> deploy-plans/agent.yaml:8:22
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   environment: { AB: ************ }
       |                      ^^^^^^^^^^^^
    ");
}

#[test]
fn references_can_grow_a_document_to_the_size_limit_of_a_file() {
    let large = "x".repeat(300_000);
    let variables = variables(&[("large", &large)], &[]);
    assert_eq!(
        agent_of(
            "  environment: { AB: '${var:large}${var:large}${var:large}' }\n",
            &variables
        )
        .environment
        .values()
        .next()
        .unwrap()
        .expose()
        .len(),
        900_000
    );
    let errors = Files::of(&agent_with(
        "  environment: { AB: '${var:large}${var:large}${var:large}${var:large}' }\n",
    ))
    .load_with(&variables)
    .unwrap_err();
    assert_eq!(
        lines(&errors),
        [
            "AC0104 deploy-plans/agent.yaml:8:22: the values of the references in this document have more than 1048576 bytes"
        ]
    );
}

#[test]
fn no_message_shows_the_value_of_a_reference() {
    const SECRET: &str = "hunter2";
    let layer = format!("arn:aws:lambda:us-east-1:111122223333:layer:{SECRET}:1");
    let variables = variables(&[], &[("TOKEN", SECRET), ("LAYER", &layer)]);
    for (spec, shown) in [
        ("lambda: { memorySize: '${env:TOKEN}' }", "not text"),
        ("lambda: { timeout: '${env:TOKEN}' }", "not `${env:TOKEN}`"),
        (
            "lambda: { architecture: '${env:TOKEN}' }",
            "cannot be `${env:TOKEN}`",
        ),
        (
            "lambda: { layers: ['a-${env:TOKEN}'] }",
            "not `a-${env:TOKEN}`",
        ),
        ("iam: { role: '${env:TOKEN}' }", "not `${env:TOKEN}`"),
        ("expectJson: '${env:TOKEN}'", "not text"),
        ("encryption: { key: '${env:TOKEN}' }", "not `${env:TOKEN}`"),
        (
            "observability: { metricNamespace: 'AWS/${env:TOKEN}' }",
            "`AWS/${env:TOKEN}`",
        ),
        (
            "definition: { systemPrompt: '${env:TOKEN}.md' }",
            "`deploy-plans/${env:TOKEN}.md` does not exist",
        ),
        (
            "lambda: { layers: ['${env:LAYER}', '${env:LAYER}'] }",
            "names `${env:LAYER}` again",
        ),
        (
            "iam: { role: 'arn:aws:iam::111122223333:role/${env:TOKEN}' }\n  definition: { systemPrompt: prompt.md, policyStatements: [{ Effect: Allow, Action: 's3:GetObject', Resource: '*' }] }",
            "cannot be added to `arn:aws:iam::111122223333:role/${env:TOKEN}`",
        ),
        (
            "agentcore: { filesystems: [{ sessionStorage: { mountPath: '/mnt/${env:TOKEN}' } }, { sessionStorage: { mountPath: '/mnt/${env:TOKEN}' } }] }",
            "mounts at `/mnt/${env:TOKEN}` again",
        ),
        ("environment: ['${env:TOKEN}']", "a map"),
        (
            "environment: { TOKEN: '${env:TOKEN}' }\n  unknown: 1",
            "unknown",
        ),
    ] {
        let agent = AGENT.replace("  definition: { systemPrompt: prompt.md }\n", "");
        let spec = if spec.contains("definition: ") {
            format!("{agent}  {spec}\n")
        } else {
            agent_with(&format!("  {spec}\n"))
        };
        let errors = Files::of(&spec).load_with(&variables).unwrap_err();
        let text = format!("{}\n{errors:?}\n{variables:?}", rendered(&errors));
        assert!(!text.contains(SECRET), "{text}");
        assert!(text.contains(shown), "{text}");
    }
}

#[test]
fn an_image_tag_from_a_reference_is_refused_and_not_shown() {
    let code = "path: ../agents/triage, handler: batch.handler";
    let files =
        Files::of(&agent_with("  runtime: agentcore\n").replace(code, "image: 'ecr/${env:IMAGE}'"));
    let errors = files.load_with(&variables(&[], &[("IMAGE", "triage:hunter2")]));
    insta::assert_snapshot!(rendered(&errors.unwrap_err()), @"
    error[AC0110]: `spec.code.image` must name the image by its digest, but the value of `ecr/${env:IMAGE}` has none
      --> deploy-plans/agent.yaml:7:18
     6 |   definition: { systemPrompt: prompt.md }
     7 |   code: { image: 'ecr/${env:IMAGE}' }
       |                  ^^^^^^^^^^^^^^^^^^
    hint: set it to `<repository>@sha256:…`: a tag can be moved
    ");
}
