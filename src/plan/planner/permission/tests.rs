//! The permissions that older versions keep, with kinds that AWS does not have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;
use crate::plan::model::{Note, Pins, Plan, Purpose};
use crate::plan::observation::{Observations, Records};
use crate::plan::planner::{draft, plan};
use crate::plan::record::Record;
use crate::plan::test_kind::{Pointer, Thing, ThingSpec, naming, registry};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::Status;
use crate::resource::outputs::Outputs;
use crate::resource::owner::Ownership;
use crate::resource::reference::Declared;
use crate::resource::version::Published;

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    }
}

/// A policy with an `Allow` statement for each of these actions.
fn policy(actions: &[&str]) -> Value {
    let statement =
        |action: &&str| json!({ "Effect": "Allow", "Action": [action], "Resource": ["*"] });
    json!({ "Version": "2012-10-17", "Statement": actions.iter().map(statement).collect::<Vec<_>>() })
}

fn role(policy: Value) -> ThingSpec<Declared> {
    ThingSpec {
        policy: Some(policy),
        ..ThingSpec::default()
    }
}

fn sized(size: u64) -> ThingSpec<Declared> {
    ThingSpec {
        size: Some(size.into()),
        ..ThingSpec::default()
    }
}

/// An agent with a size, a role and a pointer.
fn desired(size: u64, policy: Value) -> Vec<DesiredResource> {
    let thing = |name: &str, spec| {
        DesiredResource::new::<Thing>(name, Some(&owner()), PhysicalName::new(name), spec)
    };
    let pointer = DesiredResource::new::<Pointer>(
        "live",
        Some(&owner()),
        PhysicalName::new("code:live"),
        ThingSpec::default(),
    );
    vec![
        thing("role", role(policy)),
        thing("code", sized(size)),
        pointer,
    ]
}

fn live(spec: Value, outputs: Value) -> Reading<Live> {
    Reading::Found(Live {
        spec,
        outputs,
        status: Status::Ready,
        revision: None,
        owner: Ownership::Of(owner()),
    })
}

/// What a test observes: versions up to the deployed one, and the live role.
struct Found {
    policy: Value,
    deployed: u64,
    named: Vec<u64>,
    /// The grants of versions in the records; `None` if the records cannot be read.
    records: Option<BTreeMap<u64, Value>>,
}

impl Found {
    /// Plans an agent of size 10 times the deployed version, or of another size.
    fn plan(&self, size: u64, policy: Value) -> Result<Plan, PlanError> {
        let desired = desired(size, policy);
        let pointer = ThingSpec::<Declared>::default();
        let outputs = json!({ "id": "code", "version": self.deployed, "count": self.deployed });
        let mut observed = Observations {
            readings: BTreeMap::from([
                (
                    Address::new("thing", "role"),
                    live(json!(role(self.policy.clone())), json!({ "id": "role" })),
                ),
                (
                    Address::new("thing", "code"),
                    live(json!(sized(self.deployed * 10)), outputs),
                ),
                (
                    Address::new("pointer", "live"),
                    live(json!(pointer), json!({ "id": "live" })),
                ),
            ]),
            ..Observations::default()
        };
        let crowds = draft(&registry(), &desired, &observed, &BTreeSet::new())?.crowds;
        let versions = Versions {
            published: (1..=self.deployed)
                .map(|number| Published {
                    number,
                    name: PhysicalName::new(format!("code:{number}")),
                    is_leaving: false,
                })
                .collect(),
            named: vec![naming(self.named.iter().copied())],
            unused: Vec::new(),
            roles: BTreeSet::new(),
        };
        if let Some(recorded) = &self.records {
            let mut record = Record::default();
            for (number, policy) in recorded {
                let desired = self::desired(0, policy.clone());
                let grants =
                    Grants::desired(&registry(), &desired, &owner(), &Outputs::new()).unwrap();
                record.grant(&Address::new("thing", "code"), *number, grants);
            }
            observed.recorded = Recorded::Read(Records {
                by_agent: BTreeMap::from([("triage".to_owned(), record)]),
                seal: None,
            });
            let histories = crowds.into_iter().map(|crowd| History {
                crowd,
                versions: Ok(versions.clone()),
            });
            observed.histories = histories.collect();
        } else {
            observed.recorded = Recorded::Unreadable(Fault::local(FaultKind::Denied, "no"));
        }
        plan(
            &registry(),
            &desired,
            &observed,
            Purpose::Apply,
            Pins::Honoured,
        )
    }
}

/// The policy of the role after the plan.
fn role_after(plan: &Plan) -> Option<&Value> {
    let step = plan
        .steps
        .iter()
        .rfind(|step| step.id.address.name() == "role")?;
    step.desired.as_ref()?.get("policy")
}

