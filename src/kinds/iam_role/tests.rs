//! Roles, without any call.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::change::{RoleChange, next_change};
use super::*;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::address::Address;
use crate::resource::document::{Document, Statement};
use crate::resource::field::TagChange;
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, Input, OutputField, Part, Resolved, Stage};

fn trust<S: Stage>(service: S::Ref<String>) -> Document<S> {
    Document::new(vec![
        Statement::allow("Assume", &["sts:AssumeRole"], Vec::new()).to("Service", vec![service]),
    ])
}

fn declared() -> RoleSpec<Declared> {
    let key = Address::new("kms-key", "triage");
    let below_key: Vec<Part> = vec![OutputField::<String>::new("arn").part(&key), "/*".into()];
    RoleSpec {
        path: "/agentctl/claims/default/us-east-1/".into(),
        trust: trust("lambda.amazonaws.com".into()),
        policies: BTreeMap::from([(
            "agent".into(),
            Document::new(vec![Statement::allow(
                "Key",
                &["kms:Decrypt"],
                vec![Input::Template(below_key)],
            )]),
        )]),
        managed_policies: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()],
        permissions_boundary: Some("arn:aws:iam::111122223333:policy/boundary".into()),
        description: "Execution role of triage".into(),
        max_session_duration: 3_600,
        tags: BTreeMap::from([("team".into(), "billing".into())]),
    }
}

fn policy(resource: &str) -> Document<Resolved> {
    Document::new(vec![Statement::allow(
        "Read",
        &["s3:GetObject"],
        vec![resource.to_owned()],
    )])
}

fn role() -> RoleSpec<Resolved> {
    RoleSpec {
        path: "/".into(),
        trust: trust("lambda.amazonaws.com".into()),
        policies: BTreeMap::from([("agent".into(), policy("a"))]),
        managed_policies: Vec::new(),
        permissions_boundary: None,
        description: String::new(),
        max_session_duration: 3_600,
        tags: BTreeMap::new(),
    }
}

#[test]
fn rules_and_outputs_name_fields_that_exist() {
    let outputs = RoleOutputs {
        arn: String::new(),
        id: String::new(),
        name: String::new(),
    };
    assert_names_exist::<IamRole>(
        declared(),
        &outputs,
        &[ARN.name(), ID.name(), super::NAME.name()],
    );
}

#[test]
fn the_summary_of_a_role_names_its_service_and_policies() {
    assert_eq!(
        IamRole::summary(&declared()),
        "for lambda.amazonaws.com, policy agent"
    );
}

#[test]
fn the_size_of_policies_leaves_out_white_space() {
    let small = |resource: &str| BTreeMap::from([("agent".to_owned(), policy(resource))]);
    assert_eq!(
        policies_size(&small("a")),
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject"],"Resource":["a"]}]}"#.len()
    );
    assert_eq!(policies_size(&small("a b")), policies_size(&small("ab")));
}

/// Fixes a role call by call until nothing differs, as a step does, and returns the calls.
fn fix(mut now: RoleSpec<Resolved>, spec: &RoleSpec<Resolved>, fields: &[&str]) -> Vec<String> {
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let mut calls = Vec::new();
    while now != *spec {
        let differing: Vec<String> = fields
            .iter()
            .filter(|field| {
                let value = |role| serde_json::to_value(role).unwrap().pointer(field).cloned();
                value(&now) != value(spec)
            })
            .cloned()
            .collect();
        let before = now.clone();
        let change = next_change(&before, spec, &differing).expect("a field still differs");
        calls.push(
            format!("{change:?}")
                .split(['(', ' '])
                .next()
                .unwrap()
                .to_owned(),
        );
        match change {
            RoleChange::Trust => now.trust = spec.trust.clone(),
            RoleChange::PutPolicy(name, document) => {
                now.policies.insert(name.to_owned(), document.clone());
            }
            RoleChange::DeletePolicy(name) => drop(now.policies.remove(name)),
            RoleChange::Attach(arn) => {
                now.managed_policies.push(arn.to_owned());
                now = IamRole::canonical(now);
            }
            RoleChange::Detach(arn) => now.managed_policies.retain(|attached| attached != arn),
            RoleChange::Boundary(arn) => now.permissions_boundary = arn.map(str::to_owned),
            RoleChange::Settings => {
                now.description = spec.description.clone();
                now.max_session_duration = spec.max_session_duration;
            }
            RoleChange::Tags(TagChange::Set(tags)) => now.tags.extend(tags),
            RoleChange::Tags(TagChange::Remove(keys)) => {
                now.tags.retain(|key, _| !keys.contains(key));
            }
        }
    }
    calls
}

