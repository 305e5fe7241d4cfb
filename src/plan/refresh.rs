//! Refresh: reads everything that is wished for, and what else is ours. Writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use futures::join;

use super::model::Outputs;
use super::planner::{Observations, Purpose, Records, Stray, lookup};
use super::surplus::Crowd;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::Leftover;
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::{AnyReader, Candidate, Live, Reading};
use crate::resource::registry::Registry;

/// A reader for each kind by name.
pub type Readers = BTreeMap<&'static str, Arc<dyn AnyReader>>;

/// Reads what stands at the name of each wished-for resource, kind by kind and at once.
///
/// A name that waits for an output of another resource is read in a further round.
pub async fn read_desired(
    readers: &Readers,
    desired: &[DesiredResource],
) -> BTreeMap<Address, Reading<Live>> {
    let mut readings: BTreeMap<Address, Reading<Live>> = BTreeMap::new();
    loop {
        let outputs = outputs_of(&readings);
        let mut batches: BTreeMap<&str, Vec<(&Address, PhysicalName)>> = BTreeMap::new();
        for resource in desired
            .iter()
            .filter(|resource| !readings.contains_key(&resource.address))
        {
            if let Some(name) = resource.physical_name(&|source| lookup(&outputs, source)) {
                batches
                    .entry(resource.address.kind())
                    .or_default()
                    .push((&resource.address, name));
            }
        }
        if batches.is_empty() {
            break;
        }
        let rounds = batches
            .into_iter()
            .map(|(kind, batch)| read_batch(readers, kind, batch));
        readings.extend(join_all(rounds).await.into_iter().flatten());
    }
    let nameless = desired
        .iter()
        .filter(|resource| !readings.contains_key(&resource.address))
        .collect();
    readings.extend(without_names(nameless, &readings));
    readings
}

/// Says of what has no name yet that it is not there, like that which its name waits for; or that it could not be read, where that
/// could not be read.
fn without_names(
    mut nameless: Vec<&DesiredResource>,
    readings: &BTreeMap<Address, Reading<Live>>,
) -> BTreeMap<Address, Reading<Live>> {
    let mut hidden: BTreeMap<Address, Reading<Live>> = BTreeMap::new();
    let fault_of = |resource: &DesiredResource, hidden: &BTreeMap<Address, Reading<Live>>| {
        let mut sources = resource.name.sources().into_iter();
        sources.find_map(|source| {
            match hidden
                .get(&source.address)
                .or(readings.get(&source.address))?
            {
                Reading::Unreadable(fault) => Some(fault.clone()),
                Reading::Found(_) | Reading::Obscured(..) | Reading::Absent => None,
            }
        })
    };
    while let Some((place, fault)) = nameless
        .iter()
        .enumerate()
        .find_map(|(place, resource)| Some((place, fault_of(resource, &hidden)?)))
    {
        let resource = nameless.swap_remove(place);
        hidden.insert(resource.address.clone(), Reading::Unreadable(fault));
    }
    let absent = nameless
        .into_iter()
        .map(|resource| (resource.address.clone(), Reading::Absent));
    hidden.extend(absent.collect::<Vec<_>>());
    hidden
}

/// Returns the outputs of everything that was found.
pub(crate) fn outputs_of(readings: &BTreeMap<Address, Reading<Live>>) -> Outputs {
    let found = readings
        .iter()
        .filter_map(|(address, reading)| match reading {
            Reading::Found(live) | Reading::Obscured(live, _) => {
                Some((address.clone(), live.outputs.clone()))
            }
            Reading::Absent | Reading::Unreadable(_) => None,
        });
    found.collect()
}

async fn read_batch(
    readers: &Readers,
    kind: &str,
    batch: Vec<(&Address, PhysicalName)>,
) -> Vec<(Address, Reading<Live>)> {
    let (addresses, names): (Vec<&Address>, Vec<PhysicalName>) = batch.into_iter().unzip();
    let readings = match readers.get(kind) {
        Some(reader) => reader.read(&names).await,
        None => names
            .iter()
            .map(|_| Reading::Unreadable(no_reader(kind)))
            .collect(),
    };
    addresses.into_iter().cloned().zip(readings).collect()
}

fn no_reader(kind: &str) -> Fault {
    Fault::new(
        FaultKind::Service,
        "refresh",
        format!("there is no reader for `{kind}`"),
    )
}

