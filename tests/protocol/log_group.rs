//! Log groups with canned answers of CloudWatch Logs and of the tagging API.

use std::collections::BTreeMap;

use agentctl::kinds::log_group::data_protection::{DataProtection, Findings, Masking};
use agentctl::kinds::log_group::{
    LogGroup, LogGroupOutputs, LogGroupReader, LogGroupSpec, LogGroupWriter,
};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::fault::{Fault, FaultKind};
use agentctl::resource::kind::{Observed, Status};
use agentctl::resource::operation::logs;
use agentctl::resource::owner::{Owner, OwnerFilter, Ownership};
use agentctl::resource::provider::{Intent, Mutation, Outlook, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use serde_json::{Value, json};
use wiremock::matchers::{any, body_json, body_partial_json, header as has_header};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{REGION, clients, header, only_request};

const GROUP: &str = "/aws/lambda/triage";
const KMS_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1";

fn name() -> PhysicalName {
    PhysicalName::new(GROUP)
}

fn arn(name: &str) -> String {
    format!("arn:aws:logs:us-east-1:111122223333:log-group:{name}")
}

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: REGION.into(),
        agent: "triage".into(),
    }
}

fn intent() -> Intent {
    Intent {
        owner: Some(owner()),
        token: "t".into(),
    }
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn spec() -> LogGroupSpec<Resolved> {
    LogGroupSpec {
        class: "STANDARD".into(),
        retention_days: Some(7),
        kms_key: Some(KMS_KEY.into()),
        data_protection: Some(DataProtection::Masking(Masking {
            identifiers: vec!["EmailAddress".into(), "Name".into()],
            custom_identifiers: BTreeMap::new(),
            findings: Findings {
                log_group: Some("/audit".into()),
                bucket: None,
                delivery_stream: None,
            },
        })),
        deletion_protection: true,
        claimed: true,
        tags: labels(&[("team", "billing")]),
    }
}

fn bare() -> LogGroupSpec<Resolved> {
    LogGroupSpec {
        class: "STANDARD".into(),
        retention_days: None,
        kms_key: None,
        data_protection: None,
        deletion_protection: false,
        claimed: true,
        tags: BTreeMap::new(),
    }
}

fn observed(name: &str, spec: LogGroupSpec<Resolved>, owner: Ownership) -> Observed<LogGroup> {
    Observed {
        spec: LogGroupSpec {
            claimed: matches!(owner, Ownership::Of(_)),
            ..spec
        },
        outputs: LogGroupOutputs {
            arn: format!("{}:*", arn(name)),
            group_arn: arn(name),
            name: name.into(),
            retention_policy: None,
        },
        status: Status::Ready,
        revision: None,
        owner,
    }
}

/// Returns a group as `DescribeLogGroups` returns it when nothing was configured.
fn described(name: &str) -> Value {
    json!({ "arn": format!("{}:*", arn(name)), "logGroupArn": arn(name), "logGroupName": name, "creationTime": 1_700_000_000_000_i64,
            "logGroupClass": "STANDARD", "metricFilterCount": 0, "storedBytes": 0 })
}

fn reader(server: &MockServer) -> LogGroupReader {
    LogGroupReader::new(clients(server))
}

fn writer(server: &MockServer) -> LogGroupWriter {
    LogGroupWriter::new(clients(server))
}

fn target(operation: &str) -> String {
    let service = if operation == "GetResources" {
        "ResourceGroupsTaggingAPI_20170126"
    } else {
        "Logs_20140328"
    };
    format!("{service}.{operation}")
}

fn ok(answer: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(answer)
}

fn error(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "__type": code, "message": "no" }))
}

async fn on(server: &MockServer, operation: &str, sent: Value, answer: ResponseTemplate) {
    Mock::given(has_header("x-amz-target", target(operation)))
        .and(body_partial_json(sent))
        .respond_with(answer)
        .mount(server)
        .await;
}

/// Returns the names of the operations, sorted, for calls whose order does not matter.
async fn operations(server: &MockServer) -> Vec<String> {
    let mut names: Vec<String> = server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(operation)
        .collect();
    names.sort();
    names
}

fn operation(request: &Request) -> String {
    let target = header(request, "x-amz-target");
    target.rsplit('.').next().unwrap().to_owned()
}

fn marks() -> Value {
    json!({ "agentctl:project": "claims", "agentctl:env": "default", "agentctl:region": "us-east-1", "agentctl:agent": "triage" })
}

