//! Lambda aliases: requests and answers of Lambda.

use std::collections::BTreeMap;

use agentctl::kinds::lambda::alias::{
    AliasOutputs, AliasReader, AliasSpec, AliasWriter, LambdaAlias, physical_name,
};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::fault::FaultKind;
use agentctl::resource::kind::{Observed, Status};
use agentctl::resource::operation::lambda;
use agentctl::resource::owner::{OwnerFilter, Ownership};
use agentctl::resource::provider::{Mutation, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::lambda_function::{intent, owner, refusal, reported, serve};
use crate::support::clients;

const ALIASES: &str = "/2015-03-31/functions/triage/aliases";
const LIVE: &str = "/2015-03-31/functions/triage/aliases/live";

fn live() -> PhysicalName {
    physical_name("triage", "live")
}

fn arn(alias: &str) -> String {
    format!("arn:aws:lambda:us-east-1:111122223333:function:triage:{alias}")
}

fn alias(name: &str) -> Value {
    json!({
        "AliasArn": arn(name),
        "Name": name,
        "FunctionVersion": "3",
        "Description": "agentctl: what callers reach",
        "RoutingConfig": {"AdditionalVersionWeights": {"4": 0.05}},
        "RevisionId": "revision-1"
    })
}

fn spec() -> AliasSpec<Resolved> {
    AliasSpec {
        function: "triage".into(),
        version: "3".into(),
        description: "agentctl: what callers reach".into(),
        routing: BTreeMap::from([("4".into(), 0.05)]),
    }
}

fn observed() -> Observed<LambdaAlias> {
    Observed {
        spec: spec(),
        outputs: AliasOutputs {
            arn: arn("live"),
            name: "live".into(),
        },
        status: Status::Ready,
        revision: Some("revision-1".into()),
        owner: Ownership::Parent,
    }
}

/// Serves two pages of aliases.
async fn serve_aliases(server: &MockServer) {
    let mut beta = alias("beta");
    beta["Description"] = json!("made by hand");
    Mock::given(method("GET"))
        .and(path(ALIASES))
        .and(query_param_is_missing("Marker"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"Aliases": [beta], "NextMarker": "next"})),
        )
        .expect(1)
        .mount(server)
        .await;
    Mock::given(method("GET"))
        .and(path(ALIASES))
        .and(query_param("Marker", "next"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"Aliases": [alias("live")]})))
        .expect(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn the_aliases_of_one_function_are_read_with_one_listing_in_the_order_of_the_names() {
    let server = MockServer::start().await;
    serve_aliases(&server).await;
    let names = [
        physical_name("triage", "old"),
        live(),
        PhysicalName::new("no alias at all"),
    ];
    let readings = AliasReader::new(clients(&server)).read(&names).await;
    let [
        Reading::Absent,
        Reading::Found(found),
        Reading::Unreadable(fault),
    ] = &readings[..]
    else {
        panic!("{readings:?}");
    };
    assert_eq!(found, &observed());
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (
            FaultKind::Invalid,
            "`no alias at all` is not of the form `<function>:<alias>`"
        )
    );
}

#[tokio::test]
async fn without_its_function_an_alias_is_absent_and_without_a_permission_unreadable() {
    let server = MockServer::start().await;
    Mock::given(path(ALIASES))
        .respond_with(refusal(
            404,
            "ResourceNotFoundException",
            "Function not found",
        ))
        .mount(&server)
        .await;
    Mock::given(path("/2015-03-31/functions/other/aliases"))
        .respond_with(refusal(403, "AccessDeniedException", "not authorized"))
        .mount(&server)
        .await;
    let names = [live(), physical_name("other", "live")];
    let readings = AliasReader::new(clients(&server)).read(&names).await;
    let [Reading::Absent, Reading::Unreadable(fault)] = &readings[..] else {
        panic!("{readings:?}");
    };
    assert_eq!(fault.kind, FaultKind::Denied);
}

