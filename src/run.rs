//! A run from end to end, without a terminal: look and plan; apply; destroy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::apply::executor;
use crate::apply::journal::Journal;
use crate::apply::lock::{Alarm, Holder, Lock, LockError, LockStore, release_all, take_all};
use crate::apply::memory::{Known, RecordKeeper, RecordStore};
use crate::apply::outcome::{Outcome, Outcomes};
use crate::apply::step::Workshop;
use crate::aws::{Clients, Depot};
use crate::event::{Event, Events};
use crate::kinds::artifacts_bucket::ArtifactsBucket;
use crate::kinds::s3_object::{Content, ContentError, Contents};
use crate::kinds::{readers, registry, writers};
use crate::plan::model::{Action, Outputs, Plan, PlannedStep, StepId};
use crate::plan::planner::{Observations, PlanError, Purpose, Records, Stray, plan};
use crate::plan::refresh::{Readers, physical_name, read_desired, read_strays};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Kind;
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::Reading;
use crate::resource::registry::Registry;
use crate::resource::site::Site;

/// What all runs in one account and region share.
pub struct Run {
    clients: Arc<Clients>,
    site: Site,
    registry: Registry,
    readers: Readers,
    depot: Arc<Depot>,
    events: Events,
}

/// What was found, and what follows from it.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// What is to be done.
    pub plan: Plan,
    observed: Observations,
    records: Records,
}

/// How a run is carried out.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The folder for the journal.
    pub journal: PathBuf,
    /// When it began, for the journal's name.
    pub started: String,
    /// How many steps are carried out at a time.
    pub parallelism: usize,
    /// Set when nothing new may begin.
    pub stop: CancellationToken,
    /// Who holds the locks.
    pub holder: Holder,
}

/// Why a run did not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Somebody else changes one of the agents.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A call failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The journal cannot be written.
    #[error("the journal in `{}` cannot be written", .folder.display())]
    Journal {
        /// Where it would be.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// What was found under the lock is not what was planned for.
    #[error("something changed since the plan was made: {}", .0.join(", "))]
    Moved(Vec<String>),
}

impl Run {
    /// Prepares runs with these clients.
    pub fn new(clients: Arc<Clients>, site: Site, events: Events) -> Self {
        Self {
            readers: readers(&clients, &site),
            registry: registry(),
            depot: Arc::new(Depot::new(clients.clone(), &site)),
            clients,
            site,
            events,
        }
    }

    /// Returns the kinds.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Looks at everything that is wished for, and plans.
    pub async fn look(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
    ) -> Result<Seen, RunError> {
        self.events.tell(Event::Reading {
            resources: desired.len(),
        });
        let scopes: Vec<OwnerFilter> = owners.iter().map(OwnerFilter::of).collect();
        let (readings, strays) = futures::join!(
            read_desired(&self.readers, desired),
            read_strays(
                &self.registry,
                &self.readers,
                desired,
                &scopes,
                Purpose::Apply
            ),
        );
        let observed = Observations { readings, strays };
        let plan_with =
            |records: &Records| plan(&self.registry, desired, &observed, records, Purpose::Apply);
        let first = plan_with(&Records::default())?;
        // Records only tell who changed what, so they are read when something is to be done and not before.
        if first.is_empty() {
            return Ok(Seen {
                plan: first,
                observed,
                records: Records::default(),
            });
        }
        let records = self.remembered(owners).await;
        Ok(Seen {
            plan: plan_with(&records)?,
            observed,
            records,
        })
    }

    /// Looks for everything that is these owners', whether or not it is wished for, and plans its deletion.
    ///
    /// The names of what is wished for are looked at as well, since a listing may not show yet what was made just now.
    pub async fn look_to_destroy(
        &self,
        desired: &[DesiredResource],
        scopes: &[OwnerFilter],
    ) -> Result<Seen, RunError> {
        self.events.tell(Event::Reading {
            resources: desired.len(),
        });
        let (readings, mut strays) = futures::join!(
            read_desired(&self.readers, desired),
            read_strays(&self.registry, &self.readers, &[], scopes, Purpose::Destroy),
        );
        for resource in desired {
            let Some(owner) = &resource.owner else {
                continue;
            };
            let Some(reading @ (Reading::Found(_) | Reading::Unreadable(_))) =
                readings.get(&resource.address)
            else {
                continue;
            };
            let name = physical_name(resource, &Outputs::new());
            let Some(name) = name else { continue };
            let is_ours = match reading {
                // What is ours by its parent is in the listings of its kind, or goes with the parent.
                Reading::Found(live) => live.owner == Ownership::Of(owner.clone()),
                Reading::Unreadable(_) | Reading::Absent => true,
            };
            if is_ours {
                strays.retain(|stray| {
                    stray.address.kind() != resource.address.kind() || stray.name != name
                });
                strays.push(Stray {
                    address: resource.address.clone(),
                    name,
                    owner: owner.clone(),
                    reading: reading.clone(),
                });
            }
        }
        let observed = Observations {
            readings: BTreeMap::new(),
            strays,
        };
        let mut plan = plan(
            &self.registry,
            &[],
            &observed,
            &Records::default(),
            Purpose::Destroy,
        )?;
        self.plan_bucket(&mut plan, scopes).await?;
        Ok(Seen {
            plan,
            observed,
            records: Records::default(),
        })
    }