#[tokio::test]
async fn all_fields_of_a_configured_group_are_read() {
    let server = MockServer::start().await;
    let mut group = described(GROUP);
    group["retentionInDays"] = json!(7);
    group["kmsKeyId"] = json!(KMS_KEY);
    group["dataProtectionStatus"] = json!("ACTIVATED");
    group["deletionProtectionEnabled"] = json!(true);
    on(
        &server,
        "DescribeLogGroups",
        json!({ "logGroupNamePrefix": GROUP }),
        ok(&json!({ "logGroups": [group, described("/aws/lambda/triage-prod")] })),
    )
    .await;
    // Statements and identifiers in another order, with ids that the service chose.
    let identifiers = ["Name", "EmailAddress"]
        .map(|id| format!("arn:aws:dataprotection::aws:data-identifier/{id}"));
    let policy = json!({ "Name": "data-protection-policy", "Description": "", "Version": "2021-06-01", "Statement": [
        { "Sid": "redact-policy", "DataIdentifier": identifiers, "Operation": { "Deidentify": { "MaskConfig": {} } } },
        { "Sid": "audit-policy", "DataIdentifier": identifiers,
          "Operation": { "Audit": { "FindingsDestination": { "CloudWatchLogs": { "LogGroup": "/audit" } } } } },
    ] });
    on(
        &server,
        "GetDataProtectionPolicy",
        json!({ "logGroupIdentifier": arn(GROUP) }),
        ok(&json!({ "logGroupIdentifier": arn(GROUP), "policyDocument": policy.to_string(), "lastUpdatedTime": 1 })),
    )
    .await;
    let mut tags = marks();
    tags["team"] = json!("billing");
    on(
        &server,
        "ListTagsForResource",
        json!({ "resourceArn": arn(GROUP) }),
        ok(&json!({ "tags": tags })),
    )
    .await;
    assert_eq!(
        reader(&server).read(&[name()]).await,
        [Reading::Found(observed(
            GROUP,
            spec(),
            Ownership::Of(owner())
        ))]
    );
    assert_eq!(
        operations(&server).await,
        [
            "DescribeLogGroups",
            "GetDataProtectionPolicy",
            "ListTagsForResource"
        ]
    );
}

#[tokio::test]
async fn a_bare_group_of_somebody_else_takes_two_calls() {
    let server = MockServer::start().await;
    on(
        &server,
        "DescribeLogGroups",
        json!({}),
        ok(&json!({ "logGroups": [described(GROUP)] })),
    )
    .await;
    on(&server, "ListTagsForResource", json!({}), ok(&json!({}))).await;
    assert_eq!(
        reader(&server).read(&[name()]).await,
        [Reading::Found(observed(GROUP, bare(), Ownership::Unmarked))]
    );
    assert_eq!(
        operations(&server).await,
        ["DescribeLogGroups", "ListTagsForResource"]
    );
}

#[tokio::test]
async fn a_name_is_searched_on_every_page() {
    let server = MockServer::start().await;
    on(
        &server,
        "DescribeLogGroups",
        json!({ "nextToken": "2" }),
        ok(&json!({ "logGroups": [described(GROUP)] })),
    )
    .await;
    on(
        &server,
        "DescribeLogGroups",
        json!({}),
        ok(&json!({ "logGroups": [described("/aws/lambda/triage-a")], "nextToken": "2" })),
    )
    .await;
    on(&server, "ListTagsForResource", json!({}), ok(&json!({}))).await;
    assert_eq!(
        reader(&server).read(&[name()]).await,
        [Reading::Found(observed(GROUP, bare(), Ownership::Unmarked))]
    );
}

#[tokio::test]
async fn a_name_that_is_only_a_prefix_of_others_is_absent() {
    let server = MockServer::start().await;
    on(
        &server,
        "DescribeLogGroups",
        json!({}),
        ok(&json!({ "logGroups": [described("/aws/lambda/triage-prod")] })),
    )
    .await;
    assert_eq!(reader(&server).read(&[name()]).await, [Reading::Absent]);
    assert_eq!(operations(&server).await, ["DescribeLogGroups"]);
}

