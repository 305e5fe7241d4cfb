//! Changes from outside: reported, never fixed, and never called clean if something could not be read.

use std::sync::Arc;

use agentctl::aws::{Access, Clients, config};
use insta::assert_snapshot;
use localstack::{Fault, FaultKind, Service};

use crate::served::Served;
use crate::support::{AGENT, TestEnvironment, Transcript};

const ACCOUNT: &str = "111122223333";

/// An agent that was applied, and its endpoint.
struct Deployed {
    environment: TestEnvironment,
    served: Served,
}

impl Deployed {
    fn new() -> Self {
        let deployed = Self {
            environment: TestEnvironment::triage().signed_in(),
            served: Served::begin(),
        };
        deployed.run("apply -y").exits(0);
        deployed
    }

    fn run(&self, arguments: &str) -> Transcript {
        self.served.run(&self.environment, arguments)
    }

    /// Checks for drift, and asserts that the check wrote nothing.
    fn drift(&self, arguments: &str) -> Transcript {
        self.served.endpoint.log().clear();
        let transcript = self.run(&format!("drift {arguments}"));
        assert_eq!(self.served.endpoint.log().writes(), 0);
        transcript
    }

    /// Changes something as another client of the account.
    fn outside(&self, doing: impl AsyncFnOnce(Arc<Clients>)) {
        let config = config::local(&self.served.url, "us-east-1", ACCOUNT);
        let clients = Arc::new(Clients::new(&config, Access::Write));
        tokio::runtime::Runtime::new()
            .unwrap()
            .block_on(doing(clients));
    }

    /// Sets the function's timeout as another client.
    fn set_timeout(&self) {
        self.outside(async |clients| {
            let update = clients.lambda.update_function_configuration();
            let update = update.function_name("triage").timeout(900);
            update.send().await.unwrap();
        });
    }

    fn deny(&self, service: Service, operation: &'static str) {
        let fault = Fault::new(FaultKind::Denied).on(service, operation);
        self.served.endpoint.order_fault(fault);
    }
}

