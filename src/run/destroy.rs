//! Destroying: the resources, then what agentctl itself keeps of their agents, then the bucket.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Engine, NoRecords, Planned, RunError, RunOptions, end_without, unless_stopped};
use crate::apply::executor;
use crate::apply::lock::{Alarm, Lock, release_all};
use crate::apply::outcome::{Outcome, Outcomes, StepError};
use crate::kinds::artifacts_bucket::NOT_EMPTY;
use crate::kinds::s3_object::{Content, ContentError, Contents};
use crate::plan::model::Plan;
use crate::resource::owner::Owner;

impl Engine {
    /// Carries out a plan that was made by [`Engine::look_to_destroy`].
    ///
    /// What agentctl itself keeps of an agent goes when all of the agent's resources are gone, and the bucket last of all.
    pub async fn destroy(
        &self,
        seen: &Planned,
        owners: &[Owner],
        options: &RunOptions,
    ) -> Result<Outcomes, RunError> {
        if seen.is_over() {
            return Ok(Outcomes::default());
        }
        let alarm = self.alarm(options);
        let nothing: Arc<dyn Contents> = Arc::new(NoContents);
        let workshop = self.workshop(&nothing, options)?;
        let of_agents = seen.plan.only(|step| step.owner.is_some());
        let Some(locks) = self.lock_if_kept(owners, options, &alarm).await? else {
            let mut outcomes = Outcomes::default();
            end_without(&seen.plan, &mut outcomes);
            return Ok(outcomes);
        };
        let run = |plan: Plan| {
            let (workshop, stop, events) =
                (workshop.clone(), options.stop.clone(), self.events.clone());
            async move {
                executor::run(
                    &plan,
                    workshop,
                    options.limits,
                    stop,
                    events,
                    &mut NoRecords,
                )
                .await
            }
        };
        let mut outcomes = run(of_agents).await;
        let bucket = seen.plan.only(|step| step.owner.is_none());
        let is_whole = outcomes.all_done() && !options.stop.is_cancelled();
        let forgotten = if is_whole {
            self.forget(owners).await
        } else {
            Ok(())
        };
        release_all(locks, &alarm).await;
        forgotten?;
        if !is_whole || (options.stop.is_cancelled() && !bucket.is_empty()) {
            end_without(&bucket, &mut outcomes);
            return Ok(outcomes);
        }
        if self.bucket().await? {
            let of_owners = owners
                .iter()
                .map(|owner| (owner.project.clone(), owner.env.clone()));
            let projects: BTreeSet<(String, String)> =
                of_owners.chain(seen.notes.projects.clone()).collect();
            for (project, env) in projects {
                self.record_store.forget_project(&project, &env).await?;
            }
        }
        let last = run(bucket).await;
        outcomes.steps.extend(
            last.steps
                .into_iter()
                .map(|(id, outcome)| (id, kept_if_used(outcome))),
        );
        Ok(outcomes)
    }

    /// Takes the locks of these agents, of which there are none without the bucket; `None` when the run is to stop.
    async fn lock_if_kept(
        &self,
        owners: &[Owner],
        options: &RunOptions,
        alarm: &Alarm,
    ) -> Result<Option<Vec<Lock>>, RunError> {
        match unless_stopped(options, self.bucket()).await.transpose()? {
            Some(true) => self.lock(owners, options, alarm).await,
            Some(false) => Ok(Some(Vec::new())),
            None => Ok(None),
        }
    }

    /// Deletes what agentctl itself keeps of these owners. Their locks are held.
    async fn forget(&self, owners: &[Owner]) -> Result<(), RunError> {
        if self.bucket().await? {
            for owner in owners {
                self.record_store.forget(owner).await?;
            }
        }
        Ok(())
    }
}

/// A bucket that others have begun to use since the look is kept, which is no failure.
fn kept_if_used(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(StepError::Fault(fault)) if fault.code.as_deref() == Some(NOT_EMPTY) => {
            Outcome::Done {
                remains: Some("kept: it holds what belongs to others of this account".to_owned()),
            }
        }
        other => other,
    }
}

/// Nothing to upload, for runs that only delete.
pub(super) struct NoContents;

impl Contents for NoContents {
    fn pack(&self, digest: &str) -> Result<Box<dyn Content>, ContentError> {
        Err(ContentError::Unknown(digest.to_owned()))
    }
}
