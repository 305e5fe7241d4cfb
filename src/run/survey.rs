//! Surveying: what stands of what is wished for, and what agentctl keeps of its agents. Writes nothing.

use std::collections::BTreeMap;

use futures::future::join_all;
use futures::join;

use super::Engine;
use crate::apply::kept::Kept;
use crate::apply::lock::LockStore;
use crate::event::Event;
use crate::plan::refresh::read_desired;
use crate::plan::survey::{Surveyed, survey};
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;

impl Engine {
    /// Reads everything that is wished for.
    pub async fn survey(&self, desired: &[DesiredResource]) -> Vec<Surveyed> {
        self.events.tell(Event::Reading {
            resources: desired.len(),
        });
        let readings = read_desired(&self.readers, desired).await;
        survey(&self.registry, desired, &readings)
    }

    /// Reads what is kept of these agents, by their names.
    pub async fn kept(&self, owners: &[Owner]) -> BTreeMap<String, Kept> {
        let one = async |owner: &Owner| {
            let (applied, lock) = join!(
                self.record_store.applied(owner),
                self.record_store.read(owner)
            );
            (owner.agent.clone(), Kept { applied, lock })
        };
        join_all(owners.iter().map(one)).await.into_iter().collect()
    }
}