#[tokio::test]
async fn names_of_one_folder_share_a_listing_and_answers_keep_their_order() {
    let server = MockServer::start().await;
    on(
        &server,
        "DescribeLogGroups",
        json!({ "logGroupNamePrefix": "/aws/lambda/" }),
        ok(&json!({ "logGroups": [described("/aws/lambda/audit"), described("/aws/lambda/other"), described(GROUP)] })),
    )
    .await;
    on(
        &server,
        "DescribeLogGroups",
        json!({ "logGroupNamePrefix": "/elsewhere" }),
        error(400, "AccessDeniedException"),
    )
    .await;
    on(&server, "ListTagsForResource", json!({}), ok(&json!({}))).await;
    let names = [
        GROUP,
        "/elsewhere",
        "/aws/lambda/missing",
        "/aws/lambda/audit",
    ]
    .map(PhysicalName::new);
    let readings = reader(&server).read(&names).await;
    let found = |name| Reading::Found(observed(name, bare(), Ownership::Unmarked));
    assert_eq!(
        (&readings[0], &readings[2], &readings[3]),
        (&found(GROUP), &Reading::Absent, &found("/aws/lambda/audit"))
    );
    assert!(
        matches!(&readings[1], Reading::Unreadable(fault) if fault.kind == FaultKind::Denied),
        "{:?}",
        readings[1]
    );
    assert_eq!(
        operations(&server).await,
        [
            "DescribeLogGroups",
            "DescribeLogGroups",
            "ListTagsForResource",
            "ListTagsForResource"
        ]
    );
}

#[tokio::test]
async fn in_a_full_folder_each_name_is_finally_searched_alone() {
    let server = MockServer::start().await;
    // A folder that never ends.
    on(
        &server,
        "DescribeLogGroups",
        json!({ "logGroupNamePrefix": "/aws/lambda/" }),
        ok(&json!({ "logGroups": [described("/aws/lambda/other")], "nextToken": "more" })),
    )
    .await;
    on(
        &server,
        "DescribeLogGroups",
        json!({ "logGroupNamePrefix": GROUP }),
        ok(&json!({ "logGroups": [described(GROUP)] })),
    )
    .await;
    on(
        &server,
        "DescribeLogGroups",
        json!({ "logGroupNamePrefix": "/aws/lambda/audit" }),
        ok(&json!({ "logGroups": [] })),
    )
    .await;
    on(&server, "ListTagsForResource", json!({}), ok(&json!({}))).await;
    let names = [GROUP, "/aws/lambda/audit"].map(PhysicalName::new);
    assert_eq!(
        reader(&server).read(&names).await,
        [
            Reading::Found(observed(GROUP, bare(), Ownership::Unmarked)),
            Reading::Absent
        ]
    );
    assert_eq!(
        operations(&server).await,
        [
            ["DescribeLogGroups"; 4].as_slice(),
            &["ListTagsForResource"]
        ]
        .concat()
    );
}

#[tokio::test]
async fn the_tags_of_many_groups_come_from_the_tagging_api_and_unmarked_groups_are_read_alone() {
    let server = MockServer::start().await;
    let names: Vec<String> = (0..6).map(|n| format!("/aws/lambda/a{n}")).collect();
    let groups: Vec<Value> = names.iter().map(|name| described(name)).collect();
    on(
        &server,
        "DescribeLogGroups",
        json!({}),
        ok(&json!({ "logGroups": groups })),
    )
    .await;
    let mut tags: Vec<Value> = owner()
        .tags()
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    tags.push(json!({ "Key": "team", "Value": "billing" }));
    let known: Vec<Value> = names[..4]
        .iter()
        .map(|name| json!({ "ResourceARN": arn(name), "Tags": tags }))
        .chain([
            json!({ "ResourceARN": arn(&names[4]), "Tags": [{ "Key": "team", "Value": "stale" }] }),
        ])
        .collect();
    on(
        &server,
        "GetResources",
        json!({ "ResourceARNList": names.iter().map(|name| arn(name)).collect::<Vec<_>>() }),
        ok(&json!({ "PaginationToken": "", "ResourceTagMappingList": known })),
    )
    .await;
    on(
        &server,
        "ListTagsForResource",
        json!({}),
        ok(&json!({ "tags": marks() })),
    )
    .await;
    let physical: Vec<PhysicalName> = names.iter().map(PhysicalName::new).collect();
    let expected: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let tags = if n < 4 {
                labels(&[("team", "billing")])
            } else {
                BTreeMap::new()
            };
            Reading::Found(observed(
                name,
                LogGroupSpec { tags, ..bare() },
                Ownership::Of(owner()),
            ))
        })
        .collect();
    assert_eq!(reader(&server).read(&physical).await, expected);
    assert_eq!(
        operations(&server).await,
        [
            "DescribeLogGroups",
            "GetResources",
            "ListTagsForResource",
            "ListTagsForResource"
        ]
    );
}

