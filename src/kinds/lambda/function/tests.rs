use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::configuration::{
    APPLIED, CodeSource, Environment, FileSystem, FunctionSpec, Logging, Network, ZIP,
};
use super::*;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::address::Address;
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, OutputField, Resolved, resolve};
use crate::resource::registry::{KindEntry, declared};

fn role() -> Address {
    Address::new("iam-role", "triage.lambda")
}

fn spec() -> FunctionSpec<Declared> {
    let arn: OutputField<String> = OutputField::new("arn");
    FunctionSpec {
        package_type: ZIP.into(),
        runtime: "python3.13".into(),
        handler: "batch.handler".into(),
        role: arn.of(&role()),
        role_id: Some(OutputField::new("id").of(&role())),
        description: "Triages invoices".into(),
        timeout: 600,
        memory_size: 1024,
        ephemeral_storage_size: 512,
        architecture: "arm64".into(),
        environment: Environment(BTreeMap::from([
            ("MODEL_ID".into(), "anthropic.claude".into()),
            ("API_TOKEN".into(), "hunter22".into()),
        ])),
        kms_key: Some("arn:aws:kms:us-east-1:111122223333:key/k".into()),
        tracing: "Active".into(),
        logging: Logging {
            log_group: "/aws/lambda/triage".into(),
            format: "JSON".into(),
            application_level: None,
            system_level: Some("WARN".into()),
        },
        layers: vec!["arn:aws:lambda:us-east-1:1:layer:l:2".into()],
        network: Some(Network {
            subnets: vec!["subnet-b".into(), "subnet-a".into()],
            security_groups: vec!["sg-1".into()],
            ipv6: false,
        }),
        dead_letter_target: Some("arn:aws:sqs:us-east-1:111122223333:dead".into()),
        snap_start: "None".into(),
        file_systems: vec![FileSystem {
            arn: "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/a".into(),
            mount_path: "/mnt/a".into(),
        }],
        code_sha256: OutputField::<String>::new("checksum").of(&Address::new("s3-object", "code")),
        source: Some(CodeSource {
            bucket: "artifacts".into(),
            key: "objects/code.zip".into(),
        }),
        last_update: APPLIED.into(),
        tags: BTreeMap::from([("team".into(), "billing".into())]),
    }
}

/// The same function with every reference known.
fn resolved() -> FunctionSpec<Resolved> {
    let known = resolve(&json!(spec()), &|source| Some(json!(source.output)));
    serde_json::from_value(known).unwrap()
}

proptest! {
    #[test]
    fn canonical_twice_is_canonical_once_and_forgets_the_order_of_sets(
        subnets in prop::collection::vec("subnet-[ab]{1,2}", 0..5),
        groups in prop::collection::vec("sg-[ab]{1,2}", 0..4),
        mounts in prop::collection::vec("/mnt/[ab]", 0..3),
        format in prop::sample::select(vec!["JSON", "Text"]),
        level in prop::option::of("DEBUG|INFO"),
    ) {
        let made = |reversed: bool| {
            let ordered = |items: &[String]| -> Vec<String> {
                if reversed { items.iter().rev().cloned().collect() } else { items.to_vec() }
            };
            FunctionSpec {
                network: Some(Network {
                    subnets: ordered(&subnets),
                    security_groups: ordered(&groups),
                    ipv6: true,
                }),
                file_systems: ordered(&mounts)
                    .into_iter()
                    .map(|mount_path| FileSystem { arn: "a".into(), mount_path })
                    .collect(),
                logging: Logging {
                    format: format.into(),
                    application_level: level.clone(),
                    ..spec().logging
                },
                ..spec()
            }
        };
        let once = made(false).canonical();
        prop_assert_eq!(once.clone().canonical(), once.clone());
        prop_assert_eq!(made(true).canonical(), once);
    }
}

