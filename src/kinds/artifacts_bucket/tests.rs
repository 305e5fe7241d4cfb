use proptest::prelude::*;

use super::*;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::document::{Document, Grant, Statement};
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, Resolved, Stage};

fn tls_only<S: Stage>(
    actions: &[&str],
    arns: Vec<S::Ref<String>>,
    anybody: S::Ref<String>,
    no: S::Ref<String>,
) -> Document<S> {
    let mut statement = Statement::allow("TlsOnly", actions, arns)
        .to("AWS", vec![anybody])
        .when("Bool", "aws:SecureTransport", vec![no]);
    statement.effect = Grant::Deny;
    Document {
        version: Some("2012-10-17".into()),
        id: None,
        statement: vec![statement],
    }
}

fn spec() -> ArtifactsBucketSpec<Declared> {
    ArtifactsBucketSpec {
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
fn rules_and_outputs_name_fields_that_exist() {
    let outputs = ArtifactsBucketOutputs {
        arn: "a".into(),
        name: "n".into(),
    };
    assert_names_exist::<ArtifactsBucket>(spec(), &outputs, &[ARN.name(), NAME.name()]);
}

#[test]
fn the_summary_of_a_bucket_has_encryption_versioning_and_access() {
    assert_eq!(
        ArtifactsBucket::summary(&spec()),
        "AES256, versioned, not public"
    );
}

proptest! {
    #[test]
    fn a_canonical_spec_is_stable(actions in prop::collection::vec("s3:[A-Z][a-z]{0,3}", 0..5), arns in prop::collection::vec("[a-c]{1,2}", 0..5)) {
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        let spec = ArtifactsBucketSpec::<Resolved> {
            versioning: false,
            encryption: "AES256".into(),
            public_access_blocked: false,
            policy: Some(tls_only(&actions, arns, "*".into(), "false".into())),
        };
        assert_canonical_is_stable::<ArtifactsBucket, Resolved>(spec);
    }
}