#[test]
fn additions_to_a_role_come_before_removals() {
    let now = RoleSpec {
        policies: BTreeMap::from([("a-old".into(), policy("a")), ("same".into(), policy("s"))]),
        managed_policies: vec!["arn:old".into()],
        tags: BTreeMap::from([("old".into(), "1".into())]),
        ..role()
    };
    let spec = RoleSpec {
        trust: trust("states.amazonaws.com".into()),
        policies: BTreeMap::from([("new".into(), policy("a")), ("same".into(), policy("s"))]),
        managed_policies: vec!["arn:new".into()],
        permissions_boundary: Some("arn:boundary".into()),
        description: "other".into(),
        max_session_duration: 7_200,
        tags: BTreeMap::from([("new".into(), "1".into())]),
        ..role()
    };
    let fields = [
        "/description",
        "/managedPolicies",
        "/maxSessionDuration",
        "/permissionsBoundary",
        "/policies/a-old",
        "/policies/new",
        "/tags",
        "/trust",
    ];
    assert_eq!(
        fix(now, &spec, &fields),
        [
            "Trust",
            "PutPolicy",
            "DeletePolicy",
            "Attach",
            "Detach",
            "Boundary",
            "Settings",
            "Tags",
            "Tags"
        ]
    );
}

#[test]
fn only_the_policy_that_differs_is_written() {
    let now = RoleSpec {
        policies: BTreeMap::from([("agent".into(), policy("a")), ("tools".into(), policy("b"))]),
        ..role()
    };
    let spec = RoleSpec {
        policies: BTreeMap::from([("agent".into(), policy("a")), ("tools".into(), policy("c"))]),
        ..role()
    };
    assert_eq!(
        next_change(
            &now,
            &spec,
            &["/policies/tools/Statement/0/Resource/0".into()]
        ),
        Some(RoleChange::PutPolicy("tools", &policy("c")))
    );
}

#[test]
fn a_path_cannot_be_changed_in_place() {
    let spec = RoleSpec {
        path: "/other/".into(),
        ..role()
    };
    assert_eq!(next_change(&role(), &spec, &["/path".into()]), None);
}

fn documents() -> impl Strategy<Value = Document<Resolved>> {
    let statement = (
        prop::collection::vec("[ab]:[A-C]", 1..3),
        prop::collection::vec("[x-z]", 1..3),
    )
        .prop_map(|(actions, resources)| {
            let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
            Statement::allow("S", &actions, resources)
        });
    prop::collection::vec(statement, 0..3).prop_map(|statement| Document {
        version: None,
        id: None,
        statement,
    })
}

proptest! {
    #[test]
    fn canonical_is_stable(
        trust in documents(),
        policies in prop::collection::btree_map("[a-c]", documents(), 0..3),
        managed_policies in prop::collection::vec("[a-c]", 0..5),
    ) {
        assert_canonical_is_stable::<IamRole, Resolved>(RoleSpec { trust, policies, managed_policies, ..role() });
    }

    #[test]
    fn canonical_is_stable_while_references_are_open(managed_policies in prop::collection::vec("[a-c]", 0..5)) {
        assert_canonical_is_stable::<IamRole, Declared>(RoleSpec { managed_policies, ..declared() });
    }
}
