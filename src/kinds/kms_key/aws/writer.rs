//! Writes keys, one call at a time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::types::Tag;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::listing::Listing;
use super::reader::{describe, is_leaving};
use crate::aws::Clients;
use crate::kinds::kms_key::change::{KeyChange, next_change};
use crate::kinds::kms_key::spec::{ALIAS_TAG, INTENT_TAG, POLICY_NAME};
use crate::kinds::kms_key::{KeySpec, KmsKey};
use crate::resource::address::PhysicalName;
use crate::resource::document::Document;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::field::TagChange;
use crate::resource::kind::Observed;
use crate::resource::operation::kms;
use crate::resource::owner::Owner;
use crate::resource::provider::{Intent, Mutation, Writer};
use crate::resource::reference::Resolved;

/// How long a deletion can be cancelled: the longest period that KMS allows, and its default (KMS API, `ScheduleKeyDeletion`:
/// `PendingWindowInDays`, 7 to 30).
const PENDING_WINDOW_DAYS: i32 = 30;

/// How long a new key may be missing from the lists. KMS documents "a few seconds" for most changes and minutes at worst (KMS developer
/// guide, "AWS KMS eventual consistency"); a minute is a guess.
const UNLISTED: Duration = Duration::from_mins(1);

/// Writes keys.
///
/// `CreateKey` takes no idempotency token. So before each call the account is searched for a key that an earlier attempt created, and no
/// call is made while the key of an attempt without a clear answer may still appear.
#[derive(Debug)]
pub struct KeyWriter {
    clients: Arc<Clients>,
    /// The ids of the keys that this writer created, by the alias that they are to get.
    made: Mutex<BTreeMap<String, String>>,
    /// One search serves all keys of a run. A failed `CreateKey` makes it outdated.
    search: Mutex<Arc<OnceCell<Listing>>>,
    /// When a `CreateKey` last ended without a clear answer, by the alias that the key is to get.
    unclear: Mutex<BTreeMap<String, Instant>>,
}

