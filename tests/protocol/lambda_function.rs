//! Lambda functions: requests and answers of Lambda.

use std::collections::BTreeMap;

use agentctl::kinds::lambda::configuration::{
    CodeSource, Environment, FunctionSpec, Logging, Network,
};
use agentctl::kinds::lambda::function::{
    FunctionOutputs, FunctionReader, FunctionWriter, LambdaFunction,
};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::fault::{Fault, FaultKind};
use agentctl::resource::kind::{Kind, Observed, Status};
use agentctl::resource::operation::lambda;
use agentctl::resource::owner::{Owner, OwnerFilter, Ownership};
use agentctl::resource::provider::{Intent, Mutation, Outlook, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use serde_json::{Value, json};
use wiremock::matchers::{
    body_json, body_string_contains, method, path, query_param, query_param_is_missing,
};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{ACCOUNT, REGION, clients};

const FUNCTION: &str = "/2015-03-31/functions/triage";
const FUNCTIONS: &str = "/2015-03-31/functions";
const CODE: &str = "/2015-03-31/functions/triage/code";
const CONFIGURATION: &str = "/2015-03-31/functions/triage/configuration";
const TAGS: &str =
    "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Atriage";

pub(crate) fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: REGION.into(),
        agent: "triage".into(),
    }
}

pub(crate) fn name() -> PhysicalName {
    PhysicalName::new("triage")
}

pub(crate) fn intent() -> Intent {
    Intent {
        owner: Some(owner()),
        token: "t".repeat(64),
    }
}

fn arn(function: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}")
}

/// Returns a configuration as Lambda returns it, with everything that a function can have.
pub(crate) fn reported() -> Value {
    json!({
        "FunctionName": "triage",
        "FunctionArn": arn("triage"),
        "Runtime": "python3.13",
        "Role": "arn:aws:iam::111122223333:role/agentctl/claims/default/us-east-1/triage-lambda-us-east-1",
        "Handler": "batch.handler",
        "CodeSize": 4096,
        "Description": "Triages invoices, role AROAQ226GLGDANR3OPICH",
        "Timeout": 600,
        "MemorySize": 1024,
        "LastModified": "2026-11-20T10:00:00.000+0000",
        "CodeSha256": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
        "Version": "$LATEST",
        "VpcConfig": {
            "SubnetIds": ["subnet-b", "subnet-a"],
            "SecurityGroupIds": ["sg-2", "sg-1"],
            "VpcId": "vpc-1",
            "Ipv6AllowedForDualStack": false
        },
        "Environment": {"Variables": {"MODEL_ID": "anthropic.claude", "API_TOKEN": "hunter22"}},
        "KMSKeyArn": "arn:aws:kms:us-east-1:111122223333:key/k",
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:111122223333:dead"},
        "TracingConfig": {"Mode": "Active"},
        "RevisionId": "revision-7",
        "Layers": [{"Arn": "arn:aws:lambda:us-east-1:1:layer:b:2", "CodeSize": 1}, {"Arn": "arn:aws:lambda:us-east-1:1:layer:a:1", "CodeSize": 1}],
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["arm64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "RuntimeVersionConfig": {"RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:0"},
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN", "LogGroup": "/aws/lambda/triage"}
    })
}

/// Returns [`reported`] as a spec, with the location of the code.
fn spec() -> FunctionSpec<Resolved> {
    FunctionSpec {
        package_type: "Zip".into(),
        runtime: "python3.13".into(),
        handler: "batch.handler".into(),
        role: "arn:aws:iam::111122223333:role/agentctl/claims/default/us-east-1/triage-lambda-us-east-1".into(),
        role_id: Some("AROAQ226GLGDANR3OPICH".into()),
        description: "Triages invoices".into(),
        timeout: 600,
        memory_size: 1024,
        ephemeral_storage_size: 512,
        architecture: "arm64".into(),
        environment: Environment(BTreeMap::from([
            ("API_TOKEN".into(), "hunter22".into()),
            ("MODEL_ID".into(), "anthropic.claude".into()),
        ])),
        kms_key: Some("arn:aws:kms:us-east-1:111122223333:key/k".into()),
        tracing: "Active".into(),
        logging: Logging {
            log_group: "/aws/lambda/triage".into(),
            format: "JSON".into(),
            application_level: Some("INFO".into()),
            system_level: Some("WARN".into()),
        },
        layers: vec![
            "arn:aws:lambda:us-east-1:1:layer:b:2".into(),
            "arn:aws:lambda:us-east-1:1:layer:a:1".into(),
        ],
        network: Some(Network {
            subnets: vec!["subnet-a".into(), "subnet-b".into()],
            security_groups: vec!["sg-1".into(), "sg-2".into()],
            ipv6: false,
        }),
        dead_letter_target: Some("arn:aws:sqs:us-east-1:111122223333:dead".into()),
        snap_start: "None".into(),
        file_systems: Vec::new(),
        code_sha256: "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=".into(),
        source: Some(CodeSource {
            bucket: "agentctl-111122223333-us-east-1".into(),
            key: "objects/claims/default/triage/code/abc.zip".into(),
        }),
        last_update: "Successful".into(),
        tags: BTreeMap::from([("team".into(), "billing".into())]),
    }
}

/// Returns a function without anything optional.
fn plain() -> FunctionSpec<Resolved> {
    FunctionSpec {
        environment: Environment(BTreeMap::new()),
        kms_key: None,
        layers: Vec::new(),
        network: None,
        dead_letter_target: None,
        logging: Logging {
            format: "Text".into(),
            application_level: None,
            system_level: None,
            ..spec().logging
        },
        ..spec()
    }
}

fn observed() -> Observed<LambdaFunction> {
    let spec = FunctionSpec {
        source: None,
        ..spec()
    };
    Observed {
        outputs: FunctionOutputs {
            arn: arn("triage"),
            name: "triage".into(),
            content: spec.content(),
        },
        spec,
        status: Status::Ready,
        revision: Some("revision-7".into()),
        owner: Ownership::Of(owner()),
    }
}

fn tags() -> Value {
    json!({
        "agentctl:project": "claims",
        "agentctl:env": "default",
        "agentctl:region": REGION,
        "agentctl:agent": "triage",
        "aws:cloudformation:stack-name": "none of ours",
        "team": "billing"
    })
}

fn patched(mut value: Value, members: Value) -> Value {
    let Value::Object(members) = members else {
        panic!("members are given as an object");
    };
    value.as_object_mut().unwrap().extend(members);
    value
}

/// Answers reads of the function with this configuration and the owner's tags.
pub(crate) async fn serve(server: &MockServer, configuration: Value) {
    Mock::given(method("GET"))
        .and(path(FUNCTION))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"Configuration": configuration, "Tags": tags()})),
        )
        .mount(server)
        .await;
}

