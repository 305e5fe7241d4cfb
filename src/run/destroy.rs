//! The phases of a destroy: observe and plan, ask, lock, delete the resources, then agentctl's data about their agents, then the bucket.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::apply::demand_of_nobody;
use super::engine::NoRecords;
use super::planning::demand_complete;
use super::{Ended, Engine, RunError, RunOptions};
use crate::aws::Holdings;
use crate::executor::lock::{Lock, LockError, release_all};
use crate::executor::step::StepRunner;
use crate::executor::steps;
use crate::expand::bucket_address;
use crate::kinds::artifacts_bucket::NOT_EMPTY;
use crate::kinds::s3_object::{Content, ContentError, Contents};
use crate::outcome::{Outcome, Outcomes, StepError};
use crate::plan::model::{Pins, Plan, Purpose};
use crate::plan::observation::Observations;
use crate::plan::others::pointed_at;
use crate::plan::planner::plan;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::owner::{Owner, OwnerFilter};

/// What to destroy.
#[derive(Debug, Clone, Copy)]
pub struct DestroyRequest<'a> {
    /// The desired resources. They are read by name, even if a listing does not have them yet.
    pub desired: &'a [DesiredResource],
    /// The owners whose resources are deleted.
    pub scopes: &'a [OwnerFilter],
    /// Whether it is an error if nothing of these owners exists.
    pub must_exist: bool,
}

/// What a destroy has to do.
struct Found {
    plan: Plan,
    /// The owners whose locks it needs.
    owners: Vec<Owner>,
    /// The projects and environments whose key may be left without records.
    projects: BTreeSet<(String, String)>,
}

impl Engine {
    /// Deletes everything of these owners, after `consent` has agreed to the plan.
    ///
    /// agentctl's data about an agent is deleted after all of the agent's resources, and the bucket last.
    pub async fn destroy<E: From<RunError>>(
        &self,
        request: DestroyRequest<'_>,
        options: &RunOptions,
        consent: impl AsyncFn(&Plan) -> Result<(), E>,
    ) -> Ended<E> {
        let mut ended = Ended::default();
        let phases = self.destroy_phases(request, options, &consent, &mut ended);
        ended.error = phases.await.err();
        ended
    }

    async fn destroy_phases<E: From<RunError>>(
        &self,
        request: DestroyRequest<'_>,
        options: &RunOptions,
        consent: &impl AsyncFn(&Plan) -> Result<(), E>,
        ended: &mut Ended<E>,
    ) -> Result<(), E> {
        let finding = self.find(request);
        let found = options.unless_stopped(finding).await??;
        options.unless_stopped(consent(&found.plan)).await??;
        demand_complete(&found.plan)?;
        demand_of_nobody(&found.plan, options)?;
        ended.plan_next(&found.plan);
        if found.plan.is_empty() && found.projects.is_empty() {
            return Ok(());
        }
        match self.delete(&found, options, ended).await {
            // A stop loses nothing: the rest was not started.
            Err(RunError::Stopped) => ended.leave_rest(),
            deleted => deleted?,
        }
        Ok(())
    }

    async fn find(&self, request: DestroyRequest<'_>) -> Result<Found, RunError> {
        let (mut observed, holdings) = self.observe_to_destroy(request).await?;
        let planned = |observed: &Observations| {
            plan(
                &self.registry,
                &[],
                observed,
                Purpose::Destroy,
                Pins::Honoured,
            )
        };
        let pointed_at = pointed_at(&self.registry, &planned(&observed)?);
        self.observer().read_others(pointed_at, &mut observed).await;
        let plan = planned(&observed)?;
        if request.must_exist
            && finds_nothing(&plan)
            && holdings.noted.is_empty()
            && !holdings.has_seal
        {
            return Err(self.unknown_project(request.scopes, holdings));
        }
        let scopes = request.scopes.iter();
        let projects = if holdings.has_seal || !holdings.noted.is_empty() {
            let projects = scopes
                .clone()
                .map(|scope| (scope.project.clone(), scope.env.clone()));
            projects.collect()
        } else {
            BTreeSet::new()
        };
        let owners: BTreeSet<Owner> = scopes
            .filter_map(OwnerFilter::owner)
            .chain(plan.owners())
            .chain(holdings.noted)
            .collect();
        Ok(Found {
            plan,
            owners: owners.into_iter().collect(),
            projects,
        })
    }

    fn unknown_project(&self, scopes: &[OwnerFilter], holdings: Holdings) -> RunError {
        let scope = scopes.first();
        RunError::UnknownProject {
            project: scope.map(|scope| scope.project.clone()).unwrap_or_default(),
            env: scope.map(|scope| scope.env.clone()).unwrap_or_default(),
            account: self.site.account.clone(),
            region: self.site.region.clone(),
            known: holdings.projects,
        }
    }

