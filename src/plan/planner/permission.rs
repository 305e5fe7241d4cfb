//! The permissions that older versions keep.
//!
//! One role is used by every version of one side of an agent. So a role grants what the manifest declares, and what each older version that
//! is kept was granted when it was declared: a pointer may still serve it, and a rollback may return to it. The records have the grants
//! of each version. If they do not, everything that the role grants now is kept.

use std::borrow::Cow;

use serde_json::Value;

use super::super::model::{OlderPermissions, PlanError, TooLarge};
use super::super::observation::{Crowd, History, Recorded, Stray, Versions};
use super::super::order::put;
use super::Planner;
use crate::resource::desired::DesiredResource;
use crate::resource::document::widened;
use crate::resource::grant::{Grants, with_grants};
use crate::resource::kind::Excess;
use crate::resource::outputs::lookup;
use crate::resource::owner::Owner;
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::resolve;
use crate::resource::registry::KindEntry;

/// The permissions of an agent's older versions.
#[derive(Default)]
struct Older<'a> {
    /// The grants of the versions that have a record, oldest version first.
    recorded: Vec<(u64, &'a Grants)>,
    /// The versions that have none.
    unrecorded: Vec<u64>,
    /// Why the versions are not known.
    unknown: Option<String>,
}

impl Planner<'_> {
    /// Adds the permissions that only older versions need to the spec of a resource.
    pub(super) fn with_older_permissions<'r>(
        &mut self,
        kind: &KindEntry,
        resource: Cow<'r, DesiredResource>,
        reading: &Reading<Live>,
    ) -> Result<Cow<'r, DesiredResource>, PlanError> {
        let Some(owner) = resource.owner.clone().filter(|_| kind.has_policies()) else {
            return Ok(resource);
        };
        let live = match reading {
            Reading::Found(live) => Some(&live.spec),
            Reading::Absent => None,
            Reading::Obscured(..) | Reading::Unreadable(_) => return Ok(resource),
        };
        // What others added since the last apply is no permission of a version.
        let applied = self.records.by_agent.get(&owner.agent);
        let applied = applied.and_then(|record| record.applied.get(&resource.address));
        let kept = live.map(|live| Grants::of(kind, &resource.address, applied.unwrap_or(live)));
        let live_grants = kept.unwrap_or_default();
        let older = self.older(&owner);
        let (spec, permissions) = self.joined(&resource, &older, &live_grants, &owner);
        if permissions.grants.is_empty() {
            return Ok(resource);
        }
        if let Some(excess) = (kind.excess)(&spec) {
            return Err(self.too_large(kind, &resource, excess, &older, &live_grants, &owner));
        }
        self.plan.older.push(permissions);
        let mut resource = resource;
        resource.to_mut().spec = spec;
        Ok(resource)
    }

    /// Returns whether older versions of the agent run with a role that is no longer desired, or may.
    pub(super) fn is_role_of_versions(&self, kind: &KindEntry, stray: &Stray) -> bool {
        let is_unknown = matches!(self.observed.recorded, Recorded::Unreadable(_));
        let mut histories = self.histories(&stray.owner);
        let is_used = histories.any(|(_, versions)| {
            versions.map_or(true, |versions| versions.roles.contains(&stray.address))
        });
        kind.has_policies() && (is_unknown || is_used)
    }

    /// Lists the older versions that an alias or endpoint names.
    pub(super) fn served_older(&self, owner: &Owner) -> Vec<u64> {
        let mut served = Vec::new();
        for (crowd, versions) in self.histories(owner) {
            if let Ok(versions) = versions {
                let named = versions.named_versions();
                let older = crowd.older(versions, &self.observed.pins).into_iter();
                let numbers = older.map(|version| version.number);
                served.extend(numbers.filter(|number| named.contains(number)));
            }
        }
        served.sort_unstable();
        served
    }

    /// Returns whether nothing holds a version of the agent.
    fn is_deletable(&self, owner: &Owner, number: u64) -> bool {
        let mut histories = self.histories(owner);
        histories.all(|(crowd, versions)| {
            versions.is_ok_and(|versions| {
                crowd
                    .held_by(versions, &self.observed.pins, number)
                    .is_none()
            })
        })
    }

    fn older(&self, owner: &Owner) -> Older<'_> {
        if let Recorded::Unreadable(fault) = &self.observed.recorded {
            return Older {
                unknown: Some(format!("the records could not be read: {fault}")),
                ..Older::default()
            };
        }
        let mut older = Older::default();
        let record = self.records.by_agent.get(&owner.agent);
        for (crowd, versions) in self.histories(owner) {
            match versions {
                Ok(versions) => {
                    let recorded = record.and_then(|record| record.versions.get(&crowd.holder));
                    for version in crowd.older(versions, &self.observed.pins) {
                        match recorded.and_then(|recorded| recorded.get(&version.number)) {
                            Some(grants) => older.recorded.push((version.number, grants)),
                            None => older.unrecorded.push(version.number),
                        }
                    }
                }
                Err(reason) => older.unknown = Some(reason),
            }
        }
        older.recorded.sort_by_key(|(number, _)| *number);
        older.unrecorded.sort_unstable();
        older
    }

    pub(super) fn histories(
        &self,
        owner: &Owner,
    ) -> impl Iterator<Item = (&Crowd, Result<&Versions, String>)> {
        let of_owner = self
            .observed
            .histories
            .iter()
            .filter(move |history| history.crowd.owner == *owner);
        of_owner.map(|History { crowd, versions }| {
            let versions = versions.as_ref();
            let unread = |fault| format!("the versions could not be read: {fault}");
            (crowd, versions.map_err(unread))
        })
    }

    /// Returns the spec of a resource with the permissions that older versions need, and the permissions that only they need.
    fn joined(
        &self,
        resource: &DesiredResource,
        older: &Older<'_>,
        live: &Grants,
        owner: &Owner,
    ) -> (Value, OlderPermissions) {
        let address = &resource.address;
        let mut permissions = OlderPermissions {
            address: address.clone(),
            agent: owner.agent.clone(),
            versions: Vec::new(),
            deletable: Vec::new(),
            grants: Vec::new(),
            unknown: None,
        };
        let known = |source: &_| lookup(&self.available, source);
        let (mut spec, mut whole) = (resource.spec.clone(), resolve(&resource.spec, &known));
        let declared = whole.clone();
        let needs_more = |grants: &Grants| {
            grants.on(address).any(|(path, grants)| {
                let policy = declared.pointer(path);
                with_grants(policy, policy, grants).is_some()
            })
        };
        let mut add = |permissions: &mut OlderPermissions, grants: &Grants| {
            let mut is_needed = false;
            for (path, grants) in grants.on(address) {
                let before = whole.pointer(path).cloned();
                let joined = with_grants(spec.pointer(path), before.as_ref(), grants);
                let (Some(joined), Some(after)) = (
                    joined,
                    with_grants(before.as_ref(), before.as_ref(), grants),
                ) else {
                    continue;
                };
                permissions.grants.extend(widened(before.as_ref(), &after));
                put(&mut spec, path, joined);
                put(&mut whole, path, after);
                is_needed = true;
            }
            is_needed
        };
        for (number, grants) in &older.recorded {
            add(&mut permissions, grants);
            if needs_more(grants) {
                permissions.versions.push(*number);
            }
        }
        let is_unknown = older.unknown.is_some() || !older.unrecorded.is_empty();
        if is_unknown && add(&mut permissions, live) {
            permissions.versions.extend(&older.unrecorded);
            permissions.versions.sort_unstable();
            let unrecorded = || "agentctl has no record of their permissions".to_owned();
            permissions.unknown = Some(older.unknown.clone().unwrap_or_else(unrecorded));
        }
        let is_deletable = |number: &u64| self.is_deletable(owner, *number);
        let deletable = permissions.versions.iter().copied();
        permissions.deletable = deletable.filter(is_deletable).collect();
        (spec, permissions)
    }

    /// Returns the error, with the oldest versions whose deletion makes the policies small enough; all that can be deleted if that is not enough.
    fn too_large(
        &self,
        kind: &KindEntry,
        resource: &DesiredResource,
        excess: Excess,
        older: &Older<'_>,
        live: &Grants,
        owner: &Owner,
    ) -> PlanError {
        let mut left = Older {
            recorded: older.recorded.clone(),
            unrecorded: older.unrecorded.clone(),
            unknown: older.unknown.clone(),
        };
        let mut numbers: Vec<u64> = left.recorded.iter().map(|(number, _)| *number).collect();
        numbers.extend(&left.unrecorded);
        numbers.sort_unstable();
        let mut versions = Vec::new();
        for number in numbers {
            if !self.is_deletable(owner, number) {
                continue;
            }
            left.recorded.retain(|(other, _)| *other != number);
            left.unrecorded.retain(|other| *other != number);
            versions.push(number);
            let (spec, _) = self.joined(resource, &left, live, owner);
            if (kind.excess)(&spec).is_none() {
                break;
            }
        }
        PlanError::TooLarge(Box::new(TooLarge {
            address: resource.address.clone(),
            agent: Some(owner.agent.clone()),
            excess,
            versions,
        }))
    }
}

#[cfg(test)]
mod tests;