#[test]
fn levels_are_written_out_for_json_logs_and_left_out_for_text() {
    let canonical = spec().canonical().logging;
    assert_eq!(
        (canonical.application_level, canonical.system_level),
        (Some("INFO".into()), Some("WARN".into()))
    );
    let mut text = spec();
    text.logging.format = "Text".into();
    text.logging.system_level = None;
    assert_eq!(text.clone().canonical().logging, text.logging);
}

#[test]
fn the_order_of_layers_is_kept() {
    let mut two = spec();
    two.layers = vec!["b".into(), "a".into()];
    assert_eq!(two.canonical().layers, ["b", "a"]);
}

#[test]
fn a_declared_and_a_resolved_function_survive_a_json_round_trip() {
    assert_canonical_is_stable::<LambdaFunction, Declared>(spec());
    assert_canonical_is_stable::<LambdaFunction, Resolved>(resolved());
}

#[test]
fn rules_and_outputs_name_fields_that_exist() {
    let outputs = FunctionOutputs {
        arn: String::new(),
        name: String::new(),
        content: String::new(),
    };
    let named = [ARN.name(), NAME.name(), CONTENT.name()];
    assert_names_exist::<LambdaFunction>(spec(), &outputs, &named);
    let written = declared::<LambdaFunction>(spec());
    for path in LambdaFunction::MOVING
        .iter()
        .flat_map(|moving| moving.except)
    {
        assert!(written.pointer(path).is_some(), "`{path}`");
    }
}

#[test]
fn an_environment_is_secret_except_for_the_variables_of_agentctl() {
    let entry = KindEntry::of::<LambdaFunction>();
    assert!(entry.is_sensitive("/environment/API_TOKEN"));
    assert!(!entry.is_sensitive("/environment/MODEL_ID"));
    assert!(!entry.is_sensitive("/description"));
}

#[test]
fn a_function_can_be_logged_without_its_secrets() {
    let logged = format!("{:?} {:?}", spec(), resolved());
    assert!(!logged.contains("hunter22"), "{logged}");
    assert!(logged.contains("anthropic.claude"), "{logged}");
    assert!(logged.contains("API_TOKEN"), "{logged}");
}

/// Changes every leaf of a function: the content changes with those that a version freezes, and with no others.
#[test]
fn the_content_covers_all_fields_that_a_version_freezes_and_no_others() {
    let whole = json!(resolved().canonical());
    for pointer in leaves(&whole) {
        let mut changed = whole.clone();
        let leaf = changed.pointer_mut(&pointer).unwrap();
        *leaf = match leaf.take() {
            Value::String(text) => json!(text + "x"),
            Value::Number(number) => json!(number.as_u64().unwrap() + 1),
            Value::Bool(flag) => json!(!flag),
            other => panic!("`{pointer}` holds {other}"),
        };
        let changed: FunctionSpec<Resolved> = serde_json::from_value(changed).unwrap();
        let frozen = !["/tags", "/source", "/lastUpdate"]
            .iter()
            .any(|part| pointer.starts_with(part));
        assert_eq!(
            changed.content() != resolved().content(),
            frozen,
            "`{pointer}`"
        );
    }
}

fn leaves(value: &Value) -> Vec<String> {
    let below = |key: &str, inner: &Value| -> Vec<String> {
        leaves(inner)
            .into_iter()
            .map(|rest| format!("/{key}{rest}"))
            .collect()
    };
    match value {
        Value::Object(map) => map.iter().flat_map(|(key, v)| below(key, v)).collect(),
        Value::Array(items) => (0..items.len())
            .flat_map(|index| below(&index.to_string(), &items[index]))
            .collect(),
        _ => vec![String::new()],
    }
}

#[test]
fn the_summary_of_a_function_has_runtime_architecture_memory_and_timeout() {
    assert_eq!(
        LambdaFunction::summary(&spec()),
        "python3.13 on arm64, 1024 MB, 600 s"
    );
}