    async fn remembered(&self, owners: &[Owner]) -> Records {
        match self.depot.records(owners).await {
            Ok(records) => records,
            Err(fault) => {
                let message = format!(
                    "who changed what is not told, because the records could not be read: {fault}"
                );
                self.events.tell(Event::Warning { message });
                Records::default()
            }
        }
    }

    /// Carries out a plan that was made by [`Run::look`] for the same wishes.
    ///
    /// The bucket comes first and without a lock, since the locks are kept in it; then everything is looked at again, and what is
    /// no longer as planned for ends the run before anything else is done.
    pub async fn apply(
        &self,
        seen: &Seen,
        desired: &[DesiredResource],
        owners: &[Owner],
        contents: Arc<dyn Contents>,
        manner: &Manner,
    ) -> Result<Outcomes, RunError> {
        let alarm = Alarm {
            events: self.events.clone(),
            lost: manner.stop.clone(),
        };
        let shop = self.workshop(contents, manner)?;
        let bucket = seen
            .plan
            .only(|step| step.owner.is_none() && step.action == Action::Create);
        let mut outcomes = Outcomes::default();
        let mut current = seen.clone();
        if !bucket.is_empty() {
            outcomes = executor::run(
                &bucket,
                shop.clone(),
                1,
                manner.stop.clone(),
                self.events.clone(),
                &mut Forgetful,
            )
            .await;
            if !outcomes.all_done() {
                self.end_without(&seen.plan, &mut outcomes);
                return Ok(outcomes);
            }
        }
        let locks = self.lock(&seen.plan, owners, manner, &alarm).await?;
        if !bucket.is_empty() {
            match self.look(desired, owners).await {
                Ok(again) => current = again,
                Err(error) => {
                    release_all(locks, &alarm).await;
                    return Err(error);
                }
            }
            let moved = moved(&seen.plan, &current.plan, &bucket);
            if !moved.is_empty() {
                release_all(locks, &alarm).await;
                return Err(RunError::Moved(moved));
            }
        }
        let done = self.carry_out(&current, owners, shop, manner).await;
        release_all(locks, &alarm).await;
        let done = done?;
        outcomes.steps.extend(done.steps);
        outcomes.outputs.extend(done.outputs);
        Ok(outcomes)
    }

