//! One step: read, compare, send one mutation, wait until the resource has settled; repeat until nothing differs.
//!
//! All waiting happens here: readers and writers never wait. Knows no kind.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::journal::Journal;
use super::retry::{Decision, decide, given_up, settle_delay};
use crate::event::{Event, Events, milliseconds};
use crate::outcome::StepError;
use crate::plan::diff::{After, FieldChange, compare};
use crate::plan::model::{Action, PlannedStep, fingerprint};
use crate::resource::address::PhysicalName;
use crate::resource::document::without_repeated;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Effect, Status};
use crate::resource::outputs::{Outputs, lookup};
use crate::resource::owner::Ownership;
use crate::resource::provider::Readers;
use crate::resource::provider::{AnyReader, AnyWriter, Intent, Live, Mutation, Outlook, Reading};
use crate::resource::reference::{resolve, sources};
use crate::resource::registry::{KindEntry, Registry};

/// A writer for each kind by name.
pub type Writers = BTreeMap<&'static str, Arc<dyn AnyWriter>>;

/// The most mutations that one step sends. A role with ten policies and fifty tags takes far fewer.
const MOST_MUTATIONS: u32 = 60;

/// How many mutations in a row may change nothing before the step fails.
const MOST_REPETITIONS: u32 = 3;

/// How long an accepted mutation may stay invisible before it is sent again. IAM, S3 bucket settings and KMS aliases are eventually
/// consistent; seconds are usual.
const VISIBLE: Duration = Duration::from_secs(30);

/// How long to read before a mutation is repeated that was refused, because the resource exists or does not, contrary to what was read.
const CONTRADICTED: Duration = Duration::from_secs(10);

// The actions as the journal names them.
const CREATE: &str = "create";
const UPDATE: &str = "update";
const DELETE: &str = "delete";

/// How long a read may still take after a stop: enough for one answer, which may show that the step is done.
const LAST_READ: Duration = Duration::from_secs(2);

// What a step that is stopped while it reads reports.
const NOTHING_SENT: &str = "nothing was sent";
const NOT_VISIBLE: &str = "accepted, not visible yet";

/// What a step that is stopped before it sends a mutation again reports.
const NOT_RETRIED: &str = "refused, and not retried";

/// Carries out single steps.
pub struct StepRunner {
    /// The kinds.
    pub registry: Registry,
    /// A reader for each kind.
    pub readers: Readers,
    /// A writer for each kind.
    pub writers: Writers,
    /// Where each mutation is written down.
    pub journal: Journal,
    /// Where progress is reported.
    pub events: Events,
    /// Set when no further mutation may be sent.
    pub stop: CancellationToken,
}

/// What a finished step reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// The resource as it is now; `None` when it is deleted.
    pub live: Option<Live>,
    /// The resolved spec that was reached.
    pub applied: Option<Value>,
    /// What remains of a deleted resource, as text.
    pub remains: Option<String>,
    /// How many mutations the service accepted.
    pub mutations: u32,
}

/// Why a step did not finish.
#[derive(Debug, Clone, PartialEq)]
pub enum Unfinished {
    /// It failed.
    Failed(StepError),
    /// It was stopped while this was happening.
    Stopped(String),
}

/// A step that did not finish.
#[derive(Debug, Clone, PartialEq)]
pub struct Abandoned {
    /// Why.
    pub why: Unfinished,
    /// Whether the service accepted a change, or may have accepted one because its answer was lost.
    pub may_be_accepted: bool,
}

impl From<StepError> for Unfinished {
    fn from(error: StepError) -> Self {
        Self::Failed(error)
    }
}

impl From<Fault> for Unfinished {
    fn from(fault: Fault) -> Self {
        Self::Failed(StepError::Fault(fault))
    }
}