#[test]
fn a_role_keeps_what_an_older_version_was_granted_and_the_plan_lists_it() {
    let found = Found {
        policy: policy(&["a:Old"]),
        deployed: 1,
        named: vec![1],
        records: Some([(1, policy(&["a:Old"]))].into()),
    };
    let plan = found.plan(20, policy(&["a:New"])).unwrap();
    assert_eq!(role_after(&plan), Some(&policy(&["a:New", "a:Old"])));
    assert_eq!(
        plan.older,
        [OlderPermissions {
            address: Address::new("thing", "role"),
            agent: "triage".into(),
            versions: vec![1],
            // It is served.
            deletable: Vec::new(),
            grants: vec!["+ a:old on 1 resource".into()],
            unknown: None,
        }]
    );
}

#[test]
fn with_the_union_in_place_nothing_differs() {
    let found = Found {
        policy: policy(&["a:New", "a:Old"]),
        deployed: 2,
        named: vec![2],
        records: Some([(1, policy(&["a:Old"])), (2, policy(&["a:New"]))].into()),
    };
    let plan = found.plan(20, policy(&["a:New"])).unwrap();
    assert_eq!(plan.steps, []);
    assert_eq!(plan.older[0].versions, [1]);
}

#[test]
fn permissions_that_no_version_was_granted_are_removed() {
    let found = Found {
        policy: policy(&["a:New", "a:Old", "b:Outside"]),
        deployed: 2,
        named: vec![2],
        records: Some([(1, policy(&["a:Old"])), (2, policy(&["a:New"]))].into()),
    };
    let plan = found.plan(20, policy(&["a:New"])).unwrap();
    assert_eq!(role_after(&plan), Some(&policy(&["a:New", "a:Old"])));
}

#[test]
fn a_version_without_a_record_keeps_everything_that_the_role_allows() {
    let mut found = Found {
        policy: policy(&["a:Old", "b:Other"]),
        deployed: 2,
        named: vec![2],
        records: Some([(2, policy(&["a:Old"]))].into()),
    };
    let plan = found.plan(20, policy(&["a:New"])).unwrap();
    assert_eq!(
        role_after(&plan),
        Some(&policy(&["a:New", "a:Old", "b:Other"]))
    );
    let unknown = plan.older[0].unknown.as_deref();
    assert_eq!(unknown, Some("agentctl has no record of their permissions"));

    found.records = None;
    let plan = found.plan(20, policy(&["a:New"])).unwrap();
    assert_eq!(
        role_after(&plan),
        Some(&policy(&["a:New", "a:Old", "b:Other"]))
    );
    let unknown = plan.older[0].unknown.as_deref();
    assert_eq!(unknown, Some("the records could not be read: no"));
}

#[test]
fn a_role_narrows_after_the_deletion_of_the_version_that_needed_more() {
    let mut records: BTreeMap<u64, Value> = (2..=11)
        .map(|number| (number, policy(&["a:New"])))
        .collect();
    records.insert(1, policy(&["a:Old"]));
    let found = Found {
        policy: policy(&["a:New", "a:Old"]),
        deployed: 11,
        named: vec![11],
        records: Some(records),
    };
    let plan = found.plan(110, policy(&["a:New"])).unwrap();
    let names: Vec<&str> = plan
        .steps
        .iter()
        .map(|step| step.id.address.name())
        .collect();
    assert_eq!(names, ["code:1", "role"]);
    assert!(plan.steps[1].needs.contains(&plan.steps[0].id));
    assert_eq!(role_after(&plan), Some(&policy(&["a:New"])));
    assert_eq!(plan.older, []);
}

#[test]
fn a_new_denial_applies_at_once_and_names_the_older_version_that_it_affects() {
    let found = Found {
        policy: policy(&["a:Old"]),
        deployed: 2,
        named: vec![1],
        records: Some([(1, policy(&["a:Old"])), (2, policy(&["a:Old"]))].into()),
    };
    let mut denying = policy(&["a:Old"]);
    let denial = json!({ "Effect": "Deny", "Action": ["a:Old"], "Resource": ["*"] });
    denying["Statement"].as_array_mut().unwrap().push(denial);
    let plan = found.plan(20, denying).unwrap();
    assert_eq!(plan.steps.len(), 1);
    assert!(plan.steps[0].needs.is_empty());
    assert!(plan.steps[0].notes.contains(&Note::Denies(vec![1])));
}

#[test]
fn policies_that_are_too_large_together_name_the_versions_to_delete() {
    let long = |letter: &str| policy(&[letter.repeat(400).as_str()]);
    let found = Found {
        policy: long("a"),
        deployed: 3,
        named: vec![1],
        records: Some([(1, long("a")), (2, long("b")), (3, long("c"))].into()),
    };
    let error = found.plan(40, long("d")).unwrap_err();
    let PlanError::TooLarge(too_large) = &error else {
        panic!("{error}");
    };
    // Version 1 is served, and 3 is deployed.
    assert_eq!(too_large.versions, [2]);
}
