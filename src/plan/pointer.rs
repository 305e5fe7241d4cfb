//! Moves a pointer without an apply: chooses the version and plans the one step. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::applied_version::AppliedVersion;
use super::model::{PinFate, Pins, Plan, PlanError, PlannedPin, Purpose};
use super::observation::Observations;
use super::pin::Pin;
use super::planner::plan;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::kind::Status;
use crate::resource::owner::Owner;
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::sources;
use crate::resource::registry::Registry;
use crate::resource::version::Version;

/// The pointer of an agent, and the versions that it can be moved to.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// The pointer's address.
    pub address: Address,
    /// Its physical name.
    pub name: PhysicalName,
    /// Its owner.
    pub owner: Owner,
    /// The declared spec of the pointer.
    pub declared: Value,
    /// The live pointer.
    pub live: Live,
    /// The versions, the newest first.
    pub versions: Vec<Version>,
    /// The version that was applied last, if it was read.
    pub applied: Option<AppliedVersion>,
    /// The pin of the pointer, if there is one.
    pub pin: Option<Pin>,
    /// The path of the field with the version that is served.
    pub field: &'static str,
}

/// Why a version cannot be served or deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// The agent has no pointer.
    #[error("agent `{0}` has nothing that points to a version")]
    NoPointer(String),
    /// The agent is declared, and its pointer does not exist.
    #[error("agent `{agent}` has no `{pointer}` yet, so nothing is served")]
    NotThere {
        /// The agent's name.
        agent: String,
        /// The pointer's address.
        pointer: Address,
    },
    /// A resource with the name of one of the agent's is somebody else's.
    #[error("`{0}` is not this agent's")]
    Foreign(Address),
    /// The version does not exist.
    #[error("agent `{agent}` has no version {version}")]
    UnknownVersion {
        /// The agent's name.
        agent: String,
        /// The requested version.
        version: u64,
        /// The versions that exist, the newest first.
        known: Vec<u64>,
    },
    /// A version that is to be deleted is in use.
    #[error("version {version} of agent `{agent}` cannot be deleted: {reason}")]
    Held {
        /// The agent's name.
        agent: String,
        /// The version.
        version: u64,
        /// What uses it.
        reason: String,
    },
    /// It is not known which version was applied last.
    #[error(
        "the version of agent `{agent}` that was applied last is not known: `{changed}` is not as it was applied"
    )]
    NotApplied {
        /// The agent's name.
        agent: String,
        /// What was changed since, or only in part.
        changed: Address,
    },
    /// There is no version before the one that is served.
    #[error("agent `{agent}` has no version before {version}, which is served")]
    NothingBefore {
        /// The agent's name.
        agent: String,
        /// The version that is served.
        version: String,
    },
    /// The service would refuse callers of the version.
    #[error("callers of agent `{agent}` could not be served by version {version}: {reason}")]
    Refused {
        /// The agent's name.
        agent: String,
        /// The requested version.
        version: u64,
        /// Why it would refuse them.
        reason: String,
    },
}