impl KeyWriter {
    /// Creates a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self {
            clients,
            made: Mutex::default(),
            search: Mutex::default(),
            unclear: Mutex::default(),
        }
    }

    fn made_for(&self, alias: &str) -> Option<String> {
        let made = self.made.lock().expect(UNPOISONED);
        made.get(alias).cloned()
    }

    fn search(&self) -> Arc<OnceCell<Listing>> {
        Arc::clone(&self.search.lock().expect(UNPOISONED))
    }

    fn forget_search(&self) {
        *self.search.lock().expect(UNPOISONED) = Arc::default();
    }

    /// Returns whether a key that an earlier attempt created may still appear in the lists.
    fn may_appear(&self, alias: &str) -> bool {
        let unclear = self.unclear.lock().expect(UNPOISONED);
        unclear
            .get(alias)
            .is_some_and(|since| since.elapsed() < UNLISTED)
    }

    async fn create_alias(&self, alias: &str, key_id: &str) -> Result<Mutation, Fault> {
        let request = self.clients.kms.create_alias();
        let request = request.alias_name(alias).target_key_id(key_id);
        self.clients.mutate(request.send()).await
    }

    /// Creates the alias of a key that an earlier run left without it.
    async fn adopt(&self, alias: &str, key_id: &str) -> Result<Mutation, Fault> {
        // A key that is pending deletion takes no alias (KMS developer guide, "Key states of AWS KMS keys").
        if is_leaving(&describe(&self.clients, key_id).await?) {
            return self.cancel_deletion(key_id).await;
        }
        self.create_alias(alias, key_id).await
    }

    async fn create_key(
        &self,
        alias: &str,
        spec: &KeySpec<Resolved>,
        owner: &Owner,
        intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let mut tags = owner.tags();
        tags.extend(spec.tags.clone());
        tags.insert(ALIAS_TAG.to_owned(), alias.to_owned());
        tags.insert(INTENT_TAG.to_owned(), intent.token.clone());
        let request = self.clients.kms.create_key();
        let request = request
            .description(&spec.description)
            .policy(text_of(&spec.policy))
            .set_tags(Some(to_tags(&tags)));
        // An attempt whose answer was lost may have created a key, so the SDK must not retry.
        let once = aws_sdk_kms::Config::builder().retry_config(RetryConfig::disabled());
        let sent = request.customize().config_override(once).send();
        let answer = self.clients.call(sent).await;
        let key = answer.and_then(|answer| {
            answer.key_metadata.ok_or_else(|| {
                Fault::new(FaultKind::Service, kms::CREATE_KEY, "no key in the answer")
            })
        });
        match key {
            Ok(key) => {
                let mut made = self.made.lock().expect(UNPOISONED);
                made.insert(alias.to_owned(), key.key_id);
                Ok(Mutation(kms::CREATE_KEY))
            }
            Err(fault) => {
                self.forget_search();
                if is_unclear(&fault) {
                    let mut unclear = self.unclear.lock().expect(UNPOISONED);
                    unclear.insert(alias.to_owned(), Instant::now());
                }
                Err(again_by_the_step(fault))
            }
        }
    }

    async fn cancel_deletion(&self, key_id: &str) -> Result<Mutation, Fault> {
        let request = self.clients.kms.cancel_key_deletion().key_id(key_id);
        let answer = self.clients.mutate(request.send()).await;
        answer.map_err(done_already)
    }

    async fn schedule_deletion(&self, key_id: &str) -> Result<Mutation, Fault> {
        let request = self.clients.kms.schedule_key_deletion().key_id(key_id);
        let sent = request.pending_window_in_days(PENDING_WINDOW_DAYS).send();
        let answer = self.clients.mutate(sent).await;
        answer.map_err(done_already)
    }

    async fn rotate(&self, key_id: &str, days: u32) -> Result<Mutation, Fault> {
        let period = i32::try_from(days).map_err(|_| {
            let text = format!("`{days}` is no rotation period");
            Fault::new(FaultKind::Invalid, kms::ENABLE_KEY_ROTATION, text)
        })?;
        let request = self.clients.kms.enable_key_rotation().key_id(key_id);
        let sent = request.rotation_period_in_days(period).send();
        self.clients.mutate(sent).await
    }

    async fn change_tags(&self, key_id: &str, change: TagChange) -> Result<Mutation, Fault> {
        let kms = &self.clients.kms;
        match change {
            TagChange::Set(tags) => {
                let request = kms.tag_resource().key_id(key_id);
                let sent = request.set_tags(Some(to_tags(&tags))).send();
                self.clients.mutate(sent).await
            }
            TagChange::Remove(keys) => {
                let request = kms.untag_resource().key_id(key_id);
                let sent = request.set_tag_keys(Some(keys)).send();
                self.clients.mutate(sent).await
            }
        }
    }

    async fn apply(
        &self,
        key_id: &str,
        change: KeyChange,
        spec: &KeySpec<Resolved>,
    ) -> Result<Mutation, Fault> {
        let (clients, kms) = (&self.clients, &self.clients.kms);
        match change {
            KeyChange::CancelDeletion => self.cancel_deletion(key_id).await,
            KeyChange::ScheduleDeletion => self.schedule_deletion(key_id).await,
            KeyChange::Enable => {
                let sent = kms.enable_key().key_id(key_id).send();
                clients.mutate(sent).await
            }
            KeyChange::Disable => {
                let sent = kms.disable_key().key_id(key_id).send();
                clients.mutate(sent).await
            }
            KeyChange::Policy => {
                let request = kms.put_key_policy().key_id(key_id);
                let request = request.policy_name(POLICY_NAME);
                let sent = request.policy(text_of(&spec.policy)).send();
                clients.mutate(sent).await
            }
            KeyChange::Rotate(days) => self.rotate(key_id, days).await,
            KeyChange::StopRotation => {
                let sent = kms.disable_key_rotation().key_id(key_id).send();
                clients.mutate(sent).await
            }
            KeyChange::Description => {
                let request = kms.update_key_description().key_id(key_id);
                let sent = request.description(&spec.description).send();
                clients.mutate(sent).await
            }
            KeyChange::Tags(change) => self.change_tags(key_id, change).await,
        }
    }
}

