//! Keys: the requests to KMS, and how its answers are read.

use std::collections::BTreeMap;

use agentctl::kinds::kms_key::{KeyOutputs, KeyReader, KeySpec, KeyWriter, KmsKey};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::document::{Document, Statement};
use agentctl::resource::fault::{Fault, FaultKind};
use agentctl::resource::kind::{Observed, Status};
use agentctl::resource::operation::kms;
use agentctl::resource::owner::{Owner, OwnerFilter, Ownership};
use agentctl::resource::provider::{Intent, Mutation, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, header_exists, method, path};
use wiremock::{Mock, MockBuilder, MockServer, Request, ResponseTemplate};

use crate::support::{ACCOUNT, REGION, clients};

const ALIAS: &str = "alias/agentctl/claims/default/triage";
const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn arn(key: &str) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}")
}

fn call(operation: &str) -> MockBuilder {
    Mock::given(method("POST"))
        .and(path("/"))
        .and(header(
            "x-amz-target",
            format!("TrentService.{operation}").as_str(),
        ))
        .and(header("content-type", "application/x-amz-json-1.1"))
        .and(header_exists("authorization"))
}

fn refusal(code: &str) -> ResponseTemplate {
    ResponseTemplate::new(400)
        .insert_header("x-amzn-RequestId", "r-2")
        .set_body_json(json!({ "__type": code, "message": "no" }))
}

async fn mount(server: &MockServer, operation: &str, answer: &Value) {
    call(operation)
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(server)
        .await;
}

/// Answers an operation only if the request has the given members.
async fn mount_for(server: &MockServer, operation: &str, request: &Value, answer: &Value) {
    call(operation)
        .and(body_partial_json(request))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .with_priority(1)
        .mount(server)
        .await;
}

async fn mount_refusal(server: &MockServer, operation: &str, code: &str) {
    call(operation)
        .respond_with(refusal(code))
        .mount(server)
        .await;
}

fn operation_of(request: &Request) -> String {
    let target = request.headers["x-amz-target"].to_str().unwrap();
    target.split_once('.').unwrap().1.to_owned()
}

/// Lists the requests: operations with their bodies.
async fn sent(server: &MockServer) -> Vec<(String, Value)> {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| (operation_of(request), request.body_json().unwrap()))
        .collect()
}

async fn operations(server: &MockServer) -> Vec<String> {
    sent(server)
        .await
        .into_iter()
        .map(|(operation, _)| operation)
        .collect()
}

fn name() -> PhysicalName {
    PhysicalName::new(ALIAS)
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
        token: "token-1".into(),
    }
}

fn tag(key: &str, value: &str) -> Value {
    json!({ "TagKey": key, "TagValue": value })
}

/// Returns the tags that a key of an agent is created with.
fn tags_of(agent: &str) -> Vec<Value> {
    vec![
        tag("agentctl:agent", agent),
        tag(
            "agentctl:alias",
            &format!("alias/agentctl/claims/default/{agent}"),
        ),
        tag("agentctl:env", "default"),
        tag("agentctl:intent", "token-1"),
        tag("agentctl:project", "claims"),
        tag("agentctl:region", REGION),
        tag("team", "billing"),
    ]
}

fn spec() -> KeySpec<Resolved> {
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    KeySpec {
        description: "Key of triage".into(),
        enabled: true,
        pending_deletion: false,
        rotation: true,
        rotation_period_days: 180,
        policy: Document::new(vec![
            Statement::allow("Account", &["kms:*"], vec!["*".into()]).to("AWS", vec![account]),
        ]),
        tags: BTreeMap::from([("team".into(), "billing".into())]),
    }
}

fn observed() -> Observed<KmsKey> {
    Observed {
        spec: spec(),
        outputs: KeyOutputs {
            arn: arn(KEY),
            id: KEY.into(),
            alias: ALIAS.into(),
        },
        status: Status::Ready,
        revision: None,
        owner: Ownership::Of(owner()),
    }
}

/// Returns a key's metadata in a state, as KMS returns it.
fn metadata(state: &str) -> Value {
    let mut metadata = json!({
        "AWSAccountId": ACCOUNT, "KeyId": KEY, "Arn": arn(KEY), "CreationDate": 1_795_340_400.123, "Enabled": state == "Enabled",
        "Description": "Key of triage", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": state, "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": false,
    });
    if state == "PendingDeletion" {
        // 2026-12-22T10:00:00Z
        metadata["DeletionDate"] = json!(1_797_933_600.0);
    }
    json!({ "KeyMetadata": metadata })
}

