//! Endpoints of `AgentCore` runtimes: requests and answers of the control API.

use agentctl::kinds::agentcore::endpoint::{
    AgentcoreEndpoint, EndpointOutputs, EndpointReader, EndpointSpec, EndpointWriter,
};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::fault::FaultKind;
use agentctl::resource::kind::{Observed, Status};
use agentctl::resource::operation::agentcore;
use agentctl::resource::owner::{OwnerFilter, Ownership};
use agentctl::resource::provider::{Candidate, Mutation, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use agentctl::resource::version::{Version, VersionLister};
use serde_json::{Value, json};
use wiremock::matchers::{method, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::agentcore_runtime::{
    self, ID, RUNTIMES, answer, arn, at, serve_empty_index, serve_listing, serve_tags, tag_path,
    without_token,
};
use crate::lambda_function::{intent, owner, refusal};
use crate::support::{clients, only_request, request_lines};

const ENDPOINTS: &str = "/runtimes/triage-a1B2c3D4e5/runtime-endpoints/";
const LIVE: &str = "/runtimes/triage-a1B2c3D4e5/runtime-endpoints/live/";

fn live() -> PhysicalName {
    PhysicalName::new(format!("{ID}/live"))
}

fn endpoint_arn() -> String {
    format!("{}/runtime-endpoint/live", arn(ID))
}

fn reported(members: Value) -> Value {
    let mut reported = json!({
        "agentRuntimeEndpointArn": endpoint_arn(),
        "agentRuntimeArn": arn(ID),
        "createdAt": "2026-11-20T10:00:00Z",
        "lastUpdatedAt": "2026-11-20T10:00:00Z",
        "description": "agentctl: what callers reach",
        "id": "live-id",
        "liveVersion": "3",
        "targetVersion": "3",
        "name": "live",
        "status": "READY"
    });
    let Value::Object(members) = members else {
        panic!("members are given as an object");
    };
    reported.as_object_mut().unwrap().extend(members);
    reported
}

fn spec() -> EndpointSpec<Resolved> {
    EndpointSpec {
        runtime: ID.into(),
        version: "3".into(),
        description: "agentctl: what callers reach".into(),
        last_update: "Successful".into(),
    }
}

fn observed() -> Observed<AgentcoreEndpoint> {
    Observed {
        spec: spec(),
        outputs: EndpointOutputs {
            arn: endpoint_arn(),
            name: "live".into(),
        },
        status: Status::Ready,
        revision: None,
        owner: Ownership::Parent,
    }
}

async fn respond(server: &MockServer, verb: &str, wanted: &str, answer: ResponseTemplate) {
    Mock::given(method(verb))
        .and(at(wanted))
        .respond_with(answer)
        .mount(server)
        .await;
}

/// Serves two pages of endpoints: the service's own and one that was made by hand, then agentctl's.
async fn serve_endpoints(server: &MockServer) {
    let default =
        reported(json!({"name": "DEFAULT", "description": "agentctl: and still not agentctl's"}));
    let beta = reported(json!({"name": "beta", "description": "made by hand"}));
    Mock::given(method("POST"))
        .and(at(ENDPOINTS))
        .and(query_param("maxResults", "100"))
        .and(query_param_is_missing("nextToken"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"runtimeEndpoints": [default, beta], "nextToken": "next"})),
        )
        .mount(server)
        .await;
    Mock::given(method("POST"))
        .and(at(ENDPOINTS))
        .and(query_param("nextToken", "next"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"runtimeEndpoints": [reported(json!({}))]})),
        )
        .mount(server)
        .await;
}

async fn read(server: &MockServer) -> Reading<Observed<AgentcoreEndpoint>> {
    let mut readings = EndpointReader::new(clients(server)).read(&[live()]).await;
    assert_eq!(readings.len(), 1);
    readings.remove(0)
}

