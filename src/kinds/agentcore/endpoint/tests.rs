use serde_json::json;

use super::super::APPLIED;
use super::*;
use crate::kinds::agentcore::runtime;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::address::Address;
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, Resolved, resolve, sources};

fn runtime() -> Address {
    Address::new("agentcore-runtime", "triage")
}

fn spec() -> EndpointSpec<Declared> {
    EndpointSpec {
        runtime: runtime::ID.of(&runtime()),
        version: runtime::VERSION.of(&runtime()),
        description: "What callers reach".into(),
        last_update: APPLIED.into(),
    }
}

#[test]
fn a_declared_and_a_resolved_endpoint_survive_a_json_round_trip() {
    assert_canonical_is_stable::<AgentcoreEndpoint, Declared>(spec());
    let known = resolve(&json!(spec()), &|source| Some(json!(source.output)));
    let resolved = serde_json::from_value(known).unwrap();
    assert_canonical_is_stable::<AgentcoreEndpoint, Resolved>(resolved);
}

#[test]
fn rules_and_outputs_name_fields_that_exist() {
    let outputs = EndpointOutputs {
        arn: String::new(),
        name: String::new(),
    };
    assert_names_exist::<AgentcoreEndpoint>(spec(), &outputs, &[ARN.name(), NAME.name()]);
}

#[test]
fn the_url_of_an_endpoint_has_its_runtime_and_qualifier() {
    let url = |partition: &str, region: &str| {
        let runtime = format!(
            "arn:{partition}:bedrock-agentcore:{region}:111122223333:runtime/triage-0123456789"
        );
        AgentcoreEndpoint::invocation_url(&EndpointOutputs {
            arn: format!("{runtime}/runtime-endpoint/live"),
            name: "live".into(),
        })
    };
    assert_eq!(
        url("aws", "us-east-1").unwrap(),
        "https://bedrock-agentcore.us-east-1.amazonaws.com/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A111122223333%3Aruntime%2Ftriage-0123456789/invocations?qualifier=live"
    );
    let china = url("aws-cn", "cn-north-1").unwrap();
    assert!(
        china.starts_with("https://bedrock-agentcore.cn-north-1.amazonaws.com.cn/"),
        "{china}"
    );
}

#[test]
fn the_name_of_an_endpoint_contains_the_id_of_its_runtime() {
    let name = json!(physical_name(&runtime(), "live"));
    let known = resolve(&name, &|source| {
        (*source == sources(&name)[0]).then(|| json!("triage-0123456789"))
    });
    assert_eq!(known, json!("triage-0123456789/live"));
}

#[test]
fn the_summary_of_an_endpoint_names_its_version() {
    assert_eq!(AgentcoreEndpoint::summary(&spec()), "to the newest version");
    let pinned = EndpointSpec {
        version: "3".into(),
        ..spec()
    };
    assert_eq!(AgentcoreEndpoint::summary(&pinned), "to version 3");
}
