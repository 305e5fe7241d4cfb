use super::kind::ownership;
use super::*;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::address::Address;
use crate::resource::kind::Kind;
use crate::resource::owner::{Owner, Ownership};
use crate::resource::reference::{Declared, OutputField};

fn spec() -> S3ObjectSpec<Declared> {
    S3ObjectSpec {
        bucket: "agentctl-111122223333-us-east-1".into(),
        digest: "0123".into(),
        kms_key: Some(OutputField::new("arn").of(&Address::new("kms-key", "triage"))),
        content_type: "application/zip".into(),
    }
}

#[test]
fn a_canonical_spec_is_stable() {
    for kms_key in [spec().kms_key, None] {
        assert_canonical_is_stable::<S3Object, Declared>(S3ObjectSpec { kms_key, ..spec() });
    }
}

#[test]
fn rules_and_outputs_name_fields_that_exist() {
    let outputs = S3ObjectOutputs {
        bucket: "b".into(),
        key: "k".into(),
        version_id: "v".into(),
        checksum: "c".into(),
        arn: "a".into(),
    };
    let named = [BUCKET, KEY, VERSION_ID, CHECKSUM, ARN].map(|field| field.name());
    assert_names_exist::<S3Object>(spec(), &outputs, &named);
}

#[test]
fn an_object_under_an_owners_prefix_belongs_to_that_owner() {
    let owner = Owner {
        project: "claims".into(),
        env: "prod".into(),
        region: "eu-west-1".into(),
        agent: "triage".into(),
    };
    let key = format!("{}code/0123/main.zip", owner.object_prefix());
    assert_eq!(ownership(&key, "eu-west-1"), Ownership::Of(owner));
}

#[test]
fn an_object_under_another_prefix_is_unmarked() {
    let keys = [
        "objects/claims/prod/triage",
        "objects/claims/prod/triage/",
        "objects//prod/triage/code",
        "locks/claims/prod/triage/lock",
    ];
    for key in keys {
        assert_eq!(ownership(key, "eu-west-1"), Ownership::Unmarked, "{key}");
    }
}

#[test]
fn the_summary_of_an_object_has_its_type_and_encryption() {
    assert_eq!(S3Object::summary(&spec()), "application/zip, own key");
    let plain = S3ObjectSpec {
        kms_key: None,
        ..spec()
    };
    assert_eq!(
        S3Object::summary(&plain),
        "application/zip, the bucket's encryption"
    );
}
