//! `AgentCore` runtimes: requests and answers of the control API.

use std::collections::BTreeMap;

use agentctl::kinds::agentcore::runtime::authorizer::{Authorizer, Claim, ClaimMatch};
use agentctl::kinds::agentcore::runtime::{
    AgentcoreRuntime, Artifact, Code, Container, Filesystem, Lifecycle, Network, Ports, Protocol,
    RuntimeOutputs, RuntimeReader, RuntimeSpec, RuntimeWriter,
};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::environment::Environment;
use agentctl::resource::fault::{Fault, FaultKind};
use agentctl::resource::kind::{Kind, Observed, Status};
use agentctl::resource::operation::agentcore;
use agentctl::resource::owner::{Owner, OwnerFilter, Ownership};
use agentctl::resource::provider::{Candidate, Mutation, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::lambda_function::{intent, owner, refusal};
use crate::support::{ACCOUNT, REGION, body, clients, only_request, request_line, request_lines};

pub(crate) const ID: &str = "triage-a1B2c3D4e5";
pub(crate) const RUNTIMES: &str = "/runtimes/";
pub(crate) const RUNTIME: &str = "/runtimes/triage-a1B2c3D4e5/";

pub(crate) fn arn(id: &str) -> String {
    format!("arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/{id}")
}

pub(crate) fn tag_path(id: &str) -> String {
    format!("/tags/{}", arn(id).replace(':', "%3A").replace('/', "%2F"))
}

pub(crate) fn name() -> PhysicalName {
    PhysicalName::new("triage")
}

/// Returns a runtime as a listing has it.
fn summary(name: &str, id: &str) -> Value {
    let description = match name {
        "other" => "somebody else's".to_owned(),
        agent => Owner {
            agent: agent.into(),
            ..owner()
        }
        .description(),
    };
    json!({
        "agentRuntimeArn": arn(id),
        "agentRuntimeId": id,
        "agentRuntimeVersion": "4",
        "agentRuntimeName": name,
        "description": description,
        "lastUpdatedAt": "2026-11-20T10:00:00Z",
        "status": "READY"
    })
}

/// Returns a runtime as `GetAgentRuntime` returns it, with everything that it can have.
pub(crate) fn reported() -> Value {
    json!({
        "agentRuntimeArn": arn(ID),
        "agentRuntimeName": "triage",
        "agentRuntimeId": ID,
        "agentRuntimeVersion": "4",
        "createdAt": "2026-11-20T10:00:00Z",
        "lastUpdatedAt": "2026-11-20T10:00:00Z",
        "roleArn": "arn:aws:iam::111122223333:role/agentctl/claims/default/us-east-1/triage-agentcore-us-east-1",
        "networkConfiguration": {
            "networkMode": "VPC",
            "networkModeConfig": {"subnets": ["subnet-b", "subnet-a"], "securityGroups": ["sg-1"], "requireServiceS3Endpoint": true}
        },
        "status": "READY",
        "lifecycleConfiguration": {"idleRuntimeSessionTimeout": 600, "maxLifetime": 7200},
        "description": "Triages invoices, role AROAQ226GLGDANR3OPICH",
        "workloadIdentityDetails": {"workloadIdentityArn": "arn:aws:bedrock-agentcore:us-east-1:111122223333:workload-identity-directory/default/workload-identity/triage-a1B2c3D4e5"},
        "agentRuntimeArtifact": {"codeConfiguration": {
            "code": {"s3": {"bucket": "agentctl-111122223333-us-east-1", "prefix": "objects/claims/default/triage/code/abc.zip", "versionId": "v-1"}},
            "runtime": "PYTHON_3_13",
            "entryPoint": ["opentelemetry-instrument", "main.py"]
        }},
        "protocolConfiguration": {"serverProtocol": "HTTP", "port": 8123, "path": "/run"},
        "environmentVariables": {"MODEL_ID": "anthropic.claude", "API_TOKEN": "hunter22"},
        "authorizerConfiguration": {"customJWTAuthorizer": {
            "discoveryUrl": "https://id.example/.well-known/openid-configuration",
            "allowedAudience": ["b", "a"],
            "allowedClients": ["c"],
            "allowedScopes": ["read"],
            "advertisedScopeMapping": {"read": "api/read"},
            "customClaims": [
                {"inboundTokenClaimName": "team", "inboundTokenClaimValueType": "STRING", "authorizingClaimMatchValue": {"claimMatchOperator": "EQUALS", "claimMatchValue": {"matchValueString": "billing"}}},
                {"inboundTokenClaimName": "groups", "inboundTokenClaimValueType": "STRING_ARRAY", "authorizingClaimMatchValue": {"claimMatchOperator": "CONTAINS_ANY", "claimMatchValue": {"matchValueStringList": ["ops", "dev"]}}}
            ]
        }},
        "requestHeaderConfiguration": {"requestHeaderAllowlist": ["X-Trace", "Authorization"]},
        "metadataConfiguration": {"requireMMDSV2": true},
        "filesystemConfigurations": [
            {"sessionStorage": {"mountPath": "/mnt/session"}},
            {"efsAccessPoint": {"accessPointArn": "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/a", "mountPath": "/mnt/efs"}},
            {"s3FilesAccessPoint": {"accessPointArn": "arn:aws:s3files:us-east-1:111122223333:access-point/b", "mountPath": "/mnt/files"}},
            {"capacityProviderVolume": {"volumeName": "v", "mountPath": "/mnt/volume"}}
        ],
        "capacityProviderConfiguration": {"capacityProviderArn": "arn:aws:bedrock-agentcore:us-east-1:111122223333:capacity-provider/c"},
        "platformVersion": "V2",
        "allowedPorts": [{"portRange": {"from": 9001, "to": 9010}}, {"port": 8081}]
    })
}

/// Returns [`reported`] as a spec, in canonical order.
fn spec() -> RuntimeSpec<Resolved> {
    let claim = |name: &str, value_type: &str, operator: &str, matches| Claim {
        name: name.into(),
        value_type: value_type.into(),
        operator: operator.into(),
        matches,
    };
    let texts = |texts: &[&str]| texts.iter().copied().map(String::from).collect::<Vec<_>>();
    AgentcoreRuntime::canonical(RuntimeSpec {
        artifact: Artifact::Code(Code {
            bucket: "agentctl-111122223333-us-east-1".into(),
            key: "objects/claims/default/triage/code/abc.zip".into(),
            object_version: Some("v-1".into()),
            runtime: "PYTHON_3_13".into(),
            entry_point: texts(&["opentelemetry-instrument", "main.py"]),
        }),
        role: "arn:aws:iam::111122223333:role/agentctl/claims/default/us-east-1/triage-agentcore-us-east-1".into(),
        network: Some(Network {
            subnets: texts(&["subnet-a", "subnet-b"]),
            security_groups: texts(&["sg-1"]),
        }),
        role_id: Some("AROAQ226GLGDANR3OPICH".into()),
        description: "Triages invoices".into(),
        environment: Environment(BTreeMap::from([
            ("API_TOKEN".into(), "hunter22".into()),
            ("MODEL_ID".into(), "anthropic.claude".into()),
        ])),
        lifecycle: Lifecycle {
            idle_timeout: 600,
            max_lifetime: 7200,
        },
        protocol: Protocol {
            server: "HTTP".into(),
            port: Some(8123),
            path: Some("/run".into()),
        },
        authorizer: Some(Authorizer {
            discovery_url: "https://id.example/.well-known/openid-configuration".into(),
            audiences: texts(&["a", "b"]),
            clients: texts(&["c"]),
            scopes: texts(&["read"]),
            advertised_scopes: BTreeMap::from([("read".into(), "api/read".into())]),
            claims: vec![
                claim("team", "STRING", "EQUALS", ClaimMatch::Text("billing".into())),
                claim("groups", "STRING_ARRAY", "CONTAINS_ANY", ClaimMatch::AnyOf(texts(&["dev", "ops"]))),
            ],
            others: BTreeMap::new(),
        }),
        request_headers: texts(&["Authorization", "X-Trace"]),
        filesystems: vec![
            Filesystem::SessionStorage {
                mount_path: "/mnt/session".into(),
            },
            Filesystem::S3Files {
                access_point: "arn:aws:s3files:us-east-1:111122223333:access-point/b".into(),
                mount_path: "/mnt/files".into(),
            },
            Filesystem::Efs {
                access_point: "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/a".into(),
                mount_path: "/mnt/efs".into(),
            },
            Filesystem::CapacityProviderVolume {
                volume: "v".into(),
                mount_path: "/mnt/volume".into(),
            },
        ],
        allowed_ports: vec![
            Ports { from: 8081, to: 8081 },
            Ports { from: 9001, to: 9010 },
        ],
        capacity_provider: Some("arn:aws:bedrock-agentcore:us-east-1:111122223333:capacity-provider/c".into()),
        platform_version: "V2".into(),
        mmdsv2: true,
        last_update: "Successful".into(),
        tags: BTreeMap::from([("team".into(), "billing".into())]),
    })
}

/// Returns a runtime without anything optional.
fn plain() -> RuntimeSpec<Resolved> {
    RuntimeSpec {
        artifact: Artifact::Container(Container {
            uri: "111122223333.dkr.ecr.us-east-1.amazonaws.com/triage@sha256:0".into(),
        }),
        network: None,
        role_id: None,
        description: String::new(),
        environment: Environment(BTreeMap::new()),
        lifecycle: Lifecycle::default(),
        protocol: Protocol::default(),
        authorizer: None,
        request_headers: Vec::new(),
        filesystems: Vec::new(),
        allowed_ports: Vec::new(),
        capacity_provider: None,
        platform_version: "V1".into(),
        mmdsv2: false,
        ..spec()
    }
}

fn observed() -> Observed<AgentcoreRuntime> {
    Observed {
        spec: spec(),
        outputs: RuntimeOutputs {
            id: ID.into(),
            arn: arn(ID),
            name: "triage".into(),
            version: "4".into(),
            count: 4,
        },
        status: Status::Ready,
        revision: None,
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

/// Matches a path with or without a slash at its end: the service's model has one, and the SDK sends none.
pub(crate) fn at(wanted: &str) -> impl wiremock::Match + 'static {
    let wanted = wanted.trim_end_matches('/').to_owned();
    move |request: &Request| request.url.path().trim_end_matches('/') == wanted
}

pub(crate) async fn answer(server: &MockServer, verb: &str, wanted: &str, answer: Value) {
    Mock::given(method(verb))
        .and(at(wanted))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(server)
        .await;
}

/// Serves two pages of runtimes, the agent's on the second one.
/// The index of tags does not know the runtimes yet.
pub(crate) async fn serve_empty_index(server: &MockServer) {
    answer(server, "POST", "/", json!({"ResourceTagMappingList": []})).await;
}

pub(crate) async fn serve_listing(server: &MockServer) {
    Mock::given(method("POST"))
        .and(at(RUNTIMES))
        .and(query_param("maxResults", "100"))
        .and(query_param_is_missing("nextToken"))
        .respond_with(ResponseTemplate::new(200).set_body_json(
            json!({"agentRuntimes": [summary("other", "other-0123456789")], "nextToken": "next"}),
        ))
        .mount(server)
        .await;
    Mock::given(method("POST"))
        .and(at(RUNTIMES))
        .and(query_param("nextToken", "next"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"agentRuntimes": [summary("triage", ID)]})),
        )
        .mount(server)
        .await;
}

