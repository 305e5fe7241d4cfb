//! Keeps the record of each agent up to date while a run goes on.
//!
//! One task owns the records and saves them. An agent has at most one save in progress; what settles within a second is saved
//! together. A record that cannot be saved fails nothing, since it only says who changed what.

mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use self::version::VersionChange;
pub use self::version::record_unchanged;
use super::steps::RecordSink;
use crate::outcome::PANICKED;
use crate::plan::model::{Action, Plan, PlannedStep};
use crate::plan::observation::{Observations, Records};
use crate::plan::record::{Record, Seal};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::outputs::Outputs;
use crate::resource::owner::Owner;
use crate::resource::provider::Reading;
use crate::resource::registry::Registry;

/// How long a settled step waits, so that it is saved together with the next ones. If a run is killed in this time, its record does not
/// have these steps.
const TOGETHER: Duration = Duration::from_secs(1);

/// Where records are kept.
pub trait RecordStore: Send + Sync + 'static {
    /// Saves an agent's record over the one that is there.
    fn save<'a>(&'a self, owner: &'a Owner, record: &'a Record)
    -> BoxFuture<'a, Result<(), Fault>>;
}

/// What a run knows before its first step.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The agents of the run.
    pub owners: &'a [Owner],
    /// The records of earlier runs.
    pub records: &'a Records,
    /// What was read.
    pub observed: &'a Observations,
    /// What will be done.
    pub plan: &'a Plan,
    /// The desired resources.
    pub desired: &'a [DesiredResource],
}

/// Why a record is incomplete.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecordError {
    /// The record of an agent could not be saved.
    #[error(
        "the record of {owner} could not be saved, so the next diff may not say who changed what: {fault}"
    )]
    Unsaved {
        /// The owner of the record.
        owner: Owner,
        /// What failed.
        fault: Fault,
    },
    /// A defect in agentctl.
    #[error("the records could not be kept: {0}")]
    Defect(String),
}

/// Keeps the records of a run.
#[derive(Debug)]
pub struct RecordKeeper {
    registry: Registry,
    seal: Seal,
    desired: Vec<DesiredResource>,
    settled: UnboundedSender<Settled>,
    saving: JoinHandle<Vec<RecordError>>,
}

/// What a step reached.
struct Settled {
    owner: Owner,
    address: Address,
    /// The physical name, unless it waits for an output.
    name: Option<PhysicalName>,
    /// The id that distinguishes the resource from another one under its name, if its kind has that.
    identity: Option<String>,
    /// The sealed spec; `None` when the resource is deleted.
    applied: Option<Value>,
    version: Option<VersionChange>,
}

impl RecordKeeper {
    /// Starts with the records of a run's agents, and saves those that differ from what was read.
    pub fn begin(
        store: Arc<dyn RecordStore>,
        registry: Registry,
        seal: Seal,
        known: Known<'_>,
    ) -> Self {
        let records = records_before(&registry, &seal, known);
        let pages = records.into_iter().map(|(owner, record)| {
            let saved = known.records.by_agent.get(&owner.agent);
            let is_dirty = record != saved.cloned().unwrap_or_default();
            let page = Page {
                record,
                is_dirty,
                is_saving: false,
                fault: None,
            };
            (owner, page)
        });
        let book = Book {
            store,
            pages: pages.collect(),
            saving: FuturesUnordered::new(),
            due: None,
        };
        let (settled, settling) = unbounded_channel();
        Self {
            registry,
            seal,
            desired: known.desired.to_vec(),
            settled,
            saving: tokio::spawn(book.keep(settling)),
        }
    }

    /// Saves the rest, and returns what could not be saved.
    ///
    /// Wait for it before the records of an agent are deleted, or a late save creates them again.
    pub async fn finish(self) -> Vec<RecordError> {
        drop(self.settled);
        self.saving
            .await
            .unwrap_or_else(|_| vec![RecordError::Defect(PANICKED.to_owned())])
    }
}

