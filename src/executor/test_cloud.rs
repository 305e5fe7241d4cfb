//! A cloud in memory that holds things, and behaves in the awkward ways that AWS does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;

use crate::event::{Event, Events};
use crate::plan::test_kind::{Pointer, Thing, ThingOutputs, ThingSpec, Trail, registry};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Kind, Observed, Status};
use crate::resource::operation::lambda;
use crate::resource::owner::{OwnerFilter, Ownership};
use crate::resource::provider::Readers;
use crate::resource::provider::{
    Candidate, Intent, Mutation, Outlook, Reader, Reading, Writer, erase_reader, erase_writer,
};
use crate::resource::reference::Resolved;

use super::journal::Journal;
use super::step::{StepRunner, Writers};

/// One thing in the cloud.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) spec: ThingSpec<Resolved>,
    pub(crate) owner: Ownership,
    pub(crate) version: u32,
    /// How many more reads return the status `Settling`.
    pub(crate) settling: u32,
    pub(crate) failed: Option<String>,
}

/// The things in the cloud, and the faults that it will make.
#[derive(Debug, Default)]
pub(crate) struct CloudContents {
    pub(crate) things: BTreeMap<String, Stored>,
    /// Faults to return, by operation and name, in order.
    pub(crate) faults: BTreeMap<String, Vec<FaultKind>>,
    /// Every mutation that was accepted.
    pub(crate) calls: Vec<String>,
    /// How many reads after each mutation return the status `Settling`.
    pub(crate) settle: u32,
    /// How many reads after a mutation still return what was before it.
    pub(crate) late: u32,
    /// How many of these reads are left, and what they return.
    pub(crate) before: Option<(u32, BTreeMap<String, Stored>)>,
    /// How long each read takes.
    pub(crate) slow: Duration,
    /// How many reads still return no marks.
    pub(crate) unmarked: u32,
    /// Names whose updates and deletions are accepted and have no effect.
    pub(crate) without_effect: Vec<String>,
    /// Names whose next update is refused, because somebody else has set their size to this since the read.
    pub(crate) overtaken: BTreeMap<String, Value>,
    /// Names that the cloud refuses to create, although no read finds them.
    pub(crate) taken: Vec<String>,
    /// The message with which each mutation panics.
    pub(crate) bug: Option<String>,
    /// Why what a refusal is about stays as it is.
    pub(crate) never: Option<String>,
    /// The path of the run's journal.
    pub(crate) journal: PathBuf,
    /// How many lines the journal had when each mutation was sent.
    pub(crate) journalled: Vec<usize>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Cloud(Arc<Mutex<CloudContents>>);

impl Cloud {
    pub(crate) fn contents(&self) -> MutexGuard<'_, CloudContents> {
        self.0.lock().unwrap()
    }

    fn accept(&self, operation: &'static str, name: &PhysicalName) -> Result<Mutation, Fault> {
        let bug = self.contents().bug.clone();
        if let Some(message) = bug {
            panic!("{message}");
        }
        let mut contents = self.contents();
        let call = format!("{operation} {name}");
        if let Some(faults) = contents.faults.get_mut(&call)
            && !faults.is_empty()
        {
            return Err(Fault::local(faults.remove(0), call));
        }
        let journal = std::fs::read_to_string(&contents.journal).unwrap();
        contents.journalled.push(journal.lines().count());
        contents.calls.push(call);
        // The operations of this cloud go by the names of real ones.
        Ok(Mutation(match operation {
            "Create" => lambda::CREATE_FUNCTION,
            "Tag" => lambda::TAG_RESOURCE,
            "Delete" => lambda::DELETE_FUNCTION,
            _ => lambda::UPDATE_FUNCTION_CODE,
        }))
    }

    /// A step runner for this cloud, with its journal in the given folder.
    pub(crate) fn step_runner(
        &self,
        folder: &std::path::Path,
    ) -> (Arc<StepRunner>, tokio::sync::mpsc::UnboundedReceiver<Event>) {
        let (events, receiver) = Events::channel();
        let journal = Journal::begin(folder, "test").unwrap();
        journal.path().clone_into(&mut self.contents().journal);
        let runner = StepRunner {
            registry: registry(),
            readers: self.readers(),
            writers: Writers::from([
                (Thing::NAME, erase_writer::<Thing>(self.clone())),
                (Pointer::NAME, erase_writer::<Pointer>(self.clone())),
                (Trail::NAME, erase_writer::<Trail>(self.clone())),
            ]),
            journal,
            events,
            stop: tokio_util::sync::CancellationToken::new(),
        };
        (Arc::new(runner), receiver)
    }

    pub(crate) fn readers(&self) -> Readers {
        Readers::from([
            (Thing::NAME, erase_reader::<Thing>(self.clone())),
            (Pointer::NAME, erase_reader::<Pointer>(self.clone())),
            (Trail::NAME, erase_reader::<Trail>(self.clone())),
        ])
    }
}