pub(crate) async fn serve_tags(server: &MockServer) {
    answer(server, "GET", &tag_path(ID), json!({"tags": tags()})).await;
}

/// Answers reads of the runtime.
async fn serve(server: &MockServer, runtime: Value) {
    serve_listing(server).await;
    serve_tags(server).await;
    answer(server, "GET", RUNTIME, runtime).await;
}

async fn refuse(server: &MockServer, verb: &str, wanted: &str, refused: ResponseTemplate) {
    Mock::given(method(verb))
        .and(at(wanted))
        .respond_with(refused)
        .mount(server)
        .await;
}

async fn read(server: &MockServer) -> Reading<Observed<AgentcoreRuntime>> {
    let mut readings = RuntimeReader::new(clients(server)).read(&[name()]).await;
    assert_eq!(readings.len(), 1);
    readings.remove(0)
}

async fn found(server: &MockServer) -> Observed<AgentcoreRuntime> {
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

/// Returns the body of a request without the token, which the SDK generates for each call.
pub(crate) fn without_token(request: &Request) -> Value {
    let mut sent: Value = serde_json::from_str(&body(request)).unwrap();
    let token = sent.as_object_mut().unwrap().remove("clientToken");
    let token = token.expect("a mutation carries a token");
    assert!(token.as_str().unwrap().len() >= 33, "{token}");
    sent
}

#[tokio::test]
async fn a_runtime_is_read_as_a_spec_and_its_id_is_looked_up_once() {
    let server = MockServer::start().await;
    serve(&server, reported()).await;
    let reader = RuntimeReader::new(clients(&server));
    for _ in 0..2 {
        let mut readings = reader.read(&[name()]).await;
        let Reading::Found(mut read) = readings.remove(0) else {
            panic!("{readings:?}");
        };
        // The differ gets the sets, which AWS keeps in its own order, in canonical order.
        read.spec = AgentcoreRuntime::canonical(read.spec);
        assert_eq!(read, observed());
    }
    let (get, tags) = (
        format!("GET {}", RUNTIME.trim_end_matches('/')),
        format!("GET {}", tag_path(ID)),
    );
    let lines: Vec<String> = request_lines(&server)
        .await
        .into_iter()
        .map(|line| line.replace("/?", "?").trim_end_matches('/').to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "POST /runtimes?maxResults=100",
            "POST /runtimes?maxResults=100&nextToken=next",
            get.as_str(),
            tags.as_str(),
            get.as_str(),
            tags.as_str(),
        ]
    );
}

