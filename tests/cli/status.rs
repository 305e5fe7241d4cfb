//! The exit status of each end of a command, with an endpoint that fails as a test says.

use std::sync::Arc;
use std::time::Duration;

use agentctl::aws::{Access, Clients, S3RecordStore, config};
use agentctl::event::Events;
use agentctl::executor::lock::{Alarm, Holder, Lock, LockStore, take};
use agentctl::resource::owner::Owner;
use agentctl::resource::site::Site;
use insta::assert_snapshot;
use localstack::{Delays, Fault, FaultKind, Service};
use tokio_util::sync::CancellationToken;

use crate::served::Served;
use crate::support::{AGENT, Background, TestEnvironment, await_line, heeding, without_port};

const ACCOUNT: &str = "111122223333";

#[test]
fn differences_are_2_only_with_exit_code() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served.run(&environment, "diff").exits(0);
    served.run(&environment, "diff --exit-code").exits(2);
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "diff --exit-code").exits(0);
}

#[test]
fn a_question_without_a_terminal_is_64_and_changes_nothing() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    // The question needs the plan, so `--quiet` does not hide it.
    assert_snapshot!(served.run(&environment, "apply --quiet"), @"
    exit 64
    --- stderr
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    shared
      + artifacts-bucket  agentctl-111122223333-us-east-1  AES256, versioned, not public
    triage  (lambda)
      + iam-role         triage-lambda-us-east-1                                       for lambda.amazonaws.com, policy agent
      + log-group        /aws/lambda/triage                                            retention 7d
      + s3-object        agentctl-111122223333-us-east-1/…/code/[digest]….zip          application/zip, the bucket's encryption
      + s3-object        agentctl-111122223333-us-east-1/…/prompt/[digest]…-prompt.md  application/octet-stream, the bucket's encryption
      + lambda-function  triage                                                        python3.13 on arm64, 1024 MB, 600 s
      + lambda-version   triage                                                        published from the function as it then is
      + lambda-alias     triage:live                                                   to the published version
    Plan: 8 create, 0 update, 0 replace, 0 delete.  [calls]
    error[AC0308]: cannot ask for confirmation: no terminal
    hint: give `-y` to continue without the question
    ");
    assert_eq!(served.endpoint.log().writes(), 0);
}

#[test]
fn an_unreadable_resource_is_3_even_if_others_differ() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    environment.edit(
        "deploy-plans/agent.yaml",
        "spec:\n",
        "spec:\n  observability: { retentionDays: 30 }\n",
    );
    served
        .endpoint
        .order_fault(Fault::new(FaultKind::Denied).on(Service::Iam, "GetRole"));
    served.endpoint.order_fault(
        Fault::new(FaultKind::Denied).on(Service::Iam, "GetAccountAuthorizationDetails"),
    );
    assert_snapshot!(served.run(&environment, "diff --exit-code"), @"
    exit 3
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    triage  (lambda)
      ~ log-group        /aws/lambda/triage
          retentionDays  7 → 30                           you changed it
      ~ lambda-function  triage
          role    arn:aws:iam::11112222333…triage-lambda-us-east-1 → (known after apply)  follows iam-role/triage.lambda
          roleId  [id] → (known after apply)                             follows iam-role/triage.lambda
      ~ lambda-version   triage
          content  (sensitive, changed)                   follows lambda-function/triage
      ~ lambda-alias     triage:live
          version  1 → (known after apply)                follows lambda-version/triage
      = 2 unchanged
    = 1 unchanged, shared
    could not be read
      ? iam-role/triage.lambda  iam GetRole: AccessDenied: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: iam:GetRole because no identity-based policy allows the iam:GetRole action (request id [id])
          hint: allow `iam:GetRole` in an identity-based policy
    Incomplete: 1 resource could not be read, so there may be more differences.
    Plan: 0 create, 4 update, 0 replace, 0 delete.  [calls]
    --- stderr
    reading 8 resources
    ");
    let plan = served
        .run(&environment, "diff --format json")
        .exits(3)
        .json();
    assert_eq!(plan["complete"], false);

    served.endpoint.log().clear();
    let apply = served.run(&environment, "apply -y --quiet");
    assert_snapshot!(apply, @"
    exit 3
    --- stderr
    error[AC0403]: 1 resource could not be read, so nothing was changed; the first is `iam-role/triage.lambda`: iam GetRole: AccessDenied: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: iam:GetRole because no identity-based policy allows the iam:GetRole action (request id [id])
    hint: allow `iam:GetRole` in an identity-based policy
    ");
    assert_eq!(served.endpoint.log().writes(), 0);
}

#[test]
fn a_lock_of_another_user_is_5_and_names_them() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    environment.edit("deploy-plans/agent.yaml", "Sort the claims.", "Sort them.");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let lock = runtime.block_on(hold(&served));
    assert_snapshot!(served.run(&environment, "apply -y --quiet"), @"
    exit 5
    --- stderr
    error[AC0404]: agent `triage` of project `claims` (env default, us-east-1) is locked by ci@runner-7 (`apply`, pid [pid]) since [time], last heartbeat [time]
    hint: wait until the other run has ended; the lock of a run that died on another machine is taken over after five minutes, or removed at once by `agentctl unlock triage --endpoint-url http://127.0.0.1:[port]`
    ");
    assert_snapshot!(served.run(&environment, "destroy -y --quiet"), @"
    exit 5
    --- stderr
    error[AC0404]: agent `triage` of project `claims` (env default, us-east-1) is locked by ci@runner-7 (`apply`, pid [pid]) since [time], last heartbeat [time]
    hint: wait until the other run has ended; the lock of a run that died on another machine is taken over after five minutes, or removed at once by `agentctl unlock triage --endpoint-url http://127.0.0.1:[port]`
    ");
    drop(lock);
}

fn clients(served: &Served) -> Arc<Clients> {
    let config = config::local(&served.url, "us-east-1", ACCOUNT);
    Arc::new(Clients::new(&config, Access::Write))
}

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    }
}

