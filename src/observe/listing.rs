//! Finds our resources that are not desired, by the listings of their services and by their marks.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use futures::join;

use super::refresh::{no_reader, read_desired};
use crate::event::{Event, Events};
use crate::plan::model::Purpose;
use crate::plan::observation::{Observations, Stray};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Leftover;
use crate::resource::outputs::{lookup, outputs_of};
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::{Candidate, Live, Readers, Reading};
use crate::resource::registry::Registry;

/// What to read.
#[derive(Debug, Clone, Copy)]
pub struct ReadRequest<'a> {
    /// The desired resources.
    pub desired: &'a [DesiredResource],
    /// Whose other resources are listed.
    pub scopes: &'a [OwnerFilter],
    /// The owners in these scopes of whom there is a record or a lock.
    pub noted: &'a BTreeSet<Owner>,
    /// What the resources are read for.
    pub purpose: Purpose,
}

/// Reads every desired resource, and lists and reads our other resources in the given scopes.
///
/// An apply lists only the kinds whose leftovers are deleted. A destroy lists all kinds and treats nothing as desired; it still reads the
/// desired names, since a listing may not yet show a new resource. A kind that cannot be listed becomes one unreadable stray, so that
/// nothing unread counts as clean.
pub async fn read_all(
    registry: &Registry,
    readers: &Readers,
    request: ReadRequest<'_>,
    events: &Events,
) -> Observations {
    let ReadRequest {
        desired,
        scopes,
        purpose,
        ..
    } = request;
    // How many resources all agents of a project have is known only after the listing.
    let open: Vec<&OwnerFilter> = scopes
        .iter()
        .filter(|scope| scope.agent.is_none())
        .collect();
    for scope in &open {
        let scope = scope.to_string();
        events.send(Event::Listing { scope });
    }
    if open.is_empty() {
        let resources = desired.len();
        events.send(Event::Reading { resources });
    }
    // Old versions are deleted with their resource; `history` reads them if there are too many.
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
    let desired_by_name: BTreeMap<(String, PhysicalName), &DesiredResource> = names.collect();
    let mut listed = BTreeSet::new();
    let mut strays = Vec::new();
    let mut unread = Vec::new();
    for (kind, listing) in listings {
        match listing {
            Ok(candidates) => {
                let mut others = BTreeMap::new();
                for Candidate { name, filter } in candidates {
                    let key = (kind.to_owned(), name);
                    if desired_by_name.contains_key(&key) {
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
    if !open.is_empty() {
        let resources: usize = unread.iter().map(|(_, others)| others.len()).sum();
        if resources > 0 {
            events.send(Event::Reading { resources });
        }
    }
    let reads = unread
        .into_iter()
        .map(|(kind, candidates)| read_candidates(readers, kind, candidates, scopes));
    let mut namesakes = Vec::new();
    for read in join_all(reads).await {
        strays.extend(read.ours);
        namesakes.extend(read.namesakes);
    }
    match purpose {
        Purpose::Apply => Observations {
            strays: with_parents(registry, &readings, scopes, strays),
            readings,
            ..Observations::default()
        },
        Purpose::Destroy => {
            let declared = as_strays(desired_by_name, &readings, &listed);
            strays.extend(declared.ours);
            namesakes.extend(declared.namesakes);
            let by_owner = by_owner(registry, readers, &request, &strays).await;
            strays.extend(by_owner.ours);
            namesakes.extend(by_owner.namesakes);
            Observations {
                readings: BTreeMap::new(),
                strays: with_parents(registry, &BTreeMap::new(), scopes, strays),
                namesakes,
                ..Observations::default()
            }
        }
    }
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

/// What was read of names that are or may be ours.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Resources of ours.
    pub(super) ours: Vec<Stray>,
    /// Resources of others under names of ours.
    namesakes: Vec<Stray>,
}

/// Reads what a listing for all agents does not show: the pointers of the agents that were found, and what exists under the names of
/// their functions, runtimes and log groups.
async fn by_owner(
    registry: &Registry,
    readers: &Readers,
    request: &ReadRequest<'_>,
    strays: &[Stray],
) -> Read {
    let scopes = request.scopes.iter();
    let named: BTreeSet<Owner> = scopes.filter_map(OwnerFilter::owner).collect();
    let found: BTreeSet<&Owner> = strays
        .iter()
        .filter(|stray| !stray.is_unlisted())
        .map(|stray| &stray.owner)
        .chain(request.noted)
        .filter(|owner| !named.contains(owner))
        .collect();
    let known: BTreeSet<&Address> = strays.iter().map(|stray| &stray.address).collect();
    let filters: Vec<OwnerFilter> = found.into_iter().map(OwnerFilter::of).collect();
    if filters.is_empty() {
        return Read::default();
    }
    let kinds = registry
        .kinds()
        .filter(|kind| kind.pointer || kind.pointers.is_some() || kind.remade_by_source);
    let reads = kinds.map(async |kind| {
        let candidates = match list(readers, kind.name, &filters).await.1 {
            Ok(candidates) => candidates.into_iter(),
            Err(fault) => {
                return Read {
                    ours: unlisted(kind.name, &filters, &fault),
                    namesakes: Vec::new(),
                };
            }
        };
        let unread = candidates
            .map(|candidate| (candidate.name, candidate.filter))
            .filter(|(name, _)| !known.contains(&Address::new(kind.name, name.as_str())));
        read_candidates(readers, kind.name, unread.collect(), &filters).await
    });
    let mut all = Read::default();
    for read in join_all(reads).await {
        all.ours.extend(read.ours);
        all.namesakes.extend(read.namesakes);
    }
    all
}

pub(super) async fn read_candidates(
    readers: &Readers,
    kind: &str,
    candidates: BTreeMap<PhysicalName, OwnerFilter>,
    scopes: &[OwnerFilter],
) -> Read {
    let Some(reader) = readers.get(kind).filter(|_| !candidates.is_empty()) else {
        return Read::default();
    };
    let names: Vec<PhysicalName> = candidates.keys().cloned().collect();
    let readings = reader.read(&names).await;
    let mut read = Read::default();
    for ((name, scope), reading) in candidates.into_iter().zip(readings) {
        let (owner, is_ours) = match &reading {
            Reading::Found(live) | Reading::Obscured(live, _) => match &live.owner {
                Ownership::Of(owner) if is_in_scope(scopes, owner) => (owner.clone(), true),
                Ownership::Parent => (scope_owner(&scope), true),
                Ownership::Of(_) | Ownership::Shared | Ownership::Unmarked => {
                    (scope_owner(&scope), false)
                }
            },
            Reading::Absent => continue,
            Reading::Unreadable(_) => (scope_owner(&scope), true),
        };
        let stray = Stray {
            address: Address::new(kind, name.as_str()),
            name,
            owner,
            reading,
        };
        if is_ours {
            read.ours.push(stray);
        } else {
            read.namesakes.push(stray);
        }
    }
    read
}

fn is_in_scope(scopes: &[OwnerFilter], owner: &Owner) -> bool {
    scopes.iter().any(|scope| scope.admits(owner))
}

/// Turns the desired resources into strays: those that are ours, and those of others that have their names.
fn as_strays(
    desired: BTreeMap<(String, PhysicalName), &DesiredResource>,
    readings: &BTreeMap<Address, Reading<Live>>,
    listed: &BTreeSet<(String, PhysicalName)>,
) -> Read {
    let mut read = Read::default();
    for (key, resource) in desired {
        let (Some(owner), Some(reading)) = (&resource.owner, readings.get(&resource.address))
        else {
            continue;
        };
        let is_ours = match reading {
            Reading::Found(live) | Reading::Obscured(live, _) => match &live.owner {
                Ownership::Of(found) => found == owner,
                // Either its listing shows it, or it is deleted with its parent.
                Ownership::Parent if !listed.contains(&key) => continue,
                Ownership::Parent => true,
                Ownership::Shared | Ownership::Unmarked => false,
            },
            Reading::Unreadable(_) => true,
            Reading::Absent => continue,
        };
        let stray = Stray {
            address: resource.address.clone(),
            name: key.1,
            owner: owner.clone(),
            reading: reading.clone(),
        };
        if is_ours {
            read.ours.push(stray);
        } else {
            read.namesakes.push(stray);
        }
    }
    read
}

/// Leaves out the resources that a service may have created by itself for somebody else.
///
/// Of the unmarked resources that services create by themselves, ours are those whose name contains the id of one of our resources. Their
/// owner is that resource's owner.
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
            is_in_scope(scopes, owner).then(|| (id.to_owned(), owner.clone()))
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

pub(super) fn unlisted(kind: &str, scopes: &[OwnerFilter], fault: &Fault) -> Vec<Stray> {
    let stray = |scope: &OwnerFilter| Stray::unlisted(kind, scope_owner(scope), fault.clone());
    scopes.iter().map(stray).collect()
}

fn scope_owner(scope: &OwnerFilter) -> Owner {
    Owner {
        project: scope.project.clone(),
        env: scope.env.clone(),
        region: scope.region.clone(),
        agent: scope.agent.clone().unwrap_or_default(),
    }
}