async fn found(server: &MockServer) -> Observed<AgentcoreEndpoint> {
    match read(server).await {
        Reading::Found(observed) => observed,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_endpoint_is_read_with_one_call() {
    let server = MockServer::start().await;
    answer(&server, "GET", LIVE, reported(json!({}))).await;
    assert_eq!(found(&server).await, observed());
    assert_eq!(request_lines(&server).await.len(), 1);
}

#[tokio::test]
async fn an_endpoint_is_ready_when_it_serves_the_version_that_it_moves_to() {
    let settling = |word: &str| Status::Settling(word.into());
    let failed = || Status::Failed("no capacity".into());
    for (members, status, version) in [
        (
            json!({"status": "CREATING", "liveVersion": null}),
            settling("CREATING"),
            "3",
        ),
        (
            json!({"status": "UPDATING", "targetVersion": "4"}),
            settling("UPDATING"),
            "3",
        ),
        (
            json!({"targetVersion": "4"}),
            settling("moving to version 4"),
            "3",
        ),
        (json!({"targetVersion": null}), Status::Ready, "3"),
        (
            json!({"status": "DELETING"}),
            Status::Going("DELETING".into()),
            "3",
        ),
        (
            json!({"status": "UPDATE_FAILED", "targetVersion": "4"}),
            Status::Ready,
            "3",
        ),
        (json!({"status": "CREATE_FAILED"}), failed(), "3"),
        (json!({"status": "DELETE_FAILED"}), failed(), "3"),
    ] {
        let server = MockServer::start().await;
        let mut answered = reported(members.clone());
        answered["failureReason"] = json!("no capacity");
        answer(&server, "GET", LIVE, answered).await;
        let found = found(&server).await;
        assert_eq!(
            (found.status, found.spec.version.as_str()),
            (status, version),
            "{members}"
        );
    }
}

#[tokio::test]
async fn a_failed_move_is_a_difference_and_the_previous_version_serves() {
    let server = MockServer::start().await;
    let failed =
        json!({"status": "UPDATE_FAILED", "targetVersion": "4", "failureReason": "no capacity"});
    answer(&server, "GET", LIVE, reported(failed)).await;
    let expected = EndpointSpec {
        last_update: "Failed: no capacity".into(),
        ..spec()
    };
    assert_eq!(found(&server).await.spec, expected);
}

#[tokio::test]
async fn a_missing_endpoint_is_absent_for_every_answer_that_means_it() {
    let server = MockServer::start().await;
    let missing = || refusal(404, "ResourceNotFoundException", "not found");
    respond(&server, "GET", LIVE, missing()).await;
    assert!(matches!(read(&server).await, Reading::Absent));

    // The runtime exists, and has no such endpoint.
    let denied = || {
        refusal(
            403,
            "AccessDeniedException",
            "Endpoint 'live' was not found",
        )
    };
    let server = MockServer::start().await;
    respond(&server, "GET", LIVE, denied()).await;
    answer(&server, "POST", ENDPOINTS, json!({"runtimeEndpoints": []})).await;
    assert!(matches!(read(&server).await, Reading::Absent));

    // The runtime does not exist.
    let server = MockServer::start().await;
    respond(&server, "GET", LIVE, denied()).await;
    respond(&server, "POST", ENDPOINTS, missing()).await;
    assert!(matches!(read(&server).await, Reading::Absent));

    let server = MockServer::start().await;
    respond(&server, "GET", LIVE, denied()).await;
    respond(&server, "POST", ENDPOINTS, denied()).await;
    answer(&server, "POST", RUNTIMES, json!({"agentRuntimes": []})).await;
    assert!(matches!(read(&server).await, Reading::Absent));
}

#[tokio::test]
async fn a_denial_of_a_listed_endpoint_is_a_denial() {
    let words = "u is not authorized to perform: bedrock-agentcore:GetAgentRuntimeEndpoint";
    let denied = || refusal(403, "AccessDeniedException", words);
    let server = MockServer::start().await;
    respond(&server, "GET", LIVE, denied()).await;
    serve_endpoints(&server).await;
    let Reading::Unreadable(fault) = read(&server).await else {
        panic!("the endpoint is there");
    };
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (FaultKind::Denied, words)
    );

    let server = MockServer::start().await;
    for (verb, wanted) in [("GET", LIVE), ("POST", ENDPOINTS), ("POST", RUNTIMES)] {
        respond(&server, verb, wanted, denied()).await;
    }
    assert!(matches!(read(&server).await, Reading::Unreadable(_)));
}

#[tokio::test]
async fn a_name_without_a_runtime_is_unreadable() {
    let server = MockServer::start().await;
    let names = [PhysicalName::new("live")];
    let readings = EndpointReader::new(clients(&server)).read(&names).await;
    let [Reading::Unreadable(fault)] = &readings[..] else {
        panic!("{readings:?}");
    };
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (
            FaultKind::Invalid,
            "`live` is not of the form `<runtime id>/<endpoint>`"
        )
    );
}

