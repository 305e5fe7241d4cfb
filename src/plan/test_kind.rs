//! Kinds that AWS does not have, for the tests of planner, differ and executor.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::{Pins, Plan, PlanError, Purpose};
use super::observation::{Observations, Recorded, Records};
use super::planner;
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::kind::{
    Effect, Excess, FieldRule, Kind, Leftover, MovingOutput, Pointers, Versions,
};
use crate::resource::reference::{Declared, Stage};
use crate::resource::registry::{KindEntry, Registry};
use crate::resource::version::{Naming, OldVersionOutputs, OldVersionSpec};

/// The most characters that a thing's policy may have.
pub(crate) const MOST_OF_A_POLICY: usize = 1_000;

/// A thing with a field for each effect.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thing;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", default, rename_all = "camelCase")]
pub(crate) struct ThingSpec<S: Stage> {
    pub(crate) size: Option<Value>,
    pub(crate) shape: Option<String>,
    pub(crate) needs: Vec<S::Ref<String>>,
    pub(crate) policy: Option<Value>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) days: Option<u32>,
    pub(crate) source: Option<Value>,
}

impl<S: Stage> Default for ThingSpec<S> {
    fn default() -> Self {
        Self {
            size: None,
            shape: None,
            needs: Vec::new(),
            policy: None,
            secrets: BTreeMap::new(),
            tags: BTreeMap::new(),
            days: None,
            source: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ThingOutputs {
    pub(crate) id: String,
    pub(crate) version: u32,
}

const RULES: &[FieldRule] = &[
    FieldRule::new("/shape", Effect::Replaces),
    FieldRule::new("/secrets/*", Effect::Sensitive { except: &["OPEN"] }),
    FieldRule::new("/source", Effect::NotCompared),
    FieldRule::new("/policy", Effect::Permissions),
    FieldRule::new("/days", Effect::ShrinkLoses("older entries")),
];

impl Kind for Thing {
    const NAME: &'static str = "thing";
    type Spec<S: Stage> = ThingSpec<S>;
    type Outputs = ThingOutputs;
    const RULES: &'static [FieldRule] = RULES;
    const MOVING: &'static [MovingOutput] = &[MovingOutput {
        output: "version",
        except: &["/tags"],
    }];
    const LEFTOVER: Leftover = Leftover::Delete;
    const ID: Option<&'static str> = Some("id");
    const IDENTITY: Option<&'static str> = Some("id");
    const VERSIONS: Option<Versions> = Some(Versions {
        old: OldThing::NAME,
        count: "count",
        number: "version",
    });
    const POINTERS: Option<Pointers> = Some(Pointers {
        kind: Pointer::NAME,
        old: OldThing::NAME,
    });
    const HOLDS: Option<&'static str> = Some("its entries");

    fn excess(spec: &ThingSpec<Declared>) -> Option<Excess> {
        let size = spec.policy.as_ref()?.to_string().len();
        (size > MOST_OF_A_POLICY).then_some(Excess {
            what: "the policy",
            size,
            limit: MOST_OF_A_POLICY,
        })
    }

    fn canonical<S: Stage>(spec: ThingSpec<S>) -> ThingSpec<S> {
        spec
    }

    fn summary(spec: &ThingSpec<Declared>) -> String {
        format!("{} needs", spec.needs.len())
    }
}

/// A thing that callers reach an agent through.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pointer;

impl Kind for Pointer {
    const NAME: &'static str = "pointer";
    type Spec<S: Stage> = ThingSpec<S>;
    type Outputs = ThingOutputs;
    const RULES: &'static [FieldRule] = RULES;
    const POINTER: bool = true;
    const PIN: Option<&'static str> = Some("/size");

    fn canonical<S: Stage>(spec: ThingSpec<S>) -> ThingSpec<S> {
        spec
    }

    fn summary(_: &ThingSpec<Declared>) -> String {
        String::new()
    }
}

/// A resource that the service creates again as long as its thing exists. Its name contains the thing's id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trail;

impl Kind for Trail {
    const NAME: &'static str = "trail";
    type Spec<S: Stage> = ThingSpec<S>;
    type Outputs = ThingOutputs;
    const RULES: &'static [FieldRule] = RULES;
    const REMADE_BY_SOURCE: bool = true;

    fn canonical<S: Stage>(spec: ThingSpec<S>) -> ThingSpec<S> {
        spec
    }

    fn summary(_: &ThingSpec<Declared>) -> String {
        String::new()
    }
}

/// A version of a thing that has newer ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OldThing;

impl Kind for OldThing {
    const NAME: &'static str = "old-thing";
    type Spec<S: Stage> = OldVersionSpec<S>;
    type Outputs = OldVersionOutputs;
    const RULES: &'static [FieldRule] = &[];
    const LEFTOVER: Leftover = Leftover::Delete;

    fn canonical<S: Stage>(spec: OldVersionSpec<S>) -> OldVersionSpec<S> {
        spec
    }

    fn summary(_: &OldVersionSpec<Declared>) -> String {
        String::new()
    }
}

/// A resource that versions of a thing may use.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Supply;

impl Kind for Supply {
    const NAME: &'static str = "supply";
    type Spec<S: Stage> = ThingSpec<S>;
    type Outputs = ThingOutputs;
    const RULES: &'static [FieldRule] = RULES;
    const LEFTOVER: Leftover = Leftover::WhileUsed;

    fn canonical<S: Stage>(spec: ThingSpec<S>) -> ThingSpec<S> {
        spec
    }

    fn summary(_: &ThingSpec<Declared>) -> String {
        String::new()
    }
}

pub(crate) fn entry() -> KindEntry {
    KindEntry::of::<Thing>()
}

pub(crate) fn registry() -> Registry {
    Registry::new([
        KindEntry::of::<Thing>(),
        KindEntry::of::<Pointer>(),
        KindEntry::of::<Trail>(),
        KindEntry::of::<OldThing>(),
        KindEntry::of::<Supply>(),
    ])
}

/// Returns a pointer that names these versions.
pub(crate) fn naming(versions: impl IntoIterator<Item = u64>) -> Naming {
    Naming {
        pointer: PhysicalName::new("a:theirs"),
        is_ours: false,
        versions: versions.into_iter().collect(),
    }
}

/// Adds records to what was observed.
pub(crate) fn with_records(observed: &Observations, records: &Records) -> Observations {
    Observations {
        recorded: Recorded::Read(records.clone()),
        ..observed.clone()
    }
}

/// Plans with these records, with pins honoured.
pub(crate) fn plan(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
    records: &Records,
    purpose: Purpose,
) -> Result<Plan, PlanError> {
    let observed = with_records(observed, records);
    planner::plan(registry, desired, &observed, purpose, Pins::Honoured)
}
