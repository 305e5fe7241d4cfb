//! Old versions of functions: requests and answers of Lambda.

use std::collections::BTreeSet;

use agentctl::kinds::lambda::old_version::{LambdaOldVersion, OldVersionReader, OldVersionWriter};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::fault::FaultKind;
use agentctl::resource::kind::{Observed, Status};
use agentctl::resource::operation::lambda;
use agentctl::resource::owner::Ownership;
use agentctl::resource::provider::{Mutation, Reader, Reading, Writer};
use agentctl::resource::version::{
    Naming, OldVersionOutputs, OldVersionSpec, Published, VersionHistory, named_now,
};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::lambda_function::refusal;
use crate::support::{clients, only_request, request_line, request_lines};

const VERSIONS: &str = "/2015-03-31/functions/triage/versions";
const ALIASES: &str = "/2015-03-31/functions/triage/aliases";
const FUNCTION: &str = "/2015-03-31/functions/triage";

async fn answer(server: &MockServer, at: &str, body: Value) {
    Mock::given(method("GET"))
        .and(path(at))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

/// Serves `$LATEST` and these versions.
async fn serve_versions(server: &MockServer, numbers: impl IntoIterator<Item = u64>) {
    let numbered = numbers.into_iter().map(|number| number.to_string());
    let versions: Vec<Value> = std::iter::once("$LATEST".to_owned())
        .chain(numbered)
        .map(|version| json!({"FunctionName": "triage", "Version": version}))
        .collect();
    answer(server, VERSIONS, json!({ "Versions": versions })).await;
}

fn pointer() -> PhysicalName {
    PhysicalName::new("triage:live")
}

fn name(number: u64) -> PhysicalName {
    PhysicalName::new(format!("triage:{number}"))
}

fn observed(number: u64) -> Observed<LambdaOldVersion> {
    Observed {
        spec: OldVersionSpec { number },
        outputs: OldVersionOutputs {},
        status: Status::Ready,
        revision: None,
        owner: Ownership::Parent,
    }
}

#[tokio::test]
async fn a_version_that_any_alias_names_or_shares_invocations_with_is_in_use() {
    let server = MockServer::start().await;
    serve_versions(&server, [1, 2, 3, 5, 8]).await;
    let alias = |name: &str, version: &str, weights: Value| json!({"Name": name, "FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}});
    let aliases = [
        alias("live", "8", json!({})),
        alias("made-by-hand", "1", json!({"3": 0.1})),
    ];
    answer(&server, ALIASES, json!({ "Aliases": aliases })).await;
    let names = [1, 2, 3, 4, 5].map(name);
    let in_use = |number| Reading::Unreadable(named_now(number, "an alias"));
    assert_eq!(
        OldVersionReader::new(clients(&server)).read(&names).await,
        [
            in_use(1),
            Reading::Found(observed(2)),
            in_use(3),
            Reading::Absent,
            Reading::Found(observed(5)),
        ]
    );
    let asked = [format!("GET {VERSIONS}"), format!("GET {ALIASES}")];
    assert_eq!(request_lines(&server).await, asked);
}

#[tokio::test]
async fn versions_that_cannot_be_listed_are_unreadable_and_those_of_a_missing_function_absent() {
    let server = MockServer::start().await;
    serve_versions(&server, [1]).await;
    Mock::given(path(ALIASES))
        .respond_with(refusal(403, "AccessDeniedException", "not allowed"))
        .mount(&server)
        .await;
    let reader = OldVersionReader::new(clients(&server));
    match reader.read(&[name(1)]).await.as_slice() {
        [Reading::Unreadable(fault)] => assert_eq!(fault.kind, FaultKind::Denied),
        other => panic!("{other:?}"),
    }

    let missing = MockServer::start().await;
    Mock::given(path(VERSIONS))
        .respond_with(refusal(
            404,
            "ResourceNotFoundException",
            "Function not found",
        ))
        .mount(&missing)
        .await;
    let reader = OldVersionReader::new(clients(&missing));
    assert_eq!(reader.read(&[name(1)]).await, [Reading::Absent]);
    assert_eq!(reader.published(&pointer()).await, Ok(Vec::new()));
}

fn naming(pointer: &str, is_ours: bool, versions: &[u64]) -> Naming {
    Naming {
        pointer: PhysicalName::new(pointer),
        is_ours,
        versions: versions.iter().copied().collect(),
    }
}

#[tokio::test]
async fn versions_are_listed_with_those_that_aliases_name() {
    let server = MockServer::start().await;
    serve_versions(&server, [1, 2, 3]).await;
    let aliases = [
        json!({"Name": "live", "Description": "agentctl: callers", "FunctionVersion": "3", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}),
        json!({"Name": "latest", "FunctionVersion": "$LATEST"}),
    ];
    answer(&server, ALIASES, json!({ "Aliases": aliases })).await;
    let reader = OldVersionReader::new(clients(&server));
    let version = |number| Published {
        number,
        name: name(number),
        is_leaving: false,
    };
    assert_eq!(
        reader.published(&pointer()).await,
        Ok(vec![version(1), version(2), version(3)])
    );
    let named = [
        naming("triage:latest", false, &[]),
        naming("triage:live", true, &[2, 3]),
    ];
    assert_eq!(reader.named(&pointer()).await, Ok(named.to_vec()));
}

#[tokio::test]
async fn a_function_uses_the_objects_that_kept_versions_mention() {
    let server = MockServer::start().await;
    let version = |number: &str, prompt: &str| {
        let variables =
            json!({"SYSTEM_PROMPT_S3_KEY": prompt, "TOOLS_CONFIG": "[{\"key\":\"tool\"}]"});
        json!({"FunctionName": "triage", "Version": number, "Environment": {"Variables": variables}})
    };
    let versions = [
        version("$LATEST", "draft"),
        version("1", "first"),
        version("2", "second"),
    ];
    answer(&server, VERSIONS, json!({ "Versions": versions })).await;
    let mentions = ["draft", "first", "second", "tool", "code"].map(str::to_owned);
    let reader = OldVersionReader::new(clients(&server));
    let used = reader
        .used(&pointer(), &BTreeSet::from([1]), &BTreeSet::from(mentions))
        .await;
    let expected = ["second", "tool"].map(str::to_owned);
    assert_eq!(used, Ok(BTreeSet::from(expected)));
}

#[tokio::test]
async fn a_version_whose_environment_cannot_be_read_is_a_fault() {
    let server = MockServer::start().await;
    let error = json!({"ErrorCode": "AccessDeniedException", "Message": "no key"});
    let version =
        json!({"FunctionName": "triage", "Version": "1", "Environment": {"Error": error}});
    answer(&server, VERSIONS, json!({ "Versions": [version] })).await;
    let reader = OldVersionReader::new(clients(&server));
    let mentions = BTreeSet::from(["first".to_owned()]);
    let used = reader.used(&pointer(), &BTreeSet::new(), &mentions).await;
    assert_eq!(used.unwrap_err().kind, FaultKind::Denied);
}

#[tokio::test]
async fn only_the_version_is_deleted() {
    let server = MockServer::start().await;
    Mock::given(method("DELETE"))
        .and(path(FUNCTION))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let writer = OldVersionWriter::new(clients(&server));
    let deleted = writer.delete(&name(2), &observed(2)).await;
    assert_eq!(deleted, Ok(Mutation(lambda::DELETE_FUNCTION)));
    let request = only_request(&server).await;
    assert_eq!(
        request_line(&request),
        format!("DELETE {FUNCTION}?Qualifier=2")
    );
}

#[tokio::test]
async fn a_name_without_a_number_sends_nothing() {
    let server = MockServer::start().await;
    let writer = OldVersionWriter::new(clients(&server));
    for name in ["triage", "triage:", "triage:live"] {
        let name = PhysicalName::new(name);
        let refused = writer.delete(&name, &observed(2)).await.unwrap_err();
        assert_eq!(refused.kind, FaultKind::Invalid);
    }
    assert_eq!(request_lines(&server).await, [""; 0]);
}