impl RecordSink for RecordKeeper {
    fn settled(&mut self, step: &PlannedStep, applied: Option<&Value>, outputs: &Outputs) {
        let address = &step.id.address;
        // Shared resources are in no agent's record, and a step of a kind that is not registered never settles.
        let (Some(owner), Some(kind)) = (&step.owner, self.registry.kind(address.kind())) else {
            return;
        };
        let settled = Settled {
            owner: owner.clone(),
            address: address.clone(),
            name: step.name.as_literal().cloned(),
            identity: outputs
                .get(address)
                .and_then(|outputs| kind.identity(outputs))
                .map(str::to_owned),
            applied: applied.map(|spec| self.seal.spec(kind, spec)),
            version: version::change(&self.registry, &self.desired, step, outputs),
        };
        // The receiver ends early only if its task panics, which `finish` reports.
        let _ = self.settled.send(settled);
    }
}

/// The record of each agent before the first step: what was recorded, and what is already as desired.
fn records_before(registry: &Registry, seal: &Seal, known: Known<'_>) -> BTreeMap<Owner, Record> {
    let records = known.owners.iter().map(|owner| {
        let mut record = recorded_before(seal, owner, known);
        for (address, agent) in &known.plan.unchanged {
            if let (true, Some(kind), Some(Reading::Found(live))) = (
                agent.as_ref() == Some(&owner.agent),
                registry.kind(address.kind()),
                known.observed.readings.get(address),
            ) {
                let spec = seal.spec(kind, &live.spec);
                record.applied.insert(address.clone(), spec);
                let identity = kind.identity(&live.outputs).map(str::to_owned);
                set(&mut record.identities, address, identity);
            }
        }
        let before = known.records.by_agent.get(&owner.agent);
        let versions = before.map(|record| record.versions.clone());
        record.versions = versions.unwrap_or_default();
        (owner.clone(), record)
    });
    records.collect()
}

/// Returns what is recorded about an agent's resources, without those that no longer exist.
fn recorded_before(seal: &Seal, owner: &Owner, known: Known<'_>) -> Record {
    // Digests under a key that is lost would make every sensitive value look changed.
    if known.records.seal.as_ref() != Some(seal) {
        return Record::default();
    }
    let before = known.records.by_agent.get(&owner.agent);
    let mut record = before.map_or_else(Record::default, |before| Record {
        applied: before.applied.clone(),
        names: before.names.clone(),
        identities: before.identities.clone(),
        ..Record::default()
    });
    let plan = known.plan;
    let desired = || {
        let steps = plan.steps.iter().filter(|step| {
            step.desired.is_some() && step.owner.as_ref().is_some_and(|of| of == owner)
        });
        let unchanged = plan
            .unchanged
            .iter()
            .filter(|(_, agent)| agent.as_ref() == Some(&owner.agent));
        let put_off = plan
            .put_off
            .iter()
            .filter(|(_, agent)| agent.as_ref() == Some(&owner.agent));
        steps
            .map(|step| &step.id.address)
            .chain(unchanged.chain(put_off).map(|(address, _)| address))
    };
    // An agent without desired resources is being destroyed. Its record is deleted after all its resources.
    if desired().next().is_some() {
        let unreadable = plan.unreadable.iter().map(|(address, _)| address);
        let declared: BTreeSet<&Address> = desired().chain(unreadable).collect();
        let Record {
            applied,
            names,
            identities,
            ..
        } = &mut record;
        let has = |address: &Address, name: Option<&PhysicalName>| {
            declared.contains(address) || is_leaving(plan, address, name)
        };
        applied.retain(|address, _| has(address, names.get(address)));
        identities.retain(|address, _| has(address, names.get(address)));
        names.retain(|address, name| has(address, Some(name)));
    }
    record
}

/// Returns whether the plan deletes the resource recorded under this name.
fn is_leaving(plan: &Plan, address: &Address, name: Option<&PhysicalName>) -> bool {
    plan.steps.iter().any(|step| {
        step.action == Action::Delete
            && step.id.address.kind() == address.kind()
            && step.name.as_literal() == name
    })
}

/// All records, and the saves in progress.
struct Book {
    store: Arc<dyn RecordStore>,
    pages: BTreeMap<Owner, Page>,
    saving: FuturesUnordered<BoxFuture<'static, (Owner, Result<(), Fault>)>>,
    /// When the changed records are saved.
    due: Option<Instant>,
}

