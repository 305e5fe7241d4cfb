//! Pins: which pointers stay at a version, and when a pin ends.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::state::Planner;
use crate::plan::model::{PinFate, Pins, Plan, PlannedPin, PlannedStep};
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::provider::{Live, Reading};
use crate::resource::registry::{KindEntry, Registry};

impl Planner<'_> {
    /// Returns the desired resource, with the version of its pin if the record has one that holds.
    pub(super) fn pinned<'r>(
        &mut self,
        kind: &KindEntry,
        resource: &'r DesiredResource,
        reading: &Reading<Live>,
    ) -> Cow<'r, DesiredResource> {
        let record = resource
            .agent()
            .and_then(|agent| self.records.by_agent.get_key_value(agent));
        let pin =
            record.and_then(|(agent, record)| Some((agent, record.pins.get(&resource.address)?)));
        let (Some(path), Some((agent, pin))) = (kind.pin, pin) else {
            return Cow::Borrowed(resource);
        };
        // If the resource with the versions is created again, its versions are deleted.
        let is_remade = || {
            let mut sources = resource.sources().into_iter();
            sources.any(|source| self.remade.contains(&source.address))
        };
        let fate = match (self.pins, reading) {
            (Pins::Released, _) => PinFate::Released,
            (Pins::Honoured, Reading::Obscured(..) | Reading::Unreadable(_)) => PinFate::Holds,
            (Pins::Honoured, Reading::Found(_)) if !is_remade() => PinFate::Holds,
            (Pins::Honoured, Reading::Found(_) | Reading::Absent) => PinFate::Void,
        };
        let mut declared = Cow::Borrowed(resource);
        if fate == PinFate::Holds {
            let field = declared.to_mut().spec.pointer_mut(path);
            *field.expect("a pin's path leads to a field of every spec of its kind") =
                Value::from(pin.version.as_str());
        }
        self.plan.pins.push(PlannedPin {
            address: resource.address.clone(),
            agent: agent.clone(),
            pin: pin.clone(),
            fate,
        });
        declared
    }

    /// Ends the pins of pointers that are no longer desired.
    pub(super) fn unpinned(&mut self, by_address: &BTreeMap<&Address, &DesiredResource>) {
        for (agent, record) in &self.records.by_agent {
            let left = record
                .pins
                .iter()
                .filter(|(address, _)| !by_address.contains_key(address));
            let void = left.map(|(address, pin)| PlannedPin {
                address: address.clone(),
                agent: agent.clone(),
                pin: pin.clone(),
                fate: PinFate::Void,
            });
            self.plan.pins.extend(void);
        }
    }
}

/// Removes the moves of pointers from a plan that was made without records, and reports those pointers as unreadable.
///
/// It is not known whether they are pinned.
#[must_use]
pub(super) fn without_moves(registry: &Registry, plan: &Plan, unread: &Fault) -> Plan {
    let moves = |step: &PlannedStep| {
        let pin = registry
            .kind(step.id.address.kind())
            .and_then(|kind| kind.pin);
        let is_moved = |path| step.changes.iter().any(|change| change.path == path);
        step.desired.is_some() && step.before.is_some() && pin.is_some_and(is_moved)
    };
    let mut left = plan.only(|step| !moves(step));
    let hidden = plan.steps.iter().filter(|step| moves(step));
    left.unreadable
        .extend(hidden.map(|step| (step.id.address.clone(), unread.clone())));
    left
}
