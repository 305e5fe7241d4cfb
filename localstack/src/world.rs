//! The state of one account: every service's typed state, with rollback, persistence and the view before the last write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::blob::{Blobs, Digest};
use crate::kept::{Kept, Slot};
use crate::service::Service;
use crate::services::agentcore::state::State as AgentCore;
use crate::services::iam::state::State as Iam;
use crate::services::kms::state::State as Kms;
use crate::services::lambda::state::State as Lambda;
use crate::services::logs::state::State as Logs;
use crate::services::s3::state::State as S3;
use crate::services::tagging::index::{Change, State as TagIndex};
use crate::store::{StoreError, names_in, read_state, write_state};
use crate::tag::Tags;

/// The folder of an account's services without a region, and their place in a dump.
const GLOBAL: &str = "global";
const BLOBS: &str = "blobs";

/// The state of one account.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) iam: Kept<Iam>,
    /// Bucket names are unique among the accounts of an endpoint: see `Namespace`.
    pub(crate) s3: Kept<S3>,
    /// How far the tagging index is behind.
    tagging: Kept<TagIndex>,
    regions: BTreeMap<String, Regional>,
    untouched: Regional,
}

/// The state of one region of an account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Regional {
    pub(crate) agentcore: Kept<AgentCore>,
    pub(crate) kms: Kept<Kms>,
    pub(crate) lambda: Kept<Lambda>,
    pub(crate) logs: Kept<Logs>,
}

impl World {
    /// Gives the state of a region; an empty one where nothing was made yet.
    pub(crate) fn region(&self, name: &str) -> &Regional {
        self.regions.get(name).unwrap_or(&self.untouched)
    }

    /// Gives the state of a region to change.
    pub(crate) fn region_mut(&mut self, name: &str) -> &mut Regional {
        self.regions.entry(name.to_owned()).or_default()
    }

    /// Gives what the tagging index shows of a region: tags by ARN. What belongs to no region is not in it.
    pub(crate) fn tag_index(&self, region: &str, now: Timestamp) -> BTreeMap<String, Tags> {
        let mut current = Vec::new();
        for (scope, slot) in self.slots() {
            let is_here = |arn: &str| place(scope, slot, arn) == Some(region);
            current.extend(slot.tagged().into_iter().filter(|(arn, _)| is_here(arn)));
        }
        self.tagging.view(region, current, now)
    }

