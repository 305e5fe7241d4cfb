//! Reads keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_kms::primitives::DateTimeFormat;
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec as KeyType, KeyState, OriginType};

use super::listing::{Listing, tags};
use crate::aws::{Clients, concurrently};
use crate::kinds::kms_key::spec::{ALIAS_TAG, POLICY_NAME};
use crate::kinds::kms_key::{DEFAULT_ROTATION_PERIOD_DAYS, KeyOutputs, KeySpec, KmsKey};
use crate::resource::address::PhysicalName;
use crate::resource::document::Document;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::operation::kms;
use crate::resource::owner::{Owner, OwnerFilter, Ownership, labels_of};
use crate::resource::provider::{Candidate, Reader, Reading};
use crate::resource::reference::Resolved;

/// Reads keys.
#[derive(Debug, Clone)]
pub struct KeyReader(Arc<Clients>);

impl KeyReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn read_one(&self, name: &PhysicalName) -> Reading<Observed<KmsKey>> {
        match self.observe(name.as_str()).await {
            Ok(Some(observed)) => Reading::Found(observed),
            Ok(None) => Reading::Absent,
            Err(fault) => Reading::Unreadable(fault),
        }
    }

    /// Reads the key that an alias points at, or that an ARN names. Makes four calls, the last three concurrently.
    async fn observe(&self, name: &str) -> Result<Option<Observed<KmsKey>>, Fault> {
        let key = match describe(&self.0, name).await {
            Ok(key) => key,
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let (policy, rotation_period, tags) = futures::try_join!(
            self.policy(&key),
            self.rotation_period(&key),
            self.tags(&key)
        )?;
        let alias = if name.starts_with("alias/") {
            name
        } else {
            tags.get(ALIAS_TAG).map_or(name, String::as_str)
        };
        Ok(Some(Observed {
            spec: KeySpec {
                description: key.description().unwrap_or_default().to_owned(),
                enabled: key.enabled,
                pending_deletion: is_leaving(&key),
                rotation: rotation_period.is_some(),
                rotation_period_days: rotation_period.unwrap_or(DEFAULT_ROTATION_PERIOD_DAYS),
                policy,
                tags: labels_of(&tags),
            },
            status: status_of(&key, name)?,
            outputs: KeyOutputs {
                arn: key.arn.unwrap_or_default(),
                id: key.key_id,
                alias: alias.to_owned(),
            },
            revision: None,
            owner: Ownership::from_tags(&tags),
        }))
    }

    async fn policy(&self, key: &KeyMetadata) -> Result<Document<Resolved>, Fault> {
        let request = self.0.kms.get_key_policy().key_id(&key.key_id);
        let sent = request.policy_name(POLICY_NAME).send();
        let answer = self.0.call(sent).await?;
        serde_json::from_str::<Document<Resolved>>(answer.policy().unwrap_or_default())
            .map(Document::canonical)
            .map_err(|error| {
                let text = format!("policy of key `{}`: {error}", key.key_id);
                Fault::new(FaultKind::Service, kms::GET_KEY_POLICY, text)
            })
    }

    /// Returns the days between rotations, or `None` for a key that does not rotate.
    async fn rotation_period(&self, key: &KeyMetadata) -> Result<Option<u32>, Fault> {
        // Only symmetric keys with material that KMS generated rotate automatically, and none that is pending deletion (KMS API,
        // GetKeyRotationStatus).
        let rotates = key.key_spec == Some(KeyType::SymmetricDefault)
            && key.origin == Some(OriginType::AwsKms)
            && !is_leaving(key);
        if !rotates {
            return Ok(None);
        }
        let request = self.0.kms.get_key_rotation_status().key_id(&key.key_id);
        let answer = self.0.call(request.send()).await?;
        if !answer.key_rotation_enabled {
            return Ok(None);
        }
        let Some(days) = answer.rotation_period_in_days else {
            return Ok(Some(DEFAULT_ROTATION_PERIOD_DAYS));
        };
        u32::try_from(days).map(Some).map_err(|_| {
            let text = format!("key `{}` has a rotation period of `{days}`", key.key_id);
            Fault::new(FaultKind::Service, kms::GET_KEY_ROTATION_STATUS, text)
        })
    }

    async fn tags(&self, key: &KeyMetadata) -> Result<BTreeMap<String, String>, Fault> {
        // Keys that AWS manages for its services have no owner here.
        if key.key_manager == Some(KeyManagerType::Aws) {
            return Ok(BTreeMap::new());
        }
        tags(&self.0, &key.key_id).await
    }
}

