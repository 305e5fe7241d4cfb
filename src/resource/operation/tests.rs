use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;
use crate::manifest::unknown_action;

/// The deployer has a policy for each side and one for both.
const DEPLOYER: &[&str] = &[
    include_str!("../../../docs/guide/deployer-policy.json"),
    include_str!("../../../docs/guide/deployer-lambda-policy.json"),
    include_str!("../../../docs/guide/deployer-agentcore-policy.json"),
];
const BUCKET: &[&str] = &[include_str!("../../../docs/guide/bucket-policy.json")];
const ADOPTER: &[&str] = &[include_str!("../../../docs/guide/adopter-policy.json")];
const READER: &[&str] = &[include_str!("../../../docs/guide/reader-policy.json")];

fn statements(policies: &[&str]) -> Vec<Value> {
    let statements = |policy: &&str| {
        let mut policy: Value = serde_json::from_str(policy).unwrap();
        serde_json::from_value::<Vec<Value>>(policy["Statement"].take()).unwrap()
    };
    policies.iter().flat_map(statements).collect()
}

/// Returns the actions that policies allow.
fn allowed(policies: &[&str]) -> BTreeSet<String> {
    let actions = |statement: Value| {
        assert_eq!(statement["Effect"], "Allow");
        match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            action => vec![action.clone()],
        }
    };
    statements(policies)
        .into_iter()
        .flat_map(actions)
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

/// Returns the actions that operations need.
fn needed(operations: impl Iterator<Item = Operation>) -> BTreeSet<String> {
    let actions = |operation: Operation| {
        let dependent = operation.dependent_actions().iter();
        operation
            .action()
            .map(Cow::into_owned)
            .into_iter()
            .chain(dependent.map(|action| (*action).to_owned()))
    };
    operations.flat_map(actions).collect()
}

/// Returns the actions of operations that change the bucket of all projects.
fn needed_by_the_bucket() -> BTreeSet<String> {
    let changes_bucket = |operation: &Operation| {
        operation.service() == Service::S3
            && operation.access() == Access::Write
            && !operation.name().contains("Object")
    };
    needed(Operation::all().filter(changes_bucket))
}

#[test]
fn the_deployers_policies_allow_exactly_what_all_operations_need_but_no_change_of_the_bucket() {
    let needed: BTreeSet<String> = &needed(Operation::all()) - &needed_by_the_bucket();
    assert_eq!(allowed(DEPLOYER), needed);
}

#[test]
fn the_buckets_policy_allows_exactly_the_changes_of_the_bucket() {
    assert_eq!(allowed(BUCKET), needed_by_the_bucket());
}

#[test]
fn the_adopters_policy_only_sets_tags() {
    let sets_tags = |action: &String| action.ends_with(":TagResource") || action == "iam:TagRole";
    let expected: BTreeSet<String> = needed(Operation::all())
        .into_iter()
        .filter(sets_tags)
        .filter(|action| action != "s3:TagResource")
        .collect();
    assert_eq!(allowed(ADOPTER), expected);
}

#[test]
fn the_readers_policy_allows_exactly_what_reads_need() {
    let reads = Operation::all().filter(|operation| operation.access() == Access::Read);
    assert_eq!(allowed(READER), needed(reads));
}

#[test]
fn every_action_of_an_operation_or_a_policy_of_the_guide_is_one_of_aws() {
    let policies = [DEPLOYER, BUCKET, ADOPTER, READER].concat();
    let used = &needed(Operation::all()) | &allowed(&policies);
    let unknown: Vec<String> = used
        .iter()
        .filter_map(|action| unknown_action(action))
        .collect();
    assert_eq!(unknown, Vec::<String>::new());
}

#[test]
fn the_deployers_policies_limit_every_write_to_names_or_tags() {
    let unlimited: BTreeSet<String> = statements(DEPLOYER)
        .into_iter()
        .filter(|statement| statement["Resource"] == "*")
        .map(|statement| statement["Sid"].as_str().unwrap().to_owned())
        .collect();
    // Service Authorization Reference: the listings, and the calls that set up deliveries and networks, take no resource. `CreateKey` and
    // `CreateAgentRuntime` have none yet, and are limited by their tags.
    let expected = [
        "CreateKeys",
        "CreateRuntimes",
        "DeliverFindings",
        "List",
        "ListRuntimes",
        "UseNetworks",
    ];
    assert_eq!(unlimited, expected.map(str::to_owned).into());
}

#[test]
fn each_policy_of_the_guide_fits_into_a_managed_policy() {
    // IAM user guide, "IAM and AWS STS quotas": white space is not counted.
    const LONGEST: usize = 6144;
    for policy in [DEPLOYER, BUCKET, ADOPTER, READER].concat() {
        let length = policy.chars().filter(|c| !c.is_whitespace()).count();
        assert!(length <= LONGEST, "{length}");
    }
}

#[test]
fn every_operation_is_in_the_table_once() {
    let names: Vec<String> = Operation::all()
        .map(|operation| operation.to_string())
        .collect();
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    assert!(names.contains(&"lambda CreateFunction".to_owned()));
}

#[test]
fn operations_whose_names_begin_like_a_read_are_reads_and_no_others() {
    let begins_like_a_read = |operation: &Operation| {
        ["Describe", "Get", "Head", "List"]
            .iter()
            .any(|verb| operation.name().starts_with(verb))
    };
    for operation in Operation::all() {
        let is_read = operation.access() == Access::Read;
        assert_eq!(is_read, begins_like_a_read(&operation), "{operation}");
    }
}

#[test]
fn a_group_of_operations_has_one_rate() {
    let mut rates = BTreeMap::new();
    for operation in Operation::all() {
        let Some(Rate {
            per_second,
            group: Some(group),
        }) = operation.rate()
        else {
            continue;
        };
        let rate = *rates
            .entry((operation.service(), group))
            .or_insert(per_second);
        assert_eq!(rate, per_second, "{operation}");
    }
    assert_eq!(rates.len(), 6);
}

#[test]
fn an_action_has_its_operations_name_or_another_or_is_absent() {
    let action = |operation: Operation| operation.action().map(Cow::into_owned);
    assert_eq!(
        action(lambda::CREATE_FUNCTION).as_deref(),
        Some("lambda:CreateFunction")
    );
    assert_eq!(
        action(tagging::GET_RESOURCES).as_deref(),
        Some("tag:GetResources")
    );
    assert_eq!(action(s3::HEAD_OBJECT).as_deref(), Some("s3:GetObject"));
    assert_eq!(action(sts::GET_CALLER_IDENTITY), None);
}