    async fn observe_to_destroy(
        &self,
        request: DestroyRequest<'_>,
    ) -> Result<(Observations, Holdings), RunError> {
        let observer = self.observer();
        observer
            .for_destroy(request.desired, request.scopes)
            .await
            .map_err(|fault| RunError::unread(&self.site.artifacts_bucket(), fault))
    }

    async fn delete<E>(
        &self,
        found: &Found,
        options: &RunOptions,
        ended: &mut Ended<E>,
    ) -> Result<(), RunError> {
        let nothing: Arc<dyn Contents> = Arc::new(NoContents);
        let step_runner = self.step_runner(&nothing, options)?;
        let locks = self.lock_if_kept(&found.owners, options).await?;
        let of_agents = found.plan.only(|step| step.owner.is_some());
        ended.record(
            self.execute_deletions(&of_agents, &step_runner, options)
                .await,
        );
        let is_whole = ended.outcomes.all_done() && !options.stop.is_cancelled();
        let forgotten = if is_whole {
            self.forget(&found.owners).await
        } else {
            Ok(())
        };
        let left = release_all(locks, &self.alarm(options)).await;
        ended.outcomes.locks_left.extend(left);
        forgotten?;
        let bucket = found.plan.only(|step| step.owner.is_none());
        if !is_whole || (options.stop.is_cancelled() && !bucket.is_empty()) {
            ended.leave_rest();
            return Ok(());
        }
        self.forget_projects(found).await?;
        let mut last = self.execute_deletions(&bucket, &step_runner, options).await;
        for outcome in last.steps.values_mut() {
            keep_if_used(outcome);
        }
        ended.record(last);
        Ok(())
    }

    async fn execute_deletions(
        &self,
        plan: &Plan,
        step_runner: &Arc<StepRunner>,
        options: &RunOptions,
    ) -> Outcomes {
        steps::run(
            plan,
            step_runner.clone(),
            options.limits,
            options.stop.clone(),
            self.events.clone(),
            &mut NoRecords,
        )
        .await
    }

    /// Acquires the locks of these agents. Without the bucket there are none.
    async fn lock_if_kept(
        &self,
        owners: &[Owner],
        options: &RunOptions,
    ) -> Result<Vec<Lock>, RunError> {
        if !options.unless_stopped(self.has_bucket()).await?? {
            return Ok(Vec::new());
        }
        match self.lock(owners, options).await {
            // Another destroy has deleted the bucket since.
            Err(RunError::Lock(LockError::Fault { source, .. })) if is_without_bucket(&source) => {
                Ok(Vec::new())
            }
            locks => locks,
        }
    }

    /// Deletes agentctl's data about these owners. Their locks are held.
    async fn forget(&self, owners: &[Owner]) -> Result<(), RunError> {
        if self.has_bucket().await? {
            for owner in owners {
                self.record_store.forget(owner).await?;
            }
        }
        Ok(())
    }

    /// Deletes the keys of projects without records.
    async fn forget_projects(&self, found: &Found) -> Result<(), RunError> {
        if !self.has_bucket().await? {
            return Ok(());
        }
        let of_owners = found
            .owners
            .iter()
            .map(|owner| (owner.project.clone(), owner.env.clone()));
        let projects: BTreeSet<_> = of_owners.chain(found.projects.clone()).collect();
        for (project, env) in projects {
            match self.record_store.forget_project(&project, &env).await {
                Err(fault) if is_without_bucket(&fault) => return Ok(()),
                forgotten => forgotten?,
            }
        }
        Ok(())
    }
}

/// Returns whether a call failed because the bucket does not exist, which a destroy at the same time may have deleted.
fn is_without_bucket(fault: &Fault) -> bool {
    fault.code.as_deref() == Some("NoSuchBucket")
}

/// Returns whether a plan has nothing of any agent.
fn finds_nothing(plan: &Plan) -> bool {
    let bucket = bucket_address();
    plan.steps.iter().all(|step| step.id.address == bucket)
        && plan.kept.iter().all(|(address, _)| *address == bucket)
        && plan.unreadable.is_empty()
        && plan.foreign.is_empty()
}

/// Keeps the bucket if others have started to use it since the plan was made. That is no failure.
fn keep_if_used(outcome: &mut Outcome) {
    if let Outcome::Failed(StepError::Fault(fault)) = outcome
        && fault.code.as_deref() == Some(NOT_EMPTY)
    {
        *outcome = Outcome::Done {
            remains: Some("kept: it holds objects of others in this account".to_owned()),
        };
    }
}

/// Has no objects, for runs that only delete or move.
pub struct NoContents;

impl Contents for NoContents {
    fn pack(&self, digest: &str) -> Result<Box<dyn Content>, ContentError> {
        Err(ContentError::Unknown(digest.to_owned()))
    }
}