#[tokio::test]
async fn a_member_that_the_service_leaves_out_reads_as_its_default() {
    let server = MockServer::start().await;
    let reported = json!({
        "agentRuntimeArn": arn(ID),
        "agentRuntimeName": "triage",
        "agentRuntimeId": ID,
        "agentRuntimeVersion": "4",
        "createdAt": "2026-11-20T10:00:00Z",
        "lastUpdatedAt": "2026-11-20T10:00:00Z",
        "roleArn": spec().role,
        "networkConfiguration": {"networkMode": "PUBLIC"},
        "status": "READY",
        "lifecycleConfiguration": {},
        "agentRuntimeArtifact": {"containerConfiguration": {"containerUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/triage@sha256:0"}}
    });
    serve(&server, reported).await;
    assert_eq!(found(&server).await.spec, plain());
}

#[tokio::test]
async fn each_status_of_a_runtime_is_distinguished() {
    let settling = |word: &str| Status::Settling(word.into());
    let failed = || Status::Failed("no network interface".into());
    for (status, expected) in [
        ("CREATING", settling("CREATING")),
        ("UPDATING", settling("UPDATING")),
        ("DELETING", Status::Going("DELETING".into())),
        ("READY", Status::Ready),
        ("UPDATE_FAILED", Status::Ready),
        ("CREATE_FAILED", failed()),
        ("DELETE_FAILED", failed()),
    ] {
        let server = MockServer::start().await;
        let members = json!({"status": status, "failureReason": "no network interface"});
        serve(&server, patched(reported(), members)).await;
        assert_eq!(found(&server).await.status, expected, "{status}");
    }
}