/// Acquires the lock of `triage` as another user.
async fn hold(served: &Served) -> Lock {
    let site = Site {
        partition: "aws".into(),
        account: ACCOUNT.into(),
        region: "us-east-1".into(),
    };
    let holder = Holder::new("ci@runner-7", "apply", jiff::Timestamp::now());
    let alarm = Alarm {
        events: Events::channel().0,
        lost: CancellationToken::new(),
    };
    let store: Arc<dyn LockStore> = Arc::new(S3RecordStore::new(clients(served), &site));
    take(&store, &owner(), &holder, &alarm).await.unwrap()
}

#[test]
fn an_apply_in_part_is_6_and_the_next_apply_finishes() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served
        .endpoint
        .order_fault(Fault::new(FaultKind::Denied).on(Service::Lambda, "CreateFunction"));
    let apply = served.run(&environment, "apply -y --quiet");
    assert_snapshot!(apply, @"
    exit 6
    --- stdout
    created 5
      artifacts-bucket/shared
      iam-role/triage.lambda
      log-group/triage
      s3-object/triage.code
      s3-object/triage.prompt
    failed 1
      lambda-function/triage
        lambda CreateFunction: AccessDeniedException: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: lambda:CreateFunction because no identity-based policy allows the lambda:CreateFunction action
        request id: [id]
        hint: allow `lambda:CreateFunction` in an identity-based policy
    skipped 2
      lambda-version/triage
        because of lambda-function/triage
      lambda-alias/triage.live
        because of lambda-function/triage
    Applied in part: 5 of 8 resources done, 1 failed, 2 skipped. To continue, run `agentctl apply --endpoint-url http://127.0.0.1:[port]` again
    --- stderr
      ! failed      lambda-function triage  [time]  lambda CreateFunction: AccessDeniedException: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: lambda:CreateFunction because no identity-based policy allows the lambda:CreateFunction action (request id [id])
    ");
    served.endpoint.clear_faults();
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "destroy -y").exits(0);

    served
        .endpoint
        .order_fault(Fault::new(FaultKind::Denied).on(Service::Lambda, "CreateFunction"));
    let again = served.run(&environment, "apply -y --format json").exits(6);
    let summary = again.json_lines().pop().unwrap();
    let ends: Vec<String> = summary["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("{} {}", step["address"], step["outcome"]))
        .collect();
    assert_snapshot!(ends.join("\n"), @r#"
    "artifacts-bucket/shared" "done"
    "iam-role/triage.lambda" "done"
    "log-group/triage" "done"
    "s3-object/triage.code" "done"
    "s3-object/triage.prompt" "done"
    "lambda-function/triage" "failed"
    "lambda-version/triage" "skipped"
    "lambda-alias/triage.live" "skipped"
    "#);
    // If nothing can be done, nothing is done in part.
    served.run(&environment, "apply -y").exits(1);
}

#[test]
fn an_apply_without_any_change_is_1() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served
        .endpoint
        .order_fault(Fault::new(FaultKind::Denied).on(Service::S3, "CreateBucket"));
    assert_snapshot!(served.run(&environment, "apply -y --quiet"), @"
    exit 1
    --- stdout
    failed 1
      artifacts-bucket/shared
        s3 CreateBucket: AccessDenied: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: s3:CreateBucket because no identity-based policy allows the s3:CreateBucket action
        request id: [id]
        hint: allow `s3:CreateBucket` in an identity-based policy
    skipped 7
      iam-role/triage.lambda
        because of artifacts-bucket/shared
      log-group/triage
        because of artifacts-bucket/shared
      s3-object/triage.code
        because of artifacts-bucket/shared
      s3-object/triage.prompt
        because of artifacts-bucket/shared
      lambda-function/triage
        because of artifacts-bucket/shared
      lambda-version/triage
        because of artifacts-bucket/shared
      lambda-alias/triage.live
        because of artifacts-bucket/shared
    Nothing was applied: 0 of 8 resources done, 1 failed, 7 skipped. To continue, run `agentctl apply --endpoint-url http://127.0.0.1:[port]` again
    --- stderr
      ! failed      artifacts-bucket shared  [time]  s3 CreateBucket: AccessDenied: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: s3:CreateBucket because no identity-based policy allows the s3:CreateBucket action (request id [id])
    ");
}

#[test]
fn somebody_elses_resource_is_1_and_stays_untouched() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    environment.edit("deploy-plans/project.yaml", "name: claims", "name: refunds");
    served.endpoint.log().clear();
    assert_snapshot!(served.run(&environment, "apply -y --quiet"), @"
    exit 1
    --- stderr
    error[AC0401]: iam-role `triage-lambda-us-east-1` exists and is not this project's: it belongs to agent `triage` of project `claims` (env default, us-east-1)
    hint: rename the agent, choose another `--env`, or delete the resource; agentctl never adopts a resource that it did not create

    error[AC0401]: log-group `/aws/lambda/triage` exists and is not this project's: it belongs to agent `triage` of project `claims` (env default, us-east-1)
    hint: rename the agent, choose another `--env`, or delete the resource; agentctl never adopts a resource that it did not create

    error[AC0401]: lambda-function `triage` exists and is not this project's: it belongs to agent `triage` of project `claims` (env default, us-east-1)
    hint: rename the agent, choose another `--env`, or delete the resource; agentctl never adopts a resource that it did not create
    ");
    assert_eq!(served.endpoint.log().writes(), 0);
}

#[test]
fn a_change_before_the_locks_are_acquired_is_4() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    let slow = Fault::new(FaultKind::Slow(Duration::from_secs(5)));
    served
        .endpoint
        .order_fault(slow.on(Service::S3, "CreateBucket"));
    let arguments = format!("apply -y --format json --endpoint-url {}", served.url);
    let mut apply = Background(environment.command(&arguments).spawn().unwrap());
    // The locks are in the bucket, so none is held while it is created.
    while !apply.line().contains("\"started\"") {}
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let group = clients(&served).logs.create_log_group();
        let group = group.log_group_name("/aws/lambda/triage");
        let tags = owner().tags().into_iter().collect();
        group.set_tags(Some(tags)).send().await.unwrap();
    });
    let stdout = std::io::read_to_string(apply.0.stdout.take().unwrap()).unwrap();
    let stderr = std::io::read_to_string(apply.0.stderr.take().unwrap()).unwrap();
    assert_eq!(apply.0.wait().unwrap().code(), Some(4), "{stderr}");
    assert_snapshot!(without_port(&stderr), @"
    error[AC0406]: something changed since the plan was made: log-group/triage
    hint: run `agentctl diff --endpoint-url http://127.0.0.1:[port]`, then apply again
    ");
    assert_snapshot!(without_port(stdout.lines().last().unwrap()), @r#"{"complete":false,"done":false,"errors":[{"code":"AC0406","hint":"run `agentctl diff --endpoint-url http://127.0.0.1:[port]`, then apply again","message":"something changed since the plan was made: log-group/triage","place":null}],"event":"summary","kept":[],"steps":[{"action":"create","address":"artifacts-bucket/shared","outcome":"done","phase":"whole","reason":null,"remains":null},{"action":"create","address":"iam-role/triage.lambda","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"log-group/triage","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"s3-object/triage.code","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"s3-object/triage.prompt","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"lambda-function/triage","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"lambda-version/triage","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"lambda-alias/triage.live","outcome":"not_started","phase":"whole","reason":null}],"unchanged":0,"unreadable":[]}"#);
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "diff --exit-code").exits(0);
}

