//! Colour, `--quiet`, closed pipes, and what may never be printed.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::served::Served;
use crate::support::{AGENT, TestEnvironment};

const ESCAPE: char = '\u{1b}';

#[test]
fn colour_is_only_for_terminals_unless_requested() {
    let environment = TestEnvironment::triage();
    let is_coloured = |environment: &TestEnvironment, arguments: &str| {
        let shown = environment.run(arguments).raw;
        shown.contains(ESCAPE)
    };
    assert!(!is_coloured(&environment, "diff --local"));
    assert!(is_coloured(&environment, "diff --local --color always"));
    assert!(!is_coloured(&environment, "diff --local --color never"));
    assert!(is_coloured(&environment, "validate nothing --color always"));
    let reserved = environment.variable("NO_COLOR", "1");
    assert!(!is_coloured(&reserved, "diff --local"));
    // An option takes precedence over a variable.
    assert!(is_coloured(&reserved, "diff --local --color always"));
}

#[test]
fn colour_only_repeats_what_the_text_says() {
    let environment = TestEnvironment::triage();
    let plain = environment.run("diff --local").stdout;
    let coloured = environment.run("diff --local --color always").stdout;
    let escapes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(escapes.replace_all(&coloured, ""), plain);
}

#[test]
fn quiet_leaves_results_and_errors() {
    let environment = TestEnvironment::triage();
    assert_snapshot!(environment.run("apply --local -y --quiet"), @"
    exit 0
    --- stdout
    created 8
      artifacts-bucket/shared
      iam-role/triage.lambda
      log-group/triage
      s3-object/triage.code
      s3-object/triage.prompt
      lambda-function/triage
      lambda-version/triage
      lambda-alias/triage.live
    Done: 8 resources as planned.
    ");
    assert_snapshot!(environment.run("validate -q"), @"exit 0");
    environment.run("validate -q nothing").exits(1);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let environment = TestEnvironment::triage();
    for arguments in [
        "diff --local",
        "diff --local --format json",
        "schema",
        "--help",
    ] {
        let mut child = environment.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let end = environment.finish(child);
        assert!(!end.stderr.contains("panicked"), "{end}");
        end.exits(0);
    }
    // The work goes on without a reader.
    for arguments in ["apply --local -y", "destroy --local -y --format json"] {
        let mut child = environment
            .command(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        environment.finish(child).exits(0);
    }
    environment.run("apply --local -y").exits(0);
    environment.run("diff --local --exit-code").exits(0);
}

#[test]
fn no_control_character_of_a_manifest_reaches_the_terminal() {
    let hostile = AGENT
        .replace("Sort the claims.", "\"\\e]0;owned\\a\\e[2J\\u202Eexe.\"")
        .replace(
            "spec:\n",
            "spec:\n  unknown\u{9b}31m: 1\n  \"evil\\e[8m\": 2\n",
        );
    let environment = TestEnvironment::of(&hostile);
    let refused = environment.run("validate").exits(1);
    assert_inert(&refused.raw);

    let environment = TestEnvironment::triage();
    environment.run("apply --local -y").exits(0);
    environment.edit(
        "deploy-plans/agent.yaml",
        "Sort the claims.",
        "\"\\e]0;owned\\a\\e[2J\\u202Eexe.\"",
    );
    for arguments in [
        "diff --local",
        "diff --local --format json",
        "apply --local -y --format json",
        "destroy --local -y",
    ] {
        assert_inert(&environment.run(arguments).exits(0).raw);
    }
    assert_inert(
        &environment
            .run("validate deploy-plans/\u{1b}[31mred")
            .exits(1)
            .raw,
    );
    assert_inert(&environment.run("diff --env \u{1b}[31mred").exits(64).raw);
}

#[track_caller]
pub(crate) fn assert_inert(shown: &str) {
    let is_active = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert_eq!(
        shown.matches(is_active).collect::<Vec<_>>(),
        [""; 0],
        "{shown}"
    );
    assert!(!shown.is_empty());
}

/// A value that occurs nowhere else, in the environment of an agent.
const CANARY: &str = "canary-7f3a91";

#[test]
fn a_secret_of_the_environment_appears_nowhere() {
    let secret = |value: &str| {
        AGENT.replace(
            "spec:\n",
            &format!("spec:\n  environment: {{ TOKEN: {value} }}\n"),
        )
    };
    let environment = TestEnvironment::of(&secret(CANARY)).signed_in();
    let served = Served::begin();
    let mut shown = Vec::new();
    let mut run = |arguments: &str| shown.push(served.run(&environment, arguments).exits(0).raw);
    for arguments in [
        "validate -vvv",
        "diff -vvv",
        "diff --format json",
        "apply -y -vvv",
    ] {
        run(arguments);
    }
    environment.edit(
        "deploy-plans/agent.yaml",
        CANARY,
        &format!("{CANARY}-changed"),
    );
    for arguments in [
        "diff -vvv",
        "diff --format json -vvv",
        "apply -y --format json -vvv",
    ] {
        run(arguments);
    }
    let records = objects_below(&served, "records/");
    assert!(
        records.len() >= 2,
        "the record and the key that seals it: {records:?}"
    );
    run("destroy -y -vvv");
    environment.edit("deploy-plans/agent.yaml", "TOKEN:", "TOKEN: [1], X:");
    shown.push(environment.run("validate").exits(1).raw);

    let files = files_below(&environment.root().join(".agentctl"));
    assert!(
        files.len() >= 3,
        "a journal for each run that changed something"
    );
    for text in shown.iter().chain(&files) {
        assert!(!text.contains(CANARY), "{text}");
    }
    for (key, bytes) in records {
        assert!(!String::from_utf8_lossy(&bytes).contains(CANARY), "{key}");
    }
}

/// Reads the objects whose keys have a prefix.
pub(crate) fn objects_below(served: &Served, prefix: &str) -> Vec<(String, Vec<u8>)> {
    let config = agentctl::aws::config::local(&served.url, "us-east-1", "111122223333");
    let clients = agentctl::aws::Clients::new(&config, agentctl::aws::Access::Write);
    let bucket = "agentctl-111122223333-us-east-1";
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let listed = clients.s3.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut objects = Vec::new();
        for object in listed.send().await.unwrap().contents() {
            let key = object.key().unwrap().to_owned();
            let got = clients.s3.get_object().bucket(bucket).key(&key).send();
            let bytes = got.await.unwrap().body.collect().await.unwrap().to_vec();
            objects.push((key, bytes));
        }
        objects
    })
}

pub(crate) fn files_below(folder: &camino::Utf8Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in folder.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            texts.extend(files_below(entry.path()));
        } else {
            texts.push(fs_err::read_to_string(entry.path()).unwrap());
        }
    }
    texts
}

#[test]
fn the_json_of_a_plan_has_only_the_name_of_a_secret() {
    let secret = AGENT.replace(
        "spec:\n",
        &format!("spec:\n  environment: {{ TOKEN: {CANARY} }}\n"),
    );
    let environment = TestEnvironment::of(&secret);
    environment.run("apply --local -y").exits(0);
    environment.edit("deploy-plans/agent.yaml", CANARY, "other");
    let plan = environment
        .run("diff --local --format json")
        .exits(0)
        .json();
    let change = plan["steps"][0]["changes"][0].clone();
    assert_eq!(
        change,
        serde_json::json!({
            "path": "/environment/TOKEN",
            "field": "environment.TOKEN",
            "author": "you",
            "replaces": false,
            "sensitive": true,
        }),
        "{plan}"
    );
}
