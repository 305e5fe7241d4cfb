//! Keys, without any call.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::change::{KeyChange, next_change};
use super::*;
use crate::kinds::conformance::{assert_canonical_is_stable, assert_names_exist};
use crate::resource::document::{Document, Statement};
use crate::resource::field::TagChange;
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, Resolved, Stage};

fn key<S: Stage>(principal: S::Ref<String>, all: S::Ref<String>) -> KeySpec<S> {
    KeySpec {
        description: "Key of triage".into(),
        enabled: true,
        pending_deletion: false,
        rotation: true,
        rotation_period_days: 365,
        policy: Document::new(vec![
            Statement::allow("Account", &["kms:*"], vec![all]).to("AWS", vec![principal]),
        ]),
        tags: BTreeMap::from([("team".into(), "billing".into())]),
    }
}

fn resolved() -> KeySpec<Resolved> {
    key("111122223333".into(), "*".into())
}

#[test]
fn rules_and_outputs_name_fields_that_exist() {
    let outputs = KeyOutputs {
        arn: String::new(),
        id: String::new(),
        alias: String::new(),
    };
    assert_names_exist::<KmsKey>(
        key("111122223333".into(), "*".into()),
        &outputs,
        &[ARN.name(), ID.name(), ALIAS.name()],
    );
}

#[test]
fn the_summary_of_a_key_has_its_rotation() {
    let spec: KeySpec<Declared> = key("1".into(), "*".into());
    assert_eq!(KmsKey::summary(&spec), "rotated every 365d");
    let still = KeySpec {
        rotation: false,
        ..spec
    };
    assert_eq!(KmsKey::summary(&still), "not rotated");
}

/// Lists the changes in the order in which they are made when everything differs.
fn changes(now: &KeySpec<Resolved>, spec: &KeySpec<Resolved>) -> Vec<KeyChange> {
    let mut fields: Vec<String> = [
        "/description",
        "/enabled",
        "/pendingDeletion",
        "/policy",
        "/rotation",
        "/rotationPeriodDays",
        "/tags",
    ]
    .map(str::to_owned)
    .into();
    let mut changes = Vec::new();
    while let Some(change) = next_change(now, spec, &fields) {
        let fixed = match &change {
            KeyChange::CancelDeletion | KeyChange::ScheduleDeletion => "/pendingDeletion",
            KeyChange::Enable | KeyChange::Disable => "/enabled",
            KeyChange::Policy => "/policy",
            KeyChange::Rotate(_) | KeyChange::StopRotation => "/rotation",
            KeyChange::Description => "/description",
            KeyChange::Tags(_) => "/tags",
        };
        fields.retain(|field| !field.starts_with(fixed));
        changes.push(change);
    }
    changes
}

#[test]
fn a_deletion_is_cancelled_first_and_scheduled_last() {
    let now = KeySpec {
        tags: BTreeMap::new(),
        ..resolved()
    };
    let tags = KeyChange::Tags(TagChange::Set(resolved().tags));
    assert_eq!(
        changes(&now, &resolved()),
        [
            KeyChange::CancelDeletion,
            KeyChange::Enable,
            KeyChange::Policy,
            KeyChange::Rotate(365),
            KeyChange::Description,
            tags
        ]
    );
    let gone = KeySpec {
        enabled: false,
        pending_deletion: true,
        rotation: false,
        ..now.clone()
    };
    assert_eq!(
        changes(&now, &gone),
        [
            KeyChange::Policy,
            KeyChange::StopRotation,
            KeyChange::Description,
            KeyChange::Disable,
            KeyChange::ScheduleDeletion
        ]
    );
}

#[test]
fn the_rotation_period_of_a_key_that_does_not_rotate_is_no_difference() {
    let still = |rotation_period_days| {
        KmsKey::canonical(KeySpec {
            rotation: false,
            rotation_period_days,
            ..resolved()
        })
    };
    assert_eq!(still(90), still(365));
}

proptest! {
    #[test]
    fn canonical_is_stable(
        rotation: bool,
        rotation_period_days in 90_u32..2_560,
        actions in prop::collection::vec("kms:[A-C]", 1..4),
        principals in prop::collection::vec("[1-3]", 1..4),
    ) {
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        let statement = Statement::allow("S", &actions, vec!["*".to_owned()]).to("AWS", principals);
        let policy = Document { version: None, id: None, statement: vec![statement] };
        assert_canonical_is_stable::<KmsKey, Resolved>(KeySpec { rotation, rotation_period_days, policy, ..resolved() });
    }

    #[test]
    fn canonical_is_stable_while_references_are_open(rotation: bool, rotation_period_days in 90_u32..2_560) {
        let spec: KeySpec<Declared> = key("111122223333".into(), "*".into());
        assert_canonical_is_stable::<KmsKey, Declared>(KeySpec { rotation, rotation_period_days, ..spec });
    }
}
