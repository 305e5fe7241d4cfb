use serde_json::json;

use super::*;
use crate::resource::address::Address;
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
    assert_eq!(
        serde_json::from_value::<VersionSpec<Declared>>(written).unwrap(),
        spec()
    );
}

#[test]
fn every_output_that_others_may_refer_to_exists_and_moves_with_an_update() {
    let outputs = json!(VersionOutputs {
        version: "3".into(),
        arn: "arn:aws:lambda:us-east-1:111122223333:function:triage:3".into(),
    });
    let moving: Vec<&str> = LambdaVersion::MOVING.iter().map(|m| m.output).collect();
    assert_eq!(moving, [VERSION.name(), ARN.name()]);
    assert_eq!(outputs.as_object().unwrap().len(), moving.len());
    for name in moving {
        assert!(outputs.get(name).is_some(), "`{name}`");
    }
}

#[test]
fn every_rule_names_a_field() {
    let written = declared::<LambdaVersion>(spec());
    for rule in LambdaVersion::RULES {
        assert!(written.pointer(rule.path).is_some(), "`{}`", rule.path);
    }
}