#[tokio::test]
async fn a_failed_update_is_a_difference() {
    let server = MockServer::start().await;
    let failed =
        json!({"status": "UPDATE_FAILED", "failureReason": "subnet-a has no free address"});
    serve(&server, patched(reported(), failed)).await;
    assert_eq!(
        found(&server).await.spec.last_update,
        "Failed: subnet-a has no free address"
    );
}

#[tokio::test]
async fn settings_of_an_authorizer_that_cannot_be_declared_are_read_and_not_written() {
    let server = MockServer::start().await;
    let mut runtime = reported();
    let jwt = &mut runtime["authorizerConfiguration"]["customJWTAuthorizer"];
    jwt["privateEndpoint"] =
        json!({"selfManagedLatticeResource": {"resourceConfigurationIdentifier": "rcfg-0"}});
    jwt["privateEndpointOverrides"] = json!([{"domain": "id.example", "privateEndpoint": {"managedVpcResource": {
        "vpcIdentifier": "vpc-0", "subnetIds": ["subnet-a"], "endpointIpAddressType": "IPV4", "tags": {"b": "2", "a": "1"}}}}]);
    jwt["allowedWorkloadConfiguration"] =
        json!({"hostingEnvironments": [{"arn": "gateway"}], "workloadIdentities": ["w"]});
    serve(&server, runtime).await;
    let read = found(&server).await;
    let others = &read.spec.authorizer.as_ref().unwrap().others;
    assert_eq!(
        json!(others),
        json!({
            "allowedWorkloadConfiguration": {"hostingEnvironments": ["gateway"], "workloadIdentities": ["w"]},
            "privateEndpoint": {"selfManagedLatticeResource": "rcfg-0"},
            "privateEndpointOverrides": {"id.example": {"managedVpcResource": {
                "vpcIdentifier": "vpc-0", "subnetIds": ["subnet-a"], "endpointIpAddressType": "IPV4",
                "securityGroupIds": [], "tags": {"a": "1", "b": "2"}, "routingDomain": null
            }}}
        })
    );
    let refused = RuntimeWriter::new(clients(&server))
        .create(&name(), &read.spec, &intent())
        .await
        .unwrap_err();
    assert_eq!(
        (refused.kind, refused.message.as_str()),
        (
            FaultKind::Invalid,
            "`allowedWorkloadConfiguration` of an authorizer cannot be set"
        )
    );
}

