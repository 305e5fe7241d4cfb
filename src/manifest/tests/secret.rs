//! Values of environment variables can be secret, and are never shown.

use super::*;
use crate::manifest::node::{Filled, Value};

const SECRET: &str = "hunter2";

fn assert_hidden(files: &Files) {
    let errors = files.load().unwrap_err();
    let shown = format!("{}\n{errors:?}\n{errors}", rendered(&errors));
    assert!(!shown.contains(SECRET), "{shown}");
}

#[test]
fn debug_output_of_an_agent_hides_secrets() {
    let files = Files::of(&agent_with(&format!(
        "  environment: {{ TOKEN: {SECRET} }}\n"
    )));
    let manifests = files.load().unwrap();
    assert_eq!(
        manifests.project.agents[0]
            .environment
            .values()
            .next()
            .unwrap()
            .expose(),
        SECRET
    );
    assert!(!format!("{manifests:?}").contains(SECRET));
}

#[test]
fn debug_output_of_a_text_shows_references_and_not_their_values() {
    let filled = Value::Filled(Filled {
        text: SECRET.to_owned(),
        written: "${env:TOKEN}".to_owned(),
    });
    assert_eq!(
        format!("{filled:?}"),
        r#"Filled(Filled { written: "${env:TOKEN}", .. })"#
    );
}

#[test]
fn excerpts_hide_secrets_in_every_notation() {
    for environment in [
        format!("{{ TOKEN: {SECRET}, A: x }}"),
        format!("{{ TOKEN: '{SECRET}', A: x }}"),
        format!("\n    TOKEN: |\n      é {SECRET}\n      {SECRET}\n    A: x"),
        format!("\n    TOKEN: >-\n      {SECRET}\n    A: \"{SECRET} \\u00e9\""),
        format!("{{ TOKEN: &token {SECRET}, B1: *token, A: x }}"),
        format!("{{ TOKEN: [{SECRET}] }}"),
        format!("[{SECRET}]"),
        SECRET.to_owned(),
    ] {
        assert_hidden(&Files::of(&agent_with(&format!(
            "  environment: {environment}\n  unknown: 1\n"
        ))));
        let defaults = format!(
            "{PROJECT}spec:\n  defaults:\n    environment: {}\n    unknown: 1\n",
            environment.replace('\n', "\n  ")
        );
        assert_hidden(&Files::of(AGENT).with("deploy-plans/project.yaml", defaults));
    }
}

#[test]
fn excerpts_hide_secrets_below_misspelt_or_misplaced_keys() {
    for lines in [
        format!("  environmnet: {{ TOKEN: {SECRET} }}"),
        format!("  Environment: {{ TOKEN: {SECRET} }}"),
        format!("  env: {{ TOKEN: {SECRET} }}"),
        format!("  environmentVariables: {{ TOKEN: {SECRET} }}"),
        format!("  envVars:\n    - {{ name: TOKEN, value: {SECRET} }}"),
        format!("  lambda: {{ environment: {{ TOKEN: {SECRET} }} }}"),
        format!("  lambda: {{ secrets: {{ A: {SECRET} }} }}"),
        format!("  password: {SECRET}"),
        format!("  apiToken: {SECRET}"),
        format!("  environment: {{ A1: x }}\n  environment: {{ A2: {SECRET} }}"),
        format!("  environment: {{ TOKEN={SECRET}: 1 }}"),
        format!("  environment: {{ TOKEN={SECRET} }}"),
        format!("  environment:\n    - TOKEN={SECRET}"),
        format!("  environment: TOKEN={SECRET}"),
        format!("  environment: {{ TOKEN: {SECRET}, 'a b': {SECRET} }}"),
        format!("  other: &all {{ TOKEN: {SECRET} }}\n  environment: *all"),
        format!("  other: &all {{ TOKEN: {SECRET} }}\n  environment: {{ <<: *all, X1: [] }}"),
    ] {
        assert_hidden(&Files::of(&agent_with(&format!("{lines}\n"))));
    }
    let nowhere = agent_with(&format!("  environment: {{ TOKEN: {SECRET} }}\n"));
    for (from, to) in [
        ("spec:", "Spec:"),
        ("spec:", "spec: 1\nspecs:"),
        ("kind: BatchAgent", "kind: BatchAgnet"),
        ("apiVersion: agentctl.dev/v1alpha1", "apiVersion: v9"),
    ] {
        assert_hidden(&Files::of(&nowhere.replace(from, to)));
    }
}

#[test]
fn excerpts_of_text_that_is_not_yaml_hide_secrets_too() {
    for text in [
        format!("spec:\n  environment:\n    TOKEN: {SECRET}\n\n    OTHER: [{SECRET}\n"),
        format!("spec: {{ environment: {{ TOKEN: {SECRET}, }}, code: [\n"),
        format!("spec:\n  env: {{ TOKEN: {SECRET}, }}, code: [\n"),
        format!("spec:\n  environmnet:\n    TOKEN: {SECRET}\n   bad: [\n"),
        format!("spec:\n  apiToken: {SECRET} [\n  : :\n"),
        format!("{{\n  \"environment\": {{\n    \"TOKEN\": \"{SECRET}\" oops\n  }}\n}}\n"),
    ] {
        assert_hidden(&Files::of(AGENT).with("deploy-plans/z.yaml", text + "# agentctl\n"));
    }
}

#[test]
fn text_after_the_environment_is_shown() {
    let text = format!("spec:\n  environment:\n    TOKEN: {SECRET}\n  prompt: [open\n# agentctl\n");
    let errors = Files::of(AGENT)
        .with("deploy-plans/z.yaml", text)
        .load()
        .unwrap_err();
    assert!(rendered(&errors).contains("prompt: [open"));
}
