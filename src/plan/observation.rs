//! What was read for a plan. `observe` reads it; the planner compares it with the desired resources.

use std::collections::{BTreeMap, BTreeSet};

use super::pin::ObservedPins;
use super::record::{Record, Seal};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::owner::Owner;
use crate::resource::provider::{Live, Reading};
use crate::resource::version::{Naming, Published, named_versions};

/// Everything that was read for one plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observations {
    /// What exists under the name of each desired resource.
    pub readings: BTreeMap<Address, Reading<Live>>,
    /// Our resources that are not desired.
    pub strays: Vec<Stray>,
    /// The records of earlier applies.
    pub recorded: Recorded,
    /// The pins of the agents.
    pub pins: ObservedPins,
    /// The versions of agents that have more versions than are kept, or will have.
    pub histories: Vec<History>,
    /// Desired resources that were applied under another name than they have now.
    pub renamed: Vec<Renamed>,
    /// Pointers of others into resources of ours that the plan deletes.
    pub others: Vec<Stray>,
    /// Resources under names of ours that are not ours, or no longer have our marks. Only a destroy reads them. The owner of each is the
    /// one whose name it has.
    pub namesakes: Vec<Stray>,
    /// The artifacts bucket, which a destroy deletes with its last owner.
    pub bucket: Option<Bucket>,
}

/// One of our resources that is not desired.
#[derive(Debug, Clone, PartialEq)]
pub struct Stray {
    /// Its address, made of its kind and physical name.
    pub address: Address,
    /// Its physical name.
    pub name: PhysicalName,
    /// Its owner.
    pub owner: Owner,
    /// What was read.
    pub reading: Reading<Live>,
}

/// The name of the stray that represents every resource of a kind that could not be listed.
const ALL: &str = "(all of this kind)";

impl Stray {
    /// Represents every resource of a kind that could not be listed, so that nothing unread counts as clean.
    pub fn unlisted(kind: &str, owner: Owner, fault: Fault) -> Self {
        Self {
            address: Address::new(kind, ALL),
            name: PhysicalName::new(ALL),
            owner,
            reading: Reading::Unreadable(fault),
        }
    }

    /// Returns whether this represents every resource of a kind that could not be listed.
    pub fn is_unlisted(&self) -> bool {
        self.address.name() == ALL && matches!(self.reading, Reading::Unreadable(_))
    }
}

/// A resource under the name that it was last applied under.
#[derive(Debug, Clone, PartialEq)]
pub struct Renamed {
    /// The resource with its earlier name.
    pub resource: DesiredResource,
    /// What exists under that name.
    pub reading: Reading<Live>,
}

/// The artifacts bucket as a destroy finds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Its address.
    pub address: Address,
    /// Its physical name.
    pub name: PhysicalName,
    /// What was read.
    pub reading: Reading<Live>,
    /// Whether it holds objects, records or locks that other owners need.
    pub is_shared: bool,
}

/// The records of earlier applies, if they were needed and could be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Recorded {
    /// Nothing differs, so they were not read.
    #[default]
    NotRead,
    /// The records.
    Read(Records),
    /// Why they could not be read. They must not be overwritten.
    Unreadable(Fault),
}

impl Recorded {
    /// Returns the records, if they were read.
    pub fn records(&self) -> Option<&Records> {
        match self {
            Self::Read(records) => Some(records),
            Self::NotRead | Self::Unreadable(_) => None,
        }
    }
}

/// The records of some agents.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Records {
    /// The record of each agent by name.
    pub by_agent: BTreeMap<String, Record>,
    /// The key for the digests of sensitive values. Without it no author is reported.
    pub seal: Option<Seal>,
}

impl Observations {
    /// Returns the resource that was found for a desired one.
    pub fn found(&self, address: &Address) -> Option<&Live> {
        match self.readings.get(address)? {
            Reading::Found(live) => Some(live),
            Reading::Obscured(..) | Reading::Absent | Reading::Unreadable(_) => None,
        }
    }

    /// Returns the agents of which some kind could not be listed.
    pub fn agents_unlisted(&self) -> BTreeSet<&str> {
        let unlisted = self.strays.iter().filter(|stray| stray.is_unlisted());
        unlisted.map(|stray| stray.owner.agent.as_str()).collect()
    }

    /// Leaves out the kinds that could not be listed and that an agent certainly has no resources of: none of the kind is desired, and the
    /// agent's record has none.
    ///
    /// So an agent on one side needs neither permissions for the other side nor a region that offers it. Returns what was left out.
    pub fn leave_out_unused_kinds(
        &mut self,
        desired: &[DesiredResource],
        records: &Records,
    ) -> Vec<(Address, Fault)> {
        let is_used = |stray: &Stray| {
            let kind = stray.address.kind();
            let agent = stray.owner.agent.as_str();
            let mut of_agent = desired
                .iter()
                .filter(|resource| resource.agent() == Some(agent));
            let record = records.by_agent.get(agent);
            let mut applied = record.iter().flat_map(|record| record.applied.keys());
            of_agent.any(|resource| resource.address.kind() == kind)
                || applied.any(|address| address.kind() == kind)
        };
        let strays = std::mem::take(&mut self.strays);
        let (unused, kept): (Vec<Stray>, Vec<Stray>) = strays
            .into_iter()
            .partition(|stray| stray.is_unlisted() && !is_used(stray));
        self.strays = kept;
        let faults = unused.into_iter().filter_map(|stray| match stray.reading {
            Reading::Unreadable(fault) => Some((stray.address, fault)),
            Reading::Found(_) | Reading::Obscured(..) | Reading::Absent => None,
        });
        faults.collect()
    }
}

/// An agent whose versions a plan needs to know.
///
/// It has more than are kept, or will have once the plan is applied; or older versions may need permissions that the manifest no longer
/// declares; or versions are to be deleted on request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crowd {
    /// The owner of the versions.
    pub owner: Owner,
    /// The resource that has the versions.
    pub holder: Address,
    /// The kind of old versions.
    pub old_kind: &'static str,
    /// The physical name of the pointer that versions are served through.
    pub pointer: PhysicalName,
    /// How many versions the plan creates.
    pub(super) coming: u64,
    /// The version that equals what is deployed now.
    pub(super) deployed: Option<u64>,
    /// The versions that are to be deleted although there is room for them.
    pub requested: BTreeSet<u64>,
}

/// The versions of a crowd.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Which versions they are.
    pub crowd: Crowd,
    /// The versions, and what they use; or why that could not be read.
    pub versions: Result<Versions, Fault>,
}

/// What was read of an agent's versions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Versions {
    /// The versions in any order.
    pub published: Vec<Published>,
    /// The aliases or endpoints with the versions that they name, no matter who created them.
    pub named: Vec<Naming>,
    /// The agent's resources that are neither desired nor used by a version that is kept.
    pub unused: Vec<Stray>,
    /// The roles that are not desired and that a version which is kept runs with.
    pub roles: BTreeSet<Address>,
}

impl Versions {
    /// Returns the versions that any pointer names.
    pub fn named_versions(&self) -> BTreeSet<u64> {
        named_versions(&self.named)
    }
}