const UNPOISONED: &str = "nothing panics while it holds this lock";

impl Writer<KmsKey> for KeyWriter {
    /// Creates the key, or the alias of a key that exists already.
    ///
    /// After `CreateKey` the alias still reads as absent, so this function is called once more.
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &KeySpec<Resolved>,
        intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let alias = name.as_str();
        let owner = intent.owner.as_ref().ok_or_else(|| {
            let text = format!("key `{alias}` has no owner");
            Fault::new(FaultKind::Invalid, kms::CREATE_KEY, text)
        })?;
        if let Some(key_id) = self.made_for(alias) {
            let made = self.create_alias(alias, &key_id).await;
            return made.map_err(missing_is_not_yet_visible);
        }
        let search = self.search();
        let listing = search
            .get_or_try_init(|| Listing::read(&self.clients))
            .await?;
        if listing.aliases.contains(alias) {
            self.forget_search();
            let text = format!("alias `{alias}` exists");
            return Err(Fault::new(
                FaultKind::AlreadyExists,
                kms::LIST_ALIASES,
                text,
            ));
        }
        let left = listing
            .waiting
            .iter()
            .find(|key| key.alias == alias && key.owner == *owner);
        match left {
            Some(key) => {
                let adopted = self.adopt(alias, &key.id).await;
                adopted.map_err(missing_is_not_yet_visible)
            }
            None if self.may_appear(alias) => {
                self.forget_search();
                let text = format!(
                    "the key for `{alias}` that an earlier `CreateKey` may have made is in no list yet"
                );
                Err(Fault::new(
                    FaultKind::NotYetConsistent,
                    kms::LIST_KEYS,
                    text,
                ))
            }
            None => self.create_key(alias, spec, owner, intent).await,
        }
    }

    async fn update(
        &self,
        name: &PhysicalName,
        now: &Observed<KmsKey>,
        spec: &KeySpec<Resolved>,
        fields: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        let change = next_change(&now.spec, spec, fields).ok_or_else(|| {
            let fields = fields.join(", ");
            let text = format!("`{fields}` of key `{name}` cannot be changed in place");
            Fault::local(FaultKind::Invalid, text)
        })?;
        self.apply(&now.outputs.id, change, spec).await
    }

    /// Schedules the key's deletion. The alias stays, so that a later run finds the key and can cancel the deletion.
    async fn delete(&self, _: &PhysicalName, now: &Observed<KmsKey>) -> Result<Mutation, Fault> {
        self.schedule_deletion(&now.outputs.id).await
    }
}

/// Returns whether `CreateKey` may have created a key although it failed.
fn is_unclear(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Unreachable | FaultKind::Service)
}

/// Makes the step retry what the SDK must not retry: calls that KMS refused before it did anything, and calls without a clear answer,
/// because the next attempt searches for the key first.
fn again_by_the_step(mut fault: Fault) -> Fault {
    if fault.kind == FaultKind::Throttled {
        fault.kind = FaultKind::Busy;
    } else if is_unclear(&fault) {
        fault.kind = FaultKind::NotYetConsistent;
    }
    fault
}

/// A key that is not in the state that the call requires was changed by an attempt whose answer was lost, or by somebody else (KMS API,
/// `KMSInvalidStateException`). As with a resource that was deleted, the step reads it again.
fn done_already(mut fault: Fault) -> Fault {
    if fault.code.as_deref() == Some("KMSInvalidStateException") {
        fault.kind = FaultKind::NotFound;
    }
    fault
}

/// A key that was created a moment ago may not be visible everywhere yet (KMS developer guide, "AWS KMS eventual consistency").
fn missing_is_not_yet_visible(mut fault: Fault) -> Fault {
    if fault.kind == FaultKind::NotFound {
        fault.kind = FaultKind::NotYetConsistent;
    }
    fault
}

fn text_of(document: &Document<Resolved>) -> String {
    serde_json::to_string(document).expect("documents have text keys only, so they serialise")
}

fn to_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder()
                .tag_key(key)
                .tag_value(value)
                .build()
                .expect("key and value were set in the lines above")
        })
        .collect()
}
