use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::data_protection::{DataProtection, DataProtectionError, Findings, Masking, OtherPolicy};
use super::*;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::address::Address;
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, OutputField, Resolved};

fn spec() -> LogGroupSpec<Declared> {
    LogGroupSpec {
        class: STANDARD.into(),
        retention_days: Some(7),
        kms_key: Some(OutputField::new("arn").of(&Address::new("kms-key", "triage"))),
        data_protection: Some(DataProtection::Masking(Masking {
            identifiers: vec!["EmailAddress".into(), "CreditCardNumber".into()],
            custom_identifiers: BTreeMap::from([("Case".into(), "C-[0-9]+".into())]),
            findings: Findings {
                log_group: Some(NAME.of(&Address::new("log-group", "audit"))),
                bucket: None,
                delivery_stream: None,
            },
        })),
        deletion_protection: false,
        claimed: true,
        tags: BTreeMap::from([("team".into(), "billing".into())]),
    }
}

fn masking(identifiers: &[&str]) -> DataProtection<Resolved> {
    DataProtection::Masking(Masking {
        identifiers: identifiers.iter().map(|id| (*id).to_owned()).collect(),
        custom_identifiers: BTreeMap::new(),
        findings: Findings {
            log_group: None,
            bucket: None,
            delivery_stream: None,
        },
    })
}

/// What CloudWatch Logs returns for a policy that masks these identifiers.
fn policy(identifiers: &Value) -> Value {
    json!({
        "Name": "by-hand", "Description": "of somebody", "Version": "2021-06-01",
        "Statement": [
            { "Sid": "b", "DataIdentifier": identifiers, "Operation": { "Deidentify": { "MaskConfig": {} } } },
            { "Sid": "a", "DataIdentifier": identifiers, "Operation": { "Audit": { "FindingsDestination": {} } } },
        ],
    })
}

#[test]
fn a_canonical_spec_is_stable() {
    let other = DataProtection::Other(OtherPolicy {
        other: json!({ "Version": "1" }),
    });
    for data_protection in [spec().data_protection, Some(other), None] {
        assert_canonical_is_stable::<LogGroup, Declared>(LogGroupSpec {
            data_protection,
            ..spec()
        });
    }
}

#[test]
fn rules_and_outputs_name_fields_that_exist() {
    let outputs = LogGroupOutputs {
        arn: "a".into(),
        group_arn: "g".into(),
        name: "n".into(),
        retention_policy: None,
    };
    let named = [
        ARN.name(),
        GROUP_ARN.name(),
        NAME.name(),
        RETENTION_POLICY.name(),
    ];
    assert_names_exist::<LogGroup>(spec(), &outputs, &named);
}

#[test]
fn the_summary_of_a_group_has_retention_key_and_masking() {
    assert_eq!(
        LogGroup::summary(&LogGroup::canonical(spec())),
        "retention 7d, own key, masks CreditCardNumber EmailAddress Case"
    );
    let plain = LogGroupSpec {
        retention_days: None,
        kms_key: None,
        data_protection: None,
        ..spec()
    };
    assert_eq!(LogGroup::summary(&plain), "retention without end");
}

#[test]
fn a_policy_is_written_in_the_form_of_the_service_and_with_its_partitions_arns() {
    let protection = DataProtection::Masking(Masking::<Resolved> {
        identifiers: vec!["EmailAddress".into()],
        custom_identifiers: BTreeMap::from([("Case".into(), "C-[0-9]+".into())]),
        findings: Findings {
            log_group: Some("/audit".into()),
            bucket: Some("findings".into()),
            delivery_stream: Some("stream".into()),
        },
    });
    let document: Value = serde_json::from_str(&protection.document("aws-cn").unwrap()).unwrap();
    let identifiers = json!([
        "arn:aws-cn:dataprotection::aws:data-identifier/EmailAddress",
        "Case"
    ]);
    assert_eq!(
        document,
        json!({
            "Name": "agentctl",
            "Version": "2021-06-01",
            "Statement": [
                { "Sid": "audit", "DataIdentifier": identifiers, "Operation": { "Audit": { "FindingsDestination": {
                    "CloudWatchLogs": { "LogGroup": "/audit" }, "S3": { "Bucket": "findings" }, "Firehose": { "DeliveryStream": "stream" } } } } },
                { "Sid": "mask", "DataIdentifier": identifiers, "Operation": { "Deidentify": { "MaskConfig": {} } } },
            ],
            "Configuration": { "CustomDataIdentifier": [{ "Name": "Case", "Regex": "C-[0-9]+" }] },
        })
    );
}

