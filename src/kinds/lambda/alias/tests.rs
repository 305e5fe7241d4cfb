use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, OutputField, Resolved};

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
        assert_canonical_is_stable::<LambdaAlias, Resolved>(alias);
    }
}

#[test]
fn a_share_with_a_few_digits_is_kept() {
    let mut canary = spec();
    canary.routing = BTreeMap::from([("2".to_owned(), 0.05), ("3".to_owned(), 0.333)]);
    assert_eq!(LambdaAlias::canonical(canary.clone()), canary);
}

#[test]
fn rules_and_outputs_name_fields_that_exist() {
    let outputs = AliasOutputs {
        arn: String::new(),
        name: String::new(),
    };
    assert_names_exist::<LambdaAlias>(spec(), &outputs, &[ARN.name(), NAME.name()]);
}

#[test]
fn an_alias_is_named_after_its_function() {
    assert_eq!(
        physical_name("triage-prod", "live"),
        PhysicalName::new("triage-prod:live")
    );
}

#[test]
fn the_summary_of_an_alias_names_its_version() {
    assert_eq!(LambdaAlias::summary(&spec()), "to the published version");
    let pinned = AliasSpec {
        version: "3".into(),
        ..spec()
    };
    assert_eq!(LambdaAlias::summary(&pinned), "to version 3");
}
