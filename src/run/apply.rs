//! The phases of an apply, in order:
//!
//! 1. Observe and plan; compare a saved plan with the result.
//! 2. If a resource hides others, such as a disabled key: ask, fix it, and start again.
//! 3. Ask.
//! 4. Create the bucket, lock, read again, carry out the plan, and delete versions beyond the retention.

use super::carry_out::CarryOut;
use super::planning::{Planned, demand_complete};
use super::request::{ApplyRequest, SavedPlan};
use super::{Ended, Engine, Others, RunError, RunOptions};
use crate::event::Event;
use crate::plan::file::OpenPlan;
use crate::plan::model::{Plan, PlannedPin, PlannedStep};
use crate::plan::record::Seal;
use crate::resource::desired::DesiredResource;

impl Engine {
    /// Brings AWS to the desired state, after `consent` has agreed to the plan.
    ///
    /// `consent` is called for every plan, also for an empty or an incomplete one. An incomplete plan is never carried out.
    pub async fn apply<E: From<RunError>>(
        &self,
        request: &ApplyRequest<'_>,
        options: &RunOptions,
        consent: impl AsyncFn(&Plan) -> Result<(), E>,
    ) -> Ended<E> {
        let mut ended = Ended::default();
        let phases = self.phases(request, options, &consent, &mut ended).await;
        ended.error = phases.err();
        ended
    }

    async fn phases<E: From<RunError>>(
        &self,
        request: &ApplyRequest<'_>,
        options: &RunOptions,
        consent: &impl AsyncFn(&Plan) -> Result<(), E>,
        ended: &mut Ended<E>,
    ) -> Result<(), E> {
        let &ApplyRequest {
            desired,
            owners,
            pins,
            saved,
            ..
        } = request;
        let seal = options.unless_stopped(self.seal_of(saved)).await??;
        let saved = match saved {
            Some(saved) => Some(self.open(saved, seal.as_ref(), desired)?),
            None => None,
        };
        let planning = self.plan(desired, owners, pins);
        let mut planned = options.unless_stopped(planning).await??;
        if let Some(saved) = &saved {
            self.demand_unchanged(saved, seal.as_ref(), &planned, desired)?;
        // A saved plan is complete, so anything that cannot be read now has changed.
        } else if let Some(first) = planned.before_reading(&self.registry, desired) {
            self.events.send(Event::FixingFirst {
                unreadable: planned.plan.unreadable.len(),
            });
            self.carry_out(first, request, options, consent, ended)
                .await?;
            if !ended.outcomes.all_done() {
                return Ok(());
            }
            let planning = self.plan_once_readable(desired, owners, pins);
            planned = options.unless_stopped(planning).await??;
        }
        self.carry_out(planned, request, options, consent, ended)
            .await
    }

    pub(super) async fn carry_out<E: From<RunError>>(
        &self,
        planned: Planned,
        request: &ApplyRequest<'_>,
        options: &RunOptions,
        consent: &impl AsyncFn(&Plan) -> Result<(), E>,
        ended: &mut Ended<E>,
    ) -> Result<(), E> {
        options.unless_stopped(consent(&planned.plan)).await??;
        demand_complete(&planned.plan)?;
        demand_pinned_versions(&planned.plan)?;
        demand_of_nobody(&planned.plan, options)?;
        ended.plan_next(&planned.plan);
        if planned.plan.is_empty() {
            return Ok(());
        }
        let carry_out = CarryOut {
            engine: self,
            request,
            options,
        };
        Ok(carry_out.run(planned, ended).await?)
    }

    async fn seal_of(&self, saved: Option<SavedPlan<'_>>) -> Result<Option<Seal>, RunError> {
        match saved {
            Some(saved) => self.seal(saved.project, saved.env).await,
            None => Ok(None),
        }
    }

    /// Opens a saved plan, and refuses one that was made with another key or for other manifests.
    fn open<'a>(
        &'a self,
        saved: SavedPlan<'a>,
        seal: Option<&Seal>,
        desired: &[DesiredResource],
    ) -> Result<OpenPlan<'a>, RunError> {
        let open = saved.file.open(&self.registry, seal)?;
        let made = saved.file.made();
        self.events.send(Event::SavedPlan {
            at: made.at.clone(),
            by: made.by.clone(),
        });
        let differing = open.compare_declared(desired);
        if differing.is_empty() {
            Ok(open)
        } else {
            Err(RunError::OtherManifests(differing))
        }
    }

    /// Refuses to continue if anything changed since the saved plan was made. What could not be read is refused elsewhere.
    fn demand_unchanged(
        &self,
        saved: &OpenPlan<'_>,
        seal: Option<&Seal>,
        planned: &Planned,
        desired: &[DesiredResource],
    ) -> Result<(), RunError> {
        if !planned.plan.unreadable.is_empty() {
            return Ok(());
        }
        planned.demand_records()?;
        let differing = saved.compare_observed(&planned.input(&self.registry, seal, desired));
        if differing.is_empty() {
            Ok(())
        } else {
            Err(RunError::StalePlan(differing))
        }
    }
}

/// Refuses to move a pointer to a pinned version that no longer exists, or anywhere else.
fn demand_pinned_versions(plan: &Plan) -> Result<(), RunError> {
    let gone: Vec<PlannedPin> = plan.gone_pins().cloned().collect();
    if gone.is_empty() {
        Ok(())
    } else {
        Err(RunError::GonePins(gone))
    }
}

/// Refuses to take away what others use, unless the user wants that.
pub(super) fn demand_of_nobody(plan: &Plan, options: &RunOptions) -> Result<(), RunError> {
    let taken: Vec<PlannedStep> = plan.taken_from_others().cloned().collect();
    if taken.is_empty() || options.others == Others::Included {
        Ok(())
    } else {
        Err(RunError::OfOthers(taken))
    }
}