#[test]
fn names_descriptions_ids_and_order_of_a_policy_make_no_difference() {
    let returned = policy(&json!([
        "arn:aws:dataprotection::aws:data-identifier/Name",
        "arn:aws:dataprotection::aws:data-identifier/Address",
    ]));
    assert_eq!(
        DataProtection::parse(returned),
        masking(&["Address", "Name"])
    );
}

#[test]
fn a_policy_in_another_form_is_kept_as_it_is() {
    let identifiers = json!(["arn:aws:dataprotection::aws:data-identifier/Name"]);
    let mut audit_only = policy(&identifiers);
    audit_only["Statement"].as_array_mut().unwrap().remove(0);
    let mut masks_less = policy(&identifiers);
    masks_less["Statement"][0]["DataIdentifier"] = json!([]);
    let mut masks_twice = policy(&identifiers);
    masks_twice["Statement"][1] = masks_twice["Statement"][0].clone();
    let mut unused = policy(&identifiers);
    unused["Configuration"] = json!({ "CustomDataIdentifier": [{ "Name": "Case", "Regex": "C" }] });
    let mut newer = policy(&identifiers);
    newer["Version"] = json!("2031-01-01");
    let mut more = policy(&identifiers);
    more["Statement"][1]["Operation"]["Audit"]["FindingsDestination"]["Sns"] = json!({});
    let undefined = policy(&json!(["Case"]));
    let cases = [
        audit_only,
        masks_less,
        masks_twice,
        unused,
        newer,
        more,
        undefined,
        json!("no policy at all"),
    ];
    for other in cases {
        assert_eq!(
            DataProtection::parse(other.clone()),
            DataProtection::Other(OtherPolicy { other })
        );
    }
}

#[test]
fn the_arn_of_an_identifier_becomes_its_id_and_any_other_arn_stays() {
    let protection = masking(&[
        "arn:aws:dataprotection:us-east-1:111122223333:data-identifier/Own",
        "arn:aws-us-gov:dataprotection::aws:data-identifier/Name",
        "Name",
    ]);
    assert_eq!(
        protection.canonical(),
        masking(&[
            "Name",
            "arn:aws:dataprotection:us-east-1:111122223333:data-identifier/Own"
        ])
    );
}

#[test]
fn a_policy_that_is_too_long_for_the_service_is_not_written() {
    let ids: Vec<String> = (0..300).map(|n| format!("Identifier{n:03}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let Err(DataProtectionError::TooLong { length }) = masking(&ids).document("aws") else {
        panic!("it is longer than 30,720 characters")
    };
    assert!(length > 30_720, "{length}");
    assert!(masking(&ids[..100]).document("aws").is_ok());
}

proptest! {
    #[test]
    fn canonical_twice_is_canonical_once_and_a_written_policy_reads_back_equal(
        identifiers in prop::collection::vec("(arn:aws:dataprotection::aws:data-identifier/)?[A-Z][a-z]{0,2}(-[A-Z]{2})?", 0..6),
        custom_identifiers in prop::collection::btree_map("[a-c]{1,2}", ".{0,4}", 0..3),
        log_group in prop::option::of("/[a-z]{1,4}"),
        bucket in prop::option::of("[a-z]{1,4}"),
        delivery_stream in prop::option::of("[a-z]{1,4}"),
    ) {
        let once = DataProtection::Masking(Masking::<Resolved> {
            identifiers,
            custom_identifiers,
            findings: Findings { log_group, bucket, delivery_stream },
        })
        .canonical();
        prop_assert_eq!(once.clone().canonical(), once.clone());
        let written = serde_json::from_str(&once.document("aws").unwrap()).unwrap();
        prop_assert_eq!(DataProtection::parse(written), once);
    }
}