/// Reads everything that is wished for, and lists and reads everything else that is ours in the given scopes.
///
/// For an apply only kinds whose leftovers are deleted are listed. For a destroy all are, and nothing counts as wished for; its names are
/// looked at nevertheless, since a listing may not show yet what was made just now. A kind that cannot be listed becomes one unreadable
/// stray, so that nothing is taken for clean that was not seen.
pub async fn observe(
    registry: &Registry,
    readers: &Readers,
    desired: &[DesiredResource],
    scopes: &[OwnerFilter],
    purpose: Purpose,
) -> Observations {
    // Old versions go with what they are versions of; which of them go before that is a matter of its own.
    let kinds = registry
        .kinds()
        .filter(|kind| purpose == Purpose::Destroy || kind.leftover == Leftover::Delete)
        .filter(|kind| !registry.is_of_old_versions(kind.name));
    let listings = join_all(kinds.map(|kind| list(readers, kind.name, scopes)));
    let (readings, listings) = join!(read_desired(readers, desired), listings);
    let outputs = outputs_of(&readings);
    let names = desired.iter().filter_map(|resource| {
        let name = resource.physical_name(&|source| lookup(&outputs, source))?;
        Some(((resource.address.kind().to_owned(), name), resource))
    });
    let wished: BTreeMap<(String, PhysicalName), &DesiredResource> = names.collect();
    let mut listed = BTreeSet::new();
    let mut strays = Vec::new();
    let mut unread = Vec::new();
    for (kind, listing) in listings {
        match listing {
            Ok(candidates) => {
                let mut others = BTreeMap::new();
                for Candidate { name, filter } in candidates {
                    let key = (kind.to_owned(), name);
                    if wished.contains_key(&key) {
                        listed.insert(key);
                    } else {
                        others.insert(key.1, filter);
                    }
                }
                unread.push((kind, others));
            }
            Err(fault) => strays.extend(unlisted(kind, scopes, &fault)),
        }
    }
    let reads = unread
        .into_iter()
        .map(|(kind, candidates)| read_candidates(readers, kind, candidates, scopes));
    strays.extend(join_all(reads).await.into_iter().flatten());
    match purpose {
        Purpose::Apply => Observations {
            strays: with_parents(registry, &readings, scopes, strays),
            readings,
        },
        Purpose::Destroy => {
            strays.extend(unwished(wished, &readings, &listed));
            Observations {
                readings: BTreeMap::new(),
                strays: with_parents(registry, &BTreeMap::new(), scopes, strays),
            }
        }
    }
}

/// Lists and reads what may be too many of the old versions of these kinds, each for its owner.
pub async fn read_old_versions(readers: &Readers, crowds: &[Crowd]) -> Vec<Stray> {
    let mut by_kind: BTreeMap<&str, Vec<OwnerFilter>> = BTreeMap::new();
    for crowd in crowds {
        let scope = OwnerFilter::of(&crowd.owner);
        by_kind.entry(crowd.kind).or_default().push(scope);
    }
    let of_each = by_kind.into_iter().map(async |(kind, scopes)| {
        match list(readers, kind, &scopes).await.1 {
            Ok(candidates) => {
                let candidates = candidates.into_iter();
                let names = candidates.map(|candidate| (candidate.name, candidate.filter));
                read_candidates(readers, kind, names.collect(), &scopes).await
            }
            Err(fault) => unlisted(kind, &scopes, &fault),
        }
    });
    join_all(of_each).await.into_iter().flatten().collect()
}

pub(super) async fn list<'a>(
    readers: &Readers,
    kind: &'a str,
    scopes: &[OwnerFilter],
) -> (&'a str, Result<Vec<Candidate>, Fault>) {
    let listing = match readers.get(kind) {
        Some(reader) => reader.owned(scopes).await,
        None => Err(no_reader(kind)),
    };
    (kind, listing)
}

pub(super) async fn read_candidates(
    readers: &Readers,
    kind: &str,
    candidates: BTreeMap<PhysicalName, OwnerFilter>,
    scopes: &[OwnerFilter],
) -> Vec<Stray> {
    let Some(reader) = readers.get(kind).filter(|_| !candidates.is_empty()) else {
        return Vec::new();
    };
    let names: Vec<PhysicalName> = candidates.keys().cloned().collect();
    let readings = reader.read(&names).await;
    let found = candidates
        .into_iter()
        .zip(readings)
        .filter_map(|((name, scope), reading)| {
            let owner = match &reading {
                Reading::Found(live) | Reading::Obscured(live, _) => match &live.owner {
                    Ownership::Of(owner) => is_asked_for(scopes, owner).then(|| owner.clone())?,
                    Ownership::Parent => scope_owner(&scope),
                    Ownership::Shared | Ownership::Unmarked => return None,
                },
                Reading::Absent => return None,
                Reading::Unreadable(_) => scope_owner(&scope),
            };
            Some(Stray {
                address: Address::new(kind, name.as_str()),
                name,
                owner,
                reading,
            })
        });
    found.collect()
}

fn is_asked_for(scopes: &[OwnerFilter], owner: &Owner) -> bool {
    scopes.iter().any(|scope| scope.admits(owner))
}

