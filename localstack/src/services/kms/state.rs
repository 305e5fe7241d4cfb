//! What KMS holds: keys and aliases, and how a request names them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::key_arn::{KeyArn, Unusable};
use super::spreading::Spreading;
use crate::answer::Refusal;
use crate::call::Call;
use crate::kept;
use crate::service::Service;
use crate::services::iam::bound::Bound;
use crate::tag::Tags;
use crate::validate::Checks;

/// The spec of a symmetric encryption key.
pub(super) const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// By id.
    pub(super) keys: BTreeMap<String, Key>,
    /// By name, with `alias/` before it.
    pub(super) aliases: BTreeMap<String, Alias>,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) arn: KeyArn,
    pub(super) created: Timestamp,
    /// From when calls find it.
    pub(super) known_from: Timestamp,
    pub(super) description: String,
    pub(super) spec: String,
    pub(super) usage: String,
    pub(super) status: Spreading<Status>,
    pub(super) policy: Spreading<Bound>,
    pub(super) rotation: Option<Rotation>,
    /// The id of the key material, of symmetric keys.
    pub(super) material: Option<String>,
    pub(super) tags: Tags,
}

/// Automatic rotation, when it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotation {
    pub(super) since: Timestamp,
    pub(super) period_days: i64,
}

/// The state of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Enabled,
    Disabled,
    PendingDeletion {
        /// When the key is gone.
        until: Timestamp,
    },
}

/// Another name of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alias {
    pub(super) arn: String,
    /// The id of the key.
    pub(super) target: Spreading<String>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// From when calls find it.
    pub(super) known_from: Timestamp,
}

impl kept::State for State {
    const SERVICE: Service = Service::Kms;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        self.keys
            .values()
            .map(|key| (key.arn.to_string(), &key.tags))
            .collect()
    }

    fn has_ended(&self, now: Timestamp) -> bool {
        let has_spread = |key: &Key| key.status.has_spread(now) || key.policy.has_spread(now);
        let mut aliases = self.aliases.values();
        self.keys
            .values()
            .any(|key| key.is_gone(now) || has_spread(key))
            || aliases.any(|alias| alias.target.has_spread(now))
    }

    fn end(&mut self, now: Timestamp) {
        self.keys.retain(|_, key| !key.is_gone(now));
        for key in self.keys.values_mut() {
            key.status.forget(now);
            key.policy.forget(now);
        }
        // KMS API, `ScheduleKeyDeletion`: with the key, all aliases that refer to it are deleted.
        let keys = &self.keys;
        self.aliases
            .retain(|_, alias| keys.contains_key(alias.target.here()));
        for alias in self.aliases.values_mut() {
            alias.target.forget(now);
        }
    }
}

impl State {
    /// Finds the key that a request names by id, ARN, alias name or alias ARN.
    pub(super) fn find(&self, call: &Call<'_>, name: &str) -> Result<&Key, Refusal> {
        let resource = resource(call, name)?;
        if resource.starts_with("alias/aws/") {
            // AWS makes the key of a predefined alias when it is first used.
            return Err(Refusal::not_built(format!(
                "AWS managed keys (`{resource}`) are not built"
            )));
        }
        let id = if resource.starts_with("alias/") {
            let alias = self
                .aliases
                .get(resource)
                .filter(|alias| alias.known_from <= call.now);
            let alias = alias.ok_or_else(|| no_such_alias(call, resource))?;
            alias.target.elsewhere(call.now).as_str()
        } else {
            resource
        };
        self.key(call, id)
    }

    /// Finds the key that a request names by id or ARN, where an alias is not taken.
    pub(super) fn named(&self, call: &Call<'_>, name: &str) -> Result<&Key, Refusal> {
        self.key(call, resource(call, name)?)
    }

    /// Finds the key to change that a request names by id or ARN.
    pub(super) fn named_mut(&mut self, call: &Call<'_>, name: &str) -> Result<&mut Key, Refusal> {
        let id = self.named(call, name)?.id.clone();
        Ok(self.keys.get_mut(&id).expect("was found just above"))
    }

