//! Over random edits, rollbacks and applies, with records that are lost or unreadable now and then: whatever the pointer serves is allowed
//! everything that its own manifest needed.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{VersionChange, change, record_unchanged};
use crate::plan::model::{Action, Pins, Plan, PlannedStep, Purpose};
use crate::plan::observation::{Crowd, History, Observations, Recorded, Records, Versions};
use crate::plan::pin::{ObservedPins, Pin};
use crate::plan::planner::{draft, plan};
use crate::plan::record::Record;
use crate::plan::test_kind::{Pointer, Thing, ThingSpec, naming, registry};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::document::allows_more;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::grant::Grants;
use crate::resource::kind::Status;
use crate::resource::outputs::{Outputs, lookup};
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::{Declared, OutputField, resolve};
use crate::resource::version::Published;

const VERSION: OutputField<u32> = OutputField::new("version");

/// What happens to an agent.
#[derive(Debug, Clone)]
enum Deed {
    /// The manifest declares these actions, and another size where it says so, and is applied.
    Apply {
        actions: BTreeSet<u8>,
        resized: bool,
    },
    /// Callers are sent back to one of the versions and held there.
    Rollback(prop::sample::Index),
    /// Callers are released.
    Promote,
    /// The record is lost.
    Lose,
    /// The record cannot be read during the next apply.
    Hide,
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        12 => (prop::collection::btree_set(0_u8..5, 0..4), prop::bool::weighted(0.8))
            .prop_map(|(actions, resized)| Deed::Apply { actions, resized }),
        3 => any::<prop::sample::Index>().prop_map(Deed::Rollback),
        1 => Just(Deed::Promote),
        1 => Just(Deed::Lose),
        1 => Just(Deed::Hide),
    ]
}

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    }
}

