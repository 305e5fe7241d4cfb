//! Finds log groups by name, and their tags, with as few calls as possible for many groups.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatchlogs::types::LogGroup as Group;
use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, TagFilter};

use crate::aws::{Clients, concurrently};
use crate::resource::address::PhysicalName;
use crate::resource::fault::Fault;
use crate::resource::owner::{OwnerFilter, Ownership};

/// The most pages of a folder that are read for many names. Then each name that is left is searched on its own.
const SHARED_PAGES: usize = 4;

/// The most `ListTagsForResource` calls that succeed at once (CloudWatch Logs user guide, "CloudWatch Logs quotas": 5 a second). For more
/// groups the tagging API is called first.
const TAG_CALLS: usize = 5;

/// The most ARNs in one call of the tagging API (Resource Groups Tagging API, `GetResources`).
const ARNS_PER_CALL: usize = 100;

type Tags = BTreeMap<String, String>;

/// Finds the groups with exactly these names. A name that is missing from the answer has no group.
///
/// Names in one folder share a listing, unless the folder is so full that a search for each name is cheaper.
pub(super) async fn groups_named(
    clients: &Clients,
    names: &[PhysicalName],
) -> BTreeMap<String, Result<Group, Fault>> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in names.iter().map(PhysicalName::as_str) {
        let folder = &name[..name.rfind('/').map_or(0, |end| end + 1)];
        folders.entry(folder).or_default().insert(name);
    }
    let searches = folders.into_values().map(|names| in_folder(clients, names));
    concurrently(searches).await.into_iter().flatten().collect()
}

async fn in_folder(
    clients: &Clients,
    names: BTreeSet<&str>,
) -> BTreeMap<String, Result<Group, Fault>> {
    let pages = match names.len() {
        1 => usize::MAX,
        many => many.min(SHARED_PAGES),
    };
    let shared = match search(clients, common_prefix(&names), &names, pages).await {
        Ok(shared) => shared,
        Err(fault) => {
            let failed = |name: &str| (name.to_owned(), Err(fault.clone()));
            return names.into_iter().map(failed).collect();
        }
    };
    let left = names
        .into_iter()
        .filter(|name| !shared.is_complete && !shared.found.contains_key(*name));
    let alone = left.map(|name| async move { (name.to_owned(), group_named(clients, name).await) });
    let alone = concurrently(alone).await;
    let found = shared
        .found
        .into_iter()
        .map(|(name, group)| (name, Ok(group)));
    let alone = alone
        .into_iter()
        .filter_map(|(name, answer)| Some((name, answer.transpose()?)));
    found.chain(alone).collect()
}

async fn group_named(clients: &Clients, name: &str) -> Result<Option<Group>, Fault> {
    let search = search(clients, name, &BTreeSet::from([name]), usize::MAX).await?;
    Ok(search.found.into_values().next())
}

/// What a search found so far.
#[derive(Debug, Default)]
struct Search {
    found: BTreeMap<String, Group>,
    /// Whether the names that were not found have no group.
    is_complete: bool,
}

/// Reads at most `pages` pages of the groups under a prefix, until all `wanted` groups are found.
async fn search(
    clients: &Clients,
    prefix: &str,
    wanted: &BTreeSet<&str>,
    pages: usize,
) -> Result<Search, Fault> {
    let mut search = Search::default();
    let mut token = None;
    for _ in 0..pages {
        let (groups, next) = page(clients, prefix, token).await?;
        for group in groups {
            if let Some(name) = group.log_group_name().filter(|name| wanted.contains(name)) {
                search.found.insert(name.to_owned(), group);
            }
        }
        search.is_complete = next.is_none() || search.found.len() == wanted.len();
        if search.is_complete {
            break;
        }
        token = next;
    }
    Ok(search)
}

/// Lists all groups under a prefix.
pub(super) async fn groups_under(clients: &Clients, prefix: &str) -> Result<Vec<Group>, Fault> {
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let (groups, next) = page(clients, prefix, token).await?;
        all.extend(groups);
        if next.is_none() {
            return Ok(all);
        }
        token = next;
    }
}

