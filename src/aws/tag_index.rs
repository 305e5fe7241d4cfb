//! The tagging API's index of tags: many resources in one call, but seconds or minutes behind the services.

use std::collections::BTreeMap;

use super::{Clients, concurrently};
use crate::resource::fault::Fault;

/// The most resources in one call (Resource Groups Tagging API, `GetResources`).
const ASKED_AT_ONCE: usize = 100;

/// Returns the tags of the resources that the index knows, by their ARNs.
pub async fn indexed_tags(
    clients: &Clients,
    arns: &[String],
) -> Result<BTreeMap<String, BTreeMap<String, String>>, Fault> {
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