fn accepted() -> ResponseTemplate {
    ResponseTemplate::new(202).set_body_json(json!({
        "agentRuntimeEndpointArn": endpoint_arn(),
        "agentRuntimeArn": arn(ID),
        "agentRuntimeId": ID,
        "endpointName": "live",
        "liveVersion": "3",
        "targetVersion": "5",
        "status": "UPDATING",
        "createdAt": "2026-11-20T10:00:00Z",
        "lastUpdatedAt": "2026-11-20T10:00:00Z"
    }))
}

#[tokio::test]
async fn an_endpoint_is_created_at_a_version() {
    let server = MockServer::start().await;
    respond(&server, "PUT", ENDPOINTS, accepted()).await;
    let created = EndpointWriter::new(clients(&server))
        .create(&live(), &spec(), &intent())
        .await;
    assert_eq!(
        created,
        Ok(Mutation(agentcore::CREATE_AGENT_RUNTIME_ENDPOINT))
    );
    assert_eq!(
        without_token(&only_request(&server).await),
        json!({"name": "live", "agentRuntimeVersion": "3", "description": "agentctl: what callers reach"})
    );
}

#[tokio::test]
async fn one_update_moves_the_endpoint_and_keeps_its_mark() {
    let server = MockServer::start().await;
    respond(&server, "PUT", LIVE, accepted()).await;
    let desired = EndpointSpec {
        version: "5".into(),
        ..spec()
    };
    let fields = ["/version".to_owned()];
    let updated = EndpointWriter::new(clients(&server))
        .update(&live(), &observed(), &desired, &fields, &intent())
        .await;
    assert_eq!(
        updated,
        Ok(Mutation(agentcore::UPDATE_AGENT_RUNTIME_ENDPOINT))
    );
    assert_eq!(
        without_token(&only_request(&server).await),
        json!({"agentRuntimeVersion": "5", "description": "agentctl: what callers reach"})
    );
}

#[tokio::test]
async fn only_the_endpoint_is_deleted() {
    let server = MockServer::start().await;
    let deleted = ResponseTemplate::new(202).set_body_json(json!({"status": "DELETING"}));
    respond(&server, "DELETE", LIVE, deleted).await;
    let deleted = EndpointWriter::new(clients(&server))
        .delete(&live(), &observed())
        .await;
    assert_eq!(
        deleted,
        Ok(Mutation(agentcore::DELETE_AGENT_RUNTIME_ENDPOINT))
    );
    let lines = request_lines(&server).await;
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("DELETE /runtimes/triage-a1B2c3D4e5/runtime-endpoints/live"));
}

#[tokio::test]
async fn a_conflict_means_a_name_in_use_or_a_change_in_progress_and_a_denial_can_mean_a_missing_endpoint()
 {
    let server = MockServer::start().await;
    let conflict = |message| refusal(409, "ConflictException", message);
    let taken = conflict("An agent endpoint with the specified name already exists.");
    respond(&server, "PUT", ENDPOINTS, taken).await;
    respond(&server, "PUT", LIVE, conflict("the runtime is UPDATING")).await;
    let denied = refusal(
        403,
        "AccessDeniedException",
        "Endpoint 'live' was not found",
    );
    respond(&server, "DELETE", LIVE, denied).await;
    answer(&server, "POST", ENDPOINTS, json!({"runtimeEndpoints": []})).await;
    let writer = EndpointWriter::new(clients(&server));
    let fields = ["/version".to_owned()];
    let created = writer.create(&live(), &spec(), &intent()).await;
    let updated = writer
        .update(&live(), &observed(), &spec(), &fields, &intent())
        .await;
    let deleted = writer.delete(&live(), &observed()).await;
    assert_eq!(
        [created, updated, deleted].map(|outcome| outcome.unwrap_err().kind),
        [
            FaultKind::AlreadyExists,
            FaultKind::Busy,
            FaultKind::NotFound
        ]
    );
}

#[tokio::test]
async fn an_agent_owns_the_endpoints_of_its_runtime_that_agentctl_made() {
    let server = MockServer::start().await;
    serve_listing(&server).await;
    serve_endpoints(&server).await;
    serve_tags(&server).await;
    let of_triage = OwnerFilter::of(&owner());
    let owned = EndpointReader::new(clients(&server))
        .owned(std::slice::from_ref(&of_triage))
        .await;
    assert_eq!(owned, Ok(vec![Candidate::new(live(), &of_triage)]));
}