impl<K> Reader<K> for Cloud
where
    K: for<'a> Kind<Spec<Resolved> = ThingSpec<Resolved>, Outputs = ThingOutputs>,
{
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<K>>> {
        let slow = self.contents().slow;
        tokio::time::sleep(slow).await;
        let mut contents = self.contents();
        let shown = match contents.before.take() {
            Some((reads, things)) if reads > 0 => {
                contents.before = Some((reads - 1, things.clone()));
                Some(things)
            }
            _ => None,
        };
        let shown = shown.unwrap_or_else(|| contents.things.clone());
        let read = |name: &PhysicalName| match shown.get(name.as_str()) {
            None => Reading::Absent,
            Some(stored) => {
                let status = match (&stored.failed, stored.settling) {
                    (Some(reason), _) => Status::Failed(reason.clone()),
                    (None, 0) => Status::Ready,
                    (None, left) => {
                        if let Some(real) = contents.things.get_mut(name.as_str()) {
                            real.settling = left - 1;
                        }
                        Status::Settling("InProgress".to_owned())
                    }
                };
                Reading::Found(Observed {
                    spec: stored.spec.clone(),
                    outputs: ThingOutputs {
                        id: format!("id-of-{name}"),
                        version: stored.version,
                    },
                    status,
                    revision: None,
                    owner: if contents.unmarked > 0 {
                        contents.unmarked -= 1;
                        Ownership::Unmarked
                    } else {
                        stored.owner.clone()
                    },
                })
            }
        };
        names.iter().map(read).collect()
    }

    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        // The cloud serves all kinds; each resource is listed under one of them.
        let is_listed = |name: &str| match K::NAME {
            Thing::NAME => !name.starts_with('/'),
            Trail::NAME => name.starts_with('/'),
            _ => false,
        };
        let contents = self.contents();
        let things = contents.things.iter().filter(|(name, _)| is_listed(name));
        let ours = things.filter_map(|(name, stored)| {
            let admits = |filter: &&OwnerFilter| match &stored.owner {
                Ownership::Of(owner) => filter.admits(owner),
                Ownership::Parent => true,
                Ownership::Shared | Ownership::Unmarked => false,
            };
            let filter = filters.iter().find(admits)?;
            Some(Candidate::new(PhysicalName::new(name.as_str()), filter))
        });
        Ok(ours.collect())
    }
}

impl<K> Writer<K> for Cloud
where
    K: for<'a> Kind<Spec<Resolved> = ThingSpec<Resolved>, Outputs = ThingOutputs>,
{
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &ThingSpec<Resolved>,
        intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let is_taken = |taken: &String| taken == name.as_str();
        if self.contents().things.contains_key(name.as_str())
            || self.contents().taken.iter().any(is_taken)
        {
            return Err(Fault::local(FaultKind::AlreadyExists, "exists"));
        }
        let answer = self.accept("Create", name)?;
        let mut contents = self.contents();
        let owner = intent
            .owner
            .clone()
            .map_or(Ownership::Shared, Ownership::Of);
        // Tags need a call of their own, so that one step takes two mutations.
        let spec = ThingSpec {
            tags: BTreeMap::new(),
            ..spec.clone()
        };
        let stored = Stored {
            spec,
            owner,
            version: 1,
            settling: contents.settle,
            failed: None,
        };
        contents.things.insert(name.as_str().to_owned(), stored);
        Ok(answer)
    }

    async fn update(
        &self,
        name: &PhysicalName,
        _: &Observed<K>,
        spec: &ThingSpec<Resolved>,
        fields: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        let overtaken = self.contents().overtaken.remove(name.as_str());
        if let Some(size) = overtaken {
            if let Some(stored) = self.contents().things.get_mut(name.as_str()) {
                stored.spec.size = Some(size);
            }
            return Err(Fault::local(FaultKind::Stale, "not as read"));
        }
        let only_tags = fields.iter().all(|field| field.starts_with("/tags"));
        let answer = self.accept(if only_tags { "Tag" } else { "Update" }, name)?;
        let mut contents = self.contents();
        contents.before = Some((contents.late, contents.things.clone()));
        if contents
            .without_effect
            .iter()
            .any(|inert| inert == name.as_str())
        {
            return Ok(answer);
        }
        let settle = contents.settle;
        let stored = contents
            .things
            .get_mut(name.as_str())
            .ok_or_else(|| Fault::local(FaultKind::NotFound, "gone"))?;
        if only_tags {
            stored.spec.tags.clone_from(&spec.tags);
        } else {
            stored.spec = ThingSpec {
                tags: stored.spec.tags.clone(),
                ..spec.clone()
            };
            stored.version += 1;
            stored.settling = settle;
        }
        Ok(answer)
    }

    async fn delete(&self, name: &PhysicalName, _: &Observed<K>) -> Result<Mutation, Fault> {
        let answer = self.accept("Delete", name)?;
        let mut contents = self.contents();
        if !contents
            .without_effect
            .iter()
            .any(|inert| inert == name.as_str())
        {
            contents.things.remove(name.as_str());
        }
        Ok(answer)
    }

    async fn outlook(&self, _: &ThingSpec<Resolved>, _: &Fault) -> Outlook {
        let never = self.contents().never.clone();
        never.map_or(Outlook::MayPass, Outlook::Final)
    }
}

/// Keeps what was recorded.
#[derive(Debug, Default)]
pub(crate) struct RecordedSteps(pub(crate) Vec<(Option<PhysicalName>, Option<Value>)>);

impl super::steps::RecordSink for RecordedSteps {
    fn settled(
        &mut self,
        step: &crate::plan::model::PlannedStep,
        applied: Option<&Value>,
        _: &crate::resource::outputs::Outputs,
    ) {
        self.0
            .push((step.name.as_literal().cloned(), applied.cloned()));
    }
}