    async fn carry_out(
        &self,
        seen: &Seen,
        owners: &[Owner],
        shop: Arc<Workshop>,
        manner: &Manner,
    ) -> Result<Outcomes, RunError> {
        let Some(first) = owners.first() else {
            return Ok(Outcomes::default());
        };
        let seal = match seen.records.seal.clone() {
            Some(seal) => seal,
            None => self.depot.seal(&first.project, &first.env).await?,
        };
        let known = Known {
            owners,
            records: &seen.records,
            observed: &seen.observed,
            plan: &seen.plan,
        };
        let store: Arc<dyn RecordStore> = self.depot.clone();
        let mut keeper = RecordKeeper::begin(store, self.registry.clone(), seal, known);
        let (stop, events) = (manner.stop.clone(), self.events.clone());
        let outcomes = executor::run(
            &seen.plan,
            shop,
            manner.parallelism,
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
        Ok(outcomes)
    }

    /// Carries out a plan that was made by [`Run::look_to_destroy`].
    ///
    /// What agentctl itself keeps of an agent goes when all of the agent's resources are gone, and the bucket last of all.
    pub async fn destroy(
        &self,
        seen: &Seen,
        owners: &[Owner],
        manner: &Manner,
    ) -> Result<Outcomes, RunError> {
        let alarm = Alarm {
            events: self.events.clone(),
            lost: manner.stop.clone(),
        };
        let shop = self.workshop(Arc::new(NoContents), manner)?;
        let of_agents = seen.plan.only(|step| step.owner.is_some());
        let locks = match self.bucket().await? {
            true => self.lock(&of_agents, owners, manner, &alarm).await?,
            false => Vec::new(),
        };
        let run = |plan: Plan| {
            let (shop, stop, events) = (shop.clone(), manner.stop.clone(), self.events.clone());
            async move {
                executor::run(
                    &plan,
                    shop,
                    manner.parallelism,
                    stop,
                    events,
                    &mut Forgetful,
                )
                .await
            }
        };
        let mut outcomes = run(of_agents).await;
        let bucket = seen.plan.only(|step| step.owner.is_none());
        let is_whole = outcomes.all_done() && !manner.stop.is_cancelled();
        let forgotten = if is_whole {
            self.forget(owners).await
        } else {
            Ok(())
        };
        release_all(locks, &alarm).await;
        forgotten?;
        if !is_whole {
            self.end_without(&bucket, &mut outcomes);
            return Ok(outcomes);
        }
        if self.bucket().await? {
            for (project, env) in owners
                .iter()
                .map(|owner| (&owner.project, &owner.env))
                .collect::<BTreeSet<_>>()
            {
                self.depot.forget_project(project, env).await?;
            }
        }
        let last = run(bucket).await;
        outcomes.steps.extend(last.steps);
        Ok(outcomes)
    }

    /// Deletes what agentctl itself keeps of these owners. Their locks are held.
    async fn forget(&self, owners: &[Owner]) -> Result<(), RunError> {
        if self.bucket().await? {
            for owner in owners {
                self.depot.forget(owner).await?;
            }
        }
        Ok(())
    }

    /// Plans what becomes of the bucket once the owners' things are gone from it.
    async fn plan_bucket(&self, plan: &mut Plan, scopes: &[OwnerFilter]) -> Result<(), RunError> {
        let name = PhysicalName::new(self.site.artifacts_bucket());
        let address = Address::new(ArtifactsBucket::NAME, name.as_str());
        let Some(reader) = self.readers.get(ArtifactsBucket::NAME) else {
            return Ok(());
        };
        let live = match reader
            .read(std::slice::from_ref(&name))
            .await
            .into_iter()
            .next()
        {
            Some(Reading::Found(live)) => live,
            Some(Reading::Unreadable(fault)) => {
                plan.unreadable.push((address, fault));
                return Ok(());
            }
            Some(Reading::Absent) | None => return Ok(()),
        };
        if self.depot.holds_others(scopes).await? {
            plan.kept.push((
                address,
                "it holds what belongs to others of this account".to_owned(),
            ));
            return Ok(());
        }
        let needs = plan.steps.iter().map(|step| step.id.clone()).collect();
        plan.outputs.insert(address.clone(), live.outputs.clone());
        plan.steps.push(PlannedStep {
            id: StepId::whole(&address),
            owner: None,
            name: name.into(),
            action: Action::Delete,
            desired: None,
            before: Some(live),
            changes: Vec::new(),
            notes: Vec::new(),
            needs,
            summary: String::new(),
        });
        Ok(())
    }

    /// Tells whether there is a bucket, and so locks and records.
    async fn bucket(&self) -> Result<bool, RunError> {
        let name = PhysicalName::new(self.site.artifacts_bucket());
        let Some(reader) = self.readers.get(ArtifactsBucket::NAME) else {
            return Ok(false);
        };
        match reader.read(&[name]).await.into_iter().next() {
            Some(Reading::Found(_)) => Ok(true),
            Some(Reading::Unreadable(fault)) => Err(fault.into()),
            Some(Reading::Absent) | None => Ok(false),
        }
    }

    async fn lock(
        &self,
        plan: &Plan,
        owners: &[Owner],
        manner: &Manner,
        alarm: &Alarm,
    ) -> Result<Vec<Lock>, RunError> {
        let touched = plan.agents();
        let owners: Vec<Owner> = owners
            .iter()
            .filter(|owner| touched.contains(owner.agent.as_str()))
            .cloned()
            .collect();
        let store: Arc<dyn LockStore> = self.depot.clone();
        Ok(take_all(&store, &owners, &manner.holder, alarm).await?)
    }

    fn workshop(
        &self,
        contents: Arc<dyn Contents>,
        manner: &Manner,
    ) -> Result<Arc<Workshop>, RunError> {
        let journal = Journal::begin(&manner.journal, &manner.started).map_err(|source| {
            RunError::Journal {
                folder: manner.journal.clone(),
                source,
            }
        })?;
        Ok(Arc::new(Workshop {
            registry: self.registry.clone(),
            readers: self.readers.clone(),
            writers: writers(&self.clients, &self.site, &contents),
            journal,
            events: self.events.clone(),
            stop: manner.stop.clone(),
        }))
    }

    /// Says of steps that were never come to that they were not started, or why not.
    fn end_without(&self, plan: &Plan, outcomes: &mut Outcomes) {
        let failed = outcomes
            .steps
            .iter()
            .find(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
            .map(|(id, _)| id.clone());
        for step in &plan.steps {
            let outcome = match &failed {
                Some(because_of) => Outcome::Skipped {
                    because_of: because_of.clone(),
                },
                None => Outcome::NotStarted,
            };
            outcomes.steps.entry(step.id.clone()).or_insert(outcome);
        }
    }
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
        steps
            .map(|step| {
                (
                    step.id.clone(),
                    format!("{:?} {}", step.action, fields(step)),
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

/// Remembers nothing, for what is in nobody's record.
struct Forgetful;

impl executor::Memory for Forgetful {
    fn settled(&mut self, _: &PlannedStep, _: Option<&serde_json::Value>) {}
}

/// Nothing to upload, for runs that only delete.
struct NoContents;

impl Contents for NoContents {
    fn pack(&self, digest: &str) -> Result<Box<dyn Content>, ContentError> {
        Err(ContentError::Unknown(digest.to_owned()))
    }
}