impl Reader<KmsKey> for KeyReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<KmsKey>>> {
        concurrently(names.iter().map(|name| self.read_one(name))).await
    }

    /// Lists aliases by their prefix, and by their ARNs agentctl's keys without an alias.
    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let listing = Listing::read(&self.0).await?;
        let aliases = listing.aliases.into_iter().filter_map(|alias| {
            let filter = filters.iter().find(|filter| is_of(&alias, filter))?;
            Some(Candidate::new(PhysicalName::new(alias), filter))
        });
        let keys = listing.waiting.into_iter().filter_map(|key| {
            let filter = filters.iter().find(|filter| filter.admits(&key.owner))?;
            Some(Candidate::new(PhysicalName::new(key.arn), filter))
        });
        Ok(aliases.chain(keys).collect())
    }
}

/// Returns whether the name of an alias is one that the filter admits.
fn is_of(alias: &str, filter: &OwnerFilter) -> bool {
    let owner = Owner {
        project: filter.project.clone(),
        env: filter.env.clone(),
        region: filter.region.clone(),
        agent: filter.agent.clone().unwrap_or_default(),
    };
    let wanted = owner.key_alias();
    match filter.agent {
        Some(_) => alias == wanted,
        // Without an agent the name ends in a slash, and so it is the prefix of the aliases of all agents.
        None => alias.starts_with(&wanted),
    }
}

/// Reads the metadata of a key.
pub(super) async fn describe(clients: &Clients, key: &str) -> Result<KeyMetadata, Fault> {
    let request = clients.kms.describe_key().key_id(key);
    let answer = clients.call(request.send()).await?;
    answer.key_metadata.ok_or_else(|| {
        let text = format!("no key `{key}` in the answer");
        Fault::new(FaultKind::Service, kms::DESCRIBE_KEY, text)
    })
}

/// Returns whether the key's deletion is scheduled.
pub(super) fn is_leaving(key: &KeyMetadata) -> bool {
    matches!(
        key.key_state,
        Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion)
    )
}

fn status_of(key: &KeyMetadata, name: &str) -> Result<Status, Fault> {
    let fault = |text: String| Err(Fault::new(FaultKind::Service, kms::DESCRIBE_KEY, text));
    match &key.key_state {
        Some(KeyState::Enabled | KeyState::Disabled) => Ok(Status::Ready),
        Some(state @ (KeyState::Creating | KeyState::Updating)) => {
            Ok(Status::Settling(state.as_str().to_owned()))
        }
        Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion) => {
            let on = key
                .deletion_date()
                .and_then(|date| date.fmt(DateTimeFormat::DateTime).ok())
                .and_then(|date| date.split('T').next().map(|day| format!(" on {day}")))
                .unwrap_or_default();
            Ok(Status::Leaving(if name.starts_with("alias/") {
                format!("deletion{on}; the alias `{name}` stays with it")
            } else {
                format!("deletion{on}")
            }))
        }
        Some(state @ (KeyState::PendingImport | KeyState::Unavailable)) => fault(format!(
            "key `{name}` is `{}`: its material is not KMS's own, so agentctl cannot have made it",
            state.as_str()
        )),
        Some(other) => fault(format!(
            "unknown state `{}` of key `{name}`",
            other.as_str()
        )),
        None => fault(format!("key `{name}` has no state")),
    }
}