#[tokio::test]
async fn a_retention_policy_of_the_account_is_reported_and_not_overwritten() {
    let server = MockServer::start().await;
    let mut group = described(GROUP);
    group["retentionInDays"] = json!(30);
    group["retentionPolicyName"] = json!("org-retention");
    on(
        &server,
        "DescribeLogGroups",
        json!({}),
        ok(&json!({ "logGroups": [group] })),
    )
    .await;
    on(&server, "ListTagsForResource", json!({}), ok(&json!({}))).await;
    let reading = reader(&server).read(&[name()]).await.remove(0);
    let mut now = observed(
        GROUP,
        LogGroupSpec {
            retention_days: Some(30),
            ..bare()
        },
        Ownership::Unmarked,
    );
    now.outputs.retention_policy = Some("org-retention".into());
    assert_eq!(reading, Reading::Found(now.clone()));

    let fields = ["/retentionDays".to_owned()];
    let desired = LogGroupSpec {
        retention_days: Some(7),
        ..bare()
    };
    let fault = writer(&server)
        .update(&name(), &now, &desired, &fields, &intent())
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (
            FaultKind::Invalid,
            "the account's retention policy `org-retention` overrides the retention of log group `/aws/lambda/triage`"
        )
    );
    assert_eq!(
        operations(&server).await,
        ["DescribeLogGroups", "ListTagsForResource"]
    );
}

#[tokio::test]
async fn an_unknown_word_makes_a_group_unreadable_and_is_reported() {
    for (field, word, message) in [
        (
            "logGroupClass",
            "ESSENTIALS",
            "unknown log group class `ESSENTIALS`",
        ),
        (
            "dataProtectionStatus",
            "PAUSED",
            "unknown data protection status `PAUSED`",
        ),
    ] {
        let server = MockServer::start().await;
        let mut group = described(GROUP);
        group[field] = json!(word);
        on(
            &server,
            "DescribeLogGroups",
            json!({}),
            ok(&json!({ "logGroups": [group] })),
        )
        .await;
        on(&server, "ListTagsForResource", json!({}), ok(&json!({}))).await;
        assert_eq!(
            reader(&server).read(&[name()]).await,
            [Reading::Unreadable(Fault::new(
                FaultKind::Service,
                logs::DESCRIBE_LOG_GROUPS,
                message
            ))]
        );
    }
}

#[tokio::test]
async fn a_group_that_is_deleted_while_it_is_read_is_absent() {
    let server = MockServer::start().await;
    on(
        &server,
        "DescribeLogGroups",
        json!({}),
        ok(&json!({ "logGroups": [described(GROUP)] })),
    )
    .await;
    on(
        &server,
        "ListTagsForResource",
        json!({}),
        error(400, "ResourceNotFoundException"),
    )
    .await;
    assert_eq!(reader(&server).read(&[name()]).await, [Reading::Absent]);
}

/// Makes one call with a writer, and returns the operation that it named and the request.
async fn sent(
    answer: ResponseTemplate,
    write: impl AsyncFnOnce(LogGroupWriter) -> Result<Mutation, Fault>,
) -> (String, Value) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let mutation = write(writer(&server)).await.unwrap();
    let request = only_request(&server).await;
    assert_eq!(header(&request, "x-amz-target"), target(mutation.0.name()));
    (
        mutation.0.name().to_owned(),
        serde_json::from_slice(&request.body).unwrap(),
    )
}

#[tokio::test]
async fn a_group_is_created_with_all_fields_that_the_call_takes() {
    let made = sent(ok(&json!({})), async |writer| {
        writer.create(&name(), &spec(), &intent()).await
    })
    .await;
    let mut tags = marks();
    tags["team"] = json!("billing");
    assert_eq!(
        made,
        (
            "CreateLogGroup".to_owned(),
            json!({ "logGroupName": GROUP, "logGroupClass": "STANDARD", "kmsKeyId": KMS_KEY, "deletionProtectionEnabled": true, "tags": tags })
        )
    );
}