    /// Finds the key to change, unless it is to be deleted.
    pub(super) fn lasting_mut(&mut self, call: &Call<'_>, name: &str) -> Result<&mut Key, Refusal> {
        let key = self.named_mut(call, name)?;
        key.must_last()?;
        Ok(key)
    }

    fn key(&self, call: &Call<'_>, id: &str) -> Result<&Key, Refusal> {
        if !is_key_id(id) {
            return Err(not_found(format!("Invalid keyId '{id}'")));
        }
        self.keys
            .get(id)
            .filter(|key| key.known_from <= call.now)
            .ok_or_else(|| not_found(format!("Key '{}' does not exist", KeyArn::new(call, id))))
    }
}

impl Key {
    pub(super) fn is_symmetric(&self) -> bool {
        self.spec == SYMMETRIC
    }

    fn is_gone(&self, now: Timestamp) -> bool {
        matches!(self.status.here(), Status::PendingDeletion { until } if *until <= now)
    }

    /// Refuses when the key is to be deleted, in the words of the KMS developer guide, "Key states of AWS KMS keys".
    pub(super) fn must_last(&self) -> Result<(), Refusal> {
        match self.status.here() {
            Status::PendingDeletion { .. } => {
                Err(Unusable::PendingDeletion(self.arn.clone()).into())
            }
            Status::Enabled | Status::Disabled => Ok(()),
        }
    }

    /// Refuses when the key is not enabled, as above.
    pub(super) fn must_be_enabled(&self) -> Result<(), Refusal> {
        match self.status.here() {
            Status::Disabled => Err(Unusable::Disabled(self.arn.clone()).into()),
            Status::Enabled | Status::PendingDeletion { .. } => self.must_last(),
        }
    }
}

/// Takes the id of a key, or an alias with `alias/`, out of the name of a key.
pub(super) fn resource<'a>(call: &Call<'_>, name: &'a str) -> Result<&'a str, Refusal> {
    Checks::new()
        .length("keyId", name, &(1..=2048))
        .finish(call)?;
    if !name.starts_with("arn:") {
        return Ok(name);
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let ["arn", partition, "kms", region, account, resource] = parts.as_slice() else {
        return Err(invalid_arn(name));
    };
    // Seen in recorded answers: an ARN of another region is reported by that region alone.
    if *partition != call.partition() || *region != call.region {
        return Err(not_found(format!("Invalid arn {region}")));
    }
    if *account != call.account {
        // Other accounts' keys cannot be seen from here: a key without a policy for this account.
        let action = call.operation.action(call.wording.service);
        return Err(Refusal::bad_request(
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: {action} on resource: {name} because no resource-based policy allows the {action} action",
                call.caller_arn()
            ),
        ));
    }
    match resource.strip_prefix("key/") {
        Some(id) => Ok(id),
        None if resource.starts_with("alias/") => Ok(resource),
        None => Err(invalid_arn(name)),
    }
}

/// Returns whether a text has the form of a key id: a UUID, or `mrk-` and 32 hexadecimal digits.
fn is_key_id(id: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(rest) = id.strip_prefix("mrk-") {
        return rest.len() == 32 && is_hex(rest);
    }
    let parts: Vec<&str> = id.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.into_iter().all(is_hex)
}

pub(super) fn not_found(message: String) -> Refusal {
    Refusal::bad_request("NotFoundException", message)
}

pub(super) fn no_such_alias(call: &Call<'_>, name: &str) -> Refusal {
    not_found(format!("Alias {} is not found.", alias_arn(call, name)))
}

pub(super) fn alias_arn(call: &Call<'_>, name: &str) -> String {
    let (partition, region, account) = (call.partition(), call.region, call.account);
    format!("arn:{partition}:kms:{region}:{account}:{name}")
}

// Guess: the sentence.
fn invalid_arn(arn: &str) -> Refusal {
    Refusal::bad_request("InvalidArnException", format!("Invalid arn {arn}"))
}