/// The record of one agent.
#[derive(Default)]
struct Page {
    record: Record,
    is_dirty: bool,
    is_saving: bool,
    /// Why the last save failed.
    fault: Option<Fault>,
}

impl Book {
    /// Receives what settles and saves it, until the channel is closed and everything is saved.
    async fn keep(mut self, mut settling: UnboundedReceiver<Settled>) -> Vec<RecordError> {
        if self.pages.values().any(|page| page.is_dirty) {
            self.due = Some(Instant::now() + TOGETHER);
        }
        let mut is_open = true;
        loop {
            let due = self.due;
            tokio::select! {
                settled = settling.recv(), if is_open => if let Some(settled) = settled {
                    self.enter(settled);
                } else {
                    is_open = false;
                    self.save_all();
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if is_open && due.is_some() => {
                    self.save_all();
                }
                Some((owner, result)) = self.saving.next() => self.saved(owner, result, !is_open),
                else => break,
            }
        }
        let unsaved = self.pages.into_iter().filter_map(|(owner, page)| {
            let fault = page.fault?;
            Some(RecordError::Unsaved { owner, fault })
        });
        unsaved.collect()
    }

    fn enter(&mut self, settled: Settled) {
        let page = self.pages.entry(settled.owner.clone()).or_default();
        let Record {
            applied,
            names,
            identities,
            ..
        } = &mut page.record;
        // The address of a leftover is made from its name, and the record has another address for it.
        let same = |(then, name): (&Address, &PhysicalName)| {
            then.kind() == settled.address.kind() && Some(name) == settled.name.as_ref()
        };
        let mut addresses = BTreeSet::from([settled.address.clone()]);
        if settled.applied.is_none() {
            let known = names.iter().filter(|entry| same(*entry));
            addresses.extend(known.map(|(address, _)| address.clone()));
        }
        let name = settled.name.filter(|_| settled.applied.is_some());
        let identity = settled.identity.filter(|_| settled.applied.is_some());
        let mut moved = false;
        for address in addresses {
            moved |= set(names, &address, name.clone());
            moved |= set(identities, &address, identity.clone());
            moved |= set(applied, &address, settled.applied.clone());
        }
        if let Some(change) = settled.version {
            let before = page.record.versions.clone();
            change.apply(&mut page.record.versions);
            moved |= page.record.versions != before;
        }
        page.is_dirty |= moved;
        if moved && self.due.is_none() {
            self.due = Some(Instant::now() + TOGETHER);
        }
    }

    fn save_all(&mut self) {
        self.due = None;
        let owners: Vec<Owner> = self.pages.keys().cloned().collect();
        for owner in owners {
            self.save(owner);
        }
    }

    /// Starts to save the record, unless it is unchanged or a save is in progress.
    fn save(&mut self, owner: Owner) {
        let Some(page) = self.pages.get_mut(&owner) else {
            return;
        };
        if !page.is_dirty || page.is_saving {
            return;
        }
        (page.is_dirty, page.is_saving) = (false, true);
        let (store, record) = (Arc::clone(&self.store), page.record.clone());
        self.saving.push(Box::pin(async move {
            let result = store.save(&owner, &record).await;
            (owner, result)
        }));
    }

    /// Notes the result of a save. A failed save is retried once at the end.
    fn saved(&mut self, owner: Owner, result: Result<(), Fault>, is_last: bool) {
        if let Some(page) = self.pages.get_mut(&owner) {
            page.is_saving = false;
            page.is_dirty |= result.is_err() && !is_last;
            page.fault = result.err();
        }
        if is_last {
            self.save(owner);
        }
    }
}

/// Inserts or removes a value; returns whether that changed anything.
fn set<T: Clone + PartialEq>(
    values: &mut BTreeMap<Address, T>,
    address: &Address,
    value: Option<T>,
) -> bool {
    match value {
        Some(value) => values.insert(address.clone(), value.clone()) != Some(value),
        None => values.remove(address).is_some(),
    }
}

#[cfg(test)]
mod tests;