async fn updated(
    now: LogGroupSpec<Resolved>,
    desired: LogGroupSpec<Resolved>,
    fields: &[&str],
) -> (String, Value) {
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let now = observed(GROUP, now, Ownership::Of(owner()));
    sent(ok(&json!({})), async |writer| {
        writer
            .update(&name(), &now, &desired, &fields, &intent())
            .await
    })
    .await
}

#[tokio::test]
async fn each_field_is_set_with_one_call_key_and_masking_first() {
    let all = [
        "/dataProtection",
        "/deletionProtection",
        "/kmsKey",
        "/retentionDays",
        "/tags/team",
    ];
    assert_eq!(
        updated(bare(), spec(), &all).await,
        (
            "AssociateKmsKey".to_owned(),
            json!({ "logGroupName": GROUP, "kmsKeyId": KMS_KEY })
        )
    );
    let (operation, mut sent) = updated(
        bare(),
        spec(),
        &["/dataProtection/identifiers/0", "/retentionDays"],
    )
    .await;
    let document: Value =
        serde_json::from_str(sent["policyDocument"].take().as_str().unwrap()).unwrap();
    assert_eq!(
        (operation.as_str(), sent, DataProtection::parse(document)),
        (
            "PutDataProtectionPolicy",
            json!({ "logGroupIdentifier": arn(GROUP), "policyDocument": null }),
            spec().data_protection.unwrap()
        )
    );
    assert_eq!(
        updated(
            bare(),
            spec(),
            &["/deletionProtection", "/retentionDays", "/tags/team"]
        )
        .await,
        (
            "PutRetentionPolicy".to_owned(),
            json!({ "logGroupName": GROUP, "retentionInDays": 7 })
        )
    );
    assert_eq!(
        updated(bare(), spec(), &["/deletionProtection", "/tags/team"]).await,
        (
            "PutLogGroupDeletionProtection".to_owned(),
            json!({ "logGroupIdentifier": GROUP, "deletionProtectionEnabled": true })
        )
    );
    assert_eq!(
        updated(bare(), spec(), &["/tags/team"]).await,
        (
            "TagResource".to_owned(),
            json!({ "resourceArn": arn(GROUP), "tags": { "team": "billing" } })
        )
    );
}

#[tokio::test]
async fn each_field_is_removed_with_one_call() {
    assert_eq!(
        updated(spec(), bare(), &["/kmsKey"]).await,
        (
            "DisassociateKmsKey".to_owned(),
            json!({ "logGroupName": GROUP })
        )
    );
    assert_eq!(
        updated(spec(), bare(), &["/dataProtection"]).await,
        (
            "DeleteDataProtectionPolicy".to_owned(),
            json!({ "logGroupIdentifier": arn(GROUP) })
        )
    );
    assert_eq!(
        updated(spec(), bare(), &["/retentionDays"]).await,
        (
            "DeleteRetentionPolicy".to_owned(),
            json!({ "logGroupName": GROUP })
        )
    );
    assert_eq!(
        updated(spec(), bare(), &["/tags/team"]).await,
        (
            "UntagResource".to_owned(),
            json!({ "resourceArn": arn(GROUP), "tagKeys": ["team"] })
        )
    );
}

#[tokio::test]
async fn labels_are_added_and_changed_before_others_are_removed() {
    let with = |tags: &[(&str, &str)]| LogGroupSpec {
        tags: labels(tags),
        ..bare()
    };
    let (now, desired) = (
        with(&[("a", "1"), ("b", "1"), ("c", "1")]),
        with(&[("a", "1"), ("b", "2")]),
    );
    assert_eq!(
        updated(now, desired.clone(), &["/tags/b", "/tags/c"]).await,
        (
            "TagResource".to_owned(),
            json!({ "resourceArn": arn(GROUP), "tags": { "b": "2" } })
        )
    );
    let now = with(&[("a", "1"), ("b", "2"), ("c", "1")]);
    assert_eq!(
        updated(now, desired, &["/tags/c"]).await,
        (
            "UntagResource".to_owned(),
            json!({ "resourceArn": arn(GROUP), "tagKeys": ["c"] })
        )
    );
}

#[tokio::test]
async fn deletion_protection_is_removed_before_the_group_is_deleted() {
    let deleted = async |spec| {
        let now = observed(GROUP, spec, Ownership::Of(owner()));
        sent(ok(&json!({})), async |writer| {
            writer.delete(&name(), &now).await
        })
        .await
    };
    assert_eq!(
        deleted(spec()).await,
        (
            "PutLogGroupDeletionProtection".to_owned(),
            json!({ "logGroupIdentifier": GROUP, "deletionProtectionEnabled": false })
        )
    );
    assert_eq!(
        deleted(bare()).await,
        (
            "DeleteLogGroup".to_owned(),
            json!({ "logGroupName": GROUP })
        )
    );
}