/// Makes the server return a key, whose tags come in two pages.
async fn mount_key(server: &MockServer, metadata: &Value) {
    mount(server, "DescribeKey", metadata).await;
    let policy = json!({ "Version": "2012-10-17", "Statement": { "Sid": "Account", "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Action": "kms:*", "Resource": "*" } });
    mount(
        server,
        "GetKeyPolicy",
        &json!({ "Policy": policy.to_string(), "PolicyName": "default" }),
    )
    .await;
    mount(
        server,
        "GetKeyRotationStatus",
        &json!({ "KeyId": KEY, "KeyRotationEnabled": true, "RotationPeriodInDays": 180, "NextRotationDate": 1_810_892_400.0 }),
    )
    .await;
    let mut first = tags_of("triage");
    let second = first.split_off(3);
    mount_for(
        server,
        "ListResourceTags",
        &json!({ "KeyId": KEY, "Marker": "more" }),
        &json!({ "Tags": second, "Truncated": false }),
    )
    .await;
    mount(
        server,
        "ListResourceTags",
        &json!({ "Tags": first, "Truncated": true, "NextMarker": "more" }),
    )
    .await;
}

async fn read(server: &MockServer, name: &str) -> Reading<Observed<KmsKey>> {
    let mut readings = KeyReader::new(clients(server))
        .read(&[PhysicalName::new(name)])
        .await;
    assert_eq!(readings.len(), 1);
    readings.remove(0)
}

#[tokio::test]
async fn a_key_reads_as_declared() {
    let server = MockServer::start().await;
    mount_key(&server, &metadata("Enabled")).await;
    assert_eq!(read(&server, ALIAS).await, Reading::Found(observed()));
    let mut sent = sent(&server).await;
    assert_eq!(
        sent.remove(0),
        ("DescribeKey".to_owned(), json!({ "KeyId": ALIAS }))
    );
    sent.sort_by(|(one, _), (other, _)| one.cmp(other));
    // These three take no alias.
    assert_eq!(
        sent,
        [
            (
                "GetKeyPolicy".to_owned(),
                json!({ "KeyId": KEY, "PolicyName": "default" })
            ),
            ("GetKeyRotationStatus".to_owned(), json!({ "KeyId": KEY })),
            ("ListResourceTags".to_owned(), json!({ "KeyId": KEY })),
            (
                "ListResourceTags".to_owned(),
                json!({ "KeyId": KEY, "Marker": "more" })
            ),
        ]
    );
}

#[tokio::test]
async fn a_key_that_is_pending_deletion_is_leaving_with_its_alias() {
    let server = MockServer::start().await;
    mount_key(&server, &metadata("PendingDeletion")).await;
    let leaving = |text: &str| {
        Reading::Found(Observed {
            spec: KeySpec {
                enabled: false,
                pending_deletion: true,
                rotation: false,
                rotation_period_days: 365,
                ..spec()
            },
            status: Status::Leaving(text.to_owned()),
            ..observed()
        })
    };
    assert_eq!(
        read(&server, ALIAS).await,
        leaving(&format!(
            "deletion on 2026-12-22; the alias `{ALIAS}` stays with it"
        ))
    );
    assert_eq!(
        read(&server, &arn(KEY)).await,
        leaving("deletion on 2026-12-22")
    );
    assert!(
        !operations(&server)
            .await
            .contains(&"GetKeyRotationStatus".to_owned())
    );
}

#[tokio::test]
async fn an_alias_of_a_foreign_key_is_unmarked() {
    let server = MockServer::start().await;
    let mut foreign = metadata("Enabled");
    foreign["KeyMetadata"]["KeySpec"] = json!("RSA_2048");
    mount_for(
        &server,
        "ListResourceTags",
        &json!({ "KeyId": KEY }),
        &json!({ "Tags": [tag("team", "billing")], "Truncated": false }),
    )
    .await;
    mount_key(&server, &foreign).await;
    let unmarked = Observed {
        spec: KeySpec {
            rotation: false,
            rotation_period_days: 365,
            ..spec()
        },
        owner: Ownership::Unmarked,
        ..observed()
    };
    assert_eq!(read(&server, ALIAS).await, Reading::Found(unmarked));
}

