//! Refresh: reads everything that is wished for, and what else is ours. Writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;

use super::model::Outputs;
use super::planner::{Purpose, Stray, lookup};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::Leftover;
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::{AnyReader, Live, Reading};
use crate::resource::reference::{Source, resolve};
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
            if let Some(name) = physical_name(resource, &outputs) {
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
    // What still has no name depends on something that is not there, so it is not there either.
    for resource in desired {
        readings
            .entry(resource.address.clone())
            .or_insert(Reading::Absent);
    }
    readings
}

pub(super) fn outputs_of(readings: &BTreeMap<Address, Reading<Live>>) -> Outputs {
    let found = readings
        .iter()
        .filter_map(|(address, reading)| match reading {
            Reading::Found(live) => Some((address.clone(), live.outputs.clone())),
            Reading::Absent | Reading::Unreadable(_) => None,
        });
    found.collect()
}

/// Puts known outputs into a resource's name; `None` while one is missing.
pub(crate) fn physical_name(resource: &DesiredResource, outputs: &Outputs) -> Option<PhysicalName> {
    let name = serde_json::to_value(&resource.name).ok()?;
    serde_json::from_value(resolve(&name, &|source: &Source| lookup(outputs, source))).ok()
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

/// Lists and reads what is ours, in the given scopes, beyond what is wished for.
///
/// For an apply only kinds whose leftovers are deleted are listed; for a destroy all. A kind that cannot be listed becomes one
/// unreadable stray, so that nothing is taken for clean that was not seen.
pub async fn read_strays(
    registry: &Registry,
    readers: &Readers,
    desired: &[DesiredResource],
    scopes: &[OwnerFilter],
    purpose: Purpose,
) -> Vec<Stray> {
    let wished: BTreeSet<(String, PhysicalName)> = desired
        .iter()
        .filter_map(|resource| {
            Some((
                resource.address.kind().to_owned(),
                physical_name(resource, &Outputs::new())?,
            ))
        })
        .collect();
    let kinds = registry
        .kinds()
        .filter(|kind| purpose == Purpose::Destroy || kind.leftover == Leftover::Delete);
    let strays = kinds.map(|kind| strays_of(readers, kind.name, scopes, &wished));
    join_all(strays).await.into_iter().flatten().collect()
}

async fn strays_of(
    readers: &Readers,
    kind: &str,
    scopes: &[OwnerFilter],
    wished: &BTreeSet<(String, PhysicalName)>,
) -> Vec<Stray> {
    let Some(reader) = readers.get(kind) else {
        return unlisted(kind, scopes, &no_reader(kind));
    };
    let candidates: BTreeMap<PhysicalName, OwnerFilter> = match reader.owned(scopes).await {
        Ok(candidates) => candidates
            .into_iter()
            .filter(|candidate| !wished.contains(&(kind.to_owned(), candidate.name.clone())))
            .map(|candidate| (candidate.name, candidate.filter))
            .collect(),
        Err(fault) => return unlisted(kind, scopes, &fault),
    };
    if candidates.is_empty() {
        return Vec::new();
    }
    let names: Vec<PhysicalName> = candidates.keys().cloned().collect();
    let readings = reader.read(&names).await;
    let found = candidates
        .into_iter()
        .zip(readings)
        .filter_map(|((name, scope), reading)| {
            let owner = match &reading {
                Reading::Found(live) => match &live.owner {
                    Ownership::Of(owner) => {
                        let is_asked_for = scopes.iter().any(|scope| scope.admits(owner));
                        is_asked_for.then(|| owner.clone())?
                    }
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

fn unlisted(kind: &str, scopes: &[OwnerFilter], fault: &Fault) -> Vec<Stray> {
    let name = "(all of this kind)";
    let stray = |scope: &OwnerFilter| Stray {
        address: Address::new(kind, name),
        name: PhysicalName::new(name),
        owner: scope_owner(scope),
        reading: Reading::Unreadable(fault.clone()),
    };
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
