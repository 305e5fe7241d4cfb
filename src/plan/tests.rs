//! The planner, with kinds that AWS does not have.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::kept::KeptReason;
use super::model::{Action, Note, PinFate, Pins, Plan, PlanError, Purpose, Reason, StepId};
use super::observation::{Observations, Records, Stray};
use super::others::pointed_at;
use super::pin::{ObservedPins, Pin};
use super::planner;
use super::record::Record;
use super::test_kind::{MOST_OF_A_POLICY, Pointer, Thing, ThingSpec, Trail, plan, registry};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Kind, Status};
use crate::resource::operation::s3;
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::{Declared, Input, OutputField};

const ID: OutputField<String> = OutputField::new("id");
const VERSION: OutputField<String> = OutputField::new("version");

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    }
}

fn thing(name: &str, spec: ThingSpec<Declared>) -> DesiredResource {
    DesiredResource::new::<Thing>(name, Some(&owner()), PhysicalName::new(name), spec)
}

fn pointer(name: &str, spec: ThingSpec<Declared>) -> DesiredResource {
    DesiredResource::new::<Pointer>(name, Some(&owner()), PhysicalName::new(name), spec)
}

/// A resource whose name contains the id of a thing.
fn named_after<K>(name: &str, thing: &str, spec: ThingSpec<Declared>) -> DesiredResource
where
    K: Kind<Spec<Declared> = ThingSpec<Declared>>,
{
    let id = ID.part(&Address::new("thing", thing));
    let physical = Input::Template(vec!["/of/".into(), id, "/live".into()]);
    DesiredResource::new::<K>(name, Some(&owner()), physical, spec)
}

fn needing(name: &str) -> ThingSpec<Declared> {
    ThingSpec {
        needs: vec![ID.of(&Address::new("thing", name))],
        ..ThingSpec::default()
    }
}

fn live(name: &str, spec: &Value) -> Live {
    let mut whole = json!(ThingSpec::<Declared>::default());
    for (key, value) in spec.as_object().unwrap() {
        whole[key] = value.clone();
    }
    Live {
        spec: whole,
        outputs: json!({ "id": format!("id-of-{name}"), "version": 1 }),
        status: Status::Ready,
        revision: None,
        owner: Ownership::Of(owner()),
    }
}

fn observed(found: Vec<(&str, Live)>) -> Observations {
    let readings = found
        .into_iter()
        .map(|(address, live)| (address.parse().unwrap(), Reading::Found(live)));
    Observations {
        readings: readings.collect(),
        ..Observations::default()
    }
}

fn planned(desired: &[DesiredResource], observed: &Observations) -> Plan {
    plan(
        &registry(),
        desired,
        observed,
        &Records::default(),
        Purpose::Apply,
    )
    .unwrap()
}

fn steps(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|step| {
            let action = match &step.action {
                Action::Create => "create",
                Action::Update => "update",
                Action::Replace(_) => "replace",
                Action::Delete => "delete",
            };
            format!("{action} {}", step.id)
        })
        .collect()
}

/// The steps that a step waits for. Other steps may run at the same time, in any order.
fn needs(plan: &Plan, place: usize) -> Vec<String> {
    let needs = plan.steps[place].needs.iter();
    needs.map(ToString::to_string).collect()
}

fn policy(action: &str) -> Value {
    json!({ "Statement": [{ "Effect": "Allow", "Action": [action], "Resource": ["*"] }] })
}

#[test]
fn a_missing_resource_is_created_after_the_resources_that_it_needs() {
    let desired = [thing("a", needing("b")), thing("b", ThingSpec::default())];
    assert_eq!(
        steps(&planned(&desired, &Observations::default())),
        ["create thing/b", "create thing/a"]
    );
}

#[test]
fn a_resource_that_equals_the_desired_one_has_no_step_even_with_references_to_live_outputs() {
    let desired = [thing("a", needing("b")), thing("b", ThingSpec::default())];
    let found = observed(vec![
        ("thing/a", live("a", &json!({ "needs": ["id-of-b"] }))),
        ("thing/b", live("b", &json!({}))),
    ]);
    let plan = planned(&desired, &found);
    assert_eq!((steps(&plan), plan.unchanged.len()), (vec![], 2));
}

