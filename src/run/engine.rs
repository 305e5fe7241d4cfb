//! What all runs in one account and region share.

use std::sync::Arc;

use super::{RunError, RunOptions};
use crate::aws::{Clients, S3RecordStore};
use crate::event::Events;
use crate::executor::journal::Journal;
use crate::executor::lock::{Alarm, Lock, LockError, LockStore, take_all};
use crate::executor::step::StepRunner;
use crate::executor::steps::RecordSink;
use crate::kinds::artifacts_bucket::ArtifactsBucket;
use crate::kinds::s3_object::Contents;
use crate::kinds::{readers, registry, version_histories, writers};
use crate::observe::history::VersionHistories;
use crate::observe::observer::Observer;
use crate::plan::model::PlannedStep;
use crate::plan::record::Seal;
use crate::resource::address::PhysicalName;
use crate::resource::kind::Kind;
use crate::resource::outputs::Outputs;
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::{Readers, Reading};
use crate::resource::registry::Registry;
use crate::resource::site::Site;

/// Observes, plans and changes one account and region.
pub struct Engine {
    pub(super) clients: Arc<Clients>,
    pub(super) site: Site,
    pub(super) registry: Registry,
    pub(super) readers: Readers,
    pub(super) record_store: Arc<S3RecordStore>,
    pub(super) events: Events,
    version_histories: VersionHistories,
}

impl Engine {
    /// Prepares runs with these clients.
    pub fn new(clients: Arc<Clients>, site: Site, events: Events) -> Self {
        Self {
            readers: readers(&clients, &site),
            version_histories: version_histories(&clients),
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

    /// Reads the key of a project, which the first apply creates.
    pub async fn seal(&self, project: &str, env: &str) -> Result<Option<Seal>, RunError> {
        let reading = self.record_store.read_seal(project, env).await;
        reading.map_err(|fault| RunError::unread("the key of the records", fault))
    }

    pub(super) fn observer(&self) -> Observer<'_> {
        Observer {
            registry: &self.registry,
            readers: &self.readers,
            version_histories: &self.version_histories,
            records: &self.record_store,
            site: &self.site,
            events: &self.events,
        }
    }

    /// Returns whether the artifacts bucket exists. Without it there are no locks and records.
    pub(super) async fn has_bucket(&self) -> Result<bool, RunError> {
        let name = PhysicalName::new(self.site.artifacts_bucket());
        let Some(reader) = self.readers.get(ArtifactsBucket::NAME) else {
            return Ok(false);
        };
        match reader.read(&[name]).await.into_iter().next() {
            Some(Reading::Found(live)) => Ok(live.owner == Ownership::Shared),
            Some(Reading::Unreadable(fault) | Reading::Obscured(_, fault)) => {
                Err(RunError::unread(&self.site.artifacts_bucket(), fault))
            }
            Some(Reading::Absent) | None => Ok(false),
        }
    }

    /// Acquires the locks of these agents, all or none.
    pub(super) async fn lock(
        &self,
        owners: &[Owner],
        options: &RunOptions,
    ) -> Result<Vec<Lock>, RunError> {
        let store: Arc<dyn LockStore> = self.record_store.clone();
        let alarm = self.alarm(options);
        match take_all(&store, owners, &options.holder, &alarm, &options.stop).await {
            Err(LockError::Stopped(_)) => Err(RunError::Stopped),
            taken => Ok(taken?),
        }
    }

    pub(super) fn alarm(&self, options: &RunOptions) -> Alarm {
        Alarm {
            events: self.events.clone(),
            lost: options.lost.clone(),
        }
    }

    /// Opens the journal, and returns the runner of steps.
    pub(super) fn step_runner(
        &self,
        contents: &Arc<dyn Contents>,
        options: &RunOptions,
    ) -> Result<Arc<StepRunner>, RunError> {
        let journal = Journal::begin(&options.journal, &options.started).map_err(|source| {
            RunError::Journal {
                folder: options.journal.clone(),
                source,
            }
        })?;
        Ok(Arc::new(StepRunner {
            registry: self.registry.clone(),
            readers: self.readers.clone(),
            writers: writers(&self.clients, &self.site, contents),
            journal,
            events: self.events.clone(),
            stop: options.stop.clone(),
        }))
    }
}

/// Keeps no record, for resources that are in no agent's record.
pub(super) struct NoRecords;

impl RecordSink for NoRecords {
    fn settled(&mut self, _: &PlannedStep, _: Option<&serde_json::Value>, _: &Outputs) {}
}