#[tokio::test]
async fn an_unknown_value_makes_a_runtime_unreadable() {
    for (member, value, message) in [
        (
            "agentRuntimeArtifact",
            json!({"wasmConfiguration": {"uri": "u"}}),
            "the answer holds an artifact that this version of agentctl does not know",
        ),
        (
            "filesystemConfigurations",
            json!([{"tape": {"mountPath": "/mnt/t"}}]),
            "the answer holds a file system that this version of agentctl does not know",
        ),
        (
            "status",
            json!("RESTING"),
            "the answer holds the status `RESTING` that this version of agentctl does not know",
        ),
        (
            "agentRuntimeArtifact",
            Value::Null,
            "the answer does not hold an artifact",
        ),
    ] {
        let server = MockServer::start().await;
        serve(&server, patched(reported(), json!({ member: value }))).await;
        let fault = unreadable(&server).await;
        assert_eq!(
            (fault.kind, fault.message.as_str()),
            (FaultKind::Service, message)
        );
    }
}

#[tokio::test]
async fn a_runtime_that_is_not_listed_or_was_deleted_since_is_absent() {
    let server = MockServer::start().await;
    serve_listing(&server).await;
    refuse(
        &server,
        "GET",
        RUNTIME,
        refusal(404, "ResourceNotFoundException", "not found"),
    )
    .await;
    let names = [PhysicalName::new("missing"), name()];
    let readings = RuntimeReader::new(clients(&server)).read(&names).await;
    assert!(
        matches!(&readings[..], [Reading::Absent, Reading::Absent]),
        "{readings:?}"
    );
}

#[tokio::test]
async fn a_runtime_that_was_created_again_is_found_under_its_new_id() {
    let server = MockServer::start().await;
    serve(&server, reported()).await;
    let reader = RuntimeReader::new(clients(&server));
    assert!(matches!(
        reader.read(&[name()]).await[..],
        [Reading::Found(_)]
    ));
    server.reset().await;
    let new = "triage-zZzZzZzZzZ";
    refuse(
        &server,
        "GET",
        RUNTIME,
        refusal(404, "ResourceNotFoundException", "not found"),
    )
    .await;
    answer(
        &server,
        "POST",
        RUNTIMES,
        json!({"agentRuntimes": [summary("triage", new)]}),
    )
    .await;
    let members = json!({"agentRuntimeId": new, "agentRuntimeArn": arn(new)});
    answer(
        &server,
        "GET",
        &format!("/runtimes/{new}"),
        patched(reported(), members),
    )
    .await;
    answer(&server, "GET", &tag_path(new), json!({"tags": tags()})).await;
    let mut readings = reader.read(&[name()]).await;
    let Reading::Found(found) = readings.remove(0) else {
        panic!("{readings:?}");
    };
    assert_eq!(found.outputs.id, new);
}

const DENIED: &str = "User: u is not authorized to perform: bedrock-agentcore:GetAgentRuntime";

#[tokio::test]
async fn a_denial_means_a_missing_runtime_only_if_the_listing_has_none() {
    let denied = || refusal(403, "AccessDeniedException", DENIED);
    let server = MockServer::start().await;
    serve_listing(&server).await;
    refuse(&server, "GET", RUNTIME, denied()).await;
    assert_eq!(unreadable(&server).await.kind, FaultKind::Denied);

    // Listed first, then deleted.
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(at(RUNTIMES))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"agentRuntimes": [summary("triage", ID)]})),
        )
        .up_to_n_times(1)
        .mount(&server)
        .await;
    answer(&server, "POST", RUNTIMES, json!({"agentRuntimes": []})).await;
    refuse(&server, "GET", RUNTIME, denied()).await;
    assert!(matches!(read(&server).await, Reading::Absent));
}

