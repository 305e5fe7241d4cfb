//! Lists all aliases and keys of an account and region, to find keys that a crash left without their alias.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_kms::types::KeyListEntry;

use crate::aws::{Clients, concurrently, indexed_tags};
use crate::kinds::kms_key::spec::ALIAS_TAG;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::owner::{Owner, Ownership};

/// The longest page of keys and aliases (KMS API, `ListKeys` and `ListAliases`: `Limit`).
const KEYS_PAGE: i32 = 1_000;
const ALIASES_PAGE: i32 = 100;

/// Up to this many keys are read without the tagging API.
const READ_ALONE: usize = 1;

/// All aliases, and agentctl's keys that wait for theirs.
#[derive(Debug)]
pub(super) struct Listing {
    /// The names of all aliases.
    pub(super) aliases: BTreeSet<String>,
    /// agentctl's keys without an alias, in the order of their ids.
    pub(super) waiting: Vec<WaitingKey>,
}

/// A key of agentctl without an alias.
#[derive(Debug)]
pub(super) struct WaitingKey {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) owner: Owner,
    /// The alias that the key is to get.
    pub(super) alias: String,
}

impl Listing {
    /// Lists through the KMS API: the tagging API may not know a new key yet.
    ///
    /// Reads the tags of keys that have no alias, unless the tagging API knows them as somebody else's: a key of agentctl has its marks from
    /// the moment of its creation.
    pub(super) async fn read(clients: &Clients) -> Result<Self, Fault> {
        let (aliases, keys) = futures::try_join!(aliases(clients), keys(clients))?;
        let targets: BTreeSet<&str> = aliases.values().flatten().map(String::as_str).collect();
        let mut bare: Vec<KeyListEntry> = keys
            .into_iter()
            .filter(|key| !targets.contains(key.key_id().unwrap_or_default()))
            .collect();
        if bare.len() > READ_ALONE {
            let others = keys_of_others(clients, &bare).await;
            bare.retain(|key| !others.contains(key.key_arn().unwrap_or_default()));
        }
        let waiting = bare.into_iter().map(|key| waiting_key(clients, key));
        let waiting = concurrently(waiting).await;
        let mut waiting: Vec<WaitingKey> = waiting
            .into_iter()
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?;
        waiting.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Self {
            aliases: aliases.into_keys().collect(),
            waiting,
        })
    }
}

/// Lists all aliases with the ids of their keys. An alias that AWS reserves for a service may have no key yet.
async fn aliases(clients: &Clients) -> Result<BTreeMap<String, Option<String>>, Fault> {
    let mut aliases = BTreeMap::new();
    let mut marker = None;
    loop {
        let request = clients.kms.list_aliases().limit(ALIASES_PAGE);
        let page = clients
            .call(request.set_marker(marker.take()).send())
            .await?;
        for entry in page.aliases.unwrap_or_default() {
            aliases.insert(entry.alias_name.unwrap_or_default(), entry.target_key_id);
        }
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(aliases);
        }
    }
}

async fn keys(clients: &Clients) -> Result<Vec<KeyListEntry>, Fault> {
    let mut keys = Vec::new();
    let mut marker = None;
    loop {
        let request = clients.kms.list_keys().limit(KEYS_PAGE);
        let page = clients
            .call(request.set_marker(marker.take()).send())
            .await?;
        keys.extend(page.keys.unwrap_or_default());
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(keys);
        }
    }
}

/// Returns the ARNs of the keys that the tagging API knows without agentctl's marks.
async fn keys_of_others(clients: &Clients, keys: &[KeyListEntry]) -> BTreeSet<String> {
    let arns: Vec<String> = keys.iter().filter_map(|key| key.key_arn.clone()).collect();
    // Without an answer, for example because the credentials do not allow the call, each key is read on its own.
    let indexed = indexed_tags(clients, &arns).await.unwrap_or_default();
    indexed
        .into_iter()
        .filter(|(_, tags)| !matches!(Ownership::from_tags(tags), Ownership::Of(_)))
        .map(|(arn, _)| arn)
        .collect()
}

async fn waiting_key(clients: &Clients, key: KeyListEntry) -> Result<Option<WaitingKey>, Fault> {
    let (Some(id), Some(arn)) = (key.key_id, key.key_arn) else {
        return Ok(None);
    };
    let tags = match tags(clients, &id).await {
        Ok(tags) => tags,
        // A key's policy can deny reads to all but its own users, and a key can be deleted at any time. The account can read agentctl's
        // keys.
        Err(fault) if matches!(fault.kind, FaultKind::Denied | FaultKind::NotFound) => {
            tracing::debug!(%fault, "key is left out of the search");
            return Ok(None);
        }
        Err(fault) => return Err(fault),
    };
    let (Ownership::Of(owner), Some(alias)) = (Ownership::from_tags(&tags), tags.get(ALIAS_TAG))
    else {
        return Ok(None);
    };
    Ok(Some(WaitingKey {
        id,
        arn,
        owner,
        alias: alias.clone(),
    }))
}

/// Reads all tags of a key.
pub(super) async fn tags(
    clients: &Clients,
    key_id: &str,
) -> Result<BTreeMap<String, String>, Fault> {
    let mut tags = BTreeMap::new();
    let mut marker = None;
    loop {
        let request = clients.kms.list_resource_tags().key_id(key_id);
        let page = clients
            .call(request.set_marker(marker.take()).send())
            .await?;
        for tag in page.tags.unwrap_or_default() {
            tags.insert(tag.tag_key, tag.tag_value);
        }
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(tags);
        }
    }
}
