use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::super::APPLIED;
use super::authorizer::{Authorizer, Claim, ClaimMatch};
use super::*;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::address::Address;
use crate::resource::environment::Environment;
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, OutputField, Resolved, resolve};
use crate::resource::registry::{KindEntry, declared};

fn claim(name: &str, texts: &[&str]) -> Claim {
    Claim {
        name: name.into(),
        value_type: "STRING_ARRAY".into(),
        operator: "CONTAINS_ANY".into(),
        matches: ClaimMatch::AnyOf(texts.iter().copied().map(String::from).collect()),
    }
}

fn spec() -> RuntimeSpec<Declared> {
    let arn: OutputField<String> = OutputField::new("arn");
    let code = Address::new("s3-object", "triage.code");
    RuntimeSpec {
        artifact: Artifact::Code(Code {
            bucket: OutputField::new("bucket").of(&code),
            key: OutputField::new("key").of(&code),
            object_version: Some("v1".into()),
            runtime: "PYTHON_3_13".into(),
            entry_point: vec!["opentelemetry-instrument".into(), "main.py".into()],
        }),
        role: arn.of(&Address::new("iam-role", "triage.agentcore")),
        network: Some(Network {
            subnets: vec!["subnet-b".into(), "subnet-a".into()],
            security_groups: vec!["sg-1".into()],
        }),
        role_id: Some(OutputField::new("id").of(&Address::new("iam-role", "triage.agentcore"))),
        description: "Triages invoices".into(),
        environment: Environment(BTreeMap::from([
            ("MODEL_ID".into(), "anthropic.claude".into()),
            ("API_TOKEN".into(), "hunter22".into()),
        ])),
        lifecycle: Lifecycle::default(),
        protocol: Protocol::default(),
        authorizer: Some(Authorizer {
            discovery_url: "https://id.example/.well-known/openid-configuration".into(),
            audiences: vec!["b".into(), "a".into()],
            clients: vec!["c".into()],
            scopes: vec!["read".into()],
            advertised_scopes: BTreeMap::from([("read".into(), "api/read".into())]),
            claims: vec![claim("groups", &["ops", "dev"])],
            others: BTreeMap::from([("privateEndpoint".into(), json!({ "domain": "x" }))]),
        }),
        request_headers: vec!["X-Trace".into(), "Authorization".into()],
        filesystems: vec![
            Filesystem::SessionStorage {
                mount_path: "/mnt/session".into(),
            },
            Filesystem::Efs {
                access_point: "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/a"
                    .into(),
                mount_path: "/mnt/shared".into(),
            },
        ],
        allowed_ports: vec![
            Ports {
                from: 9000,
                to: 9010,
            },
            Ports {
                from: 8081,
                to: 8081,
            },
        ],
        capacity_provider: Some("arn:aws:bedrock-agentcore:us-east-1:1:capacity-provider/c".into()),
        platform_version: PLATFORM.into(),
        mmdsv2: true,
        last_update: APPLIED.into(),
        tags: BTreeMap::from([("team".into(), "billing".into())]),
    }
}

/// The same runtime with every reference known.
fn resolved() -> RuntimeSpec<Resolved> {
    let known = resolve(&json!(spec()), &|source| Some(json!(source.output)));
    serde_json::from_value(known).unwrap()
}

proptest! {
    #[test]
    fn canonical_twice_is_canonical_once_and_forgets_the_order_of_sets(
        texts in prop::collection::vec("[abA]{1,2}", 0..5),
        ports in prop::collection::vec(8000..8004_u16, 0..4),
        server in prop::sample::select(vec!["HTTP", "MCP", "A2A", "AGUI", "OTHER"]),
        port in prop::option::of(8000..8002_u16),
    ) {
        let made = |reversed: bool| {
            let mut texts = texts.clone();
            let mut ports: Vec<Ports> = ports.iter().map(|&from| Ports { from, to: 8010 }).collect();
            if reversed {
                texts.reverse();
                ports.reverse();
            }
            let strs: Vec<&str> = texts.iter().map(String::as_str).collect();
            let authorizer = spec().authorizer.map(|authorizer| Authorizer {
                audiences: texts.clone(),
                clients: texts.clone(),
                scopes: texts.clone(),
                claims: texts.iter().map(|name| claim(name, &strs)).collect(),
                ..authorizer
            });
            RuntimeSpec {
                network: Some(Network { subnets: texts.clone(), security_groups: texts.clone() }),
                request_headers: texts.clone(),
                filesystems: texts
                    .iter()
                    .map(|mount_path| Filesystem::SessionStorage { mount_path: mount_path.clone() })
                    .collect(),
                allowed_ports: ports,
                protocol: Protocol { server: server.into(), port, path: None },
                authorizer,
                ..spec()
            }
        };
        let once = made(false).canonical();
        prop_assert_eq!(once.clone().canonical(), once.clone());
        prop_assert_eq!(made(true).canonical(), once);
    }
}

