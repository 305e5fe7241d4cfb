//! Lambda versions: which one is found, and what is published.

use agentctl::kinds::lambda::function::FunctionReader;
use agentctl::kinds::lambda::version::{
    LambdaVersion, VersionOutputs, VersionReader, VersionSpec, VersionWriter,
};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::fault::FaultKind;
use agentctl::resource::kind::{Observed, Status};
use agentctl::resource::operation::lambda;
use agentctl::resource::owner::{OwnerFilter, Ownership};
use agentctl::resource::provider::{Mutation, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use agentctl::resource::version::{Version, VersionLister};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::lambda_function::{intent, name, owner, refusal, reported, serve};
use crate::support::clients;

const FUNCTION: &str = "/2015-03-31/functions/triage";
const VERSIONS: &str = "/2015-03-31/functions/triage/versions";

/// Returns a function's configuration as lists have it: without state.
fn listed(version: &str, timeout: u32) -> Value {
    let mut listed = reported();
    let members = listed.as_object_mut().unwrap();
    members.remove("State");
    members.remove("LastUpdateStatus");
    members.remove("RuntimeVersionConfig");
    members.insert("Version".into(), json!(version));
    members.insert("Timeout".into(), json!(timeout));
    members.insert("RevisionId".into(), json!(format!("revision-{version}")));
    if version != "$LATEST" {
        let arn = format!("{}:{version}", members["FunctionArn"].as_str().unwrap());
        members.insert("FunctionArn".into(), json!(arn));
    }
    listed
}

fn undecryptable(version: &str) -> Value {
    let mut listed = listed(version, 600);
    listed["KMSKeyArn"] = json!("arn:aws:kms:us-east-1:111122223333:key/gone");
    listed["Environment"] =
        json!({"Error": {"ErrorCode": "KMSDisabledException", "Message": "key is disabled"}});
    listed
}

async fn serve_versions(server: &MockServer, versions: Vec<Value>) {
    Mock::given(method("GET"))
        .and(path(VERSIONS))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"Versions": versions})))
        .mount(server)
        .await;
}

/// Answers the read of a version's state.
async fn serve_state(server: &MockServer, version: &str, state: &str) {
    let mut configuration = listed(version, 600);
    configuration["State"] = json!(state);
    Mock::given(method("GET"))
        .and(path(FUNCTION))
        .and(query_param("Qualifier", version))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"Configuration": configuration})),
        )
        .expect(1)
        .mount(server)
        .await;
}

async fn read(server: &MockServer) -> Reading<Observed<LambdaVersion>> {
    VersionReader::new(clients(server))
        .read(&[name()])
        .await
        .remove(0)
}

/// Returns the digest of everything that a version published now would freeze, an output of the function.
async fn content() -> String {
    let server = MockServer::start().await;
    serve(&server, reported()).await;
    match FunctionReader::new(clients(&server))
        .read(&[name()])
        .await
        .remove(0)
    {
        Reading::Found(function) => function.outputs.content,
        other => panic!("{other:?}"),
    }
}

fn version(number: &str, content: String, status: Status, count: u64) -> Observed<LambdaVersion> {
    Observed {
        spec: VersionSpec {
            function: "triage".into(),
            content,
        },
        outputs: VersionOutputs {
            version: number.into(),
            arn: format!("arn:aws:lambda:us-east-1:111122223333:function:triage:{number}"),
            count,
        },
        status,
        revision: None,
        owner: Ownership::Parent,
    }
}

#[tokio::test]
async fn the_newest_version_with_the_content_of_the_function_is_found_on_every_page() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(VERSIONS))
        .and(query_param_is_missing("Marker"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "Versions": [listed("$LATEST", 600), listed("1", 600), listed("9", 600)],
            "NextMarker": "next"
        })))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(VERSIONS))
        .and(query_param("Marker", "next"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "Versions": [listed("10", 600), undecryptable("11"), listed("12", 30)]
        })))
        .expect(1)
        .mount(&server)
        .await;
    serve_state(&server, "10", "Active").await;
    assert_eq!(
        read(&server).await,
        Reading::Found(version("10", content().await, Status::Ready, 5))
    );
}

#[tokio::test]
async fn a_version_that_is_not_ready_is_settling() {
    let server = MockServer::start().await;
    serve_versions(&server, vec![listed("$LATEST", 600), listed("1", 600)]).await;
    serve_state(&server, "1", "Pending").await;
    assert_eq!(
        read(&server).await,
        Reading::Found(version(
            "1",
            content().await,
            Status::Settling("Pending".into()),
            1
        ))
    );
}

#[tokio::test]
async fn without_a_version_of_that_content_the_newest_one_is_found_with_its_own() {
    let server = MockServer::start().await;
    serve_versions(
        &server,
        vec![listed("$LATEST", 600), listed("1", 30), listed("2", 60)],
    )
    .await;
    serve_state(&server, "2", "Active").await;
    let Reading::Found(found) = read(&server).await else {
        panic!("the newest version is found");
    };
    assert_eq!(found.outputs.version, "2");
    assert_ne!(found.spec.content, content().await);
}

#[tokio::test]
async fn a_version_that_cannot_be_decrypted_differs_and_does_not_stop_the_next_one() {
    let server = MockServer::start().await;
    serve_versions(&server, vec![listed("$LATEST", 600), undecryptable("1")]).await;
    serve_state(&server, "1", "Active").await;
    assert_eq!(
        read(&server).await,
        Reading::Found(version("1", "undecryptable".into(), Status::Ready, 1))
    );
}