    /// Lists the changes of tags by the write under way.
    fn tag_changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (scope, slot) in self
            .slots()
            .into_iter()
            .filter(|(_, slot)| slot.is_touched())
        {
            let mut before: BTreeMap<_, _> = slot.tagged_before().into_iter().collect();
            let mut note = |arn: String, before: Option<&Tags>, after: Option<&Tags>| {
                if before == after {
                    return;
                }
                if let Some(region) = place(scope, slot, &arn) {
                    changes.push(Change {
                        region: region.to_owned(),
                        arn,
                        before: before.cloned(),
                        after: after.cloned(),
                    });
                }
            };
            for (arn, tags) in slot.tagged() {
                let before = before.remove(&arn);
                note(arn, before, Some(tags));
            }
            for (arn, tags) in before {
                note(arn, Some(tags), None);
            }
        }
        changes
    }

    /// Leaves out what has come to its end.
    pub(crate) fn end(&mut self, now: Timestamp) {
        for (_, slot) in self.slots_mut() {
            slot.end(now);
        }
    }

    /// Gives the regions in which something was made.
    pub(crate) fn regions_mut(&mut self) -> impl Iterator<Item = &mut Regional> {
        self.regions.values_mut()
    }

    /// Gives the world as it was before the last write to a service.
    pub(crate) fn before_last_write(&self, service: Service) -> Self {
        let mut world = self.clone();
        for (_, slot) in world.slots_mut() {
            if slot.service() == service {
                slot.rewind();
            }
        }
        world
    }

    /// Undoes what the write under way has touched.
    pub(crate) fn roll_back(&mut self, blobs: &Blobs) -> Result<(), StoreError> {
        for (_, slot) in self.slots_mut() {
            slot.roll_back();
        }
        self.sweep(blobs, blobs.take_put())
    }

    /// Keeps what the write under way has touched: on disk below `folder`, then as the state that reads see.
    ///
    /// When a file cannot be written nothing is kept in memory, and the caller reports the error.
    pub(crate) fn commit(
        &mut self,
        folder: Option<&Path>,
        blobs: &Blobs,
        now: Timestamp,
        tags_known_from: Timestamp,
    ) -> Result<(), StoreError> {
        for change in self.tag_changes() {
            self.tagging.note(change, now, tags_known_from);
        }
        if let Some(folder) = folder {
            for (scope, slot) in self.slots() {
                if slot.is_touched() {
                    let path = folder.join(scope).join(format!("{}.json", slot.service()));
                    let state = slot.to_json().map_err(|source| StoreError::Unreadable {
                        path: path.clone(),
                        source,
                    })?;
                    write_state(&path, state)?;
                }
            }
        }
        let mut loose = blobs.take_put();
        loose.extend(
            self.slots()
                .into_iter()
                .flat_map(|(_, slot)| slot.blobs_before())
                .cloned(),
        );
        for (_, slot) in self.slots_mut() {
            slot.commit();
        }
        self.sweep(blobs, loose)
    }

    /// Loads an account's folder.
    pub(crate) fn load(folder: &Path, blobs: &Blobs) -> Result<Self, StoreError> {
        let mut world = Self::default();
        for scope in names_in(folder)?.iter().filter(|name| *name != BLOBS) {
            for name in names_in(&folder.join(scope))? {
                let path = folder.join(scope).join(&name);
                let service = name.strip_suffix(".json").and_then(Service::from_name);
                let service = service.ok_or_else(|| StoreError::Foreign { path: path.clone() })?;
                let slot = world
                    .slot_mut(scope, service)
                    .ok_or_else(|| StoreError::Foreign { path: path.clone() })?;
                slot.load(read_state(&path)?)
                    .map_err(|source| StoreError::Unreadable { path, source })?;
            }
        }
        // A process that was killed between a blob and its state leaves the blob.
        world.sweep(blobs, blobs.list()?)?;
        Ok(world)
    }

    /// Writes the whole state by scope and service, without services that hold nothing.
    pub(crate) fn dump(&self) -> Result<Value, serde_json::Error> {
        let mut scopes: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        // The tagging index holds no resource, only what it does not know yet.
        let slots = self
            .slots()
            .into_iter()
            .filter(|(_, slot)| slot.service() != Service::Tagging);
        for (scope, slot) in slots {
            let state = slot.shown()?;
            if state != slot.empty_json()? {
                scopes
                    .entry(scope)
                    .or_default()
                    .insert(slot.service().to_string(), state);
            }
        }
        serde_json::to_value(scopes)
    }

    /// Removes those of the blobs that no state refers to.
    fn sweep(&self, blobs: &Blobs, mut loose: BTreeSet<Digest>) -> Result<(), StoreError> {
        if loose.is_empty() {
            return Ok(());
        }
        for (_, slot) in self.slots() {
            for digest in slot.blobs() {
                loose.remove(digest);
            }
        }
        loose.iter().try_for_each(|digest| blobs.remove(digest))
    }

    fn slots(&self) -> Vec<(&str, &dyn Slot)> {
        let mut slots: Vec<(&str, &dyn Slot)> = vec![
            (GLOBAL, &self.iam),
            (GLOBAL, &self.s3),
            (GLOBAL, &self.tagging),
        ];
        for (name, region) in &self.regions {
            slots.extend([
                (name.as_str(), &region.agentcore as &dyn Slot),
                (name, &region.kms),
                (name, &region.lambda),
                (name, &region.logs),
            ]);
        }
        slots
    }

    fn slots_mut(&mut self) -> Vec<(&str, &mut dyn Slot)> {
        let mut slots: Vec<(&str, &mut dyn Slot)> = vec![
            (GLOBAL, &mut self.iam),
            (GLOBAL, &mut self.s3),
            (GLOBAL, &mut self.tagging),
        ];
        for (name, region) in &mut self.regions {
            slots.extend([
                (name.as_str(), &mut region.agentcore as &mut dyn Slot),
                (name, &mut region.kms),
                (name, &mut region.lambda),
                (name, &mut region.logs),
            ]);
        }
        slots
    }

    fn slot_mut(&mut self, scope: &str, service: Service) -> Option<&mut dyn Slot> {
        if scope != GLOBAL {
            self.region_mut(scope);
        }
        self.slots_mut()
            .into_iter()
            .find(|(name, slot)| *name == scope && slot.service() == service)
            .map(|(_, slot)| slot)
    }
}

/// Gives the region of a tagged thing, when it belongs to one.
fn place<'a>(scope: &'a str, slot: &'a dyn Slot, arn: &str) -> Option<&'a str> {
    if scope == GLOBAL {
        slot.region_of(arn)
    } else {
        Some(scope)
    }
}
