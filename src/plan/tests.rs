//! What the planner decides, over things that are not of AWS.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::kept::KeptReason;
use super::model::{Action, Note, PinFate, Pins, Plan, PlanError, Purpose, Reason, StepId};
use super::observation::{Observations, Recorded, Records, Stray};
use super::planner;
use super::record::{Pin, Record};
use super::test_kind::{
    MOST_OF_A_POLICY, Pointer, Thing, ThingSpec, Trail, plan, registry, with_records,
};
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

/// A resource that is named after the id of a thing.
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

/// What a step waits for. Steps run side by side as far as that lets them, whatever the order of their list.
fn needs(plan: &Plan, place: usize) -> Vec<String> {
    let needs = plan.steps[place].needs.iter();
    needs.map(ToString::to_string).collect()
}

fn policy(action: &str) -> Value {
    json!({ "Statement": [{ "Effect": "Allow", "Action": [action], "Resource": ["*"] }] })
}

#[test]
fn what_is_not_there_is_created_after_what_it_needs() {
    let desired = [thing("a", needing("b")), thing("b", ThingSpec::default())];
    assert_eq!(
        steps(&planned(&desired, &Observations::default())),
        ["create thing/b", "create thing/a"]
    );
}

#[test]
fn what_is_as_wished_is_left_alone_even_when_it_refers_to_live_outputs() {
    let desired = [thing("a", needing("b")), thing("b", ThingSpec::default())];
    let found = observed(vec![
        ("thing/a", live("a", &json!({ "needs": ["id-of-b"] }))),
        ("thing/b", live("b", &json!({}))),
    ]);
    let plan = planned(&desired, &found);
    assert_eq!((steps(&plan), plan.unchanged.len()), (vec![], 2));
}

