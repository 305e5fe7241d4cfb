//! The tagging API's index of tags: many resources in one call, but seconds or minutes behind the services.

use std::collections::BTreeMap;

use futures::future::BoxFuture;

use super::{Clients, concurrently};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::owner::{Owner, OwnerFilter, Ownership};

/// The most resources in one call (Resource Groups Tagging API, `GetResources`).
const ASKED_AT_ONCE: usize = 100;

type Tags = BTreeMap<String, String>;

/// Returns the tags of the resources that the index knows, by their ARNs.
pub async fn indexed_tags(
    clients: &Clients,
    arns: &[String],
) -> Result<BTreeMap<String, Tags>, Fault> {
    let questions = arns.chunks(ASKED_AT_ONCE).map(|some| {
        let call = clients
            .tagging
            .get_resources()
            .set_resource_arn_list(Some(some.to_vec()))
            .send();
        clients.call(call)
    });
    let mut known = BTreeMap::new();
    for answer in concurrently(questions).await {
        let resources = answer?.resource_tag_mapping_list.unwrap_or_default();
        known.extend(resources.into_iter().filter_map(|resource| {
            let tags = resource.tags.unwrap_or_default().into_iter();
            let tags = tags.map(|tag| (tag.key, tag.value)).collect();
            Some((resource.resource_arn?, tags))
        }));
    }
    Ok(known)
}

/// Returns the owners of the listed resources that belong to the selected owners, by ARN. `listed` has the descriptions by ARN.
///
/// A resource of somebody else costs no call of its own, since an account can have thousands. The index lags behind, so a resource that it
/// does not report as theirs is read from its service if its description is one of agentctl's.
pub async fn owners_of_listed<'a>(
    clients: &Clients,
    listed: &BTreeMap<&str, &str>,
    filters: &[&OwnerFilter],
    own_tags: impl Fn(String) -> BoxFuture<'a, Result<Tags, Fault>>,
) -> Result<BTreeMap<String, Owner>, Fault> {
    let arns: Vec<String> = listed.keys().map(|arn| (*arn).to_owned()).collect();
    let selected = |tags: &Tags| match Ownership::from_tags(tags) {
        Ownership::Of(owner) if filters.iter().any(|filter| filter.admits(&owner)) => Some(owner),
        _ => None,
    };
    let indexed = indexed_tags(clients, &arns).await?.into_iter();
    let mut owners: BTreeMap<String, Owner> = indexed
        .filter_map(|(arn, tags)| Some((arn, selected(&tags)?)))
        .collect();
    let described: Vec<&str> = listed
        .iter()
        .filter(|(_, description)| filters.iter().any(|filter| filter.describes(description)))
        .map(|(arn, _)| *arn)
        .filter(|arn| !owners.contains_key(*arn))
        .collect();
    let reads = described.iter().map(|arn| own_tags((*arn).to_owned()));
    for (arn, tags) in described.iter().zip(concurrently(reads).await) {
        match tags {
            Ok(tags) => owners.extend(selected(&tags).map(|owner| ((*arn).to_owned(), owner))),
            // Deleted since it was listed.
            Err(fault) if fault.kind == FaultKind::NotFound => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(owners)
}