pub(crate) fn refusal(status: u16, code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .insert_header("x-amzn-ErrorType", code)
        .insert_header("x-amzn-RequestId", "request-1")
        .set_body_json(json!({"Type": "User", "Message": message}))
}

async fn read(server: &MockServer) -> Reading<Observed<LambdaFunction>> {
    let mut readings = FunctionReader::new(clients(server)).read(&[name()]).await;
    assert_eq!(readings.len(), 1);
    readings.remove(0)
}

async fn found(server: &MockServer) -> Observed<LambdaFunction> {
    match read(server).await {
        Reading::Found(observed) => observed,
        other => panic!("{other:?}"),
    }
}

async fn unreadable(server: &MockServer) -> Fault {
    match read(server).await {
        Reading::Unreadable(fault) => fault,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_function_is_read_with_one_call_as_a_spec() {
    let server = MockServer::start().await;
    serve(&server, reported()).await;
    let mut read = found(&server).await;
    // The differ gets the set, which AWS keeps in its own order, in canonical order.
    read.spec = LambdaFunction::canonical(read.spec);
    assert_eq!(read, observed());
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_member_that_lambda_leaves_out_reads_as_its_default() {
    let server = MockServer::start().await;
    let reported = json!({
        "FunctionName": "triage",
        "FunctionArn": arn("triage"),
        "Runtime": "python3.13",
        "Role": spec().role,
        "Handler": "batch.handler",
        "CodeSha256": spec().code_sha256,
        // As Lambda returns it for a function that has left its network.
        "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""},
        "State": "Inactive"
    });
    serve(&server, reported).await;
    let read = found(&server).await;
    assert_eq!(
        (read.spec, read.status, read.revision),
        (
            FunctionSpec {
                role_id: None,
                description: String::new(),
                timeout: 3,
                memory_size: 128,
                architecture: "x86_64".into(),
                tracing: "PassThrough".into(),
                source: None,
                ..plain()
            },
            Status::Ready,
            None
        )
    );
}

#[tokio::test]
async fn each_state_of_a_function_is_distinguished() {
    for (members, status) in [
        (
            json!({"State": "Pending"}),
            Status::Settling("Pending".into()),
        ),
        (
            json!({"State": "Deleting"}),
            Status::Going("Deleting".into()),
        ),
        (
            json!({"LastUpdateStatus": "InProgress"}),
            Status::Settling("InProgress".into()),
        ),
        (json!({"State": "Inactive"}), Status::Ready),
        (
            json!({"State": "Failed", "StateReason": "no network interface"}),
            Status::Failed("no network interface".into()),
        ),
    ] {
        let server = MockServer::start().await;
        serve(&server, patched(reported(), members.clone())).await;
        assert_eq!(found(&server).await.status, status, "{members}");
    }
}

#[tokio::test]
async fn a_failed_update_is_a_difference_and_does_not_change_the_content() {
    let server = MockServer::start().await;
    let failed = json!({"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "subnet-a has no free address"});
    serve(&server, patched(reported(), failed)).await;
    let mut read = found(&server).await;
    assert_eq!(
        read.spec.last_update,
        "Failed: subnet-a has no free address"
    );
    read.spec.last_update = "Successful".into();
    read.spec = LambdaFunction::canonical(read.spec);
    assert_eq!(read, observed());
}

#[tokio::test]
async fn a_function_whose_environment_cannot_be_decrypted_still_has_its_owner() {
    let server = MockServer::start().await;
    let error = json!({"Environment": {"Error": {"ErrorCode": "AccessDeniedException", "Message": "no kms:Decrypt"}}});
    serve(&server, patched(reported(), error)).await;
    let Reading::Obscured(function, fault) = read(&server).await else {
        panic!("it is there and not to be compared");
    };
    assert_eq!(function.owner, observed().owner);
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (
            FaultKind::Denied,
            "the environment cannot be decrypted: no kms:Decrypt"
        )
    );
}

#[tokio::test]
async fn a_function_that_is_read_in_part_is_unreadable() {
    for (answer, kind, message) in [
        (
            json!({"Configuration": reported(), "TagsError": {"ErrorCode": "InternalError", "Message": "later"}}),
            FaultKind::Service,
            "the tags cannot be read: later",
        ),
        (
            json!({"Configuration": patched(reported(), json!({"State": "Hibernating"})), "Tags": tags()}),
            FaultKind::Service,
            "the function is in the unknown state `Hibernating`",
        ),
        (
            json!({"Tags": tags()}),
            FaultKind::Service,
            "the answer does not hold a configuration",
        ),
    ] {
        let server = MockServer::start().await;
        Mock::given(path(FUNCTION))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&server)
            .await;
        let fault = unreadable(&server).await;
        assert_eq!((fault.kind, fault.message.as_str()), (kind, message));
    }
}

#[tokio::test]
async fn a_missing_function_is_absent_and_a_denied_one_is_unreadable() {
    let server = MockServer::start().await;
    Mock::given(path(FUNCTION))
        .respond_with(refusal(
            404,
            "ResourceNotFoundException",
            "Function not found",
        ))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path(FUNCTION))
        .respond_with(refusal(403, "AccessDeniedException", "not authorized"))
        .mount(&server)
        .await;
    assert_eq!(read(&server).await, Reading::Absent);
    assert_eq!(
        unreadable(&server).await.to_string(),
        "lambda GetFunction: AccessDeniedException: not authorized (request id request-1)"
    );
}

/// A policy that allows the functions with a certain tag denies also what does not exist.
#[tokio::test]
async fn a_denied_function_is_missing_only_if_the_listing_does_not_have_it() {
    for (listed, is_missing) in [("other", true), ("triage", false)] {
        let server = MockServer::start().await;
        Mock::given(path(FUNCTION))
            .respond_with(refusal(403, "AccessDeniedException", "not authorized"))
            .mount(&server)
            .await;
        let function = json!({"FunctionName": listed, "FunctionArn": arn(listed)});
        Mock::given(path(FUNCTIONS))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(json!({ "Functions": [function] })),
            )
            .expect(1)
            .mount(&server)
            .await;
        let reading = read(&server).await;
        assert_eq!(reading == Reading::Absent, is_missing, "{reading:?}");
        assert_eq!(matches!(reading, Reading::Unreadable(_)), !is_missing);
    }
}

#[tokio::test]
async fn a_throttled_read_is_retried() {
    let server = MockServer::start().await;
    Mock::given(path(FUNCTION))
        .respond_with(refusal(429, "TooManyRequestsException", "Rate exceeded"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    serve(&server, reported()).await;
    assert_eq!(found(&server).await.owner, Ownership::Of(owner()));
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn answers_keep_the_order_of_the_names() {
    let server = MockServer::start().await;
    serve(&server, reported()).await;
    Mock::given(path("/2015-03-31/functions/other"))
        .respond_with(refusal(
            404,
            "ResourceNotFoundException",
            "Function not found",
        ))
        .mount(&server)
        .await;
    let names = [
        PhysicalName::new("other"),
        name(),
        PhysicalName::new("other"),
    ];
    let readings = FunctionReader::new(clients(&server)).read(&names).await;
    assert!(
        matches!(
            &readings[..],
            [Reading::Absent, Reading::Found(_), Reading::Absent]
        ),
        "{readings:?}"
    );
}

#[tokio::test]
async fn a_function_is_created_with_all_fields_and_marks_and_not_published() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(FUNCTIONS))
        .and(body_json(json!({
            "FunctionName": "triage",
            "Runtime": "python3.13",
            "Role": spec().role,
            "Handler": "batch.handler",
            "Code": {"S3Bucket": "agentctl-111122223333-us-east-1", "S3Key": "objects/claims/default/triage/code/abc.zip"},
            "Description": "Triages invoices, role AROAQ226GLGDANR3OPICH",
            "Timeout": 600,
            "MemorySize": 1024,
            "Publish": false,
            "VpcConfig": {"SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-1", "sg-2"], "Ipv6AllowedForDualStack": false},
            "PackageType": "Zip",
            "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:111122223333:dead"},
            "Environment": {"Variables": {"API_TOKEN": "hunter22", "MODEL_ID": "anthropic.claude"}},
            "KMSKeyArn": "arn:aws:kms:us-east-1:111122223333:key/k",
            "TracingConfig": {"Mode": "Active"},
            "Tags": {"agentctl:project": "claims", "agentctl:env": "default", "agentctl:region": REGION, "agentctl:agent": "triage", "team": "billing"},
            "Layers": ["arn:aws:lambda:us-east-1:1:layer:b:2", "arn:aws:lambda:us-east-1:1:layer:a:1"],
            "FileSystemConfigs": [],
            "Architectures": ["arm64"],
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None"},
            "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN", "LogGroup": "/aws/lambda/triage"}
        })))
        .respond_with(ResponseTemplate::new(201).set_body_json(reported()))
        .expect(1)
        .mount(&server)
        .await;
    let made = FunctionWriter::new(clients(&server))
        .create(&name(), &spec(), &intent())
        .await;
    assert_eq!(made, Ok(Mutation(lambda::CREATE_FUNCTION)));
}