async fn page(
    clients: &Clients,
    prefix: &str,
    token: Option<String>,
) -> Result<(Vec<Group>, Option<String>), Fault> {
    let call = clients
        .logs
        .describe_log_groups()
        .log_group_name_prefix(prefix)
        .set_next_token(token)
        .send();
    let answer = clients.call(call).await?;
    Ok((answer.log_groups.unwrap_or_default(), answer.next_token))
}

/// Returns the longest text that all names begin with. Names are ASCII, so every cut is between characters.
fn common_prefix<'a>(names: &BTreeSet<&'a str>) -> &'a str {
    let (Some(first), Some(last)) = (names.first(), names.last()) else {
        return "";
    };
    // What the first and the last in sort order share, all between them share.
    let shared = first
        .bytes()
        .zip(last.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    &first[..shared]
}

/// Reads the tags of one group.
pub(super) async fn tags_of(clients: &Clients, group_arn: &str) -> Result<Tags, Fault> {
    let call = clients
        .logs
        .list_tags_for_resource()
        .resource_arn(group_arn)
        .send();
    let answer = clients.call(call).await?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

/// Reads from the tagging API the tags of those groups that it reports as marked, if there are many groups.
///
/// Its index lags behind the service, so [`tags_of`] reads the groups without a mark there. Labels that changed within the last seconds
/// can still read as before; a step reads its resource alone, and so from the service itself.
pub(super) async fn marked_tags(clients: &Clients, group_arns: &[&str]) -> BTreeMap<String, Tags> {
    if group_arns.len() <= TAG_CALLS {
        return BTreeMap::new();
    }
    let questions = group_arns.chunks(ARNS_PER_CALL).map(|arns| {
        let arns = arns.iter().map(|arn| (*arn).to_owned()).collect();
        let call = clients
            .tagging
            .get_resources()
            .set_resource_arn_list(Some(arns))
            .send();
        clients.call(call)
    });
    concurrently(questions)
        .await
        .into_iter()
        // Without an answer, for example because the credentials do not allow the call, each group is read on its own.
        .filter_map(Result::ok)
        .flat_map(|answer| answer.resource_tag_mapping_list.unwrap_or_default())
        .filter_map(arn_and_tags)
        .filter(|(_, tags)| matches!(Ownership::from_tags(tags), Ownership::Of(_)))
        .collect()
}

/// Lists from the tagging API the ARNs of the groups of these owners.
pub(super) async fn indexed_arns(
    clients: &Clients,
    filter: &OwnerFilter,
) -> Result<BTreeSet<String>, Fault> {
    let filters: Vec<TagFilter> = filter
        .tags()
        .into_iter()
        .map(|(key, value)| TagFilter::builder().key(key).values(value).build())
        .collect();
    let mut arns = BTreeSet::new();
    let mut token: Option<String> = None;
    loop {
        let call = clients
            .tagging
            .get_resources()
            .resource_type_filters("logs:log-group")
            .set_tag_filters(Some(filters.clone()))
            .set_pagination_token(token)
            .send();
        let answer = clients.call(call).await?;
        arns.extend(
            answer
                .resource_tag_mapping_list
                .unwrap_or_default()
                .into_iter()
                .filter_map(arn_and_tags)
                .map(|(arn, _)| arn),
        );
        // The token of the last page is empty (Resource Groups Tagging API, `GetResources`).
        token = answer.pagination_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(arns);
        }
    }
}

fn arn_and_tags(resource: ResourceTagMapping) -> Option<(String, Tags)> {
    let tags = resource
        .tags
        .unwrap_or_default()
        .into_iter()
        .map(|tag| (tag.key, tag.value))
        .collect();
    Some((bare_arn(&resource.resource_arn?).to_owned(), tags))
}

/// Returns the ARN of the group itself, for either of its two ARNs.
pub(super) fn bare_arn(arn: &str) -> &str {
    arn.strip_suffix(":*").unwrap_or(arn)
}
