//! Observes and plans without changing anything: for `diff`, and as the first phase of every change.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Engine, RunError};
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

    /// Fails if the records were needed and could not be read.
    pub(super) fn demand_records(&self) -> Result<(), RunError> {
        match &self.observed.recorded {
            Recorded::Unreadable(fault) => Err(RunError::unread("the records", fault.clone())),
            Recorded::NotRead | Recorded::Read(_) => Ok(()),
        }
    }

    /// Returns the part of the plan from [`Plan::before_reading`]; `None` if it is empty, or the records were not read.
    pub(super) fn before_reading(
        &self,
        registry: &Registry,
        desired: &[DesiredResource],
    ) -> Option<Self> {
        self.observed.recorded.records()?;
        let plan = self.plan.before_reading(registry, desired)?;
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
        let observed = self.observer().for_apply(desired, owners, versions).await?;
        // A pin that cannot be read cannot be released.
        if let (Pins::Released, Some(fault)) = (pins, observed.pins.fault()) {
            return Err(RunError::unread("the pins", fault.clone()));
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
}

/// Refuses to change anything if something could not be read.
pub(super) fn demand_complete(plan: &Plan) -> Result<(), RunError> {
    if plan.unreadable.is_empty() {
        Ok(())
    } else {
        Err(RunError::Incomplete(plan.unreadable.clone()))
    }
}