#[tokio::test]
async fn without_the_permission_to_list_a_denied_runtime_is_unreadable() {
    let server = MockServer::start().await;
    refuse(
        &server,
        "POST",
        RUNTIMES,
        refusal(
            403,
            "AccessDeniedException",
            "u is not authorized to perform: bedrock-agentcore:ListAgentRuntimes",
        ),
    )
    .await;
    let fault = unreadable(&server).await;
    assert_eq!(
        (fault.kind, fault.operation),
        (FaultKind::Denied, Some(agentcore::LIST_AGENT_RUNTIMES))
    );
}

/// Returns what creation and update both send for [`spec`].
fn sent() -> Value {
    let reported = reported();
    let mut sent = json!({
        "roleArn": spec().role,
        "networkConfiguration": {"networkMode": "VPC", "networkModeConfig": {"subnets": ["subnet-a", "subnet-b"], "securityGroups": ["sg-1"]}},
        "requestHeaderConfiguration": {"requestHeaderAllowlist": ["Authorization", "X-Trace"]},
        "allowedPorts": [{"port": 8081}, {"portRange": {"from": 9001, "to": 9010}}],
    });
    for member in [
        "agentRuntimeArtifact",
        "authorizerConfiguration",
        "capacityProviderConfiguration",
        "description",
        "environmentVariables",
        "lifecycleConfiguration",
        "platformVersion",
        "protocolConfiguration",
    ] {
        sent[member] = reported[member].clone();
    }
    let mounts = reported["filesystemConfigurations"].as_array().unwrap();
    sent["filesystemConfigurations"] = json!([mounts[0], mounts[2], mounts[1], mounts[3]]);
    let jwt = &mut sent["authorizerConfiguration"]["customJWTAuthorizer"];
    jwt["allowedAudience"] = json!(["a", "b"]);
    jwt["customClaims"].as_array_mut().unwrap().reverse();
    jwt["customClaims"][0]["authorizingClaimMatchValue"]["claimMatchValue"]["matchValueStringList"] =
        json!(["dev", "ops"]);
    sent
}

fn accepted() -> ResponseTemplate {
    ResponseTemplate::new(202).set_body_json(json!({
        "agentRuntimeArn": arn(ID),
        "agentRuntimeId": ID,
        "agentRuntimeVersion": "5",
        "createdAt": "2026-11-20T10:00:00Z",
        "lastUpdatedAt": "2026-11-20T10:00:00Z",
        "status": "CREATING"
    }))
}

#[tokio::test]
async fn a_runtime_is_created_with_all_declared_fields_and_the_marks_of_its_owner() {
    let server = MockServer::start().await;
    refuse(&server, "PUT", RUNTIMES, accepted()).await;
    let created = RuntimeWriter::new(clients(&server))
        .create(&name(), &spec(), &intent())
        .await;
    assert_eq!(created, Ok(Mutation(agentcore::CREATE_AGENT_RUNTIME)));
    let mut tags = tags();
    tags.as_object_mut()
        .unwrap()
        .remove("aws:cloudformation:stack-name");
    let expected = patched(sent(), json!({"agentRuntimeName": "triage", "tags": tags}));
    assert_eq!(without_token(&only_request(&server).await), expected);
}

#[tokio::test]
async fn fields_that_are_not_declared_are_left_out() {
    let server = MockServer::start().await;
    refuse(&server, "PUT", RUNTIME, accepted()).await;
    let fields = ["/authorizer".to_owned()];
    let updated = RuntimeWriter::new(clients(&server))
        .update(&name(), &observed(), &plain(), &fields, &intent())
        .await;
    assert_eq!(updated, Ok(Mutation(agentcore::UPDATE_AGENT_RUNTIME)));
    assert_eq!(
        without_token(&only_request(&server).await),
        json!({
            "agentRuntimeArtifact": {"containerConfiguration": {"containerUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/triage@sha256:0"}},
            "roleArn": spec().role,
            "networkConfiguration": {"networkMode": "PUBLIC"},
            "protocolConfiguration": {"serverProtocol": "HTTP"},
            "lifecycleConfiguration": {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800},
            "metadataConfiguration": {"requireMMDSV2": false},
            "platformVersion": "V1"
        })
    );
}

