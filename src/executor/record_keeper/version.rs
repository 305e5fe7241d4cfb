//! What a step changes in the recorded grants of versions.

use std::collections::BTreeMap;

use crate::plan::model::{Action, PlannedStep};
use crate::plan::record::Record;
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::grant::Grants;
use crate::resource::outputs::Outputs;
use crate::resource::owner::Owner;
use crate::resource::registry::Registry;
use crate::resource::version::KEPT;

/// A change of the recorded versions.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum VersionChange {
    /// This version equals the resource now.
    Published {
        /// The resource.
        holder: Address,
        /// The version.
        number: u64,
        /// The first of the versions that the step published: some take more than one change.
        first: u64,
        /// What the manifest grants it; `None` where that is not known.
        grants: Option<Grants>,
        /// Whether the resource is new, so that its earlier versions no longer exist.
        is_new: bool,
    },
    /// An old version was deleted from resources of this kind.
    Deleted {
        /// The kind of the resources that have the versions.
        holder_kind: &'static str,
        /// The version.
        number: u64,
    },
}

/// Returns what a step that is done changes.
pub(super) fn change(
    registry: &Registry,
    desired: &[DesiredResource],
    step: &PlannedStep,
    outputs: &Outputs,
) -> Option<VersionChange> {
    let address = &step.id.address;
    if let Some(holder) = registry.holder_of(address.kind()) {
        let number = step.before.as_ref()?.spec.get("number")?.as_u64()?;
        return Some(VersionChange::Deleted {
            holder_kind: holder.name,
            number,
        });
    }
    if step.action == Action::Delete {
        return None;
    }
    let number = number(registry, address, outputs)?;
    let is_new = matches!(step.action, Action::Create | Action::Replace(_));
    let versions = registry.kind(address.kind())?.versions?;
    let before = step.before.as_ref().filter(|_| !is_new);
    let before = before.and_then(|live| versions.number_in(&live.outputs));
    let newest = number.saturating_sub(KEPT) + 1;
    Some(VersionChange::Published {
        holder: address.clone(),
        number,
        first: before
            .map_or(1, |before| before + 1)
            .clamp(newest, number.max(newest)),
        grants: Grants::desired(registry, desired, step.owner.as_ref()?, outputs),
        is_new,
    })
}

/// Records the grants of the versions that equal resources without changes. Returns whether the record changed.
pub fn record_unchanged(
    registry: &Registry,
    desired: &[DesiredResource],
    owner: &Owner,
    unchanged: &[(Address, Option<String>)],
    outputs: &Outputs,
    record: &mut Record,
) -> bool {
    let before = record.versions.clone();
    let of_owner = unchanged
        .iter()
        .filter(|(_, agent)| agent.as_ref() == Some(&owner.agent));
    for (holder, _) in of_owner {
        if let Some(number) = number(registry, holder, outputs)
            && let Some(grants) = Grants::desired(registry, desired, owner, outputs)
        {
            record.grant(holder, number, grants);
        }
    }
    record.versions != before
}

/// Returns the number of the version that equals a resource.
fn number(registry: &Registry, holder: &Address, outputs: &Outputs) -> Option<u64> {
    let versions = registry.kind(holder.kind())?.versions?;
    versions.number_in(outputs.get(holder)?)
}

impl VersionChange {
    pub(super) fn apply(self, versions: &mut BTreeMap<Address, BTreeMap<u64, Grants>>) {
        match self {
            Self::Published {
                holder,
                number,
                first,
                grants,
                is_new,
            } => {
                let of_holder = versions.entry(holder).or_default();
                if is_new {
                    of_holder.clear();
                }
                for number in first.min(number)..=number {
                    match &grants {
                        Some(grants) => of_holder.insert(number, grants.clone()),
                        None => of_holder.remove(&number),
                    };
                }
            }
            Self::Deleted {
                holder_kind,
                number,
            } => {
                for (holder, of_holder) in versions.iter_mut() {
                    if holder.kind() == holder_kind {
                        of_holder.remove(&number);
                    }
                }
            }
        }
        versions.retain(|_, of_holder| !of_holder.is_empty());
    }
}

#[cfg(test)]
mod tests;