/// Returns what was wished for and is ours, as something that nobody wishes for.
fn unwished(
    wished: BTreeMap<(String, PhysicalName), &DesiredResource>,
    readings: &BTreeMap<Address, Reading<Live>>,
    listed: &BTreeSet<(String, PhysicalName)>,
) -> Vec<Stray> {
    let strays = wished.into_iter().filter_map(|(key, resource)| {
        let owner = resource.owner.as_ref()?;
        let reading = readings.get(&resource.address)?;
        let is_ours = match reading {
            Reading::Found(live) | Reading::Obscured(live, _) => match &live.owner {
                Ownership::Of(found) => found == owner,
                // Its kind lists it, or it goes with the parent.
                Ownership::Parent => listed.contains(&key),
                Ownership::Shared | Ownership::Unmarked => false,
            },
            Reading::Unreadable(_) => true,
            Reading::Absent => false,
        };
        is_ours.then(|| Stray {
            address: resource.address.clone(),
            name: key.1,
            owner: owner.clone(),
            reading: reading.clone(),
        })
    });
    strays.collect()
}

/// Leaves out what the service may have made by itself for somebody else: of what carries no mark and is made by itself, only that is ours
/// which mentions the id of a resource of ours. It belongs to whom that one belongs to.
fn with_parents(
    registry: &Registry,
    readings: &BTreeMap<Address, Reading<Live>>,
    scopes: &[OwnerFilter],
    strays: Vec<Stray>,
) -> Vec<Stray> {
    let of_strays = strays.iter().map(|stray| (&stray.address, &stray.reading));
    let parents: Vec<(String, Owner)> = readings
        .iter()
        .chain(of_strays)
        .filter_map(|(address, reading)| {
            let (Reading::Found(live) | Reading::Obscured(live, _)) = reading else {
                return None;
            };
            let Ownership::Of(owner) = &live.owner else {
                return None;
            };
            let id = registry.kind(address.kind())?.id(&live.outputs)?;
            is_asked_for(scopes, owner).then(|| (id.to_owned(), owner.clone()))
        })
        .collect();
    let ours = strays.into_iter().filter_map(|stray| {
        let kind = registry.kind(stray.address.kind());
        match &stray.reading {
            Reading::Found(live) | Reading::Obscured(live, _)
                if live.owner == Ownership::Parent
                    && kind.is_some_and(|kind| kind.remade_by_source) =>
            {
                let (_, owner) = parents.iter().find(|(id, _)| stray.name.mentions(id))?;
                Some(Stray {
                    owner: owner.clone(),
                    ..stray
                })
            }
            Reading::Found(_)
            | Reading::Obscured(..)
            | Reading::Absent
            | Reading::Unreadable(_) => Some(stray),
        }
    });
    ours.collect()
}

/// What stands for everything of a kind that could not be listed.
const ALL: &str = "(all of this kind)";

pub(super) fn unlisted(kind: &str, scopes: &[OwnerFilter], fault: &Fault) -> Vec<Stray> {
    let stray = |scope: &OwnerFilter| Stray {
        address: Address::new(kind, ALL),
        name: PhysicalName::new(ALL),
        owner: scope_owner(scope),
        reading: Reading::Unreadable(fault.clone()),
    };
    scopes.iter().map(stray).collect()
}

/// Returns the agents of which something could not be listed.
pub fn agents_unlisted(observed: &Observations) -> BTreeSet<&str> {
    let unlisted = observed.strays.iter().filter(|stray| is_unlisted(stray));
    unlisted.map(|stray| stray.owner.agent.as_str()).collect()
}

fn is_unlisted(stray: &Stray) -> bool {
    stray.address.name() == ALL && matches!(stray.reading, Reading::Unreadable(_))
}

/// Leaves out the kinds that could not be listed where it is known that an agent has none of them: nothing of the kind is wished for, and
/// by the agent's record nothing of it was there after the last apply.
///
/// So an agent on one side needs neither permissions for the other nor a region that has it. Returns what was left out.
pub fn leave_out_unused(
    observed: &mut Observations,
    desired: &[DesiredResource],
    records: &Records,
) -> Vec<(Address, Fault)> {
    let is_used = |stray: &Stray| {
        let kind = stray.address.kind();
        let agent = stray.owner.agent.as_str();
        let mut wished = desired
            .iter()
            .filter(|resource| resource.agent() == Some(agent));
        let record = records.by_agent.get(agent);
        let mut applied = record.iter().flat_map(|record| record.applied.keys());
        wished.any(|resource| resource.address.kind() == kind)
            || applied.any(|address| address.kind() == kind)
    };
    let strays = std::mem::take(&mut observed.strays);
    let (unused, kept): (Vec<Stray>, Vec<Stray>) = strays
        .into_iter()
        .partition(|stray| is_unlisted(stray) && !is_used(stray));
    observed.strays = kept;
    let faults = unused.into_iter().filter_map(|stray| match stray.reading {
        Reading::Unreadable(fault) => Some((stray.address, fault)),
        Reading::Found(_) | Reading::Obscured(..) | Reading::Absent => None,
    });
    faults.collect()
}

fn scope_owner(scope: &OwnerFilter) -> Owner {
    Owner {
        project: scope.project.clone(),
        env: scope.env.clone(),
        region: scope.region.clone(),
        agent: scope.agent.clone().unwrap_or_default(),
    }
}