#[tokio::test]
async fn a_refused_environment_is_not_repeated_in_the_fault() {
    let server = MockServer::start().await;
    Mock::given(path(FUNCTIONS))
        .respond_with(refusal(
            400,
            "InvalidParameterValueException",
            "`hunter22` is refused: exceeded the 4KB limit. String measured: {\"API_TOKEN\":\"hunter22\"}",
        ))
        .mount(&server)
        .await;
    let fault = FunctionWriter::new(clients(&server))
        .create(&name(), &spec(), &intent())
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (
            FaultKind::Invalid,
            "`(hidden)` is refused: exceeded the 4KB limit."
        )
    );
}

#[tokio::test]
async fn each_refusal_of_a_create_has_its_kind_of_fault() {
    for (status, code, message, kind) in [
        (
            409,
            "ResourceConflictException",
            "Function already exist: triage",
            FaultKind::AlreadyExists,
        ),
        (
            400,
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
            FaultKind::NotYetConsistent,
        ),
        (
            400,
            "CodeStorageExceededException",
            "Code storage limit exceeded.",
            FaultKind::Quota,
        ),
        (
            403,
            "AccessDeniedException",
            "not authorized to perform: iam:PassRole",
            FaultKind::Denied,
        ),
    ] {
        let server = MockServer::start().await;
        Mock::given(path(FUNCTIONS))
            .respond_with(refusal(status, code, message))
            .expect(1)
            .mount(&server)
            .await;
        let fault = FunctionWriter::new(clients(&server))
            .create(&name(), &spec(), &intent())
            .await
            .unwrap_err();
        assert_eq!((fault.kind, fault.message.as_str()), (kind, message));
    }
}

