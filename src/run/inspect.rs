//! Reads without a plan to carry out: for `drift`, `status` and `outputs`.

use std::collections::BTreeMap;

use futures::future::join_all;
use futures::join;

use super::{Engine, RunError};
use crate::event::Event;
use crate::executor::agent_status::AgentStatus;
use crate::executor::lock::LockStore;
use crate::observe::refresh::read_desired;
use crate::observe::survey::{Surveyed, survey};
use crate::plan::drift::{Comparison, compare_all};
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;

impl Engine {
    /// Compares everything that is desired or managed by agentctl, to find changes by others. Changes nothing.
    pub async fn drift(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
    ) -> Result<Comparison, RunError> {
        let observed = self.observer().for_drift(desired, owners).await?;
        Ok(compare_all(&self.registry, desired, observed)?)
    }

    /// Reads all desired resources without comparing them.
    pub async fn survey(&self, desired: &[DesiredResource]) -> Vec<Surveyed> {
        self.events.send(Event::Reading {
            resources: desired.len(),
        });
        let readings = read_desired(&self.readers, desired).await;
        survey(&self.registry, desired, &readings)
    }

    /// Reads the last apply, the pins and the lock of these agents, by name of the agent.
    pub async fn agent_statuses(&self, owners: &[Owner]) -> BTreeMap<String, AgentStatus> {
        let store = &self.record_store;
        let one = async |owner: &Owner| {
            let (applied, lock) = join!(store.applied(owner), store.read(owner));
            (owner.agent.clone(), applied, lock)
        };
        let (pins, rest) = join!(store.pins(owners), join_all(owners.iter().map(one)));
        let status = rest.into_iter().map(|(agent, applied, lock)| {
            let pins = pins.of_agent(&agent);
            let status = AgentStatus {
                applied,
                pins,
                lock,
            };
            (agent, status)
        });
        status.collect()
    }
}
