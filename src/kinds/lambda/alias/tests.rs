use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::resource::address::Address;
use crate::resource::reference::Resolved;
use crate::resource::registry::declared;

fn spec() -> AliasSpec<Declared> {
    AliasSpec {
        function: OutputField::new("name").of(&Address::new("lambda-function", "triage")),
        version: OutputField::new("version").of(&Address::new("lambda-version", "triage")),
        description: "What callers reach".into(),
        routing: BTreeMap::new(),
    }
}

proptest! {
    #[test]
    fn an_alias_with_any_weights_is_canonical_after_once_and_survives_json(
        routing in prop::collection::btree_map("[1-9][0-9]{0,3}", 0.0..=1.0f64, 0..3),
        version in "[1-9][0-9]{0,3}",
    ) {
        let alias = AliasSpec::<Resolved> {
            function: "triage".into(),
            version,
            description: String::new(),
            routing,
        };
        let canonical = LambdaAlias::canonical(alias);
        prop_assert_eq!(LambdaAlias::canonical(canonical.clone()), canonical.clone());
        let text = serde_json::to_string(&canonical).unwrap();
        prop_assert_eq!(serde_json::from_str::<AliasSpec<Resolved>>(&text).unwrap(), canonical);
    }
}

#[test]
fn a_share_as_people_write_it_is_kept() {
    let mut canary = spec();
    canary.routing = BTreeMap::from([("2".to_owned(), 0.05), ("3".to_owned(), 0.333)]);
    assert_eq!(LambdaAlias::canonical(canary.clone()), canary);
}

#[test]
fn every_output_that_others_may_refer_to_exists() {
    let outputs = json!(AliasOutputs {
        arn: String::new(),
        name: String::new(),
    });
    let existing: Vec<&String> = outputs.as_object().unwrap().keys().collect();
    assert_eq!(existing, [ARN.name(), NAME.name()]);
}

#[test]
fn every_rule_names_a_field() {
    let written = declared::<LambdaAlias>(spec());
    for rule in LambdaAlias::RULES {
        assert!(written.pointer(rule.path).is_some(), "`{}`", rule.path);
    }
}

#[test]
fn an_alias_is_named_after_its_function() {
    assert_eq!(
        physical_name("triage-prod", "live"),
        PhysicalName::new("triage-prod:live")
    );
}

#[test]
fn an_alias_is_summed_up_by_where_it_points() {
    assert_eq!(LambdaAlias::summary(&spec()), "to the published version");
    let pinned = AliasSpec {
        version: "3".into(),
        ..spec()
    };
    assert_eq!(LambdaAlias::summary(&pinned), "to version 3");
}