#[tokio::test]
async fn the_errors_of_the_service_become_faults() {
    for (code, kind) in [
        ("ResourceAlreadyExistsException", FaultKind::AlreadyExists),
        ("OperationAbortedException", FaultKind::Busy),
        ("LimitExceededException", FaultKind::Quota),
        ("AccessDeniedException", FaultKind::Denied),
        ("InvalidParameterException", FaultKind::Invalid),
        ("ResourceNotFoundException", FaultKind::NotFound),
    ] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(error(400, code))
            .mount(&server)
            .await;
        let fault = writer(&server)
            .create(&name(), &spec(), &intent())
            .await
            .unwrap_err();
        assert_eq!((fault.kind, fault.code.as_deref()), (kind, Some(code)));
        only_request(&server).await;
    }
}

#[tokio::test]
async fn a_throttled_call_is_retried() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(error(400, "ThrottlingException"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ok(&json!({})))
        .mount(&server)
        .await;
    let mutation = writer(&server).create(&name(), &spec(), &intent()).await;
    assert_eq!(mutation, Ok(Mutation(logs::CREATE_LOG_GROUP)));
    assert_eq!(operations(&server).await, ["CreateLogGroup"; 2]);
}

async fn tagged(server: &MockServer, name: &str, tags: &Value) {
    Mock::given(has_header("x-amz-target", target("ListTagsForResource")))
        .and(body_json(json!({ "resourceArn": arn(name) })))
        .respond_with(ok(&json!({ "tags": tags })))
        .mount(server)
        .await;
}

fn listed(name: &str) -> Value {
    json!({ "ResourceARN": arn(name), "Tags": [{ "Key": "k", "Value": "v" }] })
}

#[tokio::test]
async fn an_agents_groups_are_its_functions_its_runtimes_and_those_of_the_index() {
    let server = MockServer::start().await;
    on(
        &server,
        "GetResources",
        json!({ "PaginationToken": "2" }),
        ok(&json!({ "PaginationToken": "", "ResourceTagMappingList": [listed("/flow")] })),
    )
    .await;
    let filters: Vec<Value> = owner()
        .tags()
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Values": [value] }))
        .collect();
    on(
        &server,
        "GetResources",
        json!({ "ResourceTypeFilters": ["logs:log-group"], "TagFilters": filters }),
        ok(&json!({ "PaginationToken": "2", "ResourceTagMappingList": [listed("/lost")] })),
    )
    .await;
    let runtime_groups = ["triage-aZ09aZ09aZ-DEFAULT", "triage-aZ09aZ09aZ-live"]
        .map(|name| format!("/aws/bedrock-agentcore/runtimes/{name}"));
    on(
        &server,
        "DescribeLogGroups",
        json!({ "logGroupNamePrefix": "/aws/bedrock-agentcore/runtimes/triage-" }),
        ok(&json!({ "logGroups": runtime_groups.each_ref().map(|name| described(name)) })),
    )
    .await;
    let names = [
        "/flow",
        "/lost",
        &runtime_groups[0],
        &runtime_groups[1],
        GROUP,
    ];
    assert_eq!(
        crate::support::owned(&reader(&server), &OwnerFilter::of(&owner())).await,
        Ok(names.map(PhysicalName::new).to_vec())
    );
}

#[tokio::test]
async fn the_groups_of_all_agents_come_from_the_index_alone() {
    let server = MockServer::start().await;
    on(
        &server,
        "GetResources",
        json!({}),
        ok(&json!({ "ResourceTagMappingList": [listed(GROUP)] })),
    )
    .await;
    let filter = OwnerFilter {
        agent: None,
        ..OwnerFilter::of(&owner())
    };
    assert_eq!(
        crate::support::owned(&reader(&server), &filter).await,
        Ok(vec![name()])
    );
    assert_eq!(operations(&server).await, ["GetResources"]);
}

const RUNTIME_GROUP: &str = "/aws/bedrock-agentcore/runtimes/triage-aZ09aZ09aZ-live";