#[tokio::test]
async fn a_missing_alias_is_absent() {
    let server = MockServer::start().await;
    mount_refusal(&server, "DescribeKey", "NotFoundException").await;
    assert_eq!(read(&server, ALIAS).await, Reading::Absent);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_unreadable() {
    let server = MockServer::start().await;
    mount_refusal(&server, "GetKeyPolicy", "AccessDeniedException").await;
    mount_key(&server, &metadata("Enabled")).await;
    let fault = Fault {
        code: Some("AccessDeniedException".into()),
        request_id: Some("r-2".into()),
        ..Fault::new(FaultKind::Denied, kms::GET_KEY_POLICY, "no")
    };
    assert_eq!(read(&server, ALIAS).await, Reading::Unreadable(fault));
}

#[tokio::test]
async fn an_unknown_state_is_reported_by_name() {
    let server = MockServer::start().await;
    mount_key(&server, &metadata("Hibernating")).await;
    let fault = Fault::new(
        FaultKind::Service,
        kms::DESCRIBE_KEY,
        format!("unknown state `Hibernating` of key `{ALIAS}`"),
    );
    assert_eq!(read(&server, ALIAS).await, Reading::Unreadable(fault));
}

/// Makes the server list aliases and keys, both in two pages: a service's key, a key with an alias, and keys without one.
async fn mount_listing(server: &MockServer, aliases: &[(&str, &str)], bare: &[(&str, Vec<Value>)]) {
    let aliases: Vec<Value> = aliases
        .iter()
        .map(|(alias, key)| json!({ "AliasName": alias, "AliasArn": format!("arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"), "TargetKeyId": key }))
        .collect();
    mount_for(
        server,
        "ListAliases",
        &json!({ "Marker": "more" }),
        &json!({ "Aliases": aliases, "Truncated": false }),
    )
    .await;
    let services = json!([{ "AliasName": "alias/aws/s3", "TargetKeyId": "s3" }, { "AliasName": "alias/aws/ebs" }]);
    mount(
        server,
        "ListAliases",
        &json!({ "Aliases": services, "Truncated": true, "NextMarker": "more" }),
    )
    .await;
    let entry = |key: &str| json!({ "KeyId": key, "KeyArn": arn(key) });
    let keys: Vec<Value> = bare.iter().map(|(key, _)| entry(key)).collect();
    mount_for(
        server,
        "ListKeys",
        &json!({ "Marker": "more" }),
        &json!({ "Keys": keys, "Truncated": false }),
    )
    .await;
    mount(
        server,
        "ListKeys",
        &json!({ "Keys": [entry("s3"), entry("aliased")], "Truncated": true, "NextMarker": "more" }),
    )
    .await;
    for (key, tags) in bare {
        mount_for(
            server,
            "ListResourceTags",
            &json!({ "KeyId": key }),
            &json!({ "Tags": tags, "Truncated": false }),
        )
        .await;
    }
}

const OTHERS: (&str, &str) = ("alias/agentctl/claims/default/other", "aliased");

async fn mount_mutations(server: &MockServer) {
    for operation in ["CreateAlias", "CancelKeyDeletion"] {
        mount(server, operation, &json!({})).await;
    }
    mount(server, "CreateKey", &metadata("Enabled")).await;
}

/// Returns the mutations among the requests.
async fn mutations(server: &MockServer) -> Vec<(String, Value)> {
    let mut sent = sent(server).await;
    sent.retain(|(operation, _)| {
        !["List", "Describe", "Get"]
            .iter()
            .any(|verb| operation.starts_with(verb))
    });
    sent
}

fn alias_onto(key: &str) -> (String, Value) {
    (
        "CreateAlias".to_owned(),
        json!({ "AliasName": ALIAS, "TargetKeyId": key }),
    )
}

#[tokio::test]
async fn a_key_is_created_after_a_search_of_the_account_and_then_gets_its_alias() {
    let server = MockServer::start().await;
    let somebodys = vec![tag("team", "billing")];
    mount_listing(&server, &[OTHERS], &[("bare", somebodys)]).await;
    mount_mutations(&server).await;
    let writer = KeyWriter::new(clients(&server));
    assert_eq!(
        writer.create(&name(), &spec(), &intent()).await,
        Ok(Mutation(kms::CREATE_KEY))
    );
    let searched = operations(&server).await;
    assert_eq!(
        writer.create(&name(), &spec(), &intent()).await,
        Ok(Mutation(kms::CREATE_ALIAS))
    );
    // Two pages of each listing, and the tags of the one key without an alias.
    assert_eq!(searched.len(), 2 + 2 + 1 + 1);
    assert_eq!(operations(&server).await.len(), searched.len() + 1);
    assert_eq!(
        mutations(&server).await,
        [
            (
                "CreateKey".to_owned(),
                json!({
                    "Description": "Key of triage",
                    "Policy": serde_json::to_string(&spec().policy).unwrap(),
                    "Tags": tags_of("triage"),
                })
            ),
            alias_onto(KEY),
        ]
    );
}

#[tokio::test]
async fn a_key_that_a_crash_left_without_its_alias_gets_it() {
    let server = MockServer::start().await;
    mount_listing(&server, &[OTHERS], &[("left", tags_of("triage"))]).await;
    mount(&server, "DescribeKey", &metadata("Enabled")).await;
    mount_mutations(&server).await;
    let created = KeyWriter::new(clients(&server))
        .create(&name(), &spec(), &intent())
        .await;
    assert_eq!(created, Ok(Mutation(kms::CREATE_ALIAS)));
    assert_eq!(mutations(&server).await, [alias_onto("left")]);
}

#[tokio::test]
async fn the_deletion_of_a_key_without_its_alias_is_cancelled_first() {
    let server = MockServer::start().await;
    mount_listing(&server, &[OTHERS], &[("left", tags_of("triage"))]).await;
    mount(&server, "DescribeKey", &metadata("PendingDeletion")).await;
    mount_mutations(&server).await;
    let created = KeyWriter::new(clients(&server))
        .create(&name(), &spec(), &intent())
        .await;
    assert_eq!(created, Ok(Mutation(kms::CANCEL_KEY_DELETION)));
    assert_eq!(
        mutations(&server).await,
        [("CancelKeyDeletion".to_owned(), json!({ "KeyId": "left" }))]
    );
}

#[tokio::test]
async fn a_key_of_another_agent_or_environment_is_not_used() {
    let mut of_prod = tags_of("triage");
    of_prod[2] = tag("agentctl:env", "prod");
    for tags in [tags_of("other"), of_prod] {
        let server = MockServer::start().await;
        mount_listing(&server, &[OTHERS], &[("left", tags)]).await;
        mount_mutations(&server).await;
        let created = KeyWriter::new(clients(&server))
            .create(&name(), &spec(), &intent())
            .await;
        assert_eq!(created, Ok(Mutation(kms::CREATE_KEY)));
    }
}

#[tokio::test]
async fn one_search_serves_the_keys_of_all_agents() {
    let server = MockServer::start().await;
    mount_listing(&server, &[OTHERS], &[]).await;
    mount_mutations(&server).await;
    let writer = KeyWriter::new(clients(&server));
    let create = async |agent: &str| {
        let name = PhysicalName::new(format!("alias/agentctl/claims/default/{agent}"));
        let owner = Some(Owner {
            agent: agent.into(),
            ..owner()
        });
        let intent = Intent { owner, ..intent() };
        writer.create(&name, &spec(), &intent).await
    };
    let created = futures::join!(create("a"), create("b"), create("c"));
    let made = Ok(Mutation(kms::CREATE_KEY));
    assert_eq!(created, (made.clone(), made.clone(), made));
    assert_eq!(operations(&server).await.len(), 2 + 2 + 3);
}

#[tokio::test]
async fn a_failed_create_key_is_not_repeated_by_the_sdk_and_is_searched_for_before_the_next() {
    for (status, code, kind) in [
        (400, "ThrottlingException", FaultKind::Busy),
        (400, "LimitExceededException", FaultKind::Quota),
    ] {
        let server = MockServer::start().await;
        mount_listing(&server, &[OTHERS], &[]).await;
        call("CreateKey")
            .respond_with(
                ResponseTemplate::new(status)
                    .set_body_json(json!({ "__type": code, "message": "no" })),
            )
            .mount(&server)
            .await;
        let writer = KeyWriter::new(clients(&server));
        for searches in 1..=2 {
            let created = writer.create(&name(), &spec(), &intent()).await;
            assert_eq!(created.unwrap_err().kind, kind, "{code}");
            // Each search takes two pages of each listing.
            assert_eq!(operations(&server).await.len(), searches * 5);
        }
    }
}

#[tokio::test]
async fn after_a_create_key_without_a_clear_answer_the_key_is_searched_until_it_would_be_listed() {
    let server = MockServer::start().await;
    mount_listing(&server, &[OTHERS], &[]).await;
    call("CreateKey")
        .respond_with(
            ResponseTemplate::new(500)
                .set_body_json(json!({ "__type": "KMSInternalException", "message": "no" })),
        )
        .mount(&server)
        .await;
    let writer = KeyWriter::new(clients(&server));
    for searches in 1..=3 {
        let created = writer.create(&name(), &spec(), &intent()).await;
        assert_eq!(created.unwrap_err().kind, FaultKind::NotYetConsistent);
        assert_eq!(mutations(&server).await.len(), 1);
        assert_eq!(operations(&server).await.len(), searches * 4 + 1);
    }
}

#[tokio::test]
async fn no_key_is_created_while_its_alias_exists() {
    let server = MockServer::start().await;
    mount_listing(&server, &[OTHERS, (ALIAS, "taken")], &[]).await;
    mount_mutations(&server).await;
    let created = KeyWriter::new(clients(&server))
        .create(&name(), &spec(), &intent())
        .await;
    assert_eq!(created.unwrap_err().kind, FaultKind::AlreadyExists);
    assert_eq!(mutations(&server).await, []);
}

#[tokio::test]
async fn a_new_key_that_is_not_visible_yet_is_not_created_again() {
    let server = MockServer::start().await;
    mount_listing(&server, &[OTHERS], &[]).await;
    mount(&server, "CreateKey", &metadata("Enabled")).await;
    mount_refusal(&server, "CreateAlias", "NotFoundException").await;
    let writer = KeyWriter::new(clients(&server));
    writer.create(&name(), &spec(), &intent()).await.unwrap();
    for _ in 0..2 {
        let alias = writer.create(&name(), &spec(), &intent()).await;
        assert_eq!(alias.unwrap_err().kind, FaultKind::NotYetConsistent);
    }
    let made = mutations(&server).await;
    assert_eq!(
        made.iter()
            .filter(|(operation, _)| operation == "CreateKey")
            .count(),
        1
    );
}

/// Makes one update, and returns the request for it, without the key's id.
async fn update(
    now: KeySpec<Resolved>,
    spec: &KeySpec<Resolved>,
    fields: &[&str],
) -> (String, Value) {
    let server = MockServer::start().await;
    Mock::given(header_exists("x-amz-target"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({})))
        .mount(&server)
        .await;
    let now = Observed {
        spec: now,
        ..observed()
    };
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let mutation = KeyWriter::new(clients(&server))
        .update(&name(), &now, spec, &fields, &intent())
        .await
        .unwrap();
    let mut sent = sent(&server).await;
    assert_eq!(sent.len(), 1);
    let (operation, mut body) = sent.remove(0);
    assert_eq!(operation, mutation.0.name());
    assert_eq!(
        body.as_object_mut().unwrap().remove("KeyId"),
        Some(json!(KEY))
    );
    (operation, body)
}

fn request(operation: &str, body: Value) -> (String, Value) {
    (operation.to_owned(), body)
}

#[tokio::test]
async fn a_key_that_is_pending_deletion_is_restored_call_by_call() {
    let leaving = KeySpec {
        enabled: false,
        pending_deletion: true,
        rotation: false,
        ..spec()
    };
    assert_eq!(
        update(
            leaving,
            &spec(),
            &["/enabled", "/pendingDeletion", "/rotation"]
        )
        .await,
        request("CancelKeyDeletion", json!({}))
    );
    let disabled = KeySpec {
        enabled: false,
        ..spec()
    };
    assert_eq!(
        update(disabled.clone(), &spec(), &["/enabled"]).await,
        request("EnableKey", json!({}))
    );
    assert_eq!(
        update(spec(), &disabled, &["/enabled"]).await,
        request("DisableKey", json!({}))
    );
}

#[tokio::test]
async fn policy_rotation_description_and_tags_are_fixed_with_their_own_calls() {
    let plain = KeySpec {
        description: String::new(),
        rotation: false,
        tags: BTreeMap::new(),
        ..spec()
    };
    let policy = serde_json::to_string(&spec().policy).unwrap();
    assert_eq!(
        update(spec(), &spec(), &["/policy/Statement/0"]).await,
        request(
            "PutKeyPolicy",
            json!({ "Policy": policy, "PolicyName": "default" })
        )
    );
    assert_eq!(
        update(plain.clone(), &spec(), &["/rotationPeriodDays"]).await,
        request("EnableKeyRotation", json!({ "RotationPeriodInDays": 180 }))
    );
    assert_eq!(
        update(spec(), &plain, &["/rotation"]).await,
        request("DisableKeyRotation", json!({}))
    );
    assert_eq!(
        update(spec(), &plain, &["/description"]).await,
        request("UpdateKeyDescription", json!({ "Description": "" }))
    );
    assert_eq!(
        update(plain.clone(), &spec(), &["/tags/team"]).await,
        request("TagResource", json!({ "Tags": [tag("team", "billing")] }))
    );
    assert_eq!(
        update(spec(), &plain, &["/tags"]).await,
        request("UntagResource", json!({ "TagKeys": ["team"] }))
    );
}

#[tokio::test]
async fn a_key_is_deleted_after_the_longest_waiting_period() {
    let server = MockServer::start().await;
    mount(&server, "ScheduleKeyDeletion", &json!({ "KeyId": KEY })).await;
    let deleted = KeyWriter::new(clients(&server))
        .delete(&name(), &observed())
        .await;
    assert_eq!(deleted, Ok(Mutation(kms::SCHEDULE_KEY_DELETION)));
    assert_eq!(
        sent(&server).await,
        [(
            "ScheduleKeyDeletion".to_owned(),
            json!({ "KeyId": KEY, "PendingWindowInDays": 30 })
        )]
    );
}

#[tokio::test]
async fn owned_keys_are_found_by_alias_or_if_it_is_missing_by_tags() {
    let server = MockServer::start().await;
    let foreign = ("alias/agentctl/claims/prod/triage", "elsewhere");
    let longer = ("alias/agentctl/claims/default/triage-2", "longer");
    mount_listing(
        &server,
        &[OTHERS, (ALIAS, KEY), foreign, longer],
        &[("left", tags_of("triage")), ("left-2", tags_of("other"))],
    )
    .await;
    let reader = KeyReader::new(clients(&server));
    let owned = async |agent: Option<&str>| {
        let filter = OwnerFilter {
            agent: agent.map(str::to_owned),
            ..OwnerFilter::of(&owner())
        };
        crate::support::owned(&reader, &filter).await.unwrap()
    };
    let names = |names: &[&str]| -> Vec<PhysicalName> {
        names.iter().copied().map(PhysicalName::new).collect()
    };
    assert_eq!(owned(Some("triage")).await, names(&[ALIAS, &arn("left")]));
    assert_eq!(
        owned(None).await,
        names(&[
            "alias/agentctl/claims/default/other",
            ALIAS,
            longer.0,
            &arn("left"),
            &arn("left-2")
        ])
    );
}

#[tokio::test]
async fn each_refusal_of_a_policy_has_its_kind_of_fault() {
    for (code, kind) in [
        (
            "MalformedPolicyDocumentException",
            FaultKind::NotYetConsistent,
        ),
        ("KMSInvalidStateException", FaultKind::Invalid),
        ("AccessDeniedException", FaultKind::Denied),
        ("NotFoundException", FaultKind::NotFound),
    ] {
        let server = MockServer::start().await;
        let message = "Policy contains a statement with one or more invalid principals.";
        call("PutKeyPolicy")
            .respond_with(
                ResponseTemplate::new(400)
                    .set_body_json(json!({ "__type": code, "message": message })),
            )
            .mount(&server)
            .await;
        let updated = KeyWriter::new(clients(&server))
            .update(
                &name(),
                &observed(),
                &spec(),
                &["/policy".to_owned()],
                &intent(),
            )
            .await;
        assert_eq!(updated.unwrap_err().kind, kind, "{code}");
    }
}

#[tokio::test]
async fn a_throttled_read_is_retried() {
    let server = MockServer::start().await;
    call("DescribeKey")
        .respond_with(refusal("ThrottlingException"))
        .up_to_n_times(1)
        .with_priority(1)
        .mount(&server)
        .await;
    mount_key(&server, &metadata("Enabled")).await;
    assert_eq!(read(&server, ALIAS).await, Reading::Found(observed()));
}
