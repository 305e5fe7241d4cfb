//! Pins as objects, one each, under one prefix of a project and environment: one listing finds them all.

use std::collections::BTreeMap;

use super::key::{pin_key, pinned_pointer, pins_prefix};
use super::object::{Condition, JSON, json, not_understood};
use super::store::S3RecordStore;
use crate::aws::concurrently;
use crate::aws::object_version::Extent;
use crate::plan::pin::{AgentPins, ObservedPins, Pin};
use crate::resource::address::Address;
use crate::resource::fault::Fault;
use crate::resource::owner::Owner;

impl S3RecordStore {
    /// Reads the pins of these agents, all of one project and environment.
    ///
    /// Makes one call, and one more for each pin.
    pub async fn pins(&self, owners: &[Owner]) -> ObservedPins {
        let Some(first) = owners.first() else {
            return ObservedPins::default();
        };
        let prefix = pins_prefix(&first.project, &first.env);
        let versions = match self.versions().all(Extent::Below(&prefix)).await {
            Ok(versions) => versions,
            Err(fault) => return ObservedPins::Unreadable(fault),
        };
        let current = versions.iter().filter(|version| version.latest.is_some());
        let pinned = current.filter_map(|version| {
            let (agent, pointer) = pinned_pointer(version.key.strip_prefix(&prefix)?)?;
            let owner = owners.iter().find(|owner| owner.agent == agent)?;
            Some((owner, pointer))
        });
        let reads = pinned.map(async |(owner, pointer)| {
            let pin = self.pin(owner, &pointer).await.transpose()?;
            Some((owner.agent.clone(), pointer, pin))
        });
        let mut by_agent: BTreeMap<String, AgentPins> = BTreeMap::new();
        for (agent, pointer, pin) in concurrently(reads).await.into_iter().flatten() {
            by_agent.entry(agent).or_default().insert(pointer, pin);
        }
        ObservedPins::Read(by_agent)
    }

    async fn pin(&self, owner: &Owner, pointer: &Address) -> Result<Option<Pin>, Fault> {
        let key = pin_key(owner, pointer);
        let Some(object) = self.get(&key).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&object.bytes)
            .map(Some)
            .map_err(|error| not_understood(&format!("the pin `{key}` is not understood: {error}")))
    }

    /// Saves a pin over the one that is there.
    pub async fn save_pin(&self, owner: &Owner, pointer: &Address, pin: &Pin) -> Result<(), Fault> {
        let key = pin_key(owner, pointer);
        self.put(&key, json(pin), JSON, Condition::None).await?;
        Ok(())
    }

    /// Deletes every version of a pin.
    pub async fn remove_pin(&self, owner: &Owner, pointer: &Address) -> Result<(), Fault> {
        let key = pin_key(owner, pointer);
        self.versions().purge(Extent::Key(&key)).await
    }
}