impl StepRunner {
    /// Carries out one step, given the outputs of the resources that exist.
    ///
    /// `expected` is the fingerprint that the resource must have before the first mutation; `None` when it must not exist.
    pub async fn run(
        &self,
        step: &PlannedStep,
        outputs: &Outputs,
        expected: Option<String>,
    ) -> Result<Finished, Abandoned> {
        let running = RunningStep::new(self, step, outputs).map_err(|error| Abandoned {
            why: error.into(),
            may_be_accepted: false,
        })?;
        let finished = running.carry_out(expected).await;
        finished.map_err(|why| Abandoned {
            why: running.with_refusal(why),
            may_be_accepted: running.may_be_accepted.load(Ordering::Relaxed),
        })
    }
}

/// The answer to a mutation that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// The service accepted it.
    Accepted,
    /// The resource was created or deleted since it was read.
    NotAsRead,
    /// The service refused it, because somebody else changed the resource since it was read.
    Overtaken,
}

/// One step that has started.
struct RunningStep<'a> {
    runner: &'a StepRunner,
    step: &'a PlannedStep,
    kind: KindEntry,
    reader: &'a Arc<dyn AnyReader>,
    writer: &'a Arc<dyn AnyWriter>,
    name: PhysicalName,
    spec: Option<Value>,
    intent: Intent,
    /// Whether the resource is created and has no name yet: another run would not find it, and would create a second one.
    is_nameless: AtomicBool,
    /// Whether the service accepted a change, or may have.
    may_be_accepted: AtomicBool,
    /// The answer to the last mutation, if it was a refusal that is not reported yet.
    refusal: Mutex<Option<Fault>>,
}

impl<'a> RunningStep<'a> {
    fn new(
        runner: &'a StepRunner,
        step: &'a PlannedStep,
        outputs: &Outputs,
    ) -> Result<Self, StepError> {
        let kind_name = step.id.address.kind();
        let missing = || StepError::Defect(format!("`{kind_name}` is not registered"));
        let resolved = |value: &Value| {
            let value = without_repeated(resolve(value, &|source| lookup(outputs, source)));
            match sources(&value).into_iter().next() {
                Some(source) => Err(StepError::Unresolved(source)),
                None => Ok(value),
            }
        };
        let name = serde_json::to_value(&step.name)
            .map_err(|error| StepError::Defect(error.to_string()))?;
        let spec = step.desired.as_ref().map(resolved).transpose()?;
        Ok(Self {
            runner,
            step,
            kind: *runner.registry.kind(kind_name).ok_or_else(missing)?,
            reader: runner.readers.get(kind_name).ok_or_else(missing)?,
            writer: runner.writers.get(kind_name).ok_or_else(missing)?,
            name: serde_json::from_value(resolved(&name)?)
                .map_err(|error| StepError::Defect(error.to_string()))?,
            intent: Intent {
                owner: step.owner.clone(),
                token: token(step, spec.as_ref()),
            },
            spec,
            is_nameless: AtomicBool::new(false),
            may_be_accepted: AtomicBool::new(false),
            refusal: Mutex::new(None),
        })
    }

