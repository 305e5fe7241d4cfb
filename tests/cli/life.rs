//! The life of the quickstart on the local endpoint, as its reader sees it.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::TestEnvironment;

#[test]
fn the_quickstart_is_shown_then_made_then_left_alone() {
    let environment = TestEnvironment::quickstart();
    let diff = environment.run("diff --local --exit-code").exits(2);
    assert_snapshot!(diff.stdout, @"");
    let apply = environment
        .run("apply --local -y --parallelism 1")
        .exits(0)
        .without_waits();
    let (plan, work) = apply.plan_and_work();
    assert_eq!(
        plan,
        format!("{}{}", diff.stderr, diff.stdout),
        "what is applied is what was shown"
    );
    assert_snapshot!(work, @"");
    assert_snapshot!(apply.stdout, @"");
    assert_snapshot!(environment.run("diff --local --exit-code"), @"");
    assert_snapshot!(environment.run("apply --local -y"), @"");
}

#[test]
fn an_edit_of_the_quickstart_shows_as_just_that() {
    let environment = TestEnvironment::quickstart();
    environment.run("apply --local -y").exits(0);
    let manifest = "deploy-plans/quickstart/agentctl.yaml";
    environment.edit(manifest, "memorySize: 512", "memorySize: 1024");
    environment.write(
        "deploy-plans/quickstart/prompts/system.md",
        "You read invoices.\n",
    );
    assert_snapshot!(environment.run("diff --local").stdout, @"");
    environment.run("apply --local -y").exits(0);
    environment.run("diff --local --exit-code").exits(0);
}

#[test]
fn the_quickstart_is_destroyed_but_for_its_key() {
    let environment = TestEnvironment::quickstart();
    environment.run("apply --local -y").exits(0);
    let destroy = environment.run("destroy --local -y").exits(0);
    assert_snapshot!(destroy.plan_and_work().0, @"");
    assert_snapshot!(destroy.stdout, @"");
    assert_snapshot!(environment.run("destroy --local -y"), @"");
}