#[tokio::test]
async fn a_group_that_agentcore_made_belongs_to_its_runtime_until_it_is_marked() {
    let theirs = Owner {
        agent: "other".into(),
        ..owner()
    };
    let tags_of = |owner: &Owner| json!(owner.tags());
    for (tags, whose) in [
        (json!({}), Ownership::Parent),
        (json!({ "agentctl:project": "claims" }), Ownership::Parent),
        (tags_of(&owner()), Ownership::Of(owner())),
        (tags_of(&theirs), Ownership::Of(theirs)),
    ] {
        let server = MockServer::start().await;
        on(
            &server,
            "DescribeLogGroups",
            json!({ "logGroupNamePrefix": RUNTIME_GROUP }),
            ok(&json!({ "logGroups": [described(RUNTIME_GROUP)] })),
        )
        .await;
        tagged(&server, RUNTIME_GROUP, &tags).await;
        assert_eq!(
            reader(&server)
                .read(&[PhysicalName::new(RUNTIME_GROUP)])
                .await,
            [Reading::Found(observed(RUNTIME_GROUP, bare(), whose))]
        );
    }
}

#[tokio::test]
async fn a_group_that_agentcore_made_gets_agentctls_marks_and_labels_in_one_call() {
    let now = observed(RUNTIME_GROUP, bare(), Ownership::Parent);
    let desired = LogGroupSpec {
        tags: labels(&[("team", "billing")]),
        ..bare()
    };
    let name = PhysicalName::new(RUNTIME_GROUP);
    let fields = ["/claimed", "/tags/team"].map(str::to_owned);
    let (operation, sent) = sent(ok(&json!({})), async |writer| {
        writer
            .update(&name, &now, &desired, &fields, &intent())
            .await
    })
    .await;
    let mut tags = marks();
    tags["team"] = json!("billing");
    assert_eq!(
        (operation.as_str(), sent),
        (
            "TagResource",
            json!({ "resourceArn": arn(RUNTIME_GROUP), "tags": tags })
        )
    );
}

#[tokio::test]
async fn after_a_refused_key_it_is_read_whether_the_key_exists_and_its_policy_names_the_service() {
    let described = |state: &str| {
        ok(
            &json!({ "KeyMetadata": { "KeyId": "1", "KeyState": state, "KeySpec": "SYMMETRIC_DEFAULT" } }),
        )
    };
    let policy = |principal: Value| {
        let statement = json!({ "Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*" });
        ok(&json!({ "Policy": json!({ "Statement": [statement] }).to_string() }))
    };
    let (root, service) = (
        json!({ "AWS": "arn:aws:iam::111122223333:root" }),
        json!({ "Service": "logs.us-east-1.amazonaws.com" }),
    );
    let never = |reason: &str| Outlook::Final(reason.to_owned());
    for (key, of_policy, expected) in [
        (
            error(400, "NotFoundException"),
            None,
            never(&format!("KMS finds no key `{KMS_KEY}` in this region")),
        ),
        (
            described("PendingDeletion"),
            None,
            never(&format!("key `{KMS_KEY}` is being deleted")),
        ),
        (
            described("Enabled"),
            Some(policy(root)),
            never(&format!(
                "the policy of key `{KMS_KEY}` does not let `logs.us-east-1.amazonaws.com` use it"
            )),
        ),
        (
            described("Enabled"),
            Some(policy(service)),
            Outlook::MayPass,
        ),
        (
            described("Enabled"),
            Some(error(400, "AccessDeniedException")),
            Outlook::MayPass,
        ),
    ] {
        let server = MockServer::start().await;
        let kms = |operation: &str| has_header("x-amz-target", format!("TrentService.{operation}"));
        Mock::given(kms("DescribeKey"))
            .and(body_json(json!({ "KeyId": KMS_KEY })))
            .respond_with(key)
            .expect(1)
            .mount(&server)
            .await;
        if let Some(answer) = of_policy {
            Mock::given(kms("GetKeyPolicy"))
                .respond_with(answer)
                .expect(1)
                .mount(&server)
                .await;
        }
        let refusal = Fault {
            code: Some("AccessDeniedException".into()),
            ..Fault::new(
                FaultKind::NotYetConsistent,
                logs::CREATE_LOG_GROUP,
                "The specified KMS key does not exist or is not allowed to be used with Arn 'a'",
            )
        };
        let writer = LogGroupWriter::new(clients(&server));
        let shown = Writer::<LogGroup>::outlook(&writer, &spec(), &refusal).await;
        assert_eq!(shown, expected);
    }
}