async fn update(
    server: &MockServer,
    spec: &FunctionSpec<Resolved>,
    fields: &[&str],
) -> Result<Mutation, Fault> {
    let fields: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
    FunctionWriter::new(clients(server))
        .update(&name(), &observed(), spec, &fields, &intent())
        .await
}

#[tokio::test]
async fn an_update_of_the_configuration_sends_all_of_it_and_clears_what_is_absent() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path(CONFIGURATION))
        .and(body_json(json!({
            "Role": spec().role,
            "Handler": "batch.handler",
            "Description": "Triages invoices, role AROAQ226GLGDANR3OPICH",
            "Timeout": 600,
            "MemorySize": 1024,
            "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
            "Environment": {"Variables": {}},
            "Runtime": "python3.13",
            "DeadLetterConfig": {"TargetArn": ""},
            "KMSKeyArn": "",
            "TracingConfig": {"Mode": "Active"},
            "RevisionId": "revision-7",
            "Layers": [],
            "FileSystemConfigs": [],
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/triage"}
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(reported()))
        .expect(1)
        .mount(&server)
        .await;
    // Code and labels differ as well, and wait for their turn.
    let fields = ["/codeSha256", "/kmsKey", "/tags/team"];
    assert_eq!(
        update(&server, &plain(), &fields).await,
        Ok(Mutation(lambda::UPDATE_FUNCTION_CONFIGURATION))
    );
}

#[tokio::test]
async fn new_code_or_another_architecture_comes_before_labels() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path(CODE))
        .and(body_json(json!({
            "S3Bucket": "agentctl-111122223333-us-east-1",
            "S3Key": "objects/claims/default/triage/code/abc.zip",
            "Architectures": ["arm64"],
            "RevisionId": "revision-7"
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(reported()))
        .expect(2)
        .mount(&server)
        .await;
    for field in ["/codeSha256", "/architecture"] {
        assert_eq!(
            update(&server, &spec(), &["/tags/team", field]).await,
            Ok(Mutation(lambda::UPDATE_FUNCTION_CODE))
        );
    }
}

#[tokio::test]
async fn labels_are_set_before_others_are_removed() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path(TAGS))
        .and(body_json(json!({"Tags": {"cost/center": "12"}})))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .and(path(TAGS))
        .and(query_param("tagKeys", "team"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let mut desired = spec();
    desired.tags = BTreeMap::from([("cost/center".into(), "12".into())]);
    assert_eq!(
        update(&server, &desired, &["/tags/cost~1center", "/tags/team"]).await,
        Ok(Mutation(lambda::TAG_RESOURCE))
    );
    desired.tags.clear();
    assert_eq!(
        update(&server, &desired, &["/tags/team"]).await,
        Ok(Mutation(lambda::UNTAG_RESOURCE))
    );
}

#[tokio::test]
async fn a_change_of_the_package_type_is_refused_without_a_call() {
    let server = MockServer::start().await;
    let fault = update(&server, &spec(), &["/packageType"])
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (
            FaultKind::Invalid,
            "`/packageType` cannot be changed in place"
        )
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_update_after_a_foreign_change_is_stale_and_one_during_another_is_busy() {
    for (status, code, message, kind) in [
        (
            412,
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id.",
            FaultKind::Stale,
        ),
        (
            409,
            "ResourceConflictException",
            "The operation cannot be performed at this time. An update is in progress for resource",
            FaultKind::Busy,
        ),
        (
            404,
            "ResourceNotFoundException",
            "Function not found",
            FaultKind::NotFound,
        ),
    ] {
        let server = MockServer::start().await;
        Mock::given(path(CONFIGURATION))
            .respond_with(refusal(status, code, message))
            .expect(1)
            .mount(&server)
            .await;
        let fault = update(&server, &spec(), &["/timeout"]).await.unwrap_err();
        assert_eq!((fault.kind, fault.message.as_str()), (kind, message));
    }
}

#[tokio::test]
async fn a_function_is_deleted_with_all_its_versions() {
    let server = MockServer::start().await;
    Mock::given(method("DELETE"))
        .and(path(FUNCTION))
        .and(query_param_is_missing("Qualifier"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let deleted = FunctionWriter::new(clients(&server))
        .delete(&name(), &observed())
        .await;
    assert_eq!(deleted, Ok(Mutation(lambda::DELETE_FUNCTION)));
}

async fn owned(server: &MockServer, filter: &OwnerFilter) -> Vec<PhysicalName> {
    crate::support::owned(&FunctionReader::new(clients(server)), filter)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_function_of_an_agent_has_the_agents_name_whether_or_not_it_exists() {
    let server = MockServer::start().await;
    assert_eq!(owned(&server, &OwnerFilter::of(&owner())).await, [name()]);
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

/// The index knows two of four functions on two pages. Of the others, Lambda is asked about the one that agentctl seems to have created.
#[tokio::test]
async fn the_functions_of_a_project_are_found_although_the_index_of_tags_lags_behind() {
    let server = MockServer::start().await;
    let page = |names: &[&str]| -> Vec<Value> {
        names
            .iter()
            .map(|name| {
                let description = match *name {
                    "bare" | "foreign" => "somebody else's".to_owned(),
                    _ => owner().description(),
                };
                json!({"FunctionName": name, "FunctionArn": arn(name), "Description": description})
            })
            .collect()
    };
    Mock::given(method("GET"))
        .and(path(FUNCTIONS))
        .and(query_param_is_missing("Marker"))
        .respond_with(ResponseTemplate::new(200).set_body_json(
            json!({"Functions": page(&["triage", "foreign"]), "NextMarker": "next"}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(FUNCTIONS))
        .and(query_param("Marker", "next"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"Functions": page(&["new", "bare"]), "NextMarker": ""})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let indexed = |agent: &str| -> Vec<Value> {
        let owner = Owner {
            agent: agent.into(),
            ..owner()
        };
        owner
            .tags()
            .into_iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect()
    };
    Mock::given(method("POST"))
        .and(path("/"))
        .and(body_json(json!({
            "ResourceARNList": [arn("bare"), arn("foreign"), arn("new"), arn("triage")]
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "ResourceTagMappingList": [
                {"ResourceARN": arn("triage"), "Tags": indexed("triage")},
                {"ResourceARN": arn("foreign"), "Tags": [{"Key": "team", "Value": "billing"}]},
            ]
        })))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(TAGS.replace("triage", "new")))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"Tags": tags()})))
        .expect(1)
        .mount(&server)
        .await;
    let filter = OwnerFilter {
        agent: None,
        ..OwnerFilter::of(&owner())
    };
    assert_eq!(
        owned(&server, &filter).await,
        [PhysicalName::new("new"), name()]
    );
}

/// Asks what a read shows after a refusal, when IAM answers with this.
async fn outlook_of_role(answer: ResponseTemplate) -> Outlook {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/"))
        .and(body_string_contains("Action=GetRole&"))
        .and(body_string_contains("RoleName=triage-lambda-us-east-1"))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let refusal = Fault {
        code: Some("InvalidParameterValueException".into()),
        ..Fault::new(
            FaultKind::NotYetConsistent,
            lambda::CREATE_FUNCTION,
            "The role defined for the function cannot be assumed by Lambda.",
        )
    };
    Writer::<LambdaFunction>::outlook(&FunctionWriter::new(clients(&server)), &spec(), &refusal)
        .await
}

#[tokio::test]
async fn after_a_refused_role_it_is_read_whether_the_role_exists_and_trusts_lambda() {
    let missing = "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>";
    let shown = outlook_of_role(ResponseTemplate::new(404).set_body_string(missing)).await;
    let text = "there is no role `triage-lambda-us-east-1` in this account";
    assert_eq!(shown, Outlook::Final(text.into()));
    for (service, expected) in [
        ("lambda.amazonaws.com", Outlook::MayPass),
        (
            "states.amazonaws.com",
            Outlook::Final(
                "the trust policy of role `triage-lambda-us-east-1` does not let `lambda.amazonaws.com` assume it"
                    .into(),
            ),
        ),
    ] {
        let trust = format!(
            "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22{service}%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"
        );
        let found = format!(
            "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>r</RoleName><RoleId>AROA</RoleId><Arn>arn</Arn>\
             <CreateDate>2026-11-20T10:00:00Z</CreateDate><AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role>\
             </GetRoleResult></GetRoleResponse>"
        );
        let shown = outlook_of_role(ResponseTemplate::new(200).set_body_string(found)).await;
        assert_eq!(shown, expected);
    }
}
