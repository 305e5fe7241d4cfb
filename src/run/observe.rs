//! Observes and plans without changing anything: for `diff`, `drift`, `status`, and as the first phase of every change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use futures::join;
use tokio::time::{Instant, sleep};

use super::{Engine, RunError};
use crate::event::Event;
use crate::executor::agent_status::AgentStatus;
use crate::executor::lock::LockStore;
use crate::observe::refresh::read_desired;
use crate::observe::survey::{Surveyed, survey};
use crate::plan::drift::{Comparison, compare_all};
use crate::plan::file::PlanFileInput;
use crate::plan::model::{Pins, Plan, Purpose};
use crate::plan::observation::{Observations, Recorded};
use crate::plan::planner::plan;
use crate::plan::record::Seal;
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;
use crate::resource::registry::Registry;

/// How long to wait until a fixed resource no longer hides others. KMS developer guide, "AWS KMS eventual consistency": a change is
/// visible within seconds in most cases, and within minutes at worst, for which no user would wait.
const VISIBLE: Duration = Duration::from_secs(30);

/// The pause between two reads.
const PAUSE: Duration = Duration::from_secs(3);

/// A plan, and what it was made from.
#[derive(Debug, Clone, Default)]
pub struct Planned {
    /// What to do.
    pub plan: Plan,
    pub(super) observed: Observations,
}

impl Planned {
    /// Returns the input of a saved plan.
    pub fn input<'a>(
        &'a self,
        registry: &'a Registry,
        seal: Option<&'a Seal>,
        desired: &'a [DesiredResource],
    ) -> PlanFileInput<'a> {
        PlanFileInput {
            registry,
            seal,
            desired,
            observed: &self.observed,
            plan: &self.plan,
        }
    }

    /// Returns the part of the plan from [`Plan::before_reading`]; `None` if it is empty, or the records were not read.
    pub(super) fn before_reading(&self, desired: &[DesiredResource]) -> Option<Self> {
        self.observed.recorded.records()?;
        let plan = self.plan.before_reading(desired)?;
        Some(Self {
            plan,
            ..self.clone()
        })
    }
}

impl Engine {
    /// Observes and plans. Changes nothing.
    pub async fn plan(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
        pins: Pins,
    ) -> Result<Planned, RunError> {
        self.plan_without(desired, owners, pins, &BTreeSet::new())
            .await
    }

    /// Observes and plans as [`Engine::plan`] does, and plans to delete versions of these numbers.
    pub(super) async fn plan_without(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
        pins: Pins,
        versions: &BTreeSet<u64>,
    ) -> Result<Planned, RunError> {
        let observed = self
            .observer()
            .for_apply(desired, owners, pins, versions)
            .await?;
        if let (Pins::Released, Recorded::Unreadable(fault)) = (pins, &observed.recorded) {
            return Err(fault.clone().into());
        }
        let plan = plan(&self.registry, desired, &observed, Purpose::Apply, pins)?;
        Ok(Planned { plan, observed })
    }

    /// Observes and plans as [`Engine::plan`] does, until everything can be read or the time is up.
    ///
    /// Services that encrypt with a key see only after a while that it was enabled again.
    pub(super) async fn plan_once_readable(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
        pins: Pins,
    ) -> Result<Planned, RunError> {
        let began = Instant::now();
        loop {
            let planned = self.plan(desired, owners, pins).await?;
            if planned.plan.unreadable.is_empty() || began.elapsed() > VISIBLE {
                return Ok(planned);
            }
            sleep(PAUSE).await;
        }
    }

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

    /// Reads the last apply and the lock of these agents, by name of the agent.
    pub async fn agent_statuses(&self, owners: &[Owner]) -> BTreeMap<String, AgentStatus> {
        let one = async |owner: &Owner| {
            let store = &self.record_store;
            let (applied, lock) = join!(store.applied(owner), store.read(owner));
            (owner.agent.clone(), AgentStatus { applied, lock })
        };
        join_all(owners.iter().map(one)).await.into_iter().collect()
    }
}