    fn note_refusal(&self, refusal: Option<Fault>) -> Option<Fault> {
        let mut noted = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *noted, refusal)
    }

    /// Adds AWS's last words to what a later read brought to light.
    fn with_refusal(&self, why: Unfinished) -> Unfinished {
        match (why, self.note_refusal(None)) {
            (Unfinished::Failed(error), Some(refusal)) => {
                let error = Box::new(error);
                Unfinished::Failed(StepError::AfterRefusal { error, refusal })
            }
            (Unfinished::Stopped(doing), Some(refusal)) => {
                Unfinished::Stopped(format!("{doing}: {refusal}"))
            }
            (why, None) => why,
        }
    }

    async fn carry_out(&self, expected: Option<String>) -> Result<Finished, Unfinished> {
        let found = self.read_settled(NOTHING_SENT).await?;
        self.ensure_as_planned(expected.as_deref(), found.as_ref())?;
        match &self.step.action {
            Action::Delete => self.delete(found).await,
            Action::Replace(_) => {
                self.delete(found).await?;
                self.reach(None).await
            }
            Action::Create | Action::Update => self.reach(found).await,
        }
    }

    /// Waits for a stop. A resource without a name gets its name first, which takes seconds.
    async fn stopped(&self) {
        if self.is_nameless.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
        self.runner.stop.cancelled().await;
    }

    fn is_stopped(&self) -> bool {
        self.runner.stop.is_cancelled() && !self.is_nameless.load(Ordering::Relaxed)
    }

    /// Reads the resource, and waits while the service is working on it. A stop during the first read is reported as `doing`.
    async fn read_settled(&self, doing: &str) -> Result<Option<Live>, Unfinished> {
        let began = Instant::now();
        let (mut reads, mut doing) = (0, doing.to_owned());
        loop {
            let live = self.read(&doing).await?;
            let status = match live {
                Some(Live {
                    status: Status::Settling(ref status) | Status::Going(ref status),
                    ..
                }) => status.clone(),
                settled => return Ok(settled),
            };
            reads += 1;
            let minutes = self.kind.settle_minutes;
            if began.elapsed() > Duration::from_mins(minutes) {
                return Err(StepError::Deadline { status, minutes }.into());
            }
            if reads == 1 {
                self.runner.events.send(Event::Settling {
                    step: self.step.id.clone(),
                    status: status.clone(),
                });
            }
            doing = format!("accepted, still {status}");
            self.pause(settle_delay(reads), &doing).await?;
        }
    }

    /// Reads the resource.
    ///
    /// A read can be dropped at any time, so a stop does not wait for a slow one: the step ends as `doing`.
    async fn read(&self, doing: &str) -> Result<Option<Live>, Unfinished> {
        let stopped = async {
            self.stopped().await;
            sleep(LAST_READ).await;
        };
        let readings = tokio::select! {
            readings = self.reader.read(std::slice::from_ref(&self.name)) => readings,
            () = stopped => return Err(Unfinished::Stopped(doing.to_owned())),
        };
        match readings.into_iter().next() {
            Some(Reading::Found(live)) => Ok(Some(live)),
            Some(Reading::Obscured(live, _)) if self.step.action == Action::Delete => {
                Ok(Some(live))
            }
            Some(Reading::Absent) => Ok(None),
            Some(Reading::Unreadable(fault) | Reading::Obscured(_, fault)) => Err(fault.into()),
            None => Err(StepError::Defect("the reader gave no answer".to_owned()).into()),
        }
    }

    /// Fails unless the resource is still as it was when the plan was made.
    fn ensure_as_planned(
        &self,
        expected: Option<&str>,
        found: Option<&Live>,
    ) -> Result<(), StepError> {
        let now = found.map(fingerprint);
        if now.as_deref() == expected || self.is_met(found) || self.is_made_by_service(found) {
            return Ok(());
        }
        let (Some(before), Some(live)) = (&self.step.before, found) else {
            return Err(StepError::Stale { fields: Vec::new() });
        };
        let changed = compare(&self.kind, &before.spec, &live.spec);
        let by_itself = |path: &str| {
            self.kind
                .effects(path)
                .any(|effect| effect == Effect::FollowsSource)
        };
        // Another run may be deleting it too, and has taken parts away.
        let is_further = |change: &FieldChange| {
            self.step.action == Action::Delete && matches!(change.after, After::Absent)
        };
        let fields: Vec<String> = changed
            .into_iter()
            .filter(|change| !is_further(change))
            .map(|change| change.path)
            .filter(|path| !by_itself(path))
            .collect();
        if fields.is_empty() && before.owner == live.owner {
            Ok(())
        } else {
            Err(StepError::Stale { fields })
        }
    }

    /// Returns whether the step can continue whatever was read for the plan: a resource to delete or replace is deleted already, or one of
    /// ours is as desired already.
    fn is_met(&self, found: Option<&Live>) -> bool {
        match (&self.step.action, found, &self.spec) {
            (Action::Delete | Action::Replace(_), None, _) => true,
            // Another run has scheduled the deletion.
            (Action::Delete, Some(live), _) => {
                live.owner.is_of(self.step.owner.as_ref())
                    && matches!(live.status, Status::Leaving(_))
            }
            (Action::Create | Action::Update, Some(live), Some(spec)) => {
                live.owner.is_of(self.step.owner.as_ref())
                    && compare(&self.kind, &live.spec, spec).is_empty()
            }
            _ => false,
        }
    }

    /// Returns whether the service has created the resource by itself, as it does for some kinds.
    fn is_made_by_service(&self, found: Option<&Live>) -> bool {
        self.step.action == Action::Create
            && self.kind.remade_by_source
            && found.is_some_and(|live| live.owner.is_of(self.step.owner.as_ref()))
    }

    /// Creates or updates until nothing differs.
    async fn reach(&self, mut found: Option<Live>) -> Result<Finished, Unfinished> {
        let spec = self
            .spec
            .as_ref()
            .ok_or_else(|| StepError::Defect("there is no spec to reach".to_owned()))?;
        let (mut mutations, mut repetitions) = (0, 0);
        let mut intended = BTreeSet::new();
        let mut last = None;
        loop {
            let fields = self.differing_fields(found.as_ref(), spec)?;
            intended.extend(fields.iter().cloned());
            if let (Some(live), []) = (&found, fields.as_slice()) {
                let applied = Some(live.spec.clone());
                return Ok(Finished {
                    live: found,
                    applied,
                    remains: None,
                    mutations,
                });
            }
            if mutations >= MOST_MUTATIONS || repetitions >= MOST_REPETITIONS {
                if last == Some(Answer::NotAsRead)
                    && let Some(refusal) = self.note_refusal(None)
                {
                    let is_found = found.is_some();
                    return Err(StepError::Contradiction { refusal, is_found }.into());
                }
                return Err(StepError::NotConverging { fields, mutations }.into());
            }
            let answer = match &found {
                None => {
                    self.mutate(CREATE, &[], || {
                        self.writer.create(&self.name, spec, &self.intent)
                    })
                    .await?
                }
                Some(live) => {
                    let update = || {
                        self.writer
                            .update(&self.name, live, spec, &fields, &self.intent)
                    };
                    self.mutate(UPDATE, &fields, update).await?
                }
            };
            let is_nameless = answer == Answer::Accepted
                && mutations == 0
                && found.is_none()
                && self.kind.created_unseen;
            self.is_nameless.store(is_nameless, Ordering::Relaxed);
            let next = if is_nameless {
                self.read_settled(NOT_VISIBLE).await?
            } else {
                self.read_changed(answer, found.as_ref()).await?
            };
            self.ensure_own_change(answer, found.as_ref(), next.as_ref(), spec)?;
            if let (Some(_), Some(now)) = (&found, &next) {
                self.ensure_only_intended(&intended, now, spec)?;
            }
            let is_same = next.as_ref().map(fingerprint) == found.as_ref().map(fingerprint);
            let is_own = answer == Answer::Accepted || (answer == Answer::Overtaken && !is_same);
            mutations += u32::from(is_own);
            repetitions = if is_same { repetitions + 1 } else { 0 };
            last = Some(answer);
            found = next;
        }
    }

    /// Reads until the resource differs from `before`, or until the change must be visible.
    ///
    /// A resource that was just created may be visible before its marks are.
    async fn read_changed(
        &self,
        answer: Answer,
        before: Option<&Live>,
    ) -> Result<Option<Live>, Unfinished> {
        let began = Instant::now();
        let longest = match answer {
            Answer::Accepted | Answer::Overtaken => VISIBLE,
            Answer::NotAsRead => CONTRADICTED,
        };
        for reads in 1.. {
            let now = self.read_settled(NOT_VISIBLE).await?;
            let is_other = now.as_ref().map(fingerprint) != before.map(fingerprint);
            let is_unmarked = answer == Answer::Accepted
                && now
                    .as_ref()
                    .is_some_and(|live| live.owner == Ownership::Unmarked);
            if (is_other && !is_unmarked) || began.elapsed() > longest {
                return Ok(now);
            }
            self.pause(settle_delay(reads), NOT_VISIBLE).await?;
        }
        unreachable!("the reads are counted without end")
    }

    /// After the service refused to overwrite, fails unless only the revision changed, or every changed field is as desired.
    ///
    /// The latter happens when the answer to a change was lost: the SDK sends it again, and the service refuses the repetition.
    fn ensure_own_change(
        &self,
        answer: Answer,
        before: Option<&Live>,
        now: Option<&Live>,
        spec: &Value,
    ) -> Result<(), StepError> {
        let (Answer::Overtaken, Some(before), Some(now)) = (answer, before, now) else {
            return Ok(());
        };
        if fingerprint(before) == fingerprint(now) {
            return Ok(());
        }
        let open = compare(&self.kind, &now.spec, spec);
        // One path may lie within the other.
        let is_open = |path: &str| {
            open.iter()
                .any(|field| field.path.starts_with(path) || path.starts_with(&field.path))
        };
        let changed = compare(&self.kind, &before.spec, &now.spec);
        let fields: Vec<String> = changed.into_iter().map(|change| change.path).collect();
        if before.owner == now.owner && !fields.iter().any(|path| is_open(path)) {
            return Ok(());
        }
        Err(StepError::Stale { fields })
    }

    /// Fails if a field differs that was as desired before the first mutation: somebody else has changed it since, and the plan did not
    /// show that it would be set back.
    fn ensure_only_intended(
        &self,
        intended: &BTreeSet<String>,
        now: &Live,
        spec: &Value,
    ) -> Result<(), StepError> {
        let is_within = |path: &str, other: &str| {
            path.strip_prefix(other)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let fields: Vec<String> = compare(&self.kind, &now.spec, spec)
            .into_iter()
            .map(|change| change.path)
            .filter(|path| {
                self.kind
                    .effects(path)
                    .all(|effect| effect != Effect::Progress)
            })
            .filter(|path| {
                !intended
                    .iter()
                    .any(|field| is_within(path, field) || is_within(field, path))
            })
            .collect();
        if fields.is_empty() {
            Ok(())
        } else {
            Err(StepError::Stale { fields })
        }
    }

    fn differing_fields(
        &self,
        found: Option<&Live>,
        spec: &Value,
    ) -> Result<Vec<String>, StepError> {
        let Some(live) = found else {
            return Ok(Vec::new());
        };
        if !live.owner.is_of(self.step.owner.as_ref()) {
            return Err(StepError::Foreign);
        }
        if let Status::Failed(reason) = &live.status {
            return Err(StepError::ServiceFailed(reason.clone()));
        }
        Ok(compare(&self.kind, &live.spec, spec)
            .into_iter()
            .map(|change| change.path)
            .collect())
    }

    /// Deletes until the resource is gone, except for what the service keeps for a while.
    async fn delete(&self, mut found: Option<Live>) -> Result<Finished, Unfinished> {
        let (mut mutations, mut repetitions) = (0, 0);
        while mutations < MOST_MUTATIONS && repetitions < MOST_REPETITIONS {
            let deleted = |remains| Finished {
                live: None,
                applied: None,
                remains,
                mutations,
            };
            let live = match found {
                None => return Ok(deleted(None)),
                Some(Live {
                    status: Status::Leaving(remains),
                    ..
                }) => return Ok(deleted(Some(remains))),
                Some(live) => live,
            };
            let answer = self
                .mutate(DELETE, &[], || self.writer.delete(&self.name, &live))
                .await?;
            mutations += u32::from(answer == Answer::Accepted);
            let next = self.read_settled(NOT_VISIBLE).await?;
            if next.as_ref() == Some(&live) {
                // The service may return the earlier state for a moment.
                repetitions += 1;
                self.pause(settle_delay(repetitions), "accepted, still deleting")
                    .await?;
            }
            found = next;
        }
        let error = match found.map(|live| live.status) {
            Some(Status::Failed(reason)) => StepError::ServiceFailed(reason),
            _ => StepError::NotConverging {
                fields: Vec::new(),
                mutations,
            },
        };
        Err(error.into())
    }

    /// Sends one mutation, and retries it while the reason for its failure passes by itself.
    ///
    /// When the service answers that the resource is not as it was read, the caller reads it again.
    async fn mutate<'f>(
        &self,
        action: &str,
        fields: &[String],
        mutation: impl Fn() -> BoxFuture<'f, Result<Mutation, Fault>>,
    ) -> Result<Answer, Unfinished> {
        let began = Instant::now();
        for attempt in 1.. {
            let fault = match self.attempt(action, fields, mutation()).await? {
                Ok(()) => return Ok(Answer::Accepted),
                Err(fault) => fault,
            };
            match (action, fault.kind) {
                // The resource to create exists, or the one to update or delete does not.
                (CREATE, FaultKind::AlreadyExists) | (UPDATE | DELETE, FaultKind::NotFound) => {
                    return Ok(Answer::NotAsRead);
                }
                (_, FaultKind::Stale) => return Ok(Answer::Overtaken),
                _ => {}
            }
            let outlook = self.outlook(action, &fault).await?;
            match decide(fault.kind, &outlook, attempt, began.elapsed()) {
                Decision::GiveUp => {
                    self.note_refusal(None);
                    return Err(given_up(fault, outlook).into());
                }
                Decision::Again(delay) => {
                    let delay_ms = milliseconds(delay);
                    self.runner.events.send(Event::Waiting {
                        step: self.step.id.clone(),
                        fault,
                        delay_ms,
                    });
                    self.pause(delay, NOT_RETRIED).await?;
                }
            }
        }
        unreachable!("the attempts are counted without end")
    }

    /// Reads what a refusal is about, if only that can show whether it may pass by itself.
    async fn outlook(&self, action: &str, refusal: &Fault) -> Result<Outlook, Unfinished> {
        match &self.spec {
            Some(spec) if refusal.kind == FaultKind::NotYetConsistent && action != DELETE => {
                tokio::select! {
                    outlook = self.writer.outlook(spec, refusal) => Ok(outlook),
                    () = self.stopped() => Err(Unfinished::Stopped(NOT_RETRIED.to_owned())),
                }
            }
            _ => Ok(Outlook::MayPass),
        }
    }

    /// Sends one mutation, with its intent in the journal before and its answer after.
    async fn attempt(
        &self,
        action: &str,
        fields: &[String],
        mutation: BoxFuture<'_, Result<Mutation, Fault>>,
    ) -> Result<Result<(), Fault>, Unfinished> {
        if self.is_stopped() {
            return Err(Unfinished::Stopped("nothing else was sent".to_owned()));
        }
        let journal = &self.runner.journal;
        let n = journal
            .intent(&self.step.id, self.name.as_str(), action, fields)
            .map_err(|error| StepError::Journal(error.to_string()))?;
        let answer = mutation.await;
        self.note_refusal(answer.as_ref().err().cloned());
        // Without an answer, and with one that the service failed, the change may be made nevertheless.
        let is_lost =
            |fault: &Fault| matches!(fault.kind, FaultKind::Unreachable | FaultKind::Service);
        if answer.as_ref().map_or_else(is_lost, |_| true) {
            self.may_be_accepted.store(true, Ordering::Relaxed);
        }
        if let Err(error) = journal.outcome(n, answer.as_ref().map(|mutation| mutation.0)) {
            // The change is made, even if its outcome cannot be written to the journal.
            self.runner.events.send(Event::Warning {
                message: format!("the journal could not be written: {error}"),
            });
        }
        Ok(answer.map(|Mutation(operation)| {
            self.runner.events.send(Event::Called {
                step: self.step.id.clone(),
                operation: operation.name().to_owned(),
            });
        }))
    }

    /// Waits, unless the run is stopped: then the step ends as `doing`.
    async fn pause(&self, delay: Duration, doing: &str) -> Result<(), Unfinished> {
        tokio::select! {
            () = sleep(delay) => Ok(()),
            () = self.stopped() => Err(Unfinished::Stopped(doing.to_owned())),
        }
    }
}

/// Makes the idempotency token: the same for every repetition of one intent on the same observed resource.
fn token(step: &PlannedStep, spec: Option<&Value>) -> String {
    let mut hasher = Sha256::new();
    for part in [
        serde_json::to_string(&step.owner).unwrap_or_default(),
        step.id.to_string(),
        spec.map(Value::to_string).unwrap_or_default(),
        step.before.as_ref().map(fingerprint).unwrap_or_default(),
    ] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}
