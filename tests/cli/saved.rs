//! Plans that are saved, reviewed and applied later.

use agentctl::aws::{Access, Clients, config};
use insta::assert_snapshot;
use localstack::{Fault, FaultKind, Service};

use crate::served::Served;
use crate::support::{AGENT, TestEnvironment};

const ACCOUNT: &str = "111122223333";

const MANIFEST: &str = "deploy-plans/agent.yaml";

/// An agent with its own variable, whose value is secret.
fn agent(secret: &str) -> TestEnvironment {
    let variable = format!("  environment: {{ TOKEN: {secret} }}\n");
    TestEnvironment::of(&format!("{AGENT}{variable}")).signed_in()
}

fn saved(environment: &TestEnvironment) -> String {
    fs_err::read_to_string(environment.root().join("plan.json")).unwrap()
}

/// Runs a command that must be refused, and asserts that it wrote nothing.
fn refused(served: &Served, environment: &TestEnvironment, arguments: &str) -> String {
    served.endpoint.log().clear();
    let transcript = served.run(environment, arguments);
    assert_eq!(served.endpoint.log().writes(), 0, "{transcript}");
    transcript.to_string()
}

/// Changes the timeout of the function from outside.
fn set_timeout(served: &Served, seconds: i32) {
    let clients = Clients::new(
        &config::local(&served.url, "us-east-1", ACCOUNT),
        Access::Write,
    );
    let update = clients
        .lambda
        .update_function_configuration()
        .function_name("triage")
        .timeout(seconds);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(update.send()).unwrap();
}

#[test]
fn a_plan_is_saved_and_then_applied_without_a_question() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    let diff = served.run(&environment, "diff --out plan.json").exits(0);
    assert_eq!(
        diff.stdout,
        served.run(&environment, "diff").exits(0).stdout
    );
    assert_snapshot!(diff.stderr, @"
    reading 8 resources
    nothing is applied yet, so the project has no key: a change of a sensitive value between plan and apply will not be detected
    Saved the plan to: `plan.json`
    ");
    assert_eq!(served.endpoint.log().writes(), 0);
    let apply = served
        .run(&environment, "apply --plan plan.json")
        .exits(0)
        .without_waits();
    assert_eq!(
        apply.plan_and_work().0,
        format!(
            "plan of [time], made as arn:aws:iam::111122223333:user/developer\nreading 8 resources\n{}",
            diff.stdout
        )
    );
    assert_snapshot!(apply.stdout, @"
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
    served.run(&environment, "diff --exit-code").exits(0);

    // From now on there is a key, so a plan also detects changes of secrets.
    environment.edit(MANIFEST, "Sort the claims.", "Sort them.");
    let diff = served.run(&environment, "diff --exit-code --out plan.json");
    assert_snapshot!(diff.exits(2).stderr, @"
    reading 8 resources
    Saved the plan to: `plan.json`
    ");
    let apply = served.run(&environment, "apply --plan plan.json --quiet");
    assert_snapshot!(apply.exits(0).stdout, @"
    updated 3
      lambda-function/triage
      lambda-version/triage
      lambda-alias/triage.live
    unchanged 5
    Done: 3 resources as planned.
    ");
    // The account is no longer as the plan says.
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json"), @r#"
    exit 4
    --- stderr
    plan of [time], made as arn:aws:iam::111122223333:user/developer
    reading 8 resources
    error[AC0606]: `lambda-alias/triage.live` changed since the plan was made: live `version` is now "2"

    error[AC0606]: `lambda-function/triage` changed since the plan was made: live `environment.PROMPT` is now "Sort them."

    error[AC0606]: `lambda-version/triage` changed since the plan was made: live `content` is now another value (sensitive)
    hint: nothing was changed; make a new plan with `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]`, review it, and apply it
    "#);
}

#[test]
fn a_plan_without_steps_is_also_compared_with_the_account() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "diff --out plan.json").exits(0);
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json"), @"
    exit 0
    --- stderr
    plan of [time], made as arn:aws:iam::111122223333:user/developer
    reading 8 resources
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    No differences.  [calls]
    ");
    set_timeout(&served, 77);
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json"), @"
    exit 4
    --- stderr
    plan of [time], made as arn:aws:iam::111122223333:user/developer
    reading 8 resources
    error[AC0606]: `lambda-function/triage` changed since the plan was made: live `timeout` is now 77
    hint: nothing was changed; make a new plan with `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]`, review it, and apply it
    ");
}

#[test]
fn a_change_since_the_plan_is_4_and_shows_the_value() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    environment.edit(MANIFEST, "Sort the claims.", "Sort them.");
    served.run(&environment, "diff --out plan.json").exits(0);
    set_timeout(&served, 900);
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json --quiet"), @"
    exit 4
    --- stderr
    error[AC0606]: `lambda-function/triage` changed since the plan was made: live `timeout` is now 900
    hint: nothing was changed; make a new plan with `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]`, review it, and apply it
    ");
    // A change that was reverted is no change.
    set_timeout(&served, 600);
    served.run(&environment, "apply --plan plan.json").exits(0);
}

