//! Applying: the bucket, the locks, and then everything that was planned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Engine, NoRecords, Planned, RunError, RunOptions, end_without, unless_stopped};
use crate::apply::executor;
use crate::apply::lock::release_all;
use crate::apply::outcome::Outcomes;
use crate::apply::record_keeper::{Known, RecordKeeper, RecordStore};
use crate::apply::step::Workshop;
use crate::aws::concurrently;
use crate::event::Event;
use crate::kinds::s3_object::Contents;
use crate::plan::model::{Action, Plan, PlannedStep, StepId, fingerprint};
use crate::plan::planner::Records;
use crate::plan::record::Pin;
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;

impl Engine {
    /// Carries out a plan that was made by [`Engine::look`] for the same wishes.
    ///
    /// The bucket comes first and without a lock, since the locks are kept in it; then everything is looked at again, and what is
    /// no longer as planned for ends the run before anything else is done.
    pub async fn apply(
        &self,
        seen: &Planned,
        desired: &[DesiredResource],
        owners: &[Owner],
        contents: Arc<dyn Contents>,
        options: &RunOptions,
    ) -> Result<Outcomes, RunError> {
        let alarm = self.alarm(options);
        let workshop = self.workshop(&contents, options)?;
        let bucket = seen
            .plan
            .only(|step| step.owner.is_none() && step.action == Action::Create);
        let mut outcomes = Outcomes::default();
        if !bucket.is_empty() {
            outcomes = executor::run(
                &bucket,
                workshop.clone(),
                options.limits,
                options.stop.clone(),
                self.events.clone(),
                &mut NoRecords,
            )
            .await;
            if !outcomes.all_done() {
                end_without(&seen.plan, &mut outcomes);
                return Ok(outcomes);
            }
        }
        let touched = seen.plan.agents();
        let is_touched = |owner: &&Owner| touched.contains(owner.agent.as_str());
        let locked: Vec<Owner> = owners.iter().filter(is_touched).cloned().collect();
        let Some(locks) = self.lock(&locked, options, &alarm).await? else {
            end_without(&seen.plan, &mut outcomes);
            return Ok(outcomes);
        };
        let current = self
            .look_again(seen, &bucket, (desired, owners), &locked, options)
            .await;
        let done = match current {
            Ok(Some(current)) => self.carry_out(&current, &locked, workshop, options).await,
            Ok(None) => {
                end_without(&seen.plan, &mut outcomes);
                Ok(Outcomes::default())
            }
            Err(error) => Err(error),
        };
        release_all(locks, &alarm).await;
        let done = done?;
        outcomes.steps.extend(done.steps);
        outcomes.outputs.extend(done.outputs);
        Ok(outcomes)
    }

    /// Looks, under the locks, at what may be other than it was seen before; `None` when the run is to stop.
    ///
    /// After the bucket is made that is everything. Otherwise it is the records, which another run may have written over since;
    /// each resource is looked at when its step comes.
    async fn look_again(
        &self,
        seen: &Planned,
        made: &Plan,
        (desired, owners): (&[DesiredResource], &[Owner]),
        locked: &[Owner],
        options: &RunOptions,
    ) -> Result<Option<Planned>, RunError> {
        if !made.is_empty() {
            let looking = unless_stopped(options, self.look(desired, owners)).await;
            let Some(again) = looking.transpose()? else {
                return Ok(None);
            };
            let moved = moved(&seen.plan, &again.plan, made);
            return if moved.is_empty() {
                Ok(Some(again))
            } else {
                Err(RunError::Moved(moved))
            };
        }
        let Some(before) = &seen.records else {
            return Ok((!options.stop.is_cancelled()).then(|| seen.clone()));
        };
        let reading = unless_stopped(options, self.record_store.records(locked)).await;
        let Some(now) = reading.transpose()? else {
            return Ok(None);
        };
        let moved = moved_pins(before, &now, locked);
        if !moved.is_empty() {
            return Err(RunError::Moved(moved));
        }
        Ok(Some(Planned {
            records: Some(now),
            ..seen.clone()
        }))
    }

    async fn carry_out(
        &self,
        seen: &Planned,
        owners: &[Owner],
        workshop: Arc<Workshop>,
        options: &RunOptions,
    ) -> Result<Outcomes, RunError> {
        let (stop, events) = (options.stop.clone(), self.events.clone());
        let (Some(first), Some(records)) = (owners.first(), &seen.records) else {
            let memory = &mut NoRecords;
            return Ok(
                executor::run(&seen.plan, workshop, options.limits, stop, events, memory).await,
            );
        };
        let seal = match records.seal.clone() {
            Some(seal) => seal,
            None => self.record_store.seal(&first.project, &first.env).await?,
        };
        let records = self.end_pins(owners, &seen.plan, records).await?;
        let known = Known {
            owners,
            records: &records,
            observed: &seen.observed,
            plan: &seen.plan,
        };
        let store: Arc<dyn RecordStore> = self.record_store.clone();
        let mut keeper = RecordKeeper::begin(store, self.registry.clone(), seal, known);
        let outcomes = executor::run(
            &seen.plan,
            workshop,
            options.limits,
            stop,
            events,
            &mut keeper,
        )
        .await;
        for error in keeper.finish().await {
            self.events.tell(Event::Warning {
                message: error.to_string(),
            });
        }
        // What is left of older records costs little, and goes with the next run.
        if !options.stop.is_cancelled() {
            self.trim(owners).await;
        }
        Ok(outcomes)
    }

    /// Writes down which pins end before anything else is done, and returns the records with that.
    ///
    /// A run that dies later has then released what it was to release; a pin that was left would move its pointer back.
    async fn end_pins(
        &self,
        owners: &[Owner],
        plan: &Plan,
        records: &Records,
    ) -> Result<Records, RunError> {
        let mut records = records.clone();
        for owner in owners {
            if let Some(record) = records.by_agent.get_mut(&owner.agent) {
                let pins = plan.pins_after(&owner.agent, record.pins.clone());
                if pins != record.pins {
                    record.pins = pins;
                    self.record_store.save(owner, record).await?;
                }
            }
        }
        Ok(records)
    }

    /// Drops what the bucket's versioning keeps of earlier records. Their locks are held.
    async fn trim(&self, owners: &[Owner]) {
        let trims = owners.iter().map(|owner| self.record_store.trim(owner));
        for (owner, trimmed) in owners.iter().zip(concurrently(trims).await) {
            if let Err(fault) = trimmed {
                let message = format!("older versions of the record of {owner} are left: {fault}");
                self.events.tell(Event::Warning { message });
            }
        }
    }
}

/// Lists the pointers of these agents that were pinned or released since.
fn moved_pins(before: &Records, now: &Records, owners: &[Owner]) -> Vec<String> {
    let pins = |records: &Records| -> BTreeMap<Address, Pin> {
        owners
            .iter()
            .filter_map(|owner| records.by_agent.get(&owner.agent))
            .flat_map(|record| record.pins.clone())
            .collect()
    };
    let (before, now) = (pins(before), pins(now));
    let addresses: BTreeSet<&Address> = before.keys().chain(now.keys()).collect();
    addresses
        .into_iter()
        .filter(|address| before.get(address) != now.get(address))
        .map(ToString::to_string)
        .collect()
}

/// Lists the steps in which two plans differ, apart from those that were carried out in between.
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
        let seen = |step: &PlannedStep| step.before.as_ref().map(fingerprint).unwrap_or_default();
        steps
            .map(|step| {
                (
                    step.id.clone(),
                    format!("{:?} {} {}", step.action, fields(step), seen(step)),
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
