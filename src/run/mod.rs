//! A run from end to end, without a terminal: `look` finds and plans, `apply` and `destroy` carry a plan out, `drift` only looks,
//! `pointer` moves an agent from one version to another, `survey` tells what stands,
//! `unlock` takes a lock away.

mod apply;
mod destroy;
mod drift;
mod look;
mod pointer;
mod survey;
mod unlock;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::apply::executor::{self, Limits};
use crate::apply::journal::Journal;
use crate::apply::lock::{Alarm, Holder, Lock, LockError, LockStore, take_all};
use crate::apply::outcome::{Outcome, Outcomes};
use crate::apply::step::Workshop;
use crate::aws::{Clients, S3RecordStore};
use crate::event::Events;
use crate::kinds::artifacts_bucket::ArtifactsBucket;
use crate::kinds::s3_object::Contents;
use crate::kinds::{readers, registry, writers};
use crate::plan::file::Sight;
use crate::plan::model::{Plan, PlannedStep};
use crate::plan::planner::{Observations, PlanError, Records};
use crate::plan::pointer::PointerError;
use crate::plan::record::Seal;
use crate::plan::refresh::Readers;
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Kind;
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::Reading;
use crate::resource::registry::Registry;
use crate::resource::site::Site;

/// What all runs in one account and region share.
pub struct Engine {
    clients: Arc<Clients>,
    site: Site,
    registry: Registry,
    readers: Readers,
    record_store: Arc<S3RecordStore>,
    events: Events,
}

/// What was found, and what follows from it.
#[derive(Debug, Clone, Default)]
pub struct Planned {
    /// What is to be done.
    pub plan: Plan,
    observed: Observations,
    /// What is remembered of earlier runs; `None` when it could not be read, and so must not be written over.
    records: Option<Records>,
    /// For a destroy, what agentctl itself keeps.
    notes: Notes,
}

/// What agentctl itself keeps of the owners asked for in the bucket, which their last destroy removes.
#[derive(Debug, Clone, Default)]
struct Notes {
    /// Of whom there is a record or a lock.
    owners: BTreeSet<Owner>,
    /// The projects and environments that may have a key to records.
    projects: BTreeSet<(String, String)>,
}

impl Planned {
    /// Returns everything that a saved plan is made of.
    pub fn sight<'a>(
        &'a self,
        registry: &'a Registry,
        seal: Option<&'a Seal>,
        desired: &'a [DesiredResource],
    ) -> Sight<'a> {
        Sight {
            registry,
            seal,
            desired,
            observed: &self.observed,
            plan: &self.plan,
        }
    }

    /// Tells whether there is nothing to do at all, not even to remove what agentctl itself keeps of agents that are gone.
    pub fn is_over(&self) -> bool {
        self.plan.is_empty() && self.notes.projects.is_empty()
    }

    /// Lists the agents that have resources to be changed, or of which agentctl itself keeps something.
    pub fn owners(&self) -> impl Iterator<Item = Owner> {
        self.plan
            .owners()
            .into_iter()
            .chain(self.notes.owners.clone())
    }

    /// Keeps of the plan what [`Plan::before_reading`] does; `None` when there is nothing such, or where the records are unread.
    pub fn before_reading(&self, desired: &[DesiredResource]) -> Option<Self> {
        self.records.as_ref()?;
        let plan = self.plan.before_reading(desired)?;
        Some(Self {
            plan,
            ..self.clone()
        })
    }
}

/// How a run is carried out.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The folder for the journal.
    pub journal: PathBuf,
    /// When it began, for the journal's name.
    pub started: String,
    /// How many steps are carried out at a time, and what becomes of them after a failure.
    pub limits: Limits,
    /// Set when a lock is lost to somebody else.
    pub lost: CancellationToken,
    /// Set when nothing new may begin: by the user, or because a lock is lost. A child of `lost`.
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
    /// A pointer cannot be moved.
    #[error(transparent)]
    Pointer(#[from] PointerError),
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
    /// It was stopped before it changed anything.
    #[error("interrupted; nothing was changed")]
    Stopped,
    /// What was found under the lock is not what was planned for.
    #[error("something changed since the plan was made: {}", .0.join(", "))]
    Moved(Vec<String>),
}

impl Engine {
    /// Prepares runs with these clients.
    pub fn new(clients: Arc<Clients>, site: Site, events: Events) -> Self {
        Self {
            readers: readers(&clients, &site),
            registry: registry(),
            record_store: Arc::new(S3RecordStore::new(clients.clone(), &site)),
            clients,
            site,
            events,
        }
    }

    /// Returns the kinds.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Reads the key of a project, which the first apply makes.
    pub async fn seal(&self, project: &str, env: &str) -> Result<Option<Seal>, RunError> {
        Ok(self.record_store.read_seal(project, env).await?)
    }

    /// Tells whether there is a bucket, and so locks and records.
    async fn bucket(&self) -> Result<bool, RunError> {
        let name = PhysicalName::new(self.site.artifacts_bucket());
        let Some(reader) = self.readers.get(ArtifactsBucket::NAME) else {
            return Ok(false);
        };
        match reader.read(&[name]).await.into_iter().next() {
            Some(Reading::Found(live)) => Ok(live.owner == Ownership::Shared),
            Some(Reading::Unreadable(fault) | Reading::Obscured(_, fault)) => {
                Err(fault.about(self.site.artifacts_bucket()).into())
            }
            Some(Reading::Absent) | None => Ok(false),
        }
    }

    /// Takes the locks of these agents, or none; `None` when the run is to stop.
    async fn lock(
        &self,
        owners: &[Owner],
        options: &RunOptions,
        alarm: &Alarm,
    ) -> Result<Option<Vec<Lock>>, RunError> {
        let store: Arc<dyn LockStore> = self.record_store.clone();
        match take_all(&store, owners, &options.holder, alarm, &options.stop).await {
            Ok(locks) => Ok(Some(locks)),
            Err(LockError::Stopped(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn alarm(&self, options: &RunOptions) -> Alarm {
        Alarm {
            events: self.events.clone(),
            lost: options.lost.clone(),
        }
    }

    fn workshop(
        &self,
        contents: &Arc<dyn Contents>,
        options: &RunOptions,
    ) -> Result<Arc<Workshop>, RunError> {
        let journal = Journal::begin(&options.journal, &options.started).map_err(|source| {
            RunError::Journal {
                folder: options.journal.clone(),
                source,
            }
        })?;
        Ok(Arc::new(Workshop {
            registry: self.registry.clone(),
            readers: self.readers.clone(),
            writers: writers(&self.clients, &self.site, contents),
            journal,
            events: self.events.clone(),
            stop: options.stop.clone(),
        }))
    }
}

/// Waits for what only reads, unless the run is to stop.
async fn unless_stopped<T>(options: &RunOptions, reading: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = options.stop.cancelled() => None,
        read = reading => Some(read),
    }
}

/// Says of steps that were never come to that they were not started, or why not.
fn end_without(plan: &Plan, outcomes: &mut Outcomes) {
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

/// Remembers nothing, for what is in nobody's record.
struct NoRecords;

impl executor::RecordSink for NoRecords {
    fn settled(&mut self, _: &PlannedStep, _: Option<&serde_json::Value>) {}
}
