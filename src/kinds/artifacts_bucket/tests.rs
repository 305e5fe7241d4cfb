use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::resource::document::Statement;
use crate::resource::reference::Resolved;
use crate::resource::registry::declared;

fn tls_only<S: Stage>(
    actions: &[&str],
    arns: Vec<S::Ref<String>>,
    anybody: S::Ref<String>,
    no: S::Ref<String>,
) -> Document<S> {
    let mut statement = Statement::allow("TlsOnly", actions, arns)
        .to("AWS", vec![anybody])
        .when("Bool", "aws:SecureTransport", vec![no]);
    statement.effect = crate::resource::document::Grant::Deny;
    Document {
        version: Some("2012-10-17".into()),
        id: None,
        statement: vec![statement],
    }
}

fn spec() -> ArtifactsBucketSpec<Declared> {
    ArtifactsBucketSpec {
        shared: true,
        versioning: true,
        encryption: "AES256".into(),
        public_access_blocked: true,
        policy: Some(tls_only(
            &["s3:*"],
            vec!["arn:aws:s3:::b".into()],
            "*".into(),
            "false".into(),
        )),
    }
}

#[test]
fn a_spec_survives_a_json_round_trip() {
    let value = declared::<ArtifactsBucket>(spec());
    assert_eq!(
        serde_json::from_value::<ArtifactsBucketSpec<Declared>>(value).unwrap(),
        ArtifactsBucket::canonical(spec())
    );
}

#[test]
fn every_output_that_is_offered_exists() {
    let outputs = json!(ArtifactsBucketOutputs {
        arn: "a".into(),
        name: "n".into()
    });
    let offered = [ARN.name(), NAME.name()].map(|name| outputs.get(name).cloned());
    assert_eq!(offered, [Some(Value::from("a")), Some(Value::from("n"))]);
}

#[test]
fn every_rule_names_a_field() {
    let value = declared::<ArtifactsBucket>(spec());
    for rule in ArtifactsBucket::RULES {
        assert!(value.pointer(rule.path).is_some(), "{}", rule.path);
    }
}

#[test]
fn a_bucket_to_be_made_is_summed_up() {
    assert_eq!(
        ArtifactsBucket::summary(&spec()),
        "AES256, versioned, not public"
    );
}

proptest! {
    #[test]
    fn canonical_twice_is_canonical_once(actions in prop::collection::vec("s3:[A-Z][a-z]{0,3}", 0..5), arns in prop::collection::vec("[a-c]{1,2}", 0..5)) {
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        let spec = ArtifactsBucketSpec::<Resolved> {
            shared: true,
            versioning: false,
            encryption: "AES256".into(),
            public_access_blocked: false,
            policy: Some(tls_only(&actions, arns, "*".into(), "false".into())),
        };
        let once = ArtifactsBucket::canonical(spec);
        prop_assert_eq!(ArtifactsBucket::canonical(once.clone()), once);
    }
}
