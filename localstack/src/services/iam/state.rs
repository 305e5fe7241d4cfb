//! What IAM holds: roles, found by name, ARN or unique id, and what they may do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::{Caller, Policies, access};
use super::bound::Bound;
use super::catalogue;
use super::decision::{self, Request, Verdict};
use super::document::Document;
use super::refusal::no_such_entity;
use crate::answer::Refusal;
use crate::kept;
use crate::service::Service;
use crate::tag::Tags;

/// What IAM holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// By name in lower case: names are unique without regard to case.
    pub(super) roles: BTreeMap<String, Role>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Role {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) created: Timestamp,
    /// From when other services and policies know the role.
    pub(super) known_from: Timestamp,
    pub(super) trust: Trust,
    pub(super) description: Option<String>,
    pub(super) max_session_seconds: i64,
    /// The ARN of the managed policy that bounds the role.
    pub(super) boundary: Option<String>,
    pub(super) tags: Tags,
    pub(super) inline: BTreeMap<String, Inline>,
    /// ARNs of attached managed policies.
    pub(super) attached: BTreeSet<String>,
}

/// Who may assume a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    pub(super) policy: Bound,
    /// From when the policy counts; until then `before` does.
    pub(super) effective_from: Timestamp,
    pub(super) before: Option<Bound>,
}

/// An inline policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inline {
    pub(super) text: String,
    /// From when services see it; until then they see what was there before.
    pub(super) effective_from: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
}

/// Why a service cannot assume a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAssumable {
    /// There is no such role.
    NoSuchRole,
    /// The role was just made and has not reached other services.
    NotYet,
    /// The trust policy that counts now does not let this service assume it.
    NotTrusted,
}

impl kept::State for State {
    const SERVICE: Service = Service::Iam;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        self.roles
            .values()
            .map(|role| (role.arn.clone(), &role.tags))
            .collect()
    }
}

impl State {
    /// Returns whether a service can assume a role now, in the context of condition keys that it sends.
    pub(crate) fn assumable(
        &self,
        role_arn: &str,
        service: &str,
        context: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<(), NotAssumable> {
        let role = self
            .role_with_arn(role_arn)
            .ok_or(NotAssumable::NoSuchRole)?;
        let policy = role.trust.effective(now).ok_or(NotAssumable::NotYet)?;
        let trusted = Document::parse(policy.written())
            .is_ok_and(|policy| decision::trusts(&policy, service, context));
        if trusted {
            Ok(())
        } else {
            Err(NotAssumable::NotTrusted)
        }
    }

    /// Returns whether a role's policies, as far as services see them now, allow a request.
    pub(crate) fn allows(&self, role_arn: &str, request: Request<'_>, now: Timestamp) -> bool {
        let Some(role) = self.role_with_arn(role_arn) else {
            return false;
        };
        let held = role.policies(now);
        let documents: Vec<Document> = held.into_iter().map(|held| held.document).collect();
        let boundary = role.boundary();
        let policies = Policies {
            identity: &documents,
            boundary: boundary.as_ref(),
            resource: None,
        };
        let (partition, account) = partition_and_account(role_arn);
        let caller = Caller {
            arn: role_arn,
            account,
            partition,
        };
        access(policies, caller, account, request).verdict == Verdict::Allowed
    }

    pub(crate) fn role_with_arn(&self, arn: &str) -> Option<&Role> {
        self.role_named(arn.rsplit('/').next()?)
            .filter(|role| role.arn == arn)
    }

    pub(super) fn role_with_id(&self, id: &str) -> Option<&Role> {
        self.roles.values().find(|role| role.id == id)
    }

    /// Finds a role by its name. Guess: although names are unique without regard to case, they are found only as they were written.
    pub(super) fn role_named(&self, name: &str) -> Option<&Role> {
        self.roles
            .get(&name.to_lowercase())
            .filter(|role| role.name == name)
    }

    /// Finds a role by its name, or refuses as IAM does.
    pub(super) fn role(&self, name: &str) -> Result<&Role, Refusal> {
        self.role_named(name).ok_or_else(|| no_such_role(name))
    }

    /// Finds a role to change.
    pub(super) fn role_mut(&mut self, name: &str) -> Result<&mut Role, Refusal> {
        let role = self
            .roles
            .get_mut(&name.to_lowercase())
            .filter(|role| role.name == name);
        role.ok_or_else(|| no_such_role(name))
    }
}

/// A policy that a role has.
#[derive(Debug)]
pub(super) struct Held {
    /// The name of an inline policy, the ARN of a managed one.
    pub(super) id: String,
    pub(super) is_managed: bool,
    pub(super) document: Document,
}

impl Role {
    /// Gives the unique id: another role under the same name has another.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Gives the role's policies, as far as services see them now.
    pub(super) fn policies(&self, now: Timestamp) -> Vec<Held> {
        let inline = self.inline.iter().filter_map(|(name, policy)| {
            let text = policy.effective(now)?;
            Some((name, false, text))
        });
        let attached = self
            .attached
            .iter()
            .filter_map(|arn| Some((arn, true, catalogue::document(arn)?)));
        inline
            .chain(attached)
            .filter_map(|(id, is_managed, text)| {
                Some(Held {
                    id: id.clone(),
                    is_managed,
                    document: Document::parse(text).ok()?,
                })
            })
            .collect()
    }

    /// Gives the policy that bounds the role.
    pub(super) fn boundary(&self) -> Option<Document> {
        let text = catalogue::document(self.boundary.as_deref()?)?;
        Document::parse(text).ok()
    }
}

impl Inline {
    /// Gives the text that services see now.
    pub(super) fn effective(&self, now: Timestamp) -> Option<&str> {
        if self.effective_from <= now {
            Some(&self.text)
        } else {
            self.before.as_deref()
        }
    }
}

impl Trust {
    /// Gives the policy that counts now.
    pub(super) fn effective(&self, now: Timestamp) -> Option<&Bound> {
        if self.effective_from <= now {
            Some(&self.policy)
        } else {
            self.before.as_ref()
        }
    }
}

/// Gives partition and account of an ARN.
pub(super) fn partition_and_account(arn: &str) -> (&str, &str) {
    let mut parts = arn.split(':').skip(1);
    let partition = parts.next().unwrap_or_default();
    (partition, parts.nth(2).unwrap_or_default())
}

fn no_such_role(name: &str) -> Refusal {
    no_such_entity(format!("The role with name {name} cannot be found."))
}
