//! Old versions of `AgentCore` runtimes: requests and answers of the control API.

use agentctl::kinds::agentcore::old_version::{
    AgentcoreOldVersion, OldVersionReader, OldVersionWriter,
};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::fault::FaultKind;
use agentctl::resource::kind::{Observed, Status};
use agentctl::resource::operation::agentcore;
use agentctl::resource::owner::Ownership;
use agentctl::resource::provider::{Mutation, Reader, Reading, Writer};
use agentctl::resource::version::{
    Naming, OldVersionOutputs, OldVersionSpec, Published, VersionHistory, named_now,
};
use serde_json::{Value, json};
use wiremock::matchers::{method, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::agentcore_runtime::{ID, answer, arn, at, reported};
use crate::support::{clients, only_request, request_line, request_lines};

const RUNTIME: &str = "/runtimes/triage-a1B2c3D4e5/";
const VERSIONS: &str = "/runtimes/triage-a1B2c3D4e5/versions/";
const ENDPOINTS: &str = "/runtimes/triage-a1B2c3D4e5/runtime-endpoints/";

/// Serves these versions, of which one is being deleted.
async fn serve_versions(
    server: &MockServer,
    numbers: impl IntoIterator<Item = u64>,
    leaving: Option<u64>,
) {
    let reported = numbers.into_iter().map(|number| {
        json!({
            "agentRuntimeArn": arn(ID),
            "agentRuntimeId": ID,
            "agentRuntimeName": "triage",
            "agentRuntimeVersion": number.to_string(),
            "description": "agentctl",
            "lastUpdatedAt": "2026-11-20T10:00:00Z",
            "status": if leaving == Some(number) { "DELETING" } else { "READY" }
        })
    });
    let versions: Vec<Value> = reported.collect();
    answer(
        server,
        "POST",
        VERSIONS,
        json!({ "agentRuntimes": versions }),
    )
    .await;
}

fn endpoint(name: &str, live: &str, target: &str) -> Value {
    json!({
        "agentRuntimeEndpointArn": format!("{}/runtime-endpoint/{name}", arn(ID)),
        "agentRuntimeArn": arn(ID),
        "createdAt": "2026-11-20T10:00:00Z",
        "lastUpdatedAt": "2026-11-20T10:00:00Z",
        "id": name,
        "name": name,
        "liveVersion": live,
        "targetVersion": target,
        "status": "READY"
    })
}

fn pointer() -> PhysicalName {
    PhysicalName::new(format!("{ID}/live"))
}

fn name(number: u64) -> PhysicalName {
    PhysicalName::new(format!("{ID}/{number}"))
}

fn observed(number: u64, status: Status) -> Observed<AgentcoreOldVersion> {
    Observed {
        spec: OldVersionSpec { number },
        outputs: OldVersionOutputs {},
        status,
        revision: None,
        owner: Ownership::Parent,
    }
}

#[tokio::test]
async fn a_version_that_any_endpoint_serves_or_moves_to_is_in_use_and_so_is_the_newest() {
    let server = MockServer::start().await;
    serve_versions(&server, [8, 5, 3, 2, 1], Some(5)).await;
    let endpoints = [
        endpoint("DEFAULT", "3", "3"),
        endpoint("made-by-hand", "1", "2"),
    ];
    answer(
        &server,
        "POST",
        ENDPOINTS,
        json!({ "runtimeEndpoints": endpoints }),
    )
    .await;
    let names = [1, 2, 3, 4, 5, 8].map(name);
    let leaving = Status::Going("DELETING".into());
    let in_use = |number| Reading::Unreadable(named_now(number, "an endpoint"));
    assert_eq!(
        OldVersionReader::new(clients(&server)).read(&names).await,
        [
            in_use(1),
            in_use(2),
            in_use(3),
            Reading::Absent,
            Reading::Found(observed(5, leaving)),
            in_use(8),
        ]
    );
    let asked = [
        "POST /runtimes/triage-a1B2c3D4e5/versions?maxResults=100",
        "POST /runtimes/triage-a1B2c3D4e5/runtime-endpoints?maxResults=100",
    ];
    assert_eq!(request_lines(&server).await, asked);
}

fn naming(pointer: &str, is_ours: bool, versions: &[u64]) -> Naming {
    Naming {
        pointer: PhysicalName::new(pointer),
        is_ours,
        versions: versions.iter().copied().collect(),
    }
}

#[tokio::test]
async fn versions_are_listed_with_those_that_endpoints_name_and_those_being_deleted() {
    let server = MockServer::start().await;
    serve_versions(&server, [3, 2, 1], Some(1)).await;
    let endpoints = [endpoint("DEFAULT", "3", "3"), endpoint("live", "1", "2")];
    answer(
        &server,
        "POST",
        ENDPOINTS,
        json!({ "runtimeEndpoints": endpoints }),
    )
    .await;
    let reader = OldVersionReader::new(clients(&server));
    let version = |number| Published {
        number,
        name: name(number),
        is_leaving: number == 1,
    };
    assert_eq!(
        reader.published(&pointer()).await,
        Ok(vec![version(3), version(2), version(1)])
    );
    let named = [
        // AgentCore creates and deletes `DEFAULT` with the runtime.
        naming(&format!("{ID}/DEFAULT"), true, &[3]),
        naming(&format!("{ID}/live"), false, &[1, 2]),
    ];
    assert_eq!(reader.named(&pointer()).await, Ok(named.to_vec()));
}

#[tokio::test]
async fn a_deleted_runtime_has_no_versions() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(
            ResponseTemplate::new(404)
                .set_body_json(json!({ "message": "not found" }))
                .insert_header("x-amzn-errortype", "ResourceNotFoundException"),
        )
        .mount(&server)
        .await;
    let reader = OldVersionReader::new(clients(&server));
    assert_eq!(reader.published(&pointer()).await, Ok(Vec::new()));
    assert_eq!(reader.named(&pointer()).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_runtime_uses_the_code_and_the_mentioned_objects_of_kept_versions() {
    let server = MockServer::start().await;
    serve_versions(&server, [4, 3, 2, 1], Some(1)).await;
    for number in ["3", "4"] {
        let mut version = reported();
        version["agentRuntimeVersion"] = json!(number);
        version["agentRuntimeArtifact"]["codeConfiguration"]["code"]["s3"]["prefix"] =
            json!(format!("code-{number}"));
        version["environmentVariables"] = json!({ "PROMPT_KEY": format!("prompt-{number}") });
        Mock::given(method("GET"))
            .and(at(RUNTIME))
            .and(query_param("version", number))
            .respond_with(ResponseTemplate::new(200).set_body_json(version))
            .mount(&server)
            .await;
    }
    let sorts = ["code", "prompt"];
    let numbered = |number: u32| sorts.map(|sort| format!("{sort}-{number}"));
    let mentions = (1..=4).flat_map(numbered).collect();
    let reader = OldVersionReader::new(clients(&server));
    // The first is being deleted, the second is outdated.
    let used = reader.used(&pointer(), &[2].into(), &mentions).await;
    assert_eq!(used, Ok((3..=4).flat_map(numbered).collect()));
}

#[tokio::test]
async fn only_the_version_is_deleted() {
    let server = MockServer::start().await;
    let reported = json!({"agentRuntimeId": ID, "status": "DELETING"});
    answer(&server, "DELETE", RUNTIME, reported).await;
    let writer = OldVersionWriter::new(clients(&server));
    let deleted = writer.delete(&name(2), &observed(2, Status::Ready)).await;
    assert_eq!(deleted, Ok(Mutation(agentcore::DELETE_AGENT_RUNTIME)));
    let request = only_request(&server).await;
    let line = request_line(&request);
    let wanted = "DELETE /runtimes/triage-a1B2c3D4e5?version=2&clientToken=";
    assert!(line.starts_with(wanted), "{line}");
}

#[tokio::test]
async fn a_name_without_a_number_sends_nothing() {
    let server = MockServer::start().await;
    let writer = OldVersionWriter::new(clients(&server));
    for name in [ID.to_owned(), format!("{ID}/"), format!("{ID}/live")] {
        let name = PhysicalName::new(name);
        let now = observed(2, Status::Ready);
        let refused = writer.delete(&name, &now).await.unwrap_err();
        assert_eq!(refused.kind, FaultKind::Invalid);
    }
    assert_eq!(request_lines(&server).await, [""; 0]);
}
