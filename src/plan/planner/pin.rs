//! Pins: which pointers stay at a version, and when a pin ends.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::state::Planner;
use crate::plan::model::{PinFate, Pins, PlannedPin};
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::owner::Owner;
use crate::resource::provider::{Live, Reading};
use crate::resource::registry::KindEntry;

impl Planner<'_> {
    /// Returns the desired resource, with the version of its pin if it has one that holds.
    ///
    /// Fails if it is not known whether the pointer is pinned: then its version is not known either.
    pub(super) fn pinned<'r>(
        &mut self,
        kind: &KindEntry,
        resource: &'r DesiredResource,
        reading: &Reading<Live>,
    ) -> Result<Cow<'r, DesiredResource>, Fault> {
        let unpinned = Ok(Cow::Borrowed(resource));
        let (Some(path), Some(owner)) = (kind.pin, &resource.owner) else {
            return unpinned;
        };
        let observed = self.observed;
        let Some(pin) = observed.pins.of(&owner.agent, &resource.address) else {
            return unpinned;
        };
        // If the resource with the versions is created again, its versions are deleted.
        let is_remade = || {
            let mut sources = resource.sources().into_iter();
            sources.any(|source| self.remade.contains(&source.address))
        };
        let pin = match (pin, reading) {
            (Ok(pin), _) => pin,
            (Err(_), Reading::Obscured(..) | Reading::Unreadable(_)) => return unpinned,
            (Err(_), Reading::Found(live)) if !live.owner.is_of(Some(owner)) => return unpinned,
            (Err(_), Reading::Found(_) | Reading::Absent) if is_remade() => return unpinned,
            (Err(fault), Reading::Found(_) | Reading::Absent) => return Err(fault.clone()),
        };
        let fate = match (self.pins, reading) {
            (Pins::Released, _) => PinFate::Released,
            (Pins::Honoured, Reading::Obscured(..) | Reading::Unreadable(_)) => PinFate::Holds,
            (Pins::Honoured, Reading::Found(_) | Reading::Absent) if is_remade() => PinFate::Void,
            (Pins::Honoured, Reading::Found(_) | Reading::Absent) => {
                if self.is_gone(owner, pin.version) {
                    PinFate::Gone
                } else {
                    PinFate::Holds
                }
            }
        };
        let mut declared = Cow::Borrowed(resource);
        if matches!(fate, PinFate::Holds | PinFate::Gone) {
            let field = declared.to_mut().spec.pointer_mut(path);
            *field.expect("a pin's path leads to a field of every spec of its kind") =
                Value::from(pin.version.to_string());
        }
        self.plan.pins.push(PlannedPin {
            address: resource.address.clone(),
            agent: owner.agent.clone(),
            pin: pin.clone(),
            fate,
        });
        Ok(declared)
    }

    /// Returns whether a pinned version no longer exists.
    ///
    /// The versions are read if the pointer is not at the pinned one. A version that it is at exists.
    fn is_gone(&self, owner: &Owner, version: u64) -> bool {
        let mut histories = self.histories(owner);
        histories.any(|(_, versions)| {
            versions.is_ok_and(|versions| {
                let mut published = versions.published.iter();
                published.all(|published| published.number != version || published.is_leaving)
            })
        })
    }

    /// Ends the pins of pointers that are no longer desired.
    pub(super) fn unpinned(&mut self, by_address: &BTreeMap<&Address, &DesiredResource>) {
        let observed = self.observed;
        let pins = observed.pins.all();
        let left = pins.filter(|(_, address, _)| !by_address.contains_key(address));
        let void = left.map(|(agent, address, pin)| PlannedPin {
            address: address.clone(),
            agent: agent.clone(),
            pin: pin.clone(),
            fate: PinFate::Void,
        });
        self.plan.pins.extend(void);
    }
}