#[test]
fn an_update_that_changes_no_output_does_not_update_the_users_of_the_outputs() {
    let user = ThingSpec {
        needs: vec![VERSION.of(&Address::new("thing", "b"))],
        ..ThingSpec::default()
    };
    let tagged = ThingSpec {
        tags: BTreeMap::from([("a".into(), "1".into())]),
        ..ThingSpec::default()
    };
    let grown = ThingSpec {
        size: Some(json!(2)),
        ..ThingSpec::default()
    };
    let found = || {
        observed(vec![
            ("thing/a", live("a", &json!({ "needs": [1] }))),
            ("thing/b", live("b", &json!({}))),
        ])
    };
    let only_tags = planned(&[thing("a", user.clone()), thing("b", tagged)], &found());
    assert_eq!(steps(&only_tags), ["update thing/b"]);
    let content = planned(&[thing("a", user), thing("b", grown)], &found());
    assert_eq!(steps(&content), ["update thing/b", "update thing/a"]);
}

#[test]
fn a_replacement_names_its_field_and_the_data_that_is_lost() {
    let square = ThingSpec {
        shape: Some("square".into()),
        ..ThingSpec::default()
    };
    let plan = planned(
        &[thing("a", square)],
        &observed(vec![("thing/a", live("a", &json!({ "shape": "round" })))]),
    );
    assert_eq!(
        plan.steps[0].action,
        Action::Replace(Reason::Field("/shape".into()))
    );
    assert_eq!(
        plan.steps[0].notes,
        [Note::Outage, Note::Loses("its entries".into())]
    );
}

#[test]
fn a_failed_resource_is_replaced() {
    let failed = Live {
        status: Status::Failed("no capacity".into()),
        ..live("a", &json!({}))
    };
    let plan = planned(
        &[thing("a", ThingSpec::default())],
        &observed(vec![("thing/a", failed)]),
    );
    assert_eq!(
        plan.steps[0].action,
        Action::Replace(Reason::Failed("no capacity".into()))
    );
}

#[test]
fn a_shorter_retention_warns_of_lost_data_and_a_longer_one_does_not() {
    let notes = |before: Value, after: u32| {
        let spec = ThingSpec {
            days: Some(after),
            ..ThingSpec::default()
        };
        planned(
            &[thing("a", spec)],
            &observed(vec![("thing/a", live("a", &json!({ "days": before })))]),
        )
        .steps[0]
            .notes
            .clone()
    };
    assert_eq!(notes(json!(30), 7), [Note::Loses("older entries".into())]);
    assert_eq!(notes(json!(null), 7), [Note::Loses("older entries".into())]);
    assert_eq!(notes(json!(7), 30), []);
}