#[tokio::test]
async fn one_differing_field_sends_the_whole_configuration_and_labels_come_later() {
    let server = MockServer::start().await;
    refuse(&server, "PUT", RUNTIME, accepted()).await;
    let mut now = observed();
    now.spec.mmdsv2 = false;
    let fields = ["/mmdsv2".to_owned(), "/tags/team".to_owned()];
    let updated = RuntimeWriter::new(clients(&server))
        .update(&name(), &now, &spec(), &fields, &intent())
        .await;
    assert_eq!(updated, Ok(Mutation(agentcore::UPDATE_AGENT_RUNTIME)));
    let expected = patched(
        sent(),
        json!({"metadataConfiguration": {"requireMMDSV2": true}}),
    );
    assert_eq!(without_token(&only_request(&server).await), expected);
}

#[tokio::test]
async fn labels_are_written_and_removed_with_separate_calls() {
    let server = MockServer::start().await;
    refuse(&server, "POST", &tag_path(ID), ResponseTemplate::new(204)).await;
    refuse(&server, "DELETE", &tag_path(ID), ResponseTemplate::new(204)).await;
    let writer = RuntimeWriter::new(clients(&server));
    let mut now = observed();
    now.spec.tags = BTreeMap::from([("old".into(), "1".into())]);
    let fields = ["/tags/old".to_owned(), "/tags/team".to_owned()];
    let update = async |now: &Observed<AgentcoreRuntime>| {
        writer
            .update(&name(), now, &spec(), &fields, &intent())
            .await
    };
    assert_eq!(update(&now).await, Ok(Mutation(agentcore::TAG_RESOURCE)));
    now.spec.tags.insert("team".into(), "billing".into());
    assert_eq!(update(&now).await, Ok(Mutation(agentcore::UNTAG_RESOURCE)));
    let requests = server.received_requests().await.unwrap();
    let lines: Vec<String> = requests.iter().map(request_line).collect();
    let tags = tag_path(ID);
    assert_eq!(
        lines,
        [format!("POST {tags}"), format!("DELETE {tags}?tagKeys=old")]
    );
    assert_eq!(body(&requests[0]), r#"{"tags":{"team":"billing"}}"#);
}

#[tokio::test]
async fn a_runtime_is_deleted_with_all_its_versions() {
    let server = MockServer::start().await;
    let deleted = ResponseTemplate::new(202).set_body_json(json!({"status": "DELETING"}));
    refuse(&server, "DELETE", RUNTIME, deleted).await;
    let deleted = RuntimeWriter::new(clients(&server))
        .delete(&name(), &observed())
        .await;
    assert_eq!(deleted, Ok(Mutation(agentcore::DELETE_AGENT_RUNTIME)));
    let request = only_request(&server).await;
    let names: Vec<_> = request.url.query_pairs().map(|(name, _)| name).collect();
    assert_eq!(names, ["clientToken"]);
}

#[tokio::test]
async fn a_denied_deletion_of_a_runtime_that_is_no_longer_listed_means_it_is_missing() {
    let denied = || {
        refusal(
            403,
            "AccessDeniedException",
            "u is not authorized to perform: bedrock-agentcore:DeleteAgentRuntime",
        )
    };
    let kind = async |server: &MockServer| {
        let writer = RuntimeWriter::new(clients(server));
        writer.delete(&name(), &observed()).await.unwrap_err().kind
    };
    let server = MockServer::start().await;
    refuse(&server, "DELETE", RUNTIME, denied()).await;
    answer(&server, "POST", RUNTIMES, json!({"agentRuntimes": []})).await;
    assert_eq!(kind(&server).await, FaultKind::NotFound);
    let server = MockServer::start().await;
    refuse(&server, "DELETE", RUNTIME, denied()).await;
    serve_listing(&server).await;
    assert_eq!(kind(&server).await, FaultKind::Denied);
}

#[tokio::test(start_paused = true)]
async fn each_refusal_of_a_runtime_has_its_kind_of_fault() {
    for (refused, kind) in [
        (
            refusal(409, "ConflictException", "An agent with that name exists"),
            FaultKind::AlreadyExists,
        ),
        (
            refusal(
                400,
                "ValidationException",
                "Role validation failed for 'r'.",
            ),
            FaultKind::NotYetConsistent,
        ),
        (
            refusal(
                400,
                "ValidationException",
                "Access denied while validating ECR URI 'u'.",
            ),
            FaultKind::NotYetConsistent,
        ),
        (
            refusal(400, "ValidationException", "description is too long"),
            FaultKind::Invalid,
        ),
        (
            refusal(402, "ServiceQuotaExceededException", "1000 agents"),
            FaultKind::Quota,
        ),
        (
            refusal(403, "AccessDeniedException", "u may not pass the role"),
            FaultKind::Denied,
        ),
        (
            refusal(429, "ThrottlingException", "slow down"),
            FaultKind::Throttled,
        ),
    ] {
        let server = MockServer::start().await;
        refuse(&server, "PUT", RUNTIMES, refused).await;
        let fault = RuntimeWriter::new(clients(&server))
            .create(&name(), &spec(), &intent())
            .await
            .unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
    }
}

#[tokio::test]
async fn a_runtime_that_settles_is_busy_and_a_refusal_shows_no_secret() {
    let server = MockServer::start().await;
    refuse(
        &server,
        "PUT",
        RUNTIME,
        refusal(
            409,
            "ConflictException",
            "UPDATING, with API_TOKEN=hunter22",
        ),
    )
    .await;
    let fields = ["/mmdsv2".to_owned()];
    let fault = RuntimeWriter::new(clients(&server))
        .update(&name(), &observed(), &spec(), &fields, &intent())
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (FaultKind::Busy, "UPDATING, with API_TOKEN=(hidden)")
    );
}