#[test]
fn an_update_that_cannot_move_an_output_does_not_disturb_what_uses_it() {
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
fn a_replacement_names_the_field_that_forces_it_and_says_what_is_lost() {
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
fn a_resource_that_the_service_gave_up_on_is_made_again() {
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
fn a_shorter_retention_is_said_to_lose_data_and_a_longer_one_is_not() {
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
fn names_that_belong_to_somebody_else_are_all_told_and_nothing_is_planned() {
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
fn a_circle_and_a_reference_to_nothing_are_errors() {
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
fn what_cannot_be_read_is_neither_clean_nor_touched() {
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
fn what_can_be_read_in_part_is_not_compared_but_deleted_when_nobody_wishes_for_it() {
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
fn permissions_that_the_service_does_not_take_side_by_side_are_refused() {
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
        matches!(&error, PlanError::TooLarge { address, excess, .. } if address.name() == "role" && excess.limit == MOST_OF_A_POLICY),
        "{error:?}"
    );
    // Where no pointer moves, one takes the place of the other.
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
fn a_policy_that_widens_says_so() {
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
fn leftovers_go_after_everything_else_and_users_before_what_they_use() {
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
fn what_an_agent_leaves_behind_is_told_as_long_as_its_record_has_it() {
    let applied = ["pointer/left", "pointer/wished", "thing/gone"];
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
        let desired = [pointer("wished", ThingSpec::default())];
        let nothing = Observations::default();
        plan(&registry(), &desired, &nothing, &records, purpose)
            .unwrap()
            .kept
    };
    // Things that are left over are listed and deleted; pointers stay.
    assert_eq!(
        kept(Purpose::Apply),
        [(Address::new("pointer", "left"), KeptReason::MayBeNeeded)]
    );
    assert_eq!(kept(Purpose::Destroy), []);
}

#[test]
fn a_destroy_deletes_everything_and_tells_what_only_leaves_later() {
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

#[test]
fn what_else_changes_is_not_held_up_by_a_policy_that_narrows() {
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
fn deletions_of_one_agent_do_not_wait_for_anothers_nor_for_what_all_have_in_common() {
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
fn what_cannot_be_read_is_not_taken_for_something_new() {
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
    fn after_what_was_planned_is_done_nothing_is_left_to_do(declared in prop::collection::vec(specs(), 1..6), links in prop::collection::vec((0usize..6, 0usize..6), 0..8)) {
        let mut declared = declared;
        for (from, to) in links {
            if to < from && from < declared.len() {
                declared[from].needs.push(ID.of(&Address::new("thing", to.to_string())));
            }
        }
        let desired: Vec<_> = declared.into_iter().enumerate().map(|(i, spec)| thing(&i.to_string(), spec)).collect();
        let first = planned(&desired, &Observations::default());
        prop_assert_eq!(first.steps.len(), desired.len());
        // Every reference resolved as an apply would.
        let readings = desired.iter().map(|resource| {
            let spec = crate::resource::reference::resolve(&resource.spec, &|source| Some(json!(format!("id-of-{}", source.address.name()))));
            (resource.address.clone(), Reading::Found(live(resource.address.name(), &spec)))
        });
        let found = Observations { readings: readings.collect(), ..Observations::default() };
        prop_assert_eq!(steps(&planned(&desired, &found)), Vec::<String>::new());
    }
}

#[test]
fn what_is_named_after_something_comes_after_it() {
    let trail = named_after::<Trail>("trail", "a", ThingSpec::default());
    let desired = [trail, thing("a", ThingSpec::default())];
    assert_eq!(
        steps(&planned(&desired, &Observations::default())),
        ["create thing/a", "create trail/trail"]
    );
}

#[test]
fn the_name_of_a_step_is_told_once_it_is_known_and_its_order_stays() {
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
fn what_is_named_after_a_thing_that_is_made_again_is_made_anew_and_the_old_one_stays_or_goes_with_the_thing()
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
fn what_the_service_is_deleting_is_made_anew_once_it_is_gone_and_what_is_named_after_it_too() {
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
fn what_is_made_again_while_its_source_lives_is_deleted_after_it_and_nothing_else_is() {
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
        version: "3".into(),
        by: "arn:aws:iam::1:user/ada".into(),
        since: "2026-01-02T03:04:05Z".into(),
        reason: Some("it answers nonsense".into()),
    }
}

/// Plans over a record that holds these pointers.
fn planned_over(
    held: &[&str],
    desired: &[DesiredResource],
    found: &Observations,
    pins: Pins,
) -> Plan {
    let held = held
        .iter()
        .map(|name| (Address::new("pointer", *name), pin()));
    let record = Record {
        pins: held.collect(),
        ..Record::default()
    };
    let records = Records {
        by_agent: BTreeMap::from([("triage".to_owned(), record)]),
        seal: None,
    };
    let found = with_records(found, &records);
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
fn a_pointer_that_somebody_moved_away_from_its_pin_is_moved_back() {
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
fn a_pin_ends_with_its_pointer_and_with_what_the_pointer_points_into() {
    let square = ThingSpec {
        shape: Some("square".into()),
        ..ThingSpec::default()
    };
    let into_thing = ThingSpec {
        size: Some(json!("5")),
        ..needing("a")
    };
    let anew = [thing("a", square), pointer("live", into_thing)];
    let found = observed(vec![
        ("thing/a", live("a", &json!({ "shape": "round" }))),
        (
            "pointer/live",
            live("live", &json!({ "size": "3", "needs": ["id-of-a"] })),
        ),
    ]);
    let plan = planned_over(&["live", "renamed"], &anew, &found, Pins::Honoured);
    assert_eq!(steps(&plan), ["replace thing/a", "update pointer/live"]);
    assert_eq!(
        fates(&plan),
        [("live", PinFate::Void), ("renamed", PinFate::Void)]
    );
    let gone = planned_over(
        &["live"],
        &[pointer("live", sized("5"))],
        &Observations::default(),
        Pins::Honoured,
    );
    assert_eq!(fates(&gone), [("live", PinFate::Void)]);
}

#[test]
fn without_records_no_pointer_is_moved_and_all_else_is_planned() {
    let desired = [
        pointer("live", sized("5")),
        pointer("made", sized("1")),
        thing("new", ThingSpec::default()),
    ];
    let found = observed(vec![(
        "pointer/live",
        live("live", &json!({ "size": "3" })),
    )]);
    let denied = Fault::new(FaultKind::Denied, s3::GET_OBJECT, "not authorized");
    let found = Observations {
        recorded: Recorded::Unreadable(denied.clone()),
        ..found
    };
    let purpose = Purpose::Apply;
    let plan = planner::plan(&registry(), &desired, &found, purpose, Pins::Honoured).unwrap();
    assert_eq!(steps(&plan), ["create pointer/made", "create thing/new"]);
    assert_eq!(plan.unreadable, [(Address::new("pointer", "live"), denied)]);
}

#[test]
fn a_released_pin_is_something_to_do_even_when_its_pointer_is_where_it_shall_be() {
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
fn a_part_of_a_plan_knows_what_the_rest_wishes_for() {
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
