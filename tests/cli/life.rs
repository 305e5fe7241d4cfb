//! The life of the quickstart on the local endpoint, as its reader sees it.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{AGENT, TestEnvironment, Transcript};

#[test]
fn the_quickstart_is_planned_then_created_then_unchanged() {
    let environment = TestEnvironment::quickstart();
    let diff = environment.run("diff --local --exit-code").exits(2);
    assert_snapshot!(diff.stdout, @"
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    shared
      + artifacts-bucket  agentctl-000000000000-us-east-1  AES256, versioned, not public
    quickstart  (lambda)
      + kms-key          alias/agentctl/quickstart/default/quickstart                        rotated every 365d
      + iam-role         quickstart-lambda-us-east-1                                         for lambda.amazonaws.com, policy agent
      + log-group        /aws/lambda/quickstart                                              retention 14d, own key, masks CreditCardNumber EmailAddress
      + s3-object        agentctl-000000000000-us-east-1/…/code/[digest]….zip                application/zip, own key
      + s3-object        agentctl-000000000000-us-east-1/…/prompt/[digest]…-system.md        application/octet-stream, own key
      + s3-object        agentctl-000000000000-us-east-1/…/tools/[digest]…-invoice_total.py  application/octet-stream, own key
      + lambda-function  quickstart                                                          python3.13 on arm64, 512 MB, 300 s
      + lambda-version   quickstart                                                          published from the function as it then is
      + lambda-alias     quickstart:live                                                     to the published version
    Plan: 10 create, 0 update, 0 replace, 0 delete.  [calls]
    ");
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
    assert_snapshot!(work, @"
      + creating    artifacts-bucket shared
        created     artifacts-bucket shared  [time]  (CreateBucket, PutBucketPolicy, PutBucketVersioning)
    reading 10 resources
      + creating    kms-key quickstart
        created     kms-key quickstart  [time]  (CreateKey, CreateAlias, EnableKeyRotation)
      + creating    iam-role quickstart.lambda
        created     iam-role quickstart.lambda  [time]  (CreateRole, PutRolePolicy)
      + creating    log-group quickstart
        created     log-group quickstart  [time]  (CreateLogGroup, PutDataProtectionPolicy, PutRetentionPolicy)
      + creating    s3-object quickstart.code
        created     s3-object quickstart.code  [time]  (PutObject)
      + creating    s3-object quickstart.prompt
        created     s3-object quickstart.prompt  [time]  (PutObject)
      + creating    s3-object quickstart.tools.invoice_total.py
        created     s3-object quickstart.tools.invoice_total.py  [time]  (PutObject)
      + creating    lambda-function quickstart
        created     lambda-function quickstart  [time]  (CreateFunction)
      + creating    lambda-version quickstart
        created     lambda-version quickstart  [time]  (PublishVersion)
      + creating    lambda-alias quickstart.live
        created     lambda-alias quickstart.live  [time]  (CreateAlias)
    ");
    assert_snapshot!(apply.stdout, @"
    created 10
      artifacts-bucket/shared
      kms-key/quickstart
      iam-role/quickstart.lambda
      log-group/quickstart
      s3-object/quickstart.code
      s3-object/quickstart.prompt
      s3-object/quickstart.tools.invoice_total.py
      lambda-function/quickstart
      lambda-version/quickstart
      lambda-alias/quickstart.live
    Done: 10 resources as planned.
    ");
    assert_snapshot!(environment.run("diff --local --exit-code"), @"
    exit 0
    --- stdout
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    No differences.  [calls]
    --- stderr
    reading 10 resources
    ");
    assert_snapshot!(environment.run("apply --local -y"), @"
    exit 0
    --- stderr
    reading 10 resources
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    No differences.  [calls]
    ");
}

#[test]
fn one_line_moves_the_quickstart_to_the_other_side_and_the_plan_warns_of_the_outage() {
    let environment = TestEnvironment::quickstart();
    environment.run("apply --local -y").exits(0);
    let manifest = "deploy-plans/quickstart/agentctl.yaml";
    environment.edit(manifest, "runtime: lambda", "runtime: agentcore");
    assert_snapshot!(environment.run("diff --local").stdout, @"
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    quickstart  (agentcore)
      + iam-role            quickstart-agentcore-us-east-1                               for bedrock-agentcore.amazonaws.com, policy agent
      + agentcore-runtime   quickstart                                                   PYTHON_3_13, HTTP for IAM, public network
      + agentcore-endpoint  (known after apply)/live                                     to the newest version
      + log-group           /aws/bedrock-agentcore/runtimes/(known after apply)-DEFAULT  retention 14d, own key, masks CreditCardNumber EmailAddress
      + log-group           /aws/bedrock-agentcore/runtimes/(known after apply)-live     retention 14d, own key, masks CreditCardNumber EmailAddress
      - lambda-alias        quickstart:live
      ! lambda-alias        outage: `quickstart:live` goes away; callers must switch to `agentcore-endpoint/quickstart.live`
      - lambda-function     quickstart
      - iam-role            quickstart-lambda-us-east-1
      = 4 unchanged
    = 1 unchanged, shared
    kept, although no longer declared
      = log-group/quickstart  may still be needed; `agentctl destroy --local` deletes it
    Plan: 5 create, 0 update, 0 replace, 3 delete.  [calls]
    ");
    environment.run("apply --local -y").exits(0);
    environment.run("diff --local --exit-code").exits(0);
    environment.edit(manifest, "runtime: agentcore", "runtime: lambda");
    environment.run("apply --local -y").exits(0);
    environment.run("diff --local --exit-code").exits(0);
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
    assert_snapshot!(environment.run("diff --local").stdout, @"
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    quickstart  (lambda)
      + s3-object        agentctl-000000000000-us-east-1/…/prompt/[digest]…-system.md  application/octet-stream, own key
      ~ lambda-function  quickstart
          environment.SYSTEM_PROMPT_S3_KEY  objects/…/prompt/[digest]…-system.md → objects/…/prompt/[digest]…-system.md  you changed it
          memorySize                        512 → 1024    you changed it
      ~ lambda-version   quickstart
          content  (sensitive, changed)                   follows lambda-function/quickstart
      ~ lambda-alias     quickstart:live
          version  1 → (known after apply)                follows lambda-version/quickstart
      = 5 unchanged
    = 1 unchanged, shared
    Plan: 1 create, 3 update, 0 replace, 0 delete.  [calls]
    ");
    environment.run("apply --local -y").exits(0);
    environment.run("diff --local --exit-code").exits(0);
}

#[test]
fn the_quickstart_is_destroyed_except_its_key() {
    let environment = TestEnvironment::quickstart();
    environment.run("apply --local -y").exits(0);
    let destroy = environment.run("destroy --local -y").exits(0);
    assert_snapshot!(destroy.plan_and_work().0, @"
    reading 7 resources
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    shared
      - artifacts-bucket  agentctl-000000000000-us-east-1
    quickstart  (lambda)
      - lambda-alias     quickstart:live
      ! lambda-alias     outage: `quickstart:live` goes away
      - lambda-function  quickstart
      - iam-role         quickstart-lambda-us-east-1
      - s3-object        agentctl-000000000000-us-east-1/…/code/[digest]….zip
      - s3-object        agentctl-000000000000-us-east-1/…/prompt/[digest]…-system.md
      - s3-object        agentctl-000000000000-us-east-1/…/tools/[digest]…-invoice_total.py
      - kms-key          alias/agentctl/quickstart/default/quickstart
      ! kms-key          lost: everything encrypted under it, once the deletion date has passed
      - log-group        /aws/lambda/quickstart
      ! log-group        lost: its log events
    Plan: 0 create, 0 update, 0 replace, 9 delete.  [calls]
    ");
    assert_snapshot!(destroy.stdout, @"
    deleted 9
      lambda-alias/quickstart.live
      lambda-function/quickstart
      iam-role/quickstart.lambda
      s3-object/…/code/[digest]….zip
      s3-object/…/prompt/[digest]…-system.md
      s3-object/…/tools/[digest]…-invoice_total.py
      kms-key/quickstart
        remains: deletion on [date]; the alias `alias/agentctl/quickstart/default/quickstart` stays with it
      log-group/quickstart
      artifacts-bucket/shared
    Done: 9 resources as planned.
    ");
    assert_snapshot!(environment.run("destroy --local -y"), @"
    exit 0
    --- stderr
    reading 7 resources
    quickstart · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    kept
      = kms-key/quickstart  deletion on [date]; the alias `alias/agentctl/quickstart/default/quickstart` stays with it
    Nothing to destroy.  [calls]
    ");
}

#[test]
fn each_agent_has_its_own_block() {
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
fn a_plan_as_json_has_the_content_of_the_text() {
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
      "older_permissions": [],
      "pins": [],
      "remade": [],
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
fn an_apply_as_json_is_a_line_for_each_event_and_a_summary() {
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
    "plan" null
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

#[test]
fn only_targets_are_applied_and_destroyed() {
    let second = AGENT.replace("triage }", "second }");
    let environment = TestEnvironment::triage().with("deploy-plans/second.yaml", second);
    environment.run("apply --local -y").exits(0);
    let owners = |plan: Transcript| -> BTreeSet<String> {
        let plan = plan.exits(0).json();
        let steps = plan["steps"].as_array().unwrap();
        steps.iter().map(|step| step["agent"].to_string()).collect()
    };
    environment.run("destroy --local -y second").exits(0);
    let left = owners(environment.run("diff --local --format json"));
    assert_eq!(left, BTreeSet::from(["\"second\"".to_owned()]));
    environment.run("diff --local --exit-code triage").exits(0);
    environment
        .run("apply --local -y second --fail-fast")
        .exits(0);
    environment.run("diff --local --exit-code").exits(0);
}

#[test]
fn a_deployed_agent_follows_its_variables_until_it_is_destroyed() {
    let agent = format!(
        "{AGENT}  lambda: {{ memorySize: '${{var:size}}' }}\n  environment: {{ TOKEN: '${{env:TOKEN}}' }}\n"
    );
    let environment = TestEnvironment::of(&agent).variable("TOKEN", "hunter2");
    let applied = environment.run("apply --local -y --var size=256").exits(0);
    assert!(!applied.raw.contains("hunter2"), "{applied}");
    environment
        .run("diff --local --exit-code --var size=256")
        .exits(0);
    let environment = environment.variable("AGENTCTL_VAR", "size=512");
    assert_snapshot!(environment.run("diff --local").exits(0).stdout, @"
    claims · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    triage  (lambda)
      ~ lambda-function  triage
          memorySize  256 → 512                           you changed it
      ~ lambda-version   triage
          content  (sensitive, changed)                   follows lambda-function/triage
      ~ lambda-alias     triage:live
          version  1 → (known after apply)                follows lambda-version/triage
      = 4 unchanged
    = 1 unchanged, shared
    Plan: 0 create, 3 update, 0 replace, 0 delete.  [calls]
    ");
    environment.run("destroy --local -y").exits(0);
}