#[tokio::test]
async fn a_function_that_was_never_published_has_no_version_and_neither_has_a_missing_one() {
    let server = MockServer::start().await;
    serve_versions(&server, vec![listed("$LATEST", 600)]).await;
    assert_eq!(read(&server).await, Reading::Absent);

    let missing = MockServer::start().await;
    Mock::given(path(VERSIONS))
        .respond_with(refusal(
            404,
            "ResourceNotFoundException",
            "Function not found",
        ))
        .mount(&missing)
        .await;
    assert_eq!(read(&missing).await, Reading::Absent);
}

#[tokio::test]
async fn a_function_that_cannot_be_decrypted_obscures_its_version() {
    let server = MockServer::start().await;
    serve_versions(&server, vec![undecryptable("$LATEST"), listed("1", 600)]).await;
    serve_state(&server, "1", "Active").await;
    let Reading::Obscured(newest, fault) = read(&server).await else {
        panic!("nothing can be compared");
    };
    assert_eq!(
        (newest.outputs.version.as_str(), fault.message.as_str()),
        ("1", "the environment cannot be decrypted: key is disabled")
    );
}

fn desired(content: String) -> VersionSpec<Resolved> {
    VersionSpec {
        function: "triage".into(),
        content,
    }
}

#[tokio::test]
async fn exactly_what_was_planned_is_published() {
    let server = MockServer::start().await;
    serve(&server, reported()).await;
    Mock::given(method("POST"))
        .and(path(VERSIONS))
        .and(body_json(json!({
            "CodeSha256": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
            "RevisionId": "revision-7"
        })))
        .respond_with(ResponseTemplate::new(201).set_body_json(listed("3", 600)))
        .expect(2)
        .mount(&server)
        .await;
    let writer = VersionWriter::new(clients(&server));
    let desired = desired(content().await);
    let before = version("2", "older".into(), Status::Ready, 2);
    let fields = ["/content".to_owned()];
    assert_eq!(
        (
            writer.create(&name(), &desired, &intent()).await,
            writer
                .update(&name(), &before, &desired, &fields, &intent())
                .await
        ),
        (
            Ok(Mutation(lambda::PUBLISH_VERSION)),
            Ok(Mutation(lambda::PUBLISH_VERSION))
        )
    );
}

#[tokio::test]
async fn a_function_that_changed_since_it_was_planned_is_not_published() {
    let server = MockServer::start().await;
    serve(&server, reported()).await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(201).set_body_json(listed("3", 600)))
        .expect(0)
        .mount(&server)
        .await;
    let fault = VersionWriter::new(clients(&server))
        .create(&name(), &desired("another".into()), &intent())
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (
            FaultKind::Stale,
            "function `triage` is not what was planned to be published"
        )
    );
}

#[tokio::test]
async fn a_change_between_the_last_read_and_publishing_is_stale() {
    for (status, code, message, kind) in [
        (
            412,
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id.",
            FaultKind::Stale,
        ),
        (
            400,
            "InvalidParameterValueException",
            "CodeSHA256 (A=) is different from current CodeSHA256 in $LATEST (B=).",
            FaultKind::Stale,
        ),
        (
            409,
            "ResourceConflictException",
            "The operation cannot be performed at this time. An update is in progress for resource",
            FaultKind::Busy,
        ),
    ] {
        let server = MockServer::start().await;
        serve(&server, reported()).await;
        Mock::given(method("POST"))
            .and(path(VERSIONS))
            .respond_with(refusal(status, code, message))
            .expect(1)
            .mount(&server)
            .await;
        let fault = VersionWriter::new(clients(&server))
            .create(&name(), &desired(content().await), &intent())
            .await
            .unwrap_err();
        assert_eq!((fault.kind, fault.message.as_str()), (kind, message));
    }
}

#[tokio::test]
async fn only_the_version_that_was_read_is_deleted() {
    let server = MockServer::start().await;
    Mock::given(method("DELETE"))
        .and(path(FUNCTION))
        .and(query_param("Qualifier", "2"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let deleted = VersionWriter::new(clients(&server))
        .delete(&name(), &version("2", "older".into(), Status::Ready, 2))
        .await;
    assert_eq!(deleted, Ok(Mutation(lambda::DELETE_FUNCTION)));
}

#[tokio::test]
async fn versions_are_not_listed_as_owned() {
    let server = MockServer::start().await;
    let owned = crate::support::owned(
        &VersionReader::new(clients(&server)),
        &OwnerFilter::of(&owner()),
    )
    .await;
    assert_eq!(owned, Ok(Vec::new()));
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_published_versions_are_listed_with_their_code_and_time() {
    let server = MockServer::start().await;
    let mut newest = listed("9", 600);
    newest["LastModified"] = json!("2026-11-20T10:00:00.000+0000");
    newest["CodeSha256"] = json!("aGVsbG8=");
    newest["Description"] = json!("faster");
    let mut oldest = newest.clone();
    oldest["Version"] = json!("1");
    oldest["Description"] = json!("");
    serve_versions(&server, vec![listed("$LATEST", 600), newest, oldest]).await;
    let published = |number, description: Option<&str>| Version {
        number,
        published: Some("2026-11-20T10:00:00Z".into()),
        digest: Some("aGVsbG8=".into()),
        description: description.map(str::to_owned),
        refusal: None,
    };
    let reader = VersionReader::new(clients(&server));
    let pointer = PhysicalName::new("triage:live");
    assert_eq!(
        VersionLister::versions(&reader, &pointer).await,
        Ok(vec![published(9, Some("faster")), published(1, None)])
    );
}