#[tokio::test]
async fn an_alias_is_created_without_weights_unless_there_are_some() {
    let server = MockServer::start().await;
    let plain = json!({"Name": "live", "FunctionVersion": "3", "Description": "agentctl: what callers reach"});
    let mut weighted = plain.clone();
    weighted["RoutingConfig"] = json!({"AdditionalVersionWeights": {"4": 0.05}});
    for body in [plain, weighted] {
        Mock::given(method("POST"))
            .and(path(ALIASES))
            .and(body_json(body))
            .respond_with(ResponseTemplate::new(201).set_body_json(alias("live")))
            .expect(1)
            .mount(&server)
            .await;
    }
    let writer = AliasWriter::new(clients(&server));
    for routing in [BTreeMap::new(), spec().routing] {
        let spec = AliasSpec { routing, ..spec() };
        assert_eq!(
            writer.create(&live(), &spec, &intent()).await,
            Ok(Mutation(lambda::CREATE_ALIAS))
        );
    }
}

#[tokio::test]
async fn one_update_moves_the_alias_and_ends_a_canary() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path(LIVE))
        .and(body_json(json!({
            "FunctionVersion": "5",
            "Description": "agentctl: what callers reach",
            "RoutingConfig": {"AdditionalVersionWeights": {}},
            "RevisionId": "revision-1"
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(alias("live")))
        .expect(1)
        .mount(&server)
        .await;
    let desired = AliasSpec {
        version: "5".into(),
        routing: BTreeMap::new(),
        ..spec()
    };
    let fields = ["/routing/4".to_owned(), "/version".to_owned()];
    let updated = AliasWriter::new(clients(&server))
        .update(&live(), &observed(), &desired, &fields, &intent())
        .await;
    assert_eq!(updated, Ok(Mutation(lambda::UPDATE_ALIAS)));
}

#[tokio::test]
async fn an_alias_that_moved_meanwhile_is_stale_and_an_existing_one_exists() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .respond_with(refusal(
            412,
            "PreconditionFailedException",
            "The RevisionId provided does not match the latest RevisionId.",
        ))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(refusal(
            409,
            "ResourceConflictException",
            "Alias already exists: live",
        ))
        .mount(&server)
        .await;
    let writer = AliasWriter::new(clients(&server));
    let fields = ["/version".to_owned()];
    let updated = writer
        .update(&live(), &observed(), &spec(), &fields, &intent())
        .await;
    let created = writer.create(&live(), &spec(), &intent()).await;
    assert_eq!(
        (updated.unwrap_err().kind, created.unwrap_err().kind),
        (FaultKind::Stale, FaultKind::AlreadyExists)
    );
}

#[tokio::test]
async fn only_the_alias_is_deleted() {
    let server = MockServer::start().await;
    Mock::given(method("DELETE"))
        .and(path(LIVE))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let deleted = AliasWriter::new(clients(&server))
        .delete(&live(), &observed())
        .await;
    assert_eq!(deleted, Ok(Mutation(lambda::DELETE_ALIAS)));
}

#[tokio::test]
async fn an_agent_owns_the_aliases_of_its_function_that_agentctl_made() {
    let server = MockServer::start().await;
    serve_aliases(&server).await;
    serve(&server, reported()).await;
    let owned = crate::support::owned(
        &AliasReader::new(clients(&server)),
        &OwnerFilter::of(&owner()),
    )
    .await;
    assert_eq!(owned, Ok(vec![live()]));
}

#[tokio::test]
async fn an_agent_does_not_own_the_aliases_of_a_foreign_function_with_its_name() {
    let server = MockServer::start().await;
    serve_aliases(&server).await;
    Mock::given(path("/2015-03-31/functions/triage"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"Configuration": reported(), "Tags": {"team": "billing"}})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let owned = crate::support::owned(
        &AliasReader::new(clients(&server)),
        &OwnerFilter::of(&owner()),
    )
    .await;
    assert_eq!(owned, Ok(Vec::new()));
}

#[tokio::test]
async fn without_a_function_or_without_an_agent_no_alias_is_owned() {
    let server = MockServer::start().await;
    Mock::given(path(ALIASES))
        .respond_with(refusal(
            404,
            "ResourceNotFoundException",
            "Function not found",
        ))
        .expect(1)
        .mount(&server)
        .await;
    let reader = AliasReader::new(clients(&server));
    let agent = OwnerFilter::of(&owner());
    let project = OwnerFilter {
        agent: None,
        ..agent.clone()
    };
    assert_eq!(crate::support::owned(&reader, &agent).await, Ok(Vec::new()));
    assert_eq!(
        crate::support::owned(&reader, &project).await,
        Ok(Vec::new())
    );
}