#[test]
fn an_unchanged_agent_has_no_drift() {
    assert_snapshot!(Deployed::new().drift("").exits(0), @"
    exit 0
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    No drift.  [calls]
    --- stderr
    reading 8 resources
    ");
}

#[test]
fn a_change_by_another_client_is_2_and_shows_the_live_value() {
    let deployed = Deployed::new();
    deployed.set_timeout();
    deployed.outside(async |clients| {
        let delete = clients.lambda.delete_alias();
        let delete = delete.function_name("triage").name("live");
        delete.send().await.unwrap();
    });
    assert_snapshot!(deployed.drift("").exits(2), @"
    exit 2
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    fields: live → declared
    triage  (lambda)
      ~ lambda-function/triage    triage
          timeout  900 → 600                              changed outside agentctl (live 900)
      - lambda-alias/triage.live  triage:live  missing: deleted outside agentctl
    Drift: 2 resources, 1 field.  [calls]
    --- stderr
    reading 8 resources
    ");
    assert_snapshot!(deployed.drift("--format markdown --quiet").exits(2), @"
    exit 2
    --- stdout
    ### Drift: 2 resources, 1 field.

    project `claims` · account `111122223333` · region `us-east-1` · environment `default` · `http://127.0.0.1:[port]`

    | resource | field | live | declared | who |
    |---|---|---|---|---|
    | `lambda-function/triage`<br>`triage` | `timeout` | `900` | `600` | changed outside agentctl |
    | `lambda-alias/triage.live`<br>`triage:live` | | | | `missing: deleted outside agentctl` |
    ");
    let report = deployed.drift("--format json").exits(2).json();
    assert_eq!(report["verdict"], "drifted");
    let field = &report["drifted"][0]["fields"][0];
    assert_eq!(
        (&field["live"], &field["declared"], &field["author"]),
        (&900.into(), &600.into(), &"outside".into())
    );
    // An apply fixes what drift reports.
    deployed.run("apply -y").exits(0);
    deployed.drift("").exits(0);
}

#[test]
fn changes_and_agents_that_were_not_applied_are_no_drift() {
    let deployed = Deployed::new();
    // Another prompt is another object, and so a change of the function.
    deployed
        .environment
        .write("deploy-plans/prompt.md", "You sort.\n");
    deployed.environment.edit(
        "deploy-plans/agent.yaml",
        "spec:\n",
        "spec:\n  observability: { retentionDays: 30 }\n",
    );
    deployed.run("diff --exit-code").exits(2);
    assert_snapshot!(deployed.drift("").exits(0), @"
    exit 0
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    3 resources differ because of changes in the manifests that are not applied yet: `agentctl diff --endpoint-url http://127.0.0.1:[port]` shows them.
    No drift.  [calls]
    --- stderr
    reading 8 resources
    ");

    // Until the next apply, the function uses the old prompt.
    deployed.outside(async |clients| {
        let bucket = "agentctl-111122223333-us-east-1";
        let list = clients.s3.list_object_versions().bucket(bucket);
        let list = list.prefix("objects/claims/default/triage/prompt/");
        let list = list.send().await.unwrap();
        let key = list.versions()[0].key().unwrap();
        let delete = clients.s3.delete_object().bucket(bucket).key(key);
        delete.send().await.unwrap();
    });
    assert_snapshot!(deployed.drift("").exits(2), @r#"
    exit 2
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    fields: live → declared
    triage  (lambda)
      ~ s3-object/triage.prompt  agentctl-111122223333-us-east-1/…/prompt/[digest]…-prompt.md
          contentType  "" → application/octet-stream      changed outside agentctl (live "")
          digest       deleted → b8e83974…                changed outside agentctl (live deleted)
    3 resources differ because of changes in the manifests that are not applied yet: `agentctl diff --endpoint-url http://127.0.0.1:[port]` shows them.
    Drift: 1 resource, 2 fields.  [calls]
    --- stderr
    reading 8 resources
    "#);

    let environment = TestEnvironment::triage().signed_in();
    let served = Served::begin();
    assert_snapshot!(served.run(&environment, "drift").exits(0), @"
    exit 0
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    8 resources differ because of changes in the manifests that are not applied yet: `agentctl diff --endpoint-url http://127.0.0.1:[port]` shows them.
    No drift.  [calls]
    --- stderr
    reading 8 resources
    ");
}

#[test]
fn without_its_record_every_difference_counts_and_has_no_author() {
    let deployed = Deployed::new();
    deployed.environment.edit(
        "deploy-plans/agent.yaml",
        "spec:\n",
        "spec:\n  observability: { retentionDays: 30 }\n",
    );
    deployed.drift("").exits(0);
    deployed.outside(async |clients| {
        let delete = clients.s3.delete_object();
        let delete = delete.bucket("agentctl-111122223333-us-east-1");
        let delete = delete.key("records/claims/default/triage.json");
        delete.send().await.unwrap();
    });
    assert_snapshot!(deployed.drift("").exits(2), @"
    exit 2
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    fields: live → declared
    triage  (lambda)
      ~ log-group/triage  /aws/lambda/triage
          retentionDays  7 → 30                           no record says who changed it
    If no record says who changed something, every difference counts.
    Drift: 1 resource, 1 field.  [calls]
    --- stderr
    reading 8 resources
    ");
}

#[test]
fn a_function_without_its_marks_is_reported() {
    let deployed = Deployed::new();
    deployed.outside(async |clients| {
        let untag = clients.lambda.untag_resource();
        let untag = untag.resource("arn:aws:lambda:us-east-1:111122223333:function:triage");
        let untag = untag.tag_keys("agentctl:agent");
        untag.send().await.unwrap();
    });
    deployed.run("diff").exits(1);
    assert_snapshot!(deployed.drift("").exits(2), @"
    exit 2
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    triage  (lambda)
      ! lambda-function/triage  triage  no longer managed by agentctl: its marks are gone, so apply would be refused
    Drift: 1 resource.  [calls]
    --- stderr
    reading 8 resources
    ");
}

#[test]
fn an_unreadable_resource_is_3_even_if_others_drifted() {
    let deployed = Deployed::new();
    deployed.deny(Service::Iam, "GetRole");
    deployed.deny(Service::Iam, "GetAccountAuthorizationDetails");
    deployed.drift("").exits(3);
    deployed.set_timeout();
    assert_snapshot!(deployed.drift("").exits(3), @"
    exit 3
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    fields: live → declared
    triage  (lambda)
      ~ lambda-function/triage  triage
          timeout  900 → 600                              changed outside agentctl (live 900)
    could not be read
      ? iam-role/triage.lambda  iam GetRole: AccessDenied: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: iam:GetRole because no identity-based policy allows the iam:GetRole action (request id [id])
          hint: allow `iam:GetRole` in an identity-based policy
    Incomplete: 1 resource could not be read, so there may be more drift.
    Drift: 1 resource, 1 field.  [calls]
    --- stderr
    reading 8 resources
    ");
}

#[test]
fn unreadable_records_are_3_if_anything_differs() {
    let deployed = Deployed::new();
    deployed.deny(Service::S3, "GetObject");
    // Without differences, the records do not matter.
    deployed.drift("").exits(0);
    deployed.set_timeout();
    assert_snapshot!(deployed.drift("").exits(3), @"
    exit 3
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    fields: live → declared
    triage  (lambda)
      ~ lambda-function/triage  triage
          timeout  900 → 600                              no record says who changed it
    records could not be read
      ? s3 GetObject: AccessDenied: `agentctl-111122223333-us-east-1/records/claims/default/triage.json`: User: arn:aws:iam::111122223333:user/developer is not authorized to perform: s3:GetObject because no identity-based policy allows the s3:GetObject action (request id [id])
          hint: allow `s3:GetObject` in an identity-based policy
    Incomplete: the records could not be read, so it is not known who changed what.
    Drift: 1 resource, 1 field.  [calls]
    --- stderr
    reading 8 resources
    ");
}

#[test]
fn an_ignored_change_is_listed_and_no_drift_until_its_entry_expires() {
    let deployed = Deployed::new();
    deployed.set_timeout();
    let ignore = |expires: &str| {
        let text = format!(
            "- resource: lambda-function/*\n  field: timeout\n  reason: long claims\n  owner: oncall\n  expires: {expires}\n"
        );
        deployed.environment.write("drift-ignore.yaml", text);
        deployed.drift("--ignore drift-ignore.yaml")
    };
    assert_snapshot!(ignore("9999-12-31").exits(0), @"
    exit 0
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    ignored
      = 1 ignored, until [date]: long claims (oncall)
          lambda-function/triage  timeout  900 → 600
    No drift, 1 ignored.  [calls]
    --- stderr
    reading 8 resources
    ");
    assert_snapshot!(ignore("2001-01-01").exits(2), @"
    exit 2
    --- stdout
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    fields: live → declared
    triage  (lambda)
      ~ lambda-function/triage  triage
          timeout  900 → 600                              changed outside agentctl (live 900)
    ! the entry `lambda-function/*` `timeout` expired on [date] and ignores nothing: long claims (oncall)
    Drift: 1 resource, 1 field.  [calls]
    --- stderr
    reading 8 resources
    ");
}

#[test]
fn an_unused_entry_is_reported_if_every_agent_was_read() {
    let deployed = Deployed::new();
    let text = "- resource: lambda-function/*\n  field: timeout\n  reason: long claims\n  owner: oncall\n  expires: 9999-12-31\n";
    deployed.environment.write("drift-ignore.yaml", text);
    let unused = |arguments: &str| {
        let arguments = format!("--ignore drift-ignore.yaml --format json {arguments}");
        let report = deployed.drift(&arguments).json();
        report["unused"].as_array().unwrap().len()
    };
    assert_eq!(unused(""), 1);
    let other = AGENT.replace("triage }", "intake }");
    deployed
        .environment
        .write("deploy-plans/intake.yaml", other);
    assert_eq!((unused(""), unused("triage")), (1, 0));
}

#[test]
fn a_mistake_in_the_file_of_ignored_changes_ends_the_check_before_any_read() {
    let deployed = Deployed::new();
    let text = "- resource: lambda-function/*\n  feild: timeout\n";
    deployed.environment.write("drift-ignore.yaml", text);
    assert_snapshot!(deployed.drift("--ignore drift-ignore.yaml").exits(1), @"
    exit 1
    --- stderr
    error[AC0109]: `[0].field` is missing
      --> drift-ignore.yaml:1:3
     1 | - resource: lambda-function/*
       |   ^

    error[AC0105]: unknown key `[0].feild`
      --> drift-ignore.yaml:2:3
     1 | - resource: lambda-function/*
     2 |   feild: timeout
       |   ^^^^^
    hint: did you mean `field`?
    ");
    deployed.drift("--ignore missing.yaml").exits(1);
}