#[tokio::test]
async fn a_projects_endpoints_are_those_of_its_runtimes() {
    let server = MockServer::start().await;
    serve_listing(&server).await;
    serve_endpoints(&server).await;
    serve_tags(&server).await;
    serve_empty_index(&server).await;
    let of_triage = OwnerFilter::of(&owner());
    let project = OwnerFilter {
        agent: None,
        ..of_triage.clone()
    };
    let owned = EndpointReader::new(clients(&server))
        .owned(&[project])
        .await;
    assert_eq!(owned, Ok(vec![Candidate::new(live(), &of_triage)]));
}

#[tokio::test]
async fn an_agent_does_not_own_the_endpoints_of_a_foreign_runtime_with_its_name() {
    let server = MockServer::start().await;
    serve_listing(&server).await;
    serve_endpoints(&server).await;
    answer(
        &server,
        "GET",
        &tag_path(ID),
        json!({"tags": {"team": "billing"}}),
    )
    .await;
    let owned = EndpointReader::new(clients(&server))
        .owned(&[OwnerFilter::of(&owner())])
        .await;
    assert_eq!(owned, Ok(Vec::new()));
}

#[tokio::test]
async fn an_agent_whose_runtime_is_missing_or_was_deleted_owns_no_endpoint() {
    let of_triage = [OwnerFilter::of(&owner())];
    let server = MockServer::start().await;
    answer(&server, "POST", RUNTIMES, json!({"agentRuntimes": []})).await;
    let reader = EndpointReader::new(clients(&server));
    assert_eq!(reader.owned(&of_triage).await, Ok(Vec::new()));
    let server = MockServer::start().await;
    serve_listing(&server).await;
    let missing = refusal(404, "ResourceNotFoundException", "not found");
    respond(&server, "POST", ENDPOINTS, missing).await;
    let reader = EndpointReader::new(clients(&server));
    assert_eq!(reader.owned(&of_triage).await, Ok(Vec::new()));
}

#[tokio::test]
async fn all_versions_of_a_runtime_that_did_not_fail_are_listed_with_their_code() {
    let server = MockServer::start().await;
    let version = |number: &str, status: &str, description: &str| {
        json!({
            "agentRuntimeArn": arn(ID), "agentRuntimeId": ID, "agentRuntimeName": "triage",
            "agentRuntimeVersion": number, "description": description,
            "lastUpdatedAt": "2026-11-20T10:00:00Z", "status": status,
        })
    };
    let path = format!("/runtimes/{ID}/versions");
    let pages = [
        (
            None,
            json!({ "agentRuntimes": [version("3", "UPDATE_FAILED", ""), version("2", "READY", "slower")], "nextToken": "2" }),
        ),
        (
            Some("2"),
            json!({ "agentRuntimes": [version("1", "READY", "")] }),
        ),
    ];
    for (token, page) in pages {
        let mock = Mock::given(method("POST")).and(at(&path));
        let mock = match token {
            Some(token) => mock.and(query_param("nextToken", token)),
            None => mock.and(query_param_is_missing("nextToken")),
        };
        let answer = ResponseTemplate::new(200).set_body_json(page);
        mock.respond_with(answer).mount(&server).await;
    }
    let digest = "0123456789abcdef".repeat(4);
    for (number, metadata, key) in [
        ("1", Value::Null, "objects/code.zip".to_owned()),
        (
            "2",
            json!({"requireMMDSV2": true}),
            format!("objects/claims/{digest}.zip"),
        ),
    ] {
        let mut version = agentcore_runtime::reported();
        version["metadataConfiguration"] = metadata;
        version["agentRuntimeArtifact"]["codeConfiguration"]["code"]["s3"]["prefix"] = json!(key);
        Mock::given(method("GET"))
            .and(at(&format!("/runtimes/{ID}")))
            .and(query_param("version", number))
            .respond_with(ResponseTemplate::new(200).set_body_json(version))
            .mount(&server)
            .await;
    }
    let reported = |number, description: Option<&str>| Version {
        number,
        published: Some("2026-11-20T10:00:00Z".into()),
        digest: None,
        description: description.map(str::to_owned),
        refusal: None,
    };
    let newer = Version {
        digest: Some(digest),
        ..reported(2, Some("slower"))
    };
    let words = "AgentCore invokes no version that does not require MMDSv2 (`requireMMDSV2`)";
    let older = Version {
        refusal: Some(words.to_owned()),
        ..reported(1, None)
    };
    assert_eq!(
        EndpointReader::new(clients(&server))
            .versions(&live())
            .await,
        Ok(vec![newer, older])
    );
}
