//! Reads the desired resources by their physical names.

use std::collections::BTreeMap;

use futures::future::join_all;

use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::outputs::{lookup, outputs_of};
use crate::resource::provider::{Live, Readers, Reading};

/// Reads the resource with the name of each desired resource, all kinds at once.
///
/// A name that needs an output of another resource is read in a later round.
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

/// A resource whose name is not known yet is absent, like the resource that its name needs; or unreadable, if that one is.
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

pub(super) fn no_reader(kind: &str) -> Fault {
    Fault::local(
        FaultKind::Service,
        format!("there is no reader for `{kind}`"),
    )
}