impl Served {
    /// Returns the version that callers reach.
    pub fn version(&self) -> &str {
        self.live
            .spec
            .pointer(self.field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Returns whether callers reach this version.
    pub fn serves(&self, version: u64) -> bool {
        self.version() == version.to_string()
    }

    /// Returns the newest version.
    pub fn newest(&self) -> Option<u64> {
        self.versions.iter().map(|version| version.number).max()
    }

    /// Returns the version that an earlier run pinned and was not seen to reach, unless the pointer is somewhere else now.
    ///
    /// The answer to the move may have been lost, so the pointer may or may not be there.
    pub fn unfinished(&self) -> Option<u64> {
        let pin = self.pin.as_ref()?;
        let from = pin.moved_from.as_deref()?;
        let is_on_its_way = self.serves(pin.version) || self.version() == from;
        is_on_its_way.then_some(pin.version)
    }

    /// Returns a pin at a version, with the version that the pointer moves away from until it is seen there.
    ///
    /// A pin at the same version keeps its reason, unless there is a new one.
    pub fn pin_at(&self, version: u64, by: String, since: String, reason: Option<String>) -> Pin {
        let before = self.pin.as_ref().filter(|pin| pin.version == version);
        let moved_from = if self.serves(version) {
            before.and_then(|pin| pin.moved_from.clone())
        } else {
            Some(self.version().to_owned())
        };
        Pin {
            reason: reason.or_else(|| before?.reason.clone()),
            version,
            by,
            since,
            moved_from,
        }
    }

    /// Chooses the version to go back to: the requested one, the one that an earlier run did not finish to go back to, or the one before
    /// the served one.
    pub fn back(&self, wanted: Option<u64>) -> Result<u64, PointerError> {
        if let Some(wanted) = wanted {
            return self.known(wanted);
        }
        if let Some(unfinished) = self.unfinished() {
            return self.known(unfinished);
        }
        let served = self.version().parse().unwrap_or(0);
        let before = |version: &&Version| version.number < served;
        let before = self.versions.iter().filter(before);
        // A version that callers cannot reach is chosen only if there is no other. Then it is refused, with its reason.
        before
            .max_by_key(|version| (version.refusal.is_none(), version.number))
            .map(|version| version.number)
            .ok_or_else(|| PointerError::NothingBefore {
                agent: self.owner.agent.clone(),
                version: self.version().to_owned(),
            })
    }

    /// Chooses the version to go forward to: the requested one, or the one that was applied last.
    pub fn forward(&self, wanted: Option<u64>) -> Result<u64, PointerError> {
        match wanted.or(self.applied.map(|applied| applied.number)) {
            Some(wanted) => self.known(wanted),
            None => Err(PointerError::NothingBefore {
                agent: self.owner.agent.clone(),
                version: self.version().to_owned(),
            }),
        }
    }

    /// Refuses a version that callers cannot reach.
    ///
    /// Accepts the version that is served now: nothing changes for callers.
    pub fn demand_callable(&self, version: u64) -> Result<(), PointerError> {
        let mut others = self
            .versions
            .iter()
            .filter(|other| !self.serves(other.number));
        let wanted = others.find(|other| other.number == version);
        match wanted.and_then(|wanted| wanted.refusal.clone()) {
            Some(reason) => Err(PointerError::Refused {
                agent: self.owner.agent.clone(),
                version,
                reason,
            }),
            None => Ok(()),
        }
    }

    /// Returns whether a later reading shows that the pointer still serves the same version and is not moving.
    pub fn is_unmoved(&self, now: &Reading<Live>) -> bool {
        match now {
            Reading::Found(now) => {
                !matches!(now.status, Status::Settling(_) | Status::Going(_))
                    && now.spec.pointer(self.field) == self.live.spec.pointer(self.field)
            }
            Reading::Obscured(..) | Reading::Absent | Reading::Unreadable(_) => false,
        }
    }

    fn known(&self, wanted: u64) -> Result<u64, PointerError> {
        let known: Vec<u64> = self.versions.iter().map(|version| version.number).collect();
        if known.contains(&wanted) {
            Ok(wanted)
        } else {
            Err(PointerError::UnknownVersion {
                agent: self.owner.agent.clone(),
                version: wanted,
                known,
            })
        }
    }

    /// Plans to move the pointer to a version, and to set the pin, or to release the old one if there is none.
    ///
    /// Other fields of the pointer get their declared values, unless these are references. No other resource changes.
    pub fn plan(
        &self,
        registry: &Registry,
        version: u64,
        pin: Option<Pin>,
    ) -> Result<Plan, PlanError> {
        let mut spec = self.declared.clone();
        for (key, value) in spec.as_object_mut().into_iter().flatten() {
            if !sources(value).is_empty() {
                *value = self.live.spec.get(key).cloned().unwrap_or_default();
            }
        }
        if let Some(field) = spec.pointer_mut(self.field) {
            *field = version.to_string().into();
        }
        let desired = DesiredResource {
            address: self.address.clone(),
            owner: Some(self.owner.clone()),
            name: self.name.clone().into(),
            spec,
            known: BTreeMap::new(),
        };
        let reading = Reading::Found(self.live.clone());
        let observed = Observations {
            readings: BTreeMap::from([(self.address.clone(), reading)]),
            ..Observations::default()
        };
        let purpose = Purpose::Apply;
        let mut plan = plan(registry, &[desired], &observed, purpose, Pins::Honoured)?;
        let fate = match (&self.pin, pin) {
            (_, Some(pin)) => Some((pin, PinFate::Set)),
            (Some(was), None) => Some((was.clone(), PinFate::Released)),
            (None, None) => None,
        };
        plan.pins = fate
            .into_iter()
            .map(|(pin, fate)| PlannedPin {
                address: self.address.clone(),
                agent: self.owner.agent.clone(),
                pin,
                fate,
            })
            .collect();
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::model::Action;
    use crate::plan::test_kind::registry;
    use crate::resource::owner::Ownership;
    use crate::resource::reference::OutputField;

    /// A pointer at a version, and the versions that exist.
    fn served(version: &str, versions: &[u64]) -> Served {
        let thing = Address::new("thing", "a");
        let spec = |version: &Value, needs: &Value, shape: &str| {
            let mut spec = json!(crate::plan::test_kind::ThingSpec::<
                crate::resource::reference::Declared,
            >::default());
            spec["size"] = version.clone();
            spec["needs"] = needs.clone();
            spec["tags"] = json!({ "shape": shape });
            spec
        };
        Served {
            address: Address::new("pointer", "live"),
            name: PhysicalName::new("a:live"),
            owner: Owner {
                project: "claims".into(),
                env: "default".into(),
                region: "us-east-1".into(),
                agent: "triage".into(),
            },
            declared: spec(
                &json!(OutputField::<String>::new("version").of(&thing)),
                &json!([OutputField::<String>::new("id").of(&thing)]),
                "square",
            ),
            live: Live {
                spec: spec(&json!(version), &json!(["id-of-a"]), "round"),
                outputs: json!({ "id": "id-of-live", "version": 1 }),
                status: Status::Ready,
                revision: None,
                owner: Ownership::Parent,
            },
            versions: versions
                .iter()
                .map(|number| Version {
                    number: *number,
                    published: None,
                    digest: None,
                    description: None,
                    refusal: None,
                })
                .collect(),
            applied: None,
            pin: None,
            field: "/size",
        }
    }

    fn pin() -> Pin {
        Pin {
            version: 3,
            by: "ada".into(),
            since: "2026-01-02T03:04:05Z".into(),
            reason: None,
            moved_from: None,
        }
    }

    #[test]
    fn back_goes_to_the_version_before_the_served_one_and_forward_to_the_one_that_was_applied_last()
    {
        let mut held = served("3", &[7, 5, 3, 2]);
        held.applied = Some(AppliedVersion {
            number: 5,
            is_outdated: false,
        });
        assert_eq!(held.back(None), Ok(2));
        assert_eq!(held.forward(None), Ok(5));
        assert_eq!((held.back(Some(7)), held.forward(Some(7))), (Ok(7), Ok(7)));
    }

    #[test]
    fn back_skips_a_version_that_callers_cannot_reach_and_a_request_for_it_is_refused_with_the_reason()
     {
        let refused = Some("not invoked".to_owned());
        let mut held = served("5", &[5, 4, 3]);
        held.versions[1].refusal.clone_from(&refused);
        assert_eq!(held.back(None), Ok(3));
        assert_eq!(held.demand_callable(3), Ok(()));
        let refusal = PointerError::Refused {
            agent: "triage".into(),
            version: 4,
            reason: "not invoked".into(),
        };
        assert_eq!(held.demand_callable(4), Err(refusal));

        held.versions[0].refusal.clone_from(&refused);
        assert_eq!(held.demand_callable(5), Ok(()), "it is served as it is");
        held.versions[2].refusal = refused;
        assert_eq!(held.back(None), Ok(4));
    }

    #[test]
    fn a_version_that_does_not_exist_is_refused_with_the_existing_ones() {
        let unknown = PointerError::UnknownVersion {
            agent: "triage".into(),
            version: 4,
            known: vec![5, 3],
        };
        let held = served("5", &[5, 3]);
        assert_eq!(held.back(Some(4)), Err(unknown.clone()));
        assert_eq!(held.forward(Some(4)), Err(unknown));
        assert_eq!(
            served("3", &[5, 3]).back(None),
            Err(PointerError::NothingBefore {
                agent: "triage".into(),
                version: "3".into()
            })
        );
    }

    #[test]
    fn a_move_is_one_step_that_also_sets_the_other_declared_values_that_are_known() {
        let plan = served("5", &[5, 3])
            .plan(&registry(), 3, Some(pin()))
            .unwrap();
        let [step] = plan.steps.as_slice() else {
            panic!("{plan:#?}")
        };
        assert_eq!(step.action, Action::Update);
        let desired = step.desired.as_ref().unwrap();
        assert_eq!(
            (
                &desired["size"],
                &desired["needs"],
                &desired["tags"]["shape"]
            ),
            (&json!("3"), &json!(["id-of-a"]), &json!("square"))
        );
        assert_eq!(plan.pins[0].fate, PinFate::Set);
    }

    #[test]
    fn back_again_goes_to_the_same_version_until_the_pointer_was_seen_there() {
        let mut held = served("5", &[5, 4, 3, 2]);
        assert_eq!(held.back(None), Ok(4));
        held.pin = Some(held.pin_at(4, "ada".into(), "today".into(), Some("slow".into())));
        assert_eq!(held.back(None), Ok(4), "the move was not accepted");
        let pin = held.pin.take();
        held = Served {
            pin,
            ..served("4", &[5, 4, 3, 2])
        };
        assert_eq!(held.back(None), Ok(4), "the move was accepted");
        let again = held.pin_at(4, "bob".into(), "today".into(), None);
        assert_eq!(again.reason.as_deref(), Some("slow"));
        assert_eq!(again.moved_from.as_deref(), Some("5"));

        held.pin = Some(Pin {
            moved_from: None,
            ..again.clone()
        });
        assert_eq!(held.back(None), Ok(3), "the pointer was seen there");
        let elsewhere = Served {
            pin: Some(again),
            ..served("3", &[5, 4, 3, 2])
        };
        assert_eq!(elsewhere.back(None), Ok(2), "somebody else moved it");
    }

    #[test]
    fn a_pointer_is_unmoved_only_if_it_is_ready_at_the_same_version() {
        let held = served("3", &[5, 3]);
        let seen = |version: &str, status: Status| {
            let live = Live {
                status,
                ..served(version, &[]).live
            };
            held.is_unmoved(&Reading::Found(live))
        };
        assert!(seen("3", Status::Ready));
        assert!(!seen("5", Status::Ready));
        assert!(!seen("3", Status::Settling("UPDATING".into())));
        assert!(!held.is_unmoved(&Reading::Absent));
    }

    #[test]
    fn a_move_to_the_served_version_only_releases_the_pin() {
        let mut at_newest = served("5", &[5, 3]);
        at_newest.declared = at_newest.live.spec.clone();
        assert!(at_newest.plan(&registry(), 5, None).unwrap().is_empty());
        at_newest.pin = Some(pin());
        let plan = at_newest.plan(&registry(), 5, None).unwrap();
        assert_eq!(
            (plan.steps.len(), plan.pins[0].fate),
            (0, PinFate::Released)
        );
    }
}