#[test]
fn changed_manifests_are_4_and_show_the_field() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "diff --out plan.json").exits(0);
    environment.edit(MANIFEST, "Sort the claims.", "Sort them.");
    environment.edit(MANIFEST, "canary-one", "canary-two");
    environment.write(
        "agents/triage/batch.py",
        "def handler(event, context): pass\n",
    );
    let refusal = refused(&served, &environment, "apply --plan plan.json --quiet");
    assert!(!refusal.contains("canary"), "{refusal}");
    assert_snapshot!(refusal, @r#"
    exit 4
    --- stderr
    error[AC0605]: `lambda-function/triage` changed since the plan was made: declared `environment.PROMPT` is now "Sort them."

    error[AC0605]: `lambda-function/triage` changed since the plan was made: declared `environment.TOKEN` is now another value (sensitive)

    error[AC0605]: `s3-object/triage.code` changed since the plan was made: declared `digest` is now "5d34174b51c31c3847d513117fbe8…81b4e9a4a8d577c8075466e19cc9"

    error[AC0605]: `s3-object/triage.code` changed since the plan was made: it has another name now
    hint: apply the manifests that the plan was made for, or make a new plan with `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]`
    "#);
    let second = AGENT.replace("triage }", "payout }");
    let environment = environment.with("deploy-plans/payout.yaml", second);
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json --quiet"), @"
    exit 4
    --- stderr
    error[AC0605]: the saved plan was made for other manifests: agent `payout` was not declared then
    hint: apply the manifests that the plan was made for, or make a new plan with `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]`
    ");
}