#[test]
fn several_agents_stand_in_blocks_of_their_own() {
    let second = crate::support::AGENT.replace("triage }", "payout }");
    let environment = TestEnvironment::triage().with("deploy-plans/payout.yaml", second);
    assert_snapshot!(environment.run("diff --local"), @"
    exit 0
    --- stdout
    claims · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    shared
      + artifacts-bucket  agentctl-000000000000-us-east-1  AES256, versioned, not public
    payout  (lambda)
      + iam-role         payout-lambda-us-east-1                                       for lambda.amazonaws.com, policy agent
      + log-group        /aws/lambda/payout                                            retention 7d
      + s3-object        agentctl-000000000000-us-east-1/…/code/[digest]….zip          application/zip, the bucket's encryption
      + s3-object        agentctl-000000000000-us-east-1/…/prompt/[digest]…-prompt.md  application/octet-stream, the bucket's encryption
      + lambda-function  payout                                                        python3.13 on arm64, 1024 MB, 600 s
      + lambda-version   payout                                                        published from the function as it then is
      + lambda-alias     payout:live                                                   to the published version
    triage  (lambda)
      + iam-role         triage-lambda-us-east-1                                       for lambda.amazonaws.com, policy agent
      + log-group        /aws/lambda/triage                                            retention 7d
      + s3-object        agentctl-000000000000-us-east-1/…/code/[digest]….zip          application/zip, the bucket's encryption
      + s3-object        agentctl-000000000000-us-east-1/…/prompt/[digest]…-prompt.md  application/octet-stream, the bucket's encryption
      + lambda-function  triage                                                        python3.13 on arm64, 1024 MB, 600 s
      + lambda-version   triage                                                        published from the function as it then is
      + lambda-alias     triage:live                                                   to the published version
    Plan: 15 create, 0 update, 0 replace, 0 delete.  [calls]
    --- stderr
    reading 15 resources
    ");
    environment.run("apply --local -y").exits(0);
    environment.edit(
        "deploy-plans/payout.yaml",
        "Sort the claims.",
        "Pay the claims.",
    );
    assert_snapshot!(environment.run("diff --local"), @"
    exit 0
    --- stdout
    claims · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    payout  (lambda)
      ~ lambda-function  payout
          environment.PROMPT  Sort the claims. → Pay the claims.  you changed it
      ~ lambda-version   payout
          content  (sensitive, changed)                   follows lambda-function/payout
      ~ lambda-alias     payout:live
          version  1 → (known after apply)                follows lambda-version/payout
      = 4 unchanged
    = 8 unchanged, of 1 other agent and shared
    Plan: 0 create, 3 update, 0 replace, 0 delete.  [calls]
    --- stderr
    reading 15 resources
    ");
    assert_snapshot!(environment.run("diff --local deploy-plans/agent.yaml").stdout, @"
    claims · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    No differences.  [calls]
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the lines are those of the document")]
fn a_plan_as_json_says_all_that_the_text_says() {
    let environment = TestEnvironment::triage();
    environment.run("apply --local -y").exits(0);
    environment.edit("deploy-plans/agent.yaml", "Sort the claims.", "Sort them.");
    let plan = environment
        .run("diff --local --format json --exit-code")
        .exits(2)
        .json();
    insta::assert_json_snapshot!(plan, @r#"
    {
      "agentctl": "0.1.0",
      "complete": true,
      "counts": {
        "create": 0,
        "delete": 0,
        "kept": 0,
        "replace": 0,
        "unchanged": 5,
        "unreadable": 0,
        "update": 3
      },
      "format": "agentctl/plan/1",
      "heading": {
        "account": "000000000000",
        "calls": 0,
        "elapsed_ms": 0,
        "endpoint": "local endpoint",
        "env": "default",
        "identity": "arn:aws:iam::000000000000:user/developer",
        "project": "claims",
        "region": "us-east-1",
        "sides": {
          "triage": "lambda"
        }
      },
      "kept": [],
      "steps": [
        {
          "action": "update",
          "address": "lambda-function/triage",
          "agent": "triage",
          "changes": [
            {
              "after": "Sort them.",
              "author": "you",
              "before": "Sort the claims.",
              "field": "environment.PROMPT",
              "path": "/environment/PROMPT",
              "replaces": false,
              "sensitive": false
            }
          ],
          "kind": "lambda-function",
          "name": "triage",
          "needs": [],
          "notes": [],
          "phase": "whole",
          "reason": null,
          "summary": "python3.13 on arm64, 1024 MB, 600 s"
        },
        {
          "action": "update",
          "address": "lambda-version/triage",
          "agent": "triage",
          "changes": [
            {
              "author": null,
              "field": "content",
              "known_after_apply": {
                "address": "lambda-function/triage",
                "output": "content"
              },
              "path": "/content",
              "replaces": false,
              "sensitive": true
            }
          ],
          "kind": "lambda-version",
          "name": "triage",
          "needs": [
            {
              "address": "lambda-function/triage",
              "phase": "whole"
            }
          ],
          "notes": [],
          "phase": "whole",
          "reason": null,
          "summary": "published from the function as it then is"
        },
        {
          "action": "update",
          "address": "lambda-alias/triage.live",
          "agent": "triage",
          "changes": [
            {
              "after": "<version of lambda-version/triage>",
              "author": null,
              "before": "1",
              "field": "version",
              "known_after_apply": {
                "address": "lambda-version/triage",
                "output": "version"
              },
              "path": "/version",
              "replaces": false,
              "sensitive": false
            }
          ],
          "kind": "lambda-alias",
          "name": "triage:live",
          "needs": [
            {
              "address": "lambda-function/triage",
              "phase": "whole"
            },
            {
              "address": "lambda-version/triage",
              "phase": "whole"
            }
          ],
          "notes": [],
          "phase": "whole",
          "reason": null,
          "summary": "to the published version"
        }
      ],
      "unchanged": [
        {
          "address": "artifacts-bucket/shared",
          "agent": null
        },
        {
          "address": "iam-role/triage.lambda",
          "agent": "triage"
        },
        {
          "address": "log-group/triage",
          "agent": "triage"
        },
        {
          "address": "s3-object/triage.code",
          "agent": "triage"
        },
        {
          "address": "s3-object/triage.prompt",
          "agent": "triage"
        }
      ],
      "unreadable": []
    }
    "#);
}

#[test]
fn an_apply_as_json_is_a_line_for_each_event_and_one_that_sums_up() {
    let environment = TestEnvironment::triage();
    let apply = environment
        .run("apply --local -y --format json --parallelism 1")
        .exits(0);
    let lines = apply.json_lines();
    assert_eq!(lines[0]["format"], "agentctl/events/1");
    let is_kept = |line: &&serde_json::Value| {
        line["event"] != "settling" && line["event"] != "waiting" && line["event"] != "called"
    };
    let events: Vec<String> = lines[1..]
        .iter()
        .filter(is_kept)
        .map(|line| format!("{} {}", line["event"], line["address"]))
        .collect();
    assert_snapshot!(events.join("\n"), @r#"
    "reading" null
    "started" "artifacts-bucket/shared"
    "finished" "artifacts-bucket/shared"
    "reading" null
    "started" "iam-role/triage.lambda"
    "finished" "iam-role/triage.lambda"
    "started" "log-group/triage"
    "finished" "log-group/triage"
    "started" "s3-object/triage.code"
    "finished" "s3-object/triage.code"
    "started" "s3-object/triage.prompt"
    "finished" "s3-object/triage.prompt"
    "started" "lambda-function/triage"
    "finished" "lambda-function/triage"
    "started" "lambda-version/triage"
    "finished" "lambda-version/triage"
    "started" "lambda-alias/triage.live"
    "finished" "lambda-alias/triage.live"
    "summary" null
    "#);
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["event"], &summary["done"]),
        (&json!("summary"), &json!(true))
    );
    assert_eq!(summary["steps"].as_array().unwrap().len(), 8);
    assert_eq!(apply.stderr, "");
}

#[test]
fn validate_says_how_many_agents_are_valid() {
    assert_snapshot!(TestEnvironment::quickstart().run("validate"), @"
    exit 0
    --- stderr
    1 agent is valid
    ");
}

#[test]
fn schema_prints_the_schema_of_manifests() {
    let schema = TestEnvironment::empty().run("schema").exits(0).json();
    assert_eq!(schema, agentctl::manifest::schema());
}
