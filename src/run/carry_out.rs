//! Carries out one plan: creates the bucket, locks, reads again what may have changed, runs the steps, and saves the records.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::engine::NoRecords;
use super::planning::{Planned, demand_complete};
use super::request::ApplyRequest;
use super::{Ended, Engine, RunError, RunOptions};
use crate::aws::concurrently;
use crate::event::Event;
use crate::executor::lock::release_all;
use crate::executor::record_keeper::{Known, RecordKeeper, RecordStore, record_unchanged};
use crate::executor::step::StepRunner;
use crate::executor::steps;
use crate::outcome::Outcomes;
use crate::plan::model::{Action, Plan, PlannedStep, StepId, fingerprint};
use crate::plan::observation::{Recorded, Records};
use crate::plan::pin::{ObservedPins, Pin};
use crate::resource::address::Address;
use crate::resource::owner::Owner;

/// Carries out a plan after consent.
pub(super) struct CarryOut<'a> {
    pub(super) engine: &'a Engine,
    pub(super) request: &'a ApplyRequest<'a>,
    pub(super) options: &'a RunOptions,
}

impl CarryOut<'_> {
    /// Carries out a plan, and adds how each step ended.
    ///
    /// The bucket comes first and without a lock, since the locks are in it. Then everything is read again, and the run ends if anything
    /// changed since the plan was made.
    pub(super) async fn run<E>(
        &self,
        planned: Planned,
        ended: &mut Ended<E>,
    ) -> Result<(), RunError> {
        let step_runner = self
            .engine
            .step_runner(&self.request.contents, self.options)?;
        let bucket = planned
            .plan
            .only(|step| step.owner.is_none() && step.action == Action::Create);
        if !bucket.is_empty() {
            ended.record(self.execute(&bucket, &step_runner, &mut NoRecords).await);
            if !ended.outcomes.all_done() {
                ended.leave_rest();
                return Ok(());
            }
        }
        let touched = planned.plan.agents();
        let is_touched = |owner: &&Owner| touched.contains(owner.agent.as_str());
        let owners = self.request.owners.iter();
        let locked: Vec<Owner> = owners.filter(is_touched).cloned().collect();
        let done = self
            .under_locks(&planned, &bucket, &locked, step_runner)
            .await;
        match done {
            Ok(outcomes) => ended.record(outcomes),
            // A stop loses nothing: the rest was not started.
            Err(RunError::Stopped) => ended.leave_rest(),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn under_locks(
        &self,
        planned: &Planned,
        bucket: &Plan,
        locked: &[Owner],
        step_runner: Arc<StepRunner>,
    ) -> Result<Outcomes, RunError> {
        let locks = self.engine.lock(locked, self.options).await?;
        let looking = self.look_again(planned, bucket, locked);
        let mut done = match self.options.unless_stopped(looking).await {
            Ok(Ok(current)) => match self.end_pins(&current.plan, locked).await {
                Ok(()) => self.with_records(&current, locked, step_runner).await,
                Err(error) => Err(error),
            },
            Ok(Err(error)) | Err(error) => Err(error),
        };
        let left = release_all(locks, &self.engine.alarm(self.options)).await;
        if let Ok(outcomes) = &mut done {
            outcomes.locks_left.extend(left);
        }
        done
    }

    /// Reads again, with the locks held, what may have changed since the plan was made.
    ///
    /// If the bucket was just created, that is everything. Otherwise it is only the records and pins, which another run may have written;
    /// each resource is read when its step starts.
    async fn look_again(
        &self,
        planned: &Planned,
        made: &Plan,
        locked: &[Owner],
    ) -> Result<Planned, RunError> {
        let &ApplyRequest {
            desired,
            owners,
            pins,
            ..
        } = self.request;
        if !made.is_empty() {
            let again = self.engine.plan(desired, owners, pins).await?;
            // What cannot be read now has not changed.
            demand_complete(&again.plan)?;
            again.demand_records()?;
            let moved = moved(&planned.plan, &again.plan, made);
            return if moved.is_empty() {
                Ok(again)
            } else {
                Err(RunError::Moved(moved))
            };
        }
        let store = &self.engine.record_store;
        let records = async {
            match planned.observed.recorded.records() {
                Some(_) => store.records(locked).await.map(Some),
                None => Ok(None),
            }
        };
        let (records, pins) = futures::join!(records, store.pins(locked));
        let records = records.map_err(|fault| RunError::unread("the records", fault));
        if let (None, Some(fault)) = (planned.observed.pins.fault(), pins.fault()) {
            return Err(RunError::unread("the pins", fault.clone()));
        }
        let moved = moved_pins(&planned.observed.pins, &pins, locked);
        if !moved.is_empty() {
            return Err(RunError::Moved(moved));
        }
        let mut current = planned.clone();
        if let Some(records) = records? {
            current.observed.recorded = Recorded::Read(records);
        }
        Ok(current)
    }

    /// Deletes the pins that end, before anything else changes.
    ///
    /// If the run dies later, they have ended: a pin that was still there would move its pointer back.
    async fn end_pins(&self, plan: &Plan, owners: &[Owner]) -> Result<(), RunError> {
        for planned in plan.pins.iter().filter(|planned| planned.fate.is_over()) {
            let owner = owners.iter().find(|owner| owner.agent == planned.agent);
            if let Some(owner) = owner {
                let store = &self.engine.record_store;
                store.remove_pin(owner, &planned.address).await?;
            }
        }
        Ok(())
    }

    async fn with_records(
        &self,
        planned: &Planned,
        owners: &[Owner],
        step_runner: Arc<StepRunner>,
    ) -> Result<Outcomes, RunError> {
        let Planned { plan, observed } = planned;
        let (Some(first), Some(records)) = (owners.first(), observed.recorded.records()) else {
            return Ok(self.execute(plan, &step_runner, &mut NoRecords).await);
        };
        let store = &self.engine.record_store;
        let seal = match records.seal.clone() {
            Some(seal) => seal,
            None => store.seal(&first.project, &first.env).await?,
        };
        let records = self.save_first(owners, plan, records).await?;
        let known = Known {
            owners,
            records: &records,
            observed,
            plan,
            desired: self.request.desired,
        };
        let saver: Arc<dyn RecordStore> = store.clone();
        let registry = self.engine.registry.clone();
        let mut keeper = RecordKeeper::begin(saver, registry, seal, known);
        let outcomes = self.execute(plan, &step_runner, &mut keeper).await;
        for error in keeper.finish().await {
            self.warn(error.to_string());
        }
        // Old versions of records cost little, and the next run deletes them.
        if !self.options.stop.is_cancelled() {
            self.trim(owners).await;
        }
        Ok(outcomes)
    }

    async fn execute(
        &self,
        plan: &Plan,
        step_runner: &Arc<StepRunner>,
        sink: &mut impl steps::RecordSink,
    ) -> Outcomes {
        steps::run(
            plan,
            step_runner.clone(),
            self.options.limits,
            self.options.stop.clone(),
            self.engine.events.clone(),
            sink,
        )
        .await
    }

    /// Saves what unchanged versions are granted, before anything else. Returns the updated records.
    ///
    /// If the run dies later, no other run takes away what the manifest grants such a version now.
    async fn save_first(
        &self,
        owners: &[Owner],
        plan: &Plan,
        records: &Records,
    ) -> Result<Records, RunError> {
        let mut records = records.clone();
        for owner in owners {
            let mut record = records
                .by_agent
                .get(&owner.agent)
                .cloned()
                .unwrap_or_default();
            let is_news = record_unchanged(
                &self.engine.registry,
                self.request.desired,
                owner,
                &plan.unchanged,
                &plan.outputs,
                &mut record,
            );
            if is_news {
                self.engine.record_store.save(owner, &record).await?;
                records.by_agent.insert(owner.agent.clone(), record);
            }
        }
        Ok(records)
    }

    /// Deletes the older versions of records in the bucket. Their locks are held.
    async fn trim(&self, owners: &[Owner]) {
        let store = &self.engine.record_store;
        let trims = owners.iter().map(|owner| store.trim(owner));
        for (owner, trimmed) in owners.iter().zip(concurrently(trims).await) {
            if let Err(fault) = trimmed {
                self.warn(format!(
                    "older versions of the record of {owner} are left: {fault}"
                ));
            }
        }
    }

    fn warn(&self, message: String) {
        self.engine.events.send(Event::Warning { message });
    }
}

/// Lists the pointers of these agents that were pinned or released since.
fn moved_pins(before: &ObservedPins, now: &ObservedPins, owners: &[Owner]) -> Vec<String> {
    let pins = |pins: &ObservedPins| -> BTreeSet<(Address, Pin)> {
        let of_owners = pins
            .all()
            .filter(|(agent, _, _)| owners.iter().any(|owner| owner.agent == **agent));
        let pins = of_owners.map(|(_, address, pin)| (address.clone(), pin.clone()));
        pins.collect()
    };
    let (before, now) = (pins(before), pins(now));
    let moved = before.symmetric_difference(&now);
    let moved: BTreeSet<String> = moved.map(|(address, _)| address.to_string()).collect();
    moved.into_iter().collect()
}

/// Lists the steps in which two plans differ, except those that were carried out in between.
fn moved(planned: &Plan, now: &Plan, done: &Plan) -> Vec<String> {
    let essence = |plan: &Plan| -> BTreeSet<(StepId, String)> {
        let steps = plan
            .steps
            .iter()
            .filter(|step| done.steps.iter().all(|made| made.id != step.id));
        let fields = |step: &PlannedStep| {
            step.changes
                .iter()
                .map(|change| change.path.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let found = |step: &PlannedStep| step.before.as_ref().map(fingerprint).unwrap_or_default();
        steps
            .map(|step| {
                (
                    step.id.clone(),
                    format!("{:?} {} {}", step.action, fields(step), found(step)),
                )
            })
            .collect()
    };
    let (planned, now) = (essence(planned), essence(now));
    planned
        .symmetric_difference(&now)
        .map(|(id, _)| id.to_string())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}
