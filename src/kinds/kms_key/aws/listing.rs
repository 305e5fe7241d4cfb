//! Lists all aliases and keys of an account and region, to find keys that a crash left without their alias.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_kms::types::KeyListEntry;

use crate::aws::{Clients, concurrently};
use crate::kinds::kms_key::spec::ALIAS_TAG;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::owner::{Owner, Ownership};

/// The longest page of keys and aliases (KMS API, `ListKeys` and `ListAliases`: `Limit`).
const KEYS_PAGE: i32 = 1_000;
const ALIASES_PAGE: i32 = 100;

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
    /// Reads only the tags of keys without an alias, which are few.
    pub(super) async fn read(clients: &Clients) -> Result<Self, Fault> {
        let (aliases, keys) = futures::try_join!(aliases(clients), keys(clients))?;
        let targets: BTreeSet<&str> = aliases.values().flatten().map(String::as_str).collect();
        let bare = keys.into_iter().filter(|key| {
            let id = key.key_id().unwrap_or_default();
            !targets.contains(id)
        });
        let waiting = concurrently(bare.map(|key| waiting_key(clients, key))).await;
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