fn policy(actions: &BTreeSet<u8>) -> Value {
    let statement = |action: &u8| json!({ "Effect": "Allow", "Action": [format!("a:{action}")], "Resource": ["*"] });
    let statements: Vec<Value> = actions.iter().map(statement).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// One agent as AWS holds it.
struct Account {
    role: Value,
    size: u64,
    deployed: u64,
    /// The versions that exist, with what the manifest granted each of them.
    versions: BTreeMap<u64, BTreeSet<u8>>,
    served: u64,
    record: Record,
    pin: Option<Pin>,
    is_hidden: bool,
}

impl Account {
    fn new() -> Self {
        Self {
            role: policy(&BTreeSet::new()),
            size: 0,
            deployed: 1,
            versions: BTreeMap::from([(1, BTreeSet::new())]),
            served: 1,
            record: Record::default(),
            pin: None,
            is_hidden: false,
        }
    }

    fn desired(actions: &BTreeSet<u8>, size: u64) -> Vec<DesiredResource> {
        let thing = |name: &str, spec| {
            DesiredResource::new::<Thing>(name, Some(&owner()), PhysicalName::new(name), spec)
        };
        let role = ThingSpec::<Declared> {
            policy: Some(policy(actions)),
            ..ThingSpec::default()
        };
        let code = ThingSpec::<Declared> {
            size: Some(size.into()),
            ..ThingSpec::default()
        };
        let pointer = ThingSpec::<Declared> {
            size: Some(json!(VERSION.of(&Address::new("thing", "code")))),
            ..ThingSpec::default()
        };
        let name = PhysicalName::new("code:live");
        vec![
            thing("role", role),
            thing("code", code),
            DesiredResource::new::<Pointer>("live", Some(&owner()), name, pointer),
        ]
    }

    fn readings(&self) -> BTreeMap<Address, Reading<Live>> {
        let live = |spec: ThingSpec<Declared>, outputs: Value| {
            Reading::Found(Live {
                spec: json!(spec),
                outputs,
                status: Status::Ready,
                revision: None,
                owner: Ownership::Of(owner()),
            })
        };
        let role = ThingSpec {
            policy: Some(self.role.clone()),
            ..ThingSpec::default()
        };
        let sized = |size: u64| ThingSpec {
            size: Some(size.into()),
            ..ThingSpec::default()
        };
        let outputs =
            json!({ "id": "code", "version": self.deployed, "count": self.versions.len() });
        // Pins hold the text of a version.
        let pointer = ThingSpec {
            size: Some(if self.pin.is_none() {
                self.served.into()
            } else {
                self.served.to_string().into()
            }),
            ..ThingSpec::default()
        };
        BTreeMap::from([
            (
                Address::new("thing", "role"),
                live(role, json!({ "id": "role" })),
            ),
            (
                Address::new("thing", "code"),
                live(sized(self.size), outputs),
            ),
            (
                Address::new("pointer", "live"),
                live(pointer, json!({ "id": "live" })),
            ),
        ])
    }

    fn history(&self, crowd: Crowd) -> History {
        let published = self.versions.keys().map(|number| Published {
            number: *number,
            name: PhysicalName::new(format!("code:{number}")),
            is_leaving: false,
        });
        History {
            crowd,
            versions: Ok(Versions {
                published: published.collect(),
                named: vec![naming([self.served])],
                unused: Vec::new(),
                roles: BTreeSet::new(),
            }),
        }
    }

    fn plan(&self, desired: &[DesiredResource]) -> Plan {
        let pins = self.pin.iter();
        let pins = pins.map(|pin| (Address::new("pointer", "live"), Ok(pin.clone())));
        let mut observed = Observations {
            readings: self.readings(),
            pins: ObservedPins::Read([("triage".to_owned(), pins.collect())].into()),
            ..Observations::default()
        };
        let draft = draft(&registry(), desired, &observed, &BTreeSet::new()).unwrap();
        if self.is_hidden {
            let fault = Fault::local(FaultKind::Denied, "no");
            observed.recorded = Recorded::Unreadable(fault);
        } else {
            observed.recorded = Recorded::Read(Records {
                by_agent: BTreeMap::from([("triage".to_owned(), self.record.clone())]),
                seal: None,
            });
            let crowds = draft.crowds.into_iter();
            observed.histories = crowds.map(|crowd| self.history(crowd)).collect();
        }
        plan(
            &registry(),
            desired,
            &observed,
            Purpose::Apply,
            Pins::Honoured,
        )
        .unwrap()
    }

    fn apply(&mut self, actions: &BTreeSet<u8>, size: u64) -> Result<(), TestCaseError> {
        let desired = Self::desired(actions, size);
        let plan = self.plan(&desired);
        // Under an unchanged version, permissions that the manifest drops are no longer needed.
        if size == self.size
            && let Some(needed) = self.versions.get_mut(&self.deployed)
        {
            needed.retain(|action| actions.contains(action));
        }
        if !self.is_hidden {
            record_unchanged(
                &registry(),
                &desired,
                &owner(),
                &plan.unchanged,
                &plan.outputs,
                &mut self.record,
            );
        }
        let mut outputs = plan.outputs.clone();
        for step in &plan.steps {
            self.carry_out(step, &mut outputs, actions);
            if let (false, Some(change)) = (
                self.is_hidden,
                change(&registry(), &desired, step, &outputs),
            ) {
                change.apply(&mut self.record.versions);
            }
            self.check(step)?;
        }
        self.versions.insert(self.deployed, actions.clone());
        self.is_hidden = false;
        Ok(())
    }

    fn carry_out(&mut self, step: &PlannedStep, outputs: &mut Outputs, actions: &BTreeSet<u8>) {
        let known = |source: &_| lookup(outputs, source);
        let spec = step.desired.as_ref().map(|spec| resolve(spec, &known));
        match (step.id.address.kind(), step.id.address.name(), spec) {
            ("thing", "role", Some(spec)) => self.role = spec["policy"].clone(),
            ("thing", "code", Some(spec)) => {
                self.size = spec["size"].as_u64().unwrap();
                self.deployed += 1;
                self.versions.insert(self.deployed, actions.clone());
                let address = step.id.address.clone();
                outputs.insert(address, json!({ "id": "code", "version": self.deployed }));
            }
            ("pointer", _, Some(spec)) => {
                let version = &spec["size"];
                let text = version.as_str().map(|text| text.parse().unwrap());
                self.served = text.or(version.as_u64()).unwrap();
            }
            ("old-thing", name, None) => {
                let number: u64 = name.trim_start_matches("code:").parse().unwrap();
                self.versions.remove(&number).unwrap();
            }
            other => panic!("{other:?}"),
        }
    }

    fn check(&self, step: &PlannedStep) -> Result<(), TestCaseError> {
        let needed = self.versions.get(&self.served);
        prop_assert!(
            needed.is_some(),
            "version {} is deleted by {}",
            self.served,
            step.id
        );
        let needed = policy(needed.unwrap());
        prop_assert!(
            !allows_more(Some(&self.role), &needed),
            "after {}, version {} needs {needed}, the role has {}",
            step.id,
            self.served,
            self.role
        );
        Ok(())
    }

    fn hold(&mut self, version: u64) {
        self.served = version;
        let pin = Pin {
            version,
            by: "ada".into(),
            since: "2026-01-02T03:04:05Z".into(),
            reason: None,
            moved_from: None,
        };
        self.pin = Some(pin);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_served_is_allowed_what_its_own_manifest_needed(deeds in prop::collection::vec(deeds(), 1..40)) {
        let mut account = Account::new();
        let mut actions = BTreeSet::new();
        for deed in deeds {
            match deed {
                Deed::Apply { actions: declared, resized } => {
                    actions = declared;
                    account.apply(&actions, account.size + u64::from(resized))?;
                }
                Deed::Rollback(index) => {
                    let versions: Vec<u64> = account.versions.keys().copied().collect();
                    account.hold(*index.get(&versions));
                }
                Deed::Promote => {
                    account.pin = None;
                    account.served = account.deployed;
                }
                Deed::Lose => account.record = Record::default(),
                Deed::Hide => account.is_hidden = true,
            }
        }
        // Nothing is left to do after two applies: the first may move the pointer off a version that the second deletes.
        account.is_hidden = false;
        account.apply(&actions, account.size)?;
        account.apply(&actions, account.size)?;
        let plan = account.plan(&Account::desired(&actions, account.size));
        prop_assert_eq!(plan.steps, []);
    }
}

/// Returns what a step changes that leaves the code at version 5.
fn published(action: Action) -> VersionChange {
    let desired = Account::desired(&BTreeSet::from([1]), 7);
    let plan = Account::new().plan(&desired);
    let address = Address::new("thing", "code");
    let mut step = plan
        .steps
        .into_iter()
        .find(|step| step.id.address == address);
    let step = step.as_mut().unwrap();
    step.action = action;
    let outputs = Outputs::from([(address, json!({ "id": "code", "version": 5 }))]);
    change(&registry(), &desired, step, &outputs).unwrap()
}

#[test]
fn every_version_that_a_step_published_has_a_record() {
    let holder = Address::new("thing", "code");
    let mut versions = BTreeMap::new();
    let update = published(Action::Update);
    update.apply(&mut versions);
    let of_holder = &versions[&holder];
    // The account begins with version 1, so the step published all that follow it.
    assert_eq!(of_holder.keys().copied().collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert!(of_holder.values().all(|grants| *grants == of_holder[&5]));
}

#[test]
fn a_new_resource_has_the_records_of_its_own_versions_only() {
    let holder = Address::new("thing", "code");
    let mut versions = BTreeMap::from([(holder.clone(), BTreeMap::from([(9, Grants::default())]))]);
    published(Action::Create).apply(&mut versions);
    let numbers: Vec<u64> = versions[&holder].keys().copied().collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
}