#[tokio::test]
async fn an_agents_runtime_is_found_by_name_and_a_projects_runtimes_by_their_marks() {
    let server = MockServer::start().await;
    serve_listing(&server).await;
    serve_tags(&server).await;
    serve_empty_index(&server).await;
    let reader = RuntimeReader::new(clients(&server));
    let agent = OwnerFilter::of(&Owner {
        env: "prod".into(),
        ..owner()
    });
    assert_eq!(
        reader.owned(std::slice::from_ref(&agent)).await,
        Ok(vec![Candidate::new(
            PhysicalName::new("triage_prod"),
            &agent
        )])
    );
    assert_eq!(request_lines(&server).await, Vec::<String>::new());
    let of_triage = OwnerFilter::of(&owner());
    let project = OwnerFilter {
        agent: None,
        ..of_triage.clone()
    };
    assert_eq!(
        reader.owned(&[project]).await,
        Ok(vec![Candidate::new(name(), &of_triage)])
    );
}

#[tokio::test]
async fn the_owners_of_runtimes_come_from_the_index_and_new_ones_are_read_one_by_one() {
    let server = MockServer::start().await;
    let ids: Vec<String> = (0..6).map(|n| format!("agent{n}-0123456789")).collect();
    let listed: Vec<Value> = (0..6)
        .map(|n| summary(&format!("agent{n}"), &ids[n]))
        .collect();
    answer(&server, "POST", RUNTIMES, json!({"agentRuntimes": listed})).await;
    let marks: Vec<Value> = tags()
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    let known = |id: &String| json!({"ResourceARN": arn(id), "Tags": marks});
    let mapping: Vec<Value> = ids[1..].iter().map(known).collect();
    Mock::given(method("POST"))
        .and(path("/"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"ResourceTagMappingList": mapping})),
        )
        .expect(1)
        .mount(&server)
        .await;
    answer(&server, "GET", &tag_path(&ids[0]), json!({"tags": tags()})).await;
    let project = OwnerFilter {
        agent: None,
        ..OwnerFilter::of(&owner())
    };
    let owned = RuntimeReader::new(clients(&server)).owned(&[project]).await;
    assert_eq!(owned.unwrap().len(), 6);
    assert_eq!(request_lines(&server).await.len(), 3);
}

#[tokio::test]
async fn versions_are_listed_for_their_count_only_if_there_can_be_more_than_are_kept() {
    let server = MockServer::start().await;
    let mut runtime = reported();
    runtime["agentRuntimeVersion"] = json!("11");
    serve(&server, runtime).await;
    let versions: Vec<Value> = [11, 10, 3]
        .map(|number: u32| {
            let mut version = summary("triage", ID);
            version["agentRuntimeVersion"] = number.to_string().into();
            version
        })
        .to_vec();
    let listing = "/runtimes/triage-a1B2c3D4e5/versions/";
    answer(
        &server,
        "POST",
        listing,
        json!({ "agentRuntimes": versions }),
    )
    .await;
    let outputs = found(&server).await.outputs;
    assert_eq!((outputs.version.as_str(), outputs.count), ("11", 3));
}