#[test]
fn an_absent_port_and_path_of_a_protocol_become_its_defaults() {
    let written = |server: &str, port, path: Option<&str>| {
        let mut chosen = spec();
        chosen.protocol = Protocol {
            server: server.into(),
            port,
            path: path.map(str::to_owned),
        };
        let Protocol { port, path, .. } = chosen.canonical().protocol;
        (port, path)
    };
    let whole = |port, path: &str| (Some(port), Some(path.to_owned()));
    assert_eq!(written("HTTP", None, None), whole(8080, "/invocations"));
    assert_eq!(written("AGUI", None, None), whole(8080, "/invocations"));
    assert_eq!(written("MCP", None, None), whole(8000, "/mcp"));
    assert_eq!(written("A2A", None, None), whole(9000, "/"));
    assert_eq!(written("MCP", Some(8123), Some("/m")), whole(8123, "/m"));
    assert_eq!(written("OTHER", None, None), (None, None));
}

#[test]
fn the_order_of_the_entry_point_is_kept() {
    let Artifact::Code(code) = spec().canonical().artifact else {
        panic!("the runtime runs code");
    };
    assert_eq!(code.entry_point, ["opentelemetry-instrument", "main.py"]);
}

#[test]
fn a_declared_and_a_resolved_runtime_survive_a_json_round_trip() {
    assert_canonical_is_stable::<AgentcoreRuntime, Declared>(spec());
    assert_canonical_is_stable::<AgentcoreRuntime, Resolved>(resolved());
    let image = RuntimeSpec {
        artifact: Artifact::Container(Container {
            uri: "111122223333.dkr.ecr.us-east-1.amazonaws.com/triage@sha256:0".into(),
        }),
        ..resolved()
    };
    assert_canonical_is_stable::<AgentcoreRuntime, Resolved>(image);
}

#[test]
fn rules_and_outputs_name_fields_that_exist() {
    let outputs = RuntimeOutputs {
        id: String::new(),
        arn: String::new(),
        name: String::new(),
        version: String::new(),
        count: 0,
    };
    let named = [
        ID.name(),
        ARN.name(),
        NAME.name(),
        VERSION.name(),
        COUNT.name(),
    ];
    assert_names_exist::<AgentcoreRuntime>(spec(), &outputs, &named);
    let written = declared::<AgentcoreRuntime>(spec());
    for path in AgentcoreRuntime::MOVING
        .iter()
        .flat_map(|moving| moving.except)
    {
        assert!(written.pointer(path).is_some(), "`{path}`");
    }
}

#[test]
fn an_environment_is_secret_except_for_the_variables_of_agentctl() {
    let entry = KindEntry::of::<AgentcoreRuntime>();
    assert!(entry.is_sensitive("/environment/API_TOKEN"));
    assert!(!entry.is_sensitive("/environment/MODEL_ID"));
    assert!(!entry.is_sensitive("/description"));
}

#[test]
fn a_runtime_can_be_logged_without_its_secrets() {
    let logged = format!("{:?} {:?}", spec(), resolved());
    assert!(!logged.contains("hunter22"), "{logged}");
    assert!(logged.contains("API_TOKEN"), "{logged}");
}

#[test]
fn the_summary_of_a_runtime_has_its_code_protocol_callers_and_network() {
    assert_eq!(
        AgentcoreRuntime::summary(&spec()),
        "PYTHON_3_13, HTTP for tokens, own network"
    );
    let image = RuntimeSpec {
        artifact: Artifact::Container(Container { uri: "i".into() }),
        network: None,
        authorizer: None,
        ..spec()
    };
    assert_eq!(
        AgentcoreRuntime::summary(&image),
        "container, HTTP for IAM, public network"
    );
}