#[test]
fn all_names_of_other_owners_are_reported_and_nothing_is_planned() {
    let other = Owner {
        project: "other".into(),
        ..owner()
    };
    let found = observed(vec![
        (
            "thing/a",
            Live {
                owner: Ownership::Unmarked,
                ..live("a", &json!({}))
            },
        ),
        (
            "thing/b",
            Live {
                owner: Ownership::Of(other),
                ..live("b", &json!({}))
            },
        ),
    ]);
    let desired = [
        thing("a", ThingSpec::default()),
        thing("b", ThingSpec::default()),
    ];
    let error = plan(
        &registry(),
        &desired,
        &found,
        &Records::default(),
        Purpose::Apply,
    )
    .unwrap_err();
    let PlanError::Foreign(foreign) = error else {
        panic!("{error}")
    };
    assert_eq!(
        foreign
            .iter()
            .map(|foreign| foreign.name.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
}

#[test]
fn a_circle_and_a_reference_to_an_undeclared_resource_are_errors() {
    let circle = [thing("a", needing("b")), thing("b", needing("a"))];
    let error = plan(
        &registry(),
        &circle,
        &Observations::default(),
        &Records::default(),
        Purpose::Apply,
    )
    .unwrap_err();
    assert!(matches!(error, PlanError::Circle(_)), "{error}");
    let dangling = [thing("a", needing("nowhere"))];
    let error = plan(
        &registry(),
        &dangling,
        &Observations::default(),
        &Records::default(),
        Purpose::Apply,
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`thing/a` refers to `thing/nowhere`, which is not declared"
    );
}

#[test]
fn an_unreadable_resource_is_neither_clean_nor_changed() {
    let fault = Fault::local(FaultKind::Denied, "no");
    let found = Observations {
        readings: BTreeMap::from([(
            "thing/a".parse().unwrap(),
            Reading::Unreadable(fault.clone()),
        )]),
        ..Observations::default()
    };
    let plan = planned(&[thing("a", ThingSpec::default())], &found);
    assert_eq!(
        (steps(&plan), plan.unreadable),
        (vec![], vec![(Address::new("thing", "a"), fault)])
    );
}

#[test]
fn a_partly_readable_resource_is_not_compared_but_is_deleted_if_it_is_not_desired() {
    let fault = Fault::local(FaultKind::Denied, "no");
    let hidden = || Reading::Obscured(live("a", &json!({ "size": 1 })), fault.clone());
    let declared = thing(
        "a",
        ThingSpec {
            size: Some(json!(2)),
            ..ThingSpec::default()
        },
    );
    let found = Observations {
        readings: BTreeMap::from([("thing/a".parse().unwrap(), hidden())]),
        strays: vec![Stray {
            reading: hidden(),
            ..stray("b", &json!({}))
        }],
        ..Observations::default()
    };
    let plan = planned(&[declared], &found);
    assert_eq!(
        (steps(&plan), plan.unreadable),
        (
            vec!["delete thing/b".to_owned()],
            vec![(Address::new("thing", "a"), fault.clone())]
        )
    );
}

#[test]
fn permissions_that_exceed_the_limit_together_are_refused() {
    let of = |action: &str| policy(&format!("s3:{}{action}", "x".repeat(MOST_OF_A_POLICY / 2)));
    let role = ThingSpec {
        policy: Some(of("Put")),
        ..ThingSpec::default()
    };
    let moved = ThingSpec {
        size: Some(json!(2)),
        ..needing("role")
    };
    let found = observed(vec![
        ("thing/role", live("role", &json!({ "policy": of("Get") }))),
        (
            "pointer/live",
            live("live", &json!({ "needs": ["id-of-role"], "size": 1 })),
        ),
    ]);
    let error = plan(
        &registry(),
        &[thing("role", role.clone()), pointer("live", moved)],
        &found,
        &Records::default(),
        Purpose::Apply,
    )
    .unwrap_err();
    assert!(
        matches!(&error, PlanError::TooLarge(too_large) if too_large.address.name() == "role" && too_large.excess.limit == MOST_OF_A_POLICY),
        "{error:?}"
    );
    // If no pointer moves, the new policy replaces the old one.
    let plan = planned(&[thing("role", role)], &found);
    assert_eq!(steps(&plan), ["update thing/role"]);
}

#[test]
fn permissions_widen_before_a_pointer_moves_and_narrow_after_it() {
    let role = ThingSpec {
        policy: Some(policy("s3:PutObject")),
        ..ThingSpec::default()
    };
    let moved = ThingSpec {
        size: Some(json!(2)),
        ..needing("role")
    };
    let desired = [thing("role", role), pointer("live", moved)];
    let found = observed(vec![
        (
            "thing/role",
            live("role", &json!({ "policy": policy("s3:GetObject") })),
        ),
        (
            "pointer/live",
            live("live", &json!({ "needs": ["id-of-role"], "size": 1 })),
        ),
    ]);
    let plan = planned(&desired, &found);
    assert_eq!(
        steps(&plan),
        [
            "update thing/role (widen)",
            "update pointer/live",
            "update thing/role"
        ]
    );
    assert_eq!(needs(&plan, 1), ["thing/role (widen)"]);
    assert_eq!(needs(&plan, 2), ["pointer/live", "thing/role (widen)"]);
    let joined = &plan.steps[0].desired.as_ref().unwrap()["policy"]["Statement"];
    assert_eq!(joined.as_array().map(Vec::len), Some(2), "{joined}");
}

#[test]
fn a_policy_that_only_narrows_waits_for_the_pointer_that_uses_its_resource() {
    let wide = json!({ "Statement": [{ "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["*"] }] });
    let role = ThingSpec {
        policy: Some(policy("s3:GetObject")),
        ..ThingSpec::default()
    };
    let desired = [
        thing("role", role),
        pointer(
            "live",
            ThingSpec {
                size: Some(json!(2)),
                ..needing("role")
            },
        ),
    ];
    let found = observed(vec![
        ("thing/role", live("role", &json!({ "policy": wide }))),
        (
            "pointer/live",
            live("live", &json!({ "needs": ["id-of-role"], "size": 1 })),
        ),
    ]);
    let plan = planned(&desired, &found);
    assert_eq!(steps(&plan), ["update pointer/live", "update thing/role"]);
    assert_eq!(needs(&plan, 1), ["pointer/live"]);
}

#[test]
fn a_policy_that_widens_has_a_warning() {
    let role = ThingSpec {
        policy: Some(policy("s3:PutObject")),
        ..ThingSpec::default()
    };
    let plan = planned(
        &[thing("role", role)],
        &observed(vec![(
            "thing/role",
            live("role", &json!({ "policy": policy("s3:GetObject") })),
        )]),
    );
    assert_eq!(
        plan.steps[0].notes,
        [Note::Widens(vec!["+ s3:putobject on 1 resource".into()])]
    );
}

fn stray(name: &str, spec: &Value) -> Stray {
    Stray {
        address: Address::new("thing", name),
        name: PhysicalName::new(name),
        owner: owner(),
        reading: Reading::Found(live(name, spec)),
    }
}

#[test]
fn leftovers_are_deleted_after_everything_else_and_users_before_the_resources_that_they_use() {
    let found = Observations {
        strays: vec![
            stray("base", &json!({})),
            stray("user", &json!({ "needs": ["id-of-base"] })),
        ],
        ..Observations::default()
    };
    let plan = planned(&[thing("new", ThingSpec::default())], &found);
    assert_eq!(
        steps(&plan),
        ["create thing/new", "delete thing/user", "delete thing/base"]
    );
    assert!(
        plan.steps[1]
            .needs
            .contains(&StepId::whole(&Address::new("thing", "new")))
    );
}

#[test]
fn a_kind_that_cannot_be_listed_matters_only_to_an_agent_that_has_or_had_one() {
    let fault = Fault::local(FaultKind::Denied, "not allowed");
    let all = Address::new("trail", "(all of this kind)");
    let left_out = |desired: &[DesiredResource], applied: Option<&str>| {
        let mut observed = Observations {
            strays: vec![Stray {
                address: all.clone(),
                name: PhysicalName::new(all.name()),
                owner: owner(),
                reading: Reading::Unreadable(fault.clone()),
            }],
            ..Observations::default()
        };
        assert_eq!(observed.agents_unlisted(), BTreeSet::from(["triage"]));
        let record = applied.map(|address| Record {
            applied: BTreeMap::from([(address.parse().unwrap(), json!({}))]),
            ..Record::default()
        });
        let records = Records {
            by_agent: record
                .map(|record| ("triage".to_owned(), record))
                .into_iter()
                .collect(),
            seal: None,
        };
        let left_out = observed.leave_out_unused_kinds(desired, &records);
        assert_eq!(left_out.len() + observed.strays.len(), 1);
        left_out
    };
    let things = [thing("a", ThingSpec::default())];
    let trails = [named_after::<Trail>("trail", "a", ThingSpec::default())];
    let expected = [(all.clone(), fault.clone())];
    assert_eq!(left_out(&things, None), expected);
    assert_eq!(left_out(&things, Some("thing/a")), expected);
    assert_eq!(left_out(&things, Some("trail/old")), []);
    assert_eq!(left_out(&trails, None), []);
}

#[test]
fn a_leftover_that_is_kept_is_reported_as_long_as_the_record_has_it() {
    let applied = ["pointer/left", "pointer/desired", "thing/gone"];
    let applied = applied.map(|address| (address.parse().unwrap(), json!({})));
    let record = Record {
        applied: applied.into_iter().collect(),
        ..Record::default()
    };
    let records = Records {
        by_agent: BTreeMap::from([("triage".to_owned(), record)]),
        seal: None,
    };
    let kept = |purpose| {
        let desired = [pointer("desired", ThingSpec::default())];
        let nothing = Observations::default();
        plan(&registry(), &desired, &nothing, &records, purpose)
            .unwrap()
            .kept
    };
    // Leftover things are listed and deleted; pointers are kept.
    assert_eq!(
        kept(Purpose::Apply),
        [(Address::new("pointer", "left"), KeptReason::MayBeNeeded)]
    );
    assert_eq!(kept(Purpose::Destroy), []);
}

#[test]
fn a_destroy_deletes_everything_and_reports_scheduled_deletions() {
    let mut leaving = stray("key", &json!({}));
    if let Reading::Found(live) = &mut leaving.reading {
        live.status = Status::Leaving("deletion on Monday".into());
    }
    let found = Observations {
        strays: vec![leaving, stray("a", &json!({}))],
        ..Observations::default()
    };
    let plan = plan(
        &registry(),
        &[],
        &found,
        &Records::default(),
        Purpose::Destroy,
    )
    .unwrap();
    assert_eq!(steps(&plan), ["delete thing/a"]);
    assert_eq!(
        plan.kept,
        [(
            Address::new("thing", "key"),
            KeptReason::Leaving("deletion on Monday".to_owned())
        )]
    );
}

/// Returns the addresses of the steps that take away what others use.
fn taken(plan: &Plan) -> Vec<String> {
    let taken = plan.taken_from_others();
    taken.map(|step| step.id.to_string()).collect()
}

fn destroyed(observed: &Observations) -> Plan {
    let none = Records::default();
    plan(&registry(), &[], observed, &none, Purpose::Destroy).unwrap()
}

#[test]
fn a_pointer_of_others_into_what_is_deleted_is_named_and_deleted_before_it() {
    let mut partner = stray("partner", &json!({ "needs": ["id-of-a"] }));
    partner.address = Address::new("pointer", "partner");
    let found = Observations {
        strays: vec![stray("a", &json!({}))],
        others: vec![partner],
        ..Observations::default()
    };
    let plan = destroyed(&found);
    assert_eq!(steps(&plan), ["delete pointer/partner", "delete thing/a"]);
    assert_eq!(taken(&plan), ["pointer/partner"]);
    let pointed_at = pointed_at(&registry(), &plan);
    let names: Vec<&str> = pointed_at.iter().map(|at| at.name.as_str()).collect();
    assert_eq!(names, ["id-of-a"]);
}

#[test]
fn what_a_namesake_uses_is_named_with_it_and_the_namesake_stays() {
    let mut role = stray("role", &json!({}));
    if let Reading::Found(live) = &mut role.reading {
        live.outputs = json!({ "id": "role", "arn": "arn:aws:iam::0:role/r" });
    }
    let mut namesake = stray("a", &json!({ "needs": ["arn:aws:iam::0:role/r"] }));
    if let Reading::Found(live) = &mut namesake.reading {
        live.owner = Ownership::Unmarked;
    }
    let found = Observations {
        strays: vec![role, stray("other", &json!({}))],
        namesakes: vec![namesake],
        ..Observations::default()
    };
    let plan = destroyed(&found);
    assert_eq!(steps(&plan), ["delete thing/other", "delete thing/role"]);
    assert_eq!(taken(&plan), ["thing/role"]);
    let foreign: Vec<&str> = plan.foreign.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(foreign, ["a"]);
}

#[test]
fn other_changes_of_a_resource_do_not_wait_for_its_policy_to_narrow() {
    let wide = json!({ "Statement": [{ "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["*"] }] });
    let key = ThingSpec {
        policy: Some(policy("s3:GetObject")),
        size: Some(json!(2)),
        ..ThingSpec::default()
    };
    let desired = [
        thing("key", key),
        pointer(
            "live",
            ThingSpec {
                size: Some(json!(2)),
                ..needing("key")
            },
        ),
    ];
    let found = observed(vec![
        (
            "thing/key",
            live("key", &json!({ "policy": wide, "size": 1 })),
        ),
        (
            "pointer/live",
            live("live", &json!({ "needs": ["id-of-key"], "size": 1 })),
        ),
    ]);
    assert_eq!(
        steps(&planned(&desired, &found)),
        [
            "update thing/key (widen)",
            "update pointer/live",
            "update thing/key"
        ]
    );
}

#[test]
fn deletions_of_one_agent_wait_neither_for_another_agents_nor_for_shared_values() {
    let of = |agent: &str, name: &str| {
        let owner = Owner {
            agent: agent.into(),
            ..owner()
        };
        let mut stray = stray(name, &json!({ "needs": ["shared-by-all"] }));
        if let Reading::Found(live) = &mut stray.reading {
            live.outputs["bucket"] = json!("shared-by-all");
            live.owner = Ownership::Of(owner.clone());
        }
        Stray { owner, ..stray }
    };
    let strays = (0..200)
        .map(|n| of(&format!("agent-{}", n % 20), &n.to_string()))
        .collect();
    let found = Observations {
        strays,
        ..Observations::default()
    };
    let plan = plan(
        &registry(),
        &[],
        &found,
        &Records::default(),
        Purpose::Destroy,
    )
    .unwrap();
    assert_eq!(plan.steps.len(), 200);
    assert!(plan.steps.iter().all(|step| step.needs.is_empty()));
}

#[test]
fn an_unreadable_resource_does_not_count_as_created_again() {
    let fault = Fault::local(FaultKind::Denied, "no");
    let shape = ThingSpec {
        shape: Some("round".into()),
        ..needing("a")
    };
    let mut found = observed(vec![(
        "thing/b",
        live("b", &json!({ "shape": "round", "needs": ["id-of-a"] })),
    )]);
    found
        .readings
        .insert("thing/a".parse().unwrap(), Reading::Unreadable(fault));
    let plan = planned(
        &[thing("a", ThingSpec::default()), thing("b", shape)],
        &found,
    );
    assert!(
        plan.steps
            .iter()
            .all(|step| !matches!(step.action, Action::Replace(_)))
    );
}

fn specs() -> impl Strategy<Value = ThingSpec<Declared>> {
    (
        any::<Option<u8>>(),
        prop::option::of("round|square"),
        prop::collection::btree_map("[a-c]", "[x-z]", 0..3),
        any::<Option<u32>>(),
    )
        .prop_map(|(size, shape, tags, days)| ThingSpec {
            size: size.map(Value::from),
            shape,
            tags,
            days,
            ..ThingSpec::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn after_an_apply_a_plan_is_empty(declared in prop::collection::vec(specs(), 1..6), links in prop::collection::vec((0usize..6, 0usize..6), 0..8)) {
        let mut declared = declared;
        for (from, to) in links {
            if to < from && from < declared.len() {
                declared[from].needs.push(ID.of(&Address::new("thing", to.to_string())));
            }
        }
        let desired: Vec<_> = declared.into_iter().enumerate().map(|(i, spec)| thing(&i.to_string(), spec)).collect();
        let first = planned(&desired, &Observations::default());
        prop_assert_eq!(first.steps.len(), desired.len());
        // Resolves every reference, like an apply.
        let readings = desired.iter().map(|resource| {
            let spec = crate::resource::reference::resolve(&resource.spec, &|source| Some(json!(format!("id-of-{}", source.address.name()))));
            (resource.address.clone(), Reading::Found(live(resource.address.name(), &spec)))
        });
        let found = Observations { readings: readings.collect(), ..Observations::default() };
        prop_assert_eq!(steps(&planned(&desired, &found)), Vec::<String>::new());
    }
}

#[test]
fn a_resource_is_created_after_the_resource_that_its_name_needs() {
    let trail = named_after::<Trail>("trail", "a", ThingSpec::default());
    let desired = [trail, thing("a", ThingSpec::default())];
    assert_eq!(
        steps(&planned(&desired, &Observations::default())),
        ["create thing/a", "create trail/trail"]
    );
}

#[test]
fn a_step_has_the_resolved_name_and_keeps_its_place_in_the_order() {
    let grown = || ThingSpec {
        size: Some(json!(2)),
        ..ThingSpec::default()
    };
    let found = observed(vec![
        ("thing/a", live("a", &json!({}))),
        ("trail/trail", live("trail", &json!({}))),
    ]);
    let desired = [
        named_after::<Trail>("trail", "a", grown()),
        thing("a", grown()),
    ];
    let plan = planned(&desired, &found);
    assert_eq!(steps(&plan), ["update thing/a", "update trail/trail"]);
    let name = Input::Literal(PhysicalName::new("/of/id-of-a/live"));
    assert_eq!(plan.steps[1].name, name);
}

#[test]
fn a_resource_whose_name_needs_a_replaced_one_is_created_again_and_the_old_one_is_kept_or_deleted()
{
    let square = ThingSpec {
        shape: Some("square".into()),
        ..ThingSpec::default()
    };
    let found = observed(vec![
        ("thing/a", live("a", &json!({ "shape": "round" }))),
        ("thing/part", live("part", &json!({}))),
        ("trail/trail", live("trail", &json!({}))),
    ]);
    let desired = [
        thing("a", square),
        named_after::<Thing>("part", "a", ThingSpec::default()),
        named_after::<Trail>("trail", "a", ThingSpec::default()),
    ];
    let plan = planned(&desired, &found);
    assert_eq!(
        steps(&plan),
        ["replace thing/a", "create thing/part", "create trail/trail"]
    );
    assert!(plan.steps[1..].iter().all(|step| {
        step.before.is_none() && step.changes.is_empty() && step.name.sources().len() == 1
    }));
    assert_eq!(
        plan.kept,
        [(
            Address::new("trail", "/of/id-of-a/live"),
            KeptReason::MayBeNeeded
        )]
    );
}

#[test]
fn a_resource_that_the_service_is_deleting_is_created_again_with_those_whose_names_need_it() {
    let going = Live {
        status: Status::Going("DELETING".into()),
        ..live("a", &json!({}))
    };
    let found = observed(vec![
        ("thing/a", going.clone()),
        ("thing/part", live("part", &json!({}))),
    ]);
    let desired = [
        thing("a", ThingSpec::default()),
        named_after::<Thing>("part", "a", ThingSpec::default()),
    ];
    let plan_of_ours = planned(&desired, &found);
    assert_eq!(
        steps(&plan_of_ours),
        ["create thing/a", "create thing/part"]
    );

    let theirs = Live {
        owner: Ownership::Unmarked,
        ..going
    };
    let found = observed(vec![("thing/a", theirs)]);
    let records = Records::default();
    let refused = plan(&registry(), &desired[..1], &found, &records, Purpose::Apply);
    assert!(matches!(refused, Err(PlanError::Foreign(_))));
}

#[test]
fn a_resource_that_its_source_creates_again_is_deleted_after_the_source() {
    let trail = |id: &str| {
        let name = PhysicalName::new(format!("/of/{id}/live"));
        Stray {
            address: Address::new("trail", name.as_str()),
            name,
            ..stray(id, &json!({}))
        }
    };
    let found = Observations {
        strays: vec![
            trail("id-of-thing"),
            trail("id-of-other"),
            stray("thing", &json!({})),
        ],
        ..Observations::default()
    };
    let plan = plan(
        &registry(),
        &[],
        &found,
        &Records::default(),
        Purpose::Destroy,
    )
    .unwrap();
    let needs: Vec<(&str, Vec<&str>)> = plan
        .steps
        .iter()
        .map(|step| {
            let needs = step.needs.iter().map(|need| need.address.name());
            (step.id.address.name(), needs.collect())
        })
        .collect();
    assert_eq!(
        needs,
        [
            ("thing", vec![]),
            ("/of/id-of-other/live", vec![]),
            ("/of/id-of-thing/live", vec!["thing"]),
        ]
    );
}

fn pin() -> Pin {
    Pin {
        version: 3,
        by: "arn:aws:iam::1:user/ada".into(),
        since: "2026-01-02T03:04:05Z".into(),
        reason: Some("it answers nonsense".into()),
        moved_from: None,
    }
}

/// Plans with pins at these pointers.
fn planned_over(
    held: &[&str],
    desired: &[DesiredResource],
    found: &Observations,
    pins: Pins,
) -> Plan {
    let held = held
        .iter()
        .map(|name| (Address::new("pointer", *name), Ok(pin())));
    let found = Observations {
        pins: ObservedPins::Read([("triage".to_owned(), held.collect())].into()),
        ..found.clone()
    };
    planner::plan(&registry(), desired, &found, Purpose::Apply, pins).unwrap()
}

fn fates(plan: &Plan) -> Vec<(&str, PinFate)> {
    plan.pins
        .iter()
        .map(|planned| (planned.address.name(), planned.fate))
        .collect()
}

fn sized(size: &str) -> ThingSpec<Declared> {
    ThingSpec {
        size: Some(json!(size)),
        ..ThingSpec::default()
    }
}

#[test]
fn a_pin_holds_its_pointer_until_it_is_released() {
    let desired = [
        pointer("live", sized("5")),
        thing("new", ThingSpec::default()),
    ];
    let held = observed(vec![(
        "pointer/live",
        live("live", &json!({ "size": "3" })),
    )]);
    let plan = planned_over(&["live"], &desired, &held, Pins::Honoured);
    assert_eq!(steps(&plan), ["create thing/new"]);
    assert_eq!(fates(&plan), [("live", PinFate::Holds)]);
    let released = planned_over(&["live"], &desired, &held, Pins::Released);
    assert_eq!(
        steps(&released),
        ["update pointer/live", "create thing/new"]
    );
    assert_eq!(fates(&released), [("live", PinFate::Released)]);
}

#[test]
fn a_pointer_that_somebody_moved_returns_to_its_pinned_version() {
    let moved = observed(vec![(
        "pointer/live",
        live("live", &json!({ "size": "5" })),
    )]);
    let desired = [pointer("live", sized("5"))];
    let plan = planned_over(&["live"], &desired, &moved, Pins::Honoured);
    assert_eq!(steps(&plan), ["update pointer/live"]);
    assert_eq!(plan.steps[0].desired.as_ref().unwrap()["size"], json!("3"));
}

#[test]
fn a_pin_ends_with_its_pointer_and_with_the_resource_that_has_the_versions() {
    let square = ThingSpec {
        shape: Some("square".into()),
        ..ThingSpec::default()
    };
    let into_thing = ThingSpec {
        size: Some(json!("5")),
        ..needing("a")
    };
    let remade = [thing("a", square), pointer("live", into_thing)];
    let found = observed(vec![
        ("thing/a", live("a", &json!({ "shape": "round" }))),
        (
            "pointer/live",
            live("live", &json!({ "size": "3", "needs": ["id-of-a"] })),
        ),
    ]);
    let plan = planned_over(&["live", "renamed"], &remade, &found, Pins::Honoured);
    assert_eq!(steps(&plan), ["replace thing/a", "update pointer/live"]);
    assert_eq!(
        fates(&plan),
        [("live", PinFate::Void), ("renamed", PinFate::Void)]
    );
    assert_eq!(plan.agents().into_iter().collect::<Vec<_>>(), ["triage"]);
    let gone = planned_over(&["live"], &[], &Observations::default(), Pins::Honoured);
    assert_eq!(fates(&gone), [("live", PinFate::Void)]);
    assert!(!gone.is_empty(), "the pin is deleted");
}

#[test]
fn a_pinned_pointer_that_somebody_deleted_is_created_at_its_pinned_version() {
    let desired = [pointer("live", sized("5"))];
    let plan = planned_over(
        &["live"],
        &desired,
        &Observations::default(),
        Pins::Honoured,
    );
    assert_eq!(steps(&plan), ["create pointer/live"]);
    assert_eq!(plan.steps[0].desired.as_ref().unwrap()["size"], json!("3"));
    assert_eq!(fates(&plan), [("live", PinFate::Holds)]);
}

#[test]
fn a_pointer_that_may_be_pinned_is_unreadable_and_everything_else_is_planned() {
    let on_new = ThingSpec {
        size: Some(json!("5")),
        ..needing("new")
    };
    let desired = [
        pointer("live", sized("5")),
        pointer("lost", sized("5")),
        pointer("made", on_new),
        thing("new", ThingSpec::default()),
    ];
    let found = observed(vec![(
        "pointer/live",
        live("live", &json!({ "size": "5" })),
    )]);
    let denied = Fault::new(
        FaultKind::Denied,
        s3::LIST_OBJECT_VERSIONS,
        "not authorized",
    );
    let found = Observations {
        pins: ObservedPins::Unreadable(denied.clone()),
        ..found
    };
    let purpose = Purpose::Apply;
    let plan = planner::plan(&registry(), &desired, &found, purpose, Pins::Honoured).unwrap();
    assert_eq!(steps(&plan), ["create thing/new", "create pointer/made"]);
    let unread = ["live", "lost"].map(|name| (Address::new("pointer", name), denied.clone()));
    assert_eq!(plan.unreadable, unread);
}

#[test]
fn releasing_a_pin_is_a_change_even_if_its_pointer_does_not_move() {
    let desired = [pointer("live", sized("5"))];
    let found = observed(vec![(
        "pointer/live",
        live("live", &json!({ "size": "5" })),
    )]);
    let plan = planned_over(&["live"], &desired, &found, Pins::Released);
    assert_eq!(steps(&plan), Vec::<String>::new());
    assert!(!plan.is_empty() && plan.only(|_| false).is_empty());
    assert_eq!(plan.agents().into_iter().collect::<Vec<_>>(), ["triage"]);
}

#[test]
fn a_part_of_a_plan_lists_the_desired_resources_of_the_rest() {
    let desired = [
        thing("a", ThingSpec::default()),
        thing("b", ThingSpec::default()),
    ];
    let plan = planned(&desired, &Observations::default());
    let part = plan.only(|step| step.id.address.name() == "a");
    assert_eq!(
        part.put_off,
        [(Address::new("thing", "b"), Some("triage".to_owned()))]
    );
}