#[test]
fn a_plan_for_some_agents_applies_only_to_them() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    let second = AGENT.replace("triage }", "payout }");
    let environment = environment.with("deploy-plans/payout.yaml", &second);
    let diff = format!("diff --out plan.json {MANIFEST}");
    served.run(&environment, &diff).exits(0);
    let third = second.replace("payout }", "refund }");
    let environment = environment.with("deploy-plans/refund.yaml", third);
    let apply = served.run(&environment, "apply --plan plan.json --quiet");
    assert_snapshot!(apply.exits(0).stdout, @"
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
    let both = format!("apply --plan plan.json {MANIFEST}");
    assert_snapshot!(refused(&served, &environment, &both), @"
    exit 64
    --- stderr
    error: the argument '--plan <FILE>' cannot be used with '[AGENT|PATH]...'

    Usage: agentctl apply --plan <FILE> --endpoint-url <URL> [AGENT|PATH]...

    For more information, try '--help'.
    ");
}

#[test]
fn a_plan_for_another_account_or_region_is_4_with_a_hint() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    served
        .run(&environment, "diff --env prod --out plan.json")
        .exits(0);
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json"), @"
    exit 4
    --- stderr
    error[AC0604]: the saved plan is for environment `prod`, this is `default`
    hint: give `--env prod`, or make a plan for this environment
    ");
    served.run(&environment, "diff --out plan.json").exits(0);
    let region = "apply --plan plan.json --region eu-west-1";
    assert_snapshot!(refused(&served, &environment, region), @"
    exit 4
    --- stderr
    error[AC0604]: the saved plan is for region `us-east-1`, this is `eu-west-1`
    hint: give `--region us-east-1`, or make a plan for this region
    ");
    assert_snapshot!(environment.run("apply --plan plan.json --local"), @"
    exit 4
    --- stderr
    error[AC0604]: the saved plan is for account `111122223333`, this is `000000000000`
    hint: sign in to the account that the plan was made for, or make a plan for this one
    ");
    let environment = environment.variable("AWS_ACCESS_KEY_ID", "444455556666");
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json"), @"
    exit 4
    --- stderr
    error[AC0604]: the saved plan is for account `111122223333`, this is `444455556666`
    hint: sign in to the account that the plan was made for, or make a plan for this one
    ");
}

#[test]
fn a_flipped_byte_and_another_version_are_refused() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    served.run(&environment, "diff --out plan.json").exits(0);
    let plan = saved(&environment);
    environment.edit("plan.json", "\"triage\"", "\"triagf\"");
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json"), @"
    exit 1
    --- stderr
    error[AC0602]: the saved plan `plan.json` is damaged
    hint: make the plan again with `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]`, and do not change the file
    ");
    let version = format!("\"agentctl\": \"{}\"", env!("CARGO_PKG_VERSION"));
    environment.write(
        "plan.json",
        plan.replace(&version, "\"agentctl\": \"9.9.9\""),
    );
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json"), @"
    exit 4
    --- stderr
    error[AC0603]: the saved plan was made by agentctl 9.9.9 (form 2), this is agentctl 0.1.0 (form 2)
    hint: make the plan again with `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]`, with the agentctl that applies it
    ");
    assert_snapshot!(refused(&served, &environment, "apply --plan deploy-plans/agent.yaml"), @"
    exit 1
    --- stderr
    error[AC0601]: `deploy-plans/agent.yaml` is no saved plan
    hint: give the file that `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]` wrote
    ");
    assert_snapshot!(refused(&served, &environment, "apply --plan none.json"), @"
    exit 1
    --- stderr
    error[AC0601]: the saved plan `none.json` cannot be read: No such file or directory (os error 2)
    hint: give the file that `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]` wrote
    ");
}

#[test]
fn a_plan_made_without_the_projects_key_counts_only_while_there_is_none() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    served.run(&environment, "diff --out plan.json").exits(0);
    served.run(&environment, "apply -y").exits(0);
    assert_snapshot!(refused(&served, &environment, "apply --plan plan.json"), @"
    exit 4
    --- stderr
    error[AC0606]: the project's key is not the one that the plan was made with: the project had none then
    hint: nothing was changed; make a new plan with `agentctl diff --out FILE --endpoint-url http://127.0.0.1:[port]`, review it, and apply it
    ");
}

#[test]
fn a_saved_plan_has_no_secret_with_or_without_a_key() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    served.run(&environment, "diff --out plan.json").exits(0);
    let first = saved(&environment);
    served.run(&environment, "apply -y").exits(0);
    environment.edit(MANIFEST, "canary-one", "canary-two");
    served.run(&environment, "diff --out plan.json").exits(0);
    let second = saved(&environment);
    for plan in [&first, &second] {
        assert!(
            plan.contains("/environment/TOKEN") && !plan.contains("canary"),
            "{plan}"
        );
    }
}

#[test]
fn an_unreadable_resource_is_3_and_no_plan_is_saved() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "diff --out plan.json").exits(0);
    for operation in ["GetRole", "GetAccountAuthorizationDetails"] {
        served
            .endpoint
            .order_fault(Fault::new(FaultKind::Denied).on(Service::Iam, operation));
    }
    let diff = served.run(&environment, "diff --out other.json").exits(3);
    assert_snapshot!(diff.stderr, @"
    reading 8 resources
    error[AC0403]: 1 resource could not be read, so the plan was not saved; the first is `iam-role/triage.lambda`: iam GetRole: AccessDenied: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: iam:GetRole because no identity-based policy allows the iam:GetRole action (request id [id])
    hint: allow `iam:GetRole` in an identity-based policy
    ");
    assert!(!environment.root().join("other.json").exists());
    let apply = refused(&served, &environment, "apply --plan plan.json --quiet");
    assert!(apply.starts_with("exit 3\n"), "{apply}");
}

#[test]
fn a_plan_overwrites_only_plans() {
    let (environment, served) = (agent("canary-one"), Served::begin());
    served.run(&environment, "diff --out plan.json").exits(0);
    served.run(&environment, "diff --out plan.json").exits(0);
    let manifest = format!("diff --out {MANIFEST}");
    assert_snapshot!(refused(&served, &environment, &manifest), @"
    exit 1
    --- stderr
    error[AC0607]: the plan cannot be saved as `deploy-plans/agent.yaml`: all files in that folder are read as manifests
    hint: give a file outside of `deploy-plans`
    ");
    environment.write("notes.txt", "mine");
    assert_snapshot!(refused(&served, &environment, "diff --out notes.txt"), @"
    exit 1
    --- stderr
    error[AC0607]: the plan cannot be saved as `notes.txt`: it exists and is no saved plan
    hint: give another file, or delete this one if it is not needed
    ");
    assert_snapshot!(refused(&served, &environment, "diff --out none/plan.json"), @"
    exit 1
    --- stderr
    error[AC0607]: the plan cannot be saved as `none/plan.json`: No such file or directory (os error 2)
    ");
}

#[test]
fn a_plan_as_markdown_has_the_content_of_the_text() {
    let environment = TestEnvironment::triage();
    environment.run("apply --local -y").exits(0);
    environment.edit(MANIFEST, "Sort the claims.", "Sort them.");
    let diff = environment.run("diff --local --format markdown --exit-code");
    assert_snapshot!(diff.exits(2).stdout, @"
    ### Plan for `claims` · account `000000000000` · `us-east-1` · `default` · `local endpoint`

    Read as `arn:aws:iam::000000000000:user/developer`.

    **Plan: 0 create, 3 update, 0 replace, 0 delete.**

    #### `triage` (`lambda`)

    ```diff
    !   lambda-function  triage
          environment.PROMPT  Sort the claims. → Sort them.  you changed it
    !   lambda-version   triage
          content  (sensitive, changed)                   follows lambda-function/triage
    !   lambda-alias     triage:live
          version  1 → (known after apply)                follows lambda-version/triage
      = 4 unchanged
    ```

    ```diff
     = 1 unchanged, shared
    ```
    ");
}