#[test]
fn without_a_journal_nothing_is_changed_and_the_stream_of_events_has_its_summary() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    environment.write(".agentctl", "a file where the folder should be");
    let refusal = served.run(&environment, "apply -y --quiet");
    assert_snapshot!(refusal, @"
    exit 1
    --- stderr
    error[AC0405]: the journal in `[folder]/project/.agentctl/journal` cannot be written: Not a directory (os error 20)
    hint: make the folder writable; nothing was changed
    ");
    let stream = served.run(&environment, "apply -y --quiet --format json");
    assert_eq!(
        (stream.status, &stream.stderr),
        (refusal.status, &refusal.stderr)
    );
    assert_snapshot!(stream.stdout.lines().last().unwrap(), @r#"{"complete":false,"done":false,"errors":[{"code":"AC0405","hint":"make the folder writable; nothing was changed","message":"the journal in `[folder]/project/.agentctl/journal` cannot be written: Not a directory (os error 20)","place":null}],"event":"summary","kept":[],"steps":[{"action":"create","address":"artifacts-bucket/shared","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"iam-role/triage.lambda","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"log-group/triage","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"s3-object/triage.code","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"s3-object/triage.prompt","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"lambda-function/triage","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"lambda-version/triage","outcome":"not_started","phase":"whole","reason":null},{"action":"create","address":"lambda-alias/triage.live","outcome":"not_started","phase":"whole","reason":null}],"unchanged":0,"unreadable":[]}"#);
    assert_eq!(served.endpoint.log().writes(), 0);
}

#[test]
fn permissions_that_together_exceed_the_limit_of_iam_are_refused_before_anything_changes() {
    let statement = |sid: char| {
        let actions: Vec<String> = (0..300)
            .map(|n| format!("dynamodb:{sid}{}{n:03}", "x".repeat(12)))
            .collect();
        format!(
            "policyStatements: [{{ Sid: {sid}, Effect: Allow, Action: [{}], Resource: \"*\" }}]",
            actions.join(", ")
        )
    };
    let with = |sid| {
        let tail = format!("systemPrompt: prompt.md, {} }}", statement(sid));
        AGENT.replace("systemPrompt: prompt.md }", &tail)
    };
    let (environment, served) = (TestEnvironment::of(&with('A')).signed_in(), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    let moved = with('B').replace("Sort the claims.", "Sort them.");
    environment.write("deploy-plans/agent.yaml", moved);
    served.endpoint.log().clear();
    assert_snapshot!(served.run(&environment, "apply -y --quiet"), @"
    exit 1
    --- stderr
    error[AC0410]: the inline policies of `iam-role/triage.lambda`, with what the version that is served now and the declared one need, have 17558 characters of at most 10240
    hint: remove unneeded permissions in one apply, and add the new ones in the next
    ");
    assert_eq!(served.endpoint.log().writes(), 0);
}

#[test]
fn a_destroy_needs_none_of_the_files_that_the_manifests_name() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    fs_err::remove_dir_all(environment.root().join("agents")).unwrap();
    fs_err::remove_file(environment.root().join("deploy-plans/prompt.md")).unwrap();
    served.run(&environment, "diff").exits(1);
    assert_snapshot!(served.run(&environment, "destroy -y --quiet"), @"
    exit 0
    --- stdout
    deleted 7
      lambda-alias/triage.live
      lambda-function/triage
      iam-role/triage.lambda
      log-group/triage
      s3-object/…/code/[digest]….zip
      s3-object/…/prompt/[digest]…-prompt.md
      artifacts-bucket/shared
    Done: 7 resources as planned.
    ");
    assert_snapshot!(served.run(&environment, "destroy -y"), @"
    exit 0
    --- stderr
    reading 6 resources
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    Nothing to destroy.  [calls]
    ");
}

#[test]
fn an_apply_stopped_by_ctrl_c_is_130_and_the_next_one_finishes() {
    stopped_by("INT");
}

#[test]
fn an_apply_stopped_by_sigterm_is_130_and_the_next_one_finishes() {
    stopped_by("TERM");
}

fn stopped_by(signal: &str) {
    let environment = TestEnvironment::triage().signed_in();
    let served = Served::with(Delays {
        role_propagation: Duration::from_secs(5),
        ..Delays::none()
    });
    let arguments = format!("apply -y --endpoint-url {}", served.url);
    let mut apply = Background(heeding(&environment.command(&arguments)).spawn().unwrap());
    // The function waits for its role, so the apply cannot end before it is interrupted.
    let stderr = await_line(apply.0.stderr.take().unwrap(), "created     iam-role");
    apply.signal(signal);
    drop(std::io::read_to_string(stderr));
    let stdout = std::io::read_to_string(apply.0.stdout.take().unwrap()).unwrap();
    assert_eq!(apply.0.wait().unwrap().code(), Some(130), "{stdout}");
    let last = stdout.lines().last().unwrap().to_owned();
    assert!(last.starts_with("Applied in part: "), "{stdout}");
    let again = format!("run `agentctl apply --endpoint-url {}` again", served.url);
    assert!(last.ends_with(&again), "{stdout}");
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "diff --exit-code").exits(0);
}
