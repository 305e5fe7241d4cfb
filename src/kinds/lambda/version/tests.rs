use serde_json::json;

use super::*;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::address::Address;
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, OutputField};
use crate::resource::registry::declared;

fn spec() -> VersionSpec<Declared> {
    let function = Address::new("lambda-function", "triage");
    VersionSpec {
        function: OutputField::new("name").of(&function),
        content: OutputField::new("content").of(&function),
    }
}

#[test]
fn a_version_survives_a_json_round_trip_and_names_its_function_as_source() {
    let written = declared::<LambdaVersion>(spec());
    assert_eq!(
        written,
        json!({
            "function": {"$output": "lambda-function/triage", "output": "name"},
            "content": {"$output": "lambda-function/triage", "output": "content"},
        })
    );
    assert_canonical_is_stable::<LambdaVersion, Declared>(spec());
}

#[test]
fn rules_and_outputs_name_fields_that_exist_and_all_outputs_move() {
    let outputs = VersionOutputs {
        version: "3".into(),
        arn: "arn:aws:lambda:us-east-1:111122223333:function:triage:3".into(),
        count: 3,
    };
    let named = [VERSION.name(), ARN.name(), COUNT.name()];
    assert_names_exist::<LambdaVersion>(spec(), &outputs, &named);
    let moving: Vec<&str> = LambdaVersion::MOVING
        .iter()
        .map(|moving| moving.output)
        .collect();
    assert_eq!(moving, named);
}
