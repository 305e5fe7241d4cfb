//! One step: read, compare, make one mutation, wait until it has settled; again, until nothing differs.
//!
//! All waiting happens here. The step knows no kind; readers and writers know no waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::journal::Journal;
use super::retry::{Decision, decide, settle_delay};
use crate::event::{Event, Events, milliseconds};
use crate::outcome::StepError;
use crate::plan::diff::compare;
use crate::plan::model::{Action, PlannedStep, fingerprint};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Effect, Status};
use crate::resource::outputs::{Outputs, lookup};
use crate::resource::owner::Ownership;
use crate::resource::provider::Readers;
use crate::resource::provider::{AnyReader, AnyWriter, Intent, Live, Mutation, Reading};
use crate::resource::reference::{resolve, sources};
use crate::resource::registry::{KindEntry, Registry};

/// A writer for each kind by name.
pub type Writers = BTreeMap<&'static str, Arc<dyn AnyWriter>>;

/// The most mutations that one resource may take. A role with ten policies and fifty tags stays far below.
const MOST_MUTATIONS: u32 = 60;

/// How often a mutation may leave everything as it was before it counts as without effect.
const MOST_REPETITIONS: u32 = 3;

/// How long an accepted mutation may stay out of sight before it is sent again. IAM, S3 bucket settings and KMS aliases promise no
/// more than that it will be seen in the end; seconds are usual.
const VISIBLE: Duration = Duration::from_secs(30);

// What a mutation is for, in the journal's words.
const CREATE: &str = "create";
const UPDATE: &str = "update";
const DELETE: &str = "delete";

/// How long a reading may still take after a stop: enough for one answer, which may tell that the step is done.
const LAST_LOOK: Duration = Duration::from_secs(2);

// What goes on while a resource is read, in the words of a step that is stopped then.
const LOOKING: &str = "nothing was sent";
const UNSEEN: &str = "accepted, not visible yet";

/// Everything a step works with.
pub struct Workshop {
    /// The kinds.
    pub registry: Registry,
    /// Their readers.
    pub readers: Readers,
    /// Their writers.
    pub writers: Writers,
    /// Where mutations are written down.
    pub journal: Journal,
    /// Where progress is told.
    pub events: Events,
    /// Set when no further mutation may begin.
    pub stop: CancellationToken,
}

/// What a finished step leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// The resource as it is now; `None` when it is gone.
    pub live: Option<Live>,
    /// The spec that was reached, with everything resolved.
    pub applied: Option<Value>,
    /// What stays behind of a deleted resource, in words.
    pub remains: Option<String>,
    /// How many mutations the service accepted for it.
    pub mutations: u32,
}

/// How a step that did not finish ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Unfinished {
    /// It failed.
    Failed(StepError),
    /// It was stopped, while this was going on.
    Stopped(String),
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

impl Workshop {
    /// Carries out one step, given the outputs that stand so far.
    ///
    /// `expected` is the fingerprint of what must be found at first; `None` when nothing must be there.
    pub async fn carry_out(
        &self,
        step: &PlannedStep,
        outputs: &Outputs,
        expected: Option<String>,
    ) -> Result<Finished, Unfinished> {
        let work = Work::new(self, step, outputs)?;
        let found = work.settled(LOOKING).await?;
        work.demand(expected.as_deref(), found.as_ref())?;
        match &step.action {
            Action::Delete => work.delete(found).await,
            Action::Replace(_) => {
                work.delete(found).await?;
                work.reach(None).await
            }
            Action::Create | Action::Update => work.reach(found).await,
        }
    }
}

/// How a mutation was answered, when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It is made.
    Accepted,
    /// What it works on came or went since it was read.
    NotAsRead,
    /// The service keeps it from overwriting what somebody else changed since it was read.
    Overtaken,
}

/// One step under way.
struct Work<'a> {
    shop: &'a Workshop,
    step: &'a PlannedStep,
    kind: KindEntry,
    reader: &'a Arc<dyn AnyReader>,
    writer: &'a Arc<dyn AnyWriter>,
    name: PhysicalName,
    spec: Option<Value>,
    intent: Intent,
    /// Whether it is made and has no name yet, so that nobody else would find it for a while, but would make another one.
    is_nameless: AtomicBool,
}

impl<'a> Work<'a> {
    fn new(
        shop: &'a Workshop,
        step: &'a PlannedStep,
        outputs: &Outputs,
    ) -> Result<Self, StepError> {
        let kind_name = step.id.address.kind();
        let missing = || StepError::Defect(format!("`{kind_name}` is not registered"));
        let resolved = |value: &Value| {
            let value = resolve(value, &|source| lookup(outputs, source));
            match sources(&value).into_iter().next() {
                Some(source) => Err(StepError::Unresolved(source)),
                None => Ok(value),
            }
        };
        let name = serde_json::to_value(&step.name)
            .map_err(|error| StepError::Defect(error.to_string()))?;
        let spec = step.desired.as_ref().map(resolved).transpose()?;
        Ok(Self {
            shop,
            step,
            kind: *shop.registry.kind(kind_name).ok_or_else(missing)?,
            reader: shop.readers.get(kind_name).ok_or_else(missing)?,
            writer: shop.writers.get(kind_name).ok_or_else(missing)?,
            name: serde_json::from_value(resolved(&name)?)
                .map_err(|error| StepError::Defect(error.to_string()))?,
            intent: Intent {
                owner: step.owner.clone(),
                token: token(step, spec.as_ref()),
            },
            spec,
            is_nameless: AtomicBool::new(false),
        })
    }

    /// Waits for a stop. What is nameless gets its name first, which takes seconds.
    async fn stopped(&self) {
        if self.is_nameless.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
        self.shop.stop.cancelled().await;
    }

    fn is_stopped(&self) -> bool {
        self.shop.stop.is_cancelled() && !self.is_nameless.load(Ordering::Relaxed)
    }

    /// Reads the resource, and waits while the service is working on it. A stop ends the first look as `doing`.
    async fn settled(&self, doing: &str) -> Result<Option<Live>, Unfinished> {
        let began = Instant::now();
        let (mut looks, mut doing) = (0, doing.to_owned());
        loop {
            let live = self.read(&doing).await?;
            let status = match live {
                Some(Live {
                    status: Status::Settling(ref status) | Status::Going(ref status),
                    ..
                }) => status.clone(),
                settled => return Ok(settled),
            };
            looks += 1;
            let minutes = self.kind.settle_minutes;
            if began.elapsed() > Duration::from_mins(minutes) {
                return Err(StepError::Deadline { status, minutes }.into());
            }
            if looks == 1 {
                self.shop.events.tell(Event::Settling {
                    step: self.step.id.clone(),
                    status: status.clone(),
                });
            }
            doing = format!("accepted, still {status}");
            self.pause(settle_delay(looks), &doing).await?;
        }
    }

    /// Reads the resource.
    ///
    /// Nothing is lost with a reading, so a stop waits neither for its turn nor for its repetitions: the step ends as `doing`.
    async fn read(&self, doing: &str) -> Result<Option<Live>, Unfinished> {
        let stopped = async {
            self.stopped().await;
            sleep(LAST_LOOK).await;
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

    /// Sees to it that the resource is still what the plan was made for.
    fn demand(&self, expected: Option<&str>, found: Option<&Live>) -> Result<(), StepError> {
        let now = found.map(fingerprint);
        if now.as_deref() == expected || self.is_met(found) || self.is_made_by_service(found) {
            return Ok(());
        }
        let (Some(before), Some(live)) = (&self.step.before, found) else {
            return Err(StepError::Stale { fields: Vec::new() });
        };
        let moved = compare(&self.kind, &before.spec, &live.spec);
        let by_itself = |path: &str| {
            self.kind
                .effects(path)
                .any(|effect| effect == Effect::FollowsSource)
        };
        let fields: Vec<String> = moved
            .into_iter()
            .map(|change| change.path)
            .filter(|path| !by_itself(path))
            .collect();
        if fields.is_empty() && before.owner == live.owner {
            Ok(())
        } else {
            Err(StepError::Stale { fields })
        }
    }

    /// Tells whether what is found is no obstacle whatever was found before: what is to be deleted, or made again, is gone; or ours
    /// is as it shall be.
    fn is_met(&self, found: Option<&Live>) -> bool {
        match (&self.step.action, found, &self.spec) {
            (Action::Delete | Action::Replace(_), None, _) => true,
            (Action::Create | Action::Update, Some(live), Some(spec)) => {
                live.owner.is_of(self.step.owner.as_ref())
                    && compare(&self.kind, &live.spec, spec).is_empty()
            }
            _ => false,
        }
    }

    /// Tells whether what was to be made was made by the service meanwhile, as it does for such kinds; or once before, and is ours since.
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
        let mut meant = BTreeSet::new();
        loop {
            let fields = self.differing(found.as_ref(), spec)?;
            meant.extend(fields.iter().cloned());
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
            let is_unseen = answer == Answer::Accepted
                && mutations == 0
                && found.is_none()
                && self.kind.created_unseen;
            self.is_nameless.store(is_unseen, Ordering::Relaxed);
            let next = if is_unseen {
                self.settled(UNSEEN).await?
            } else {
                self.changed(answer, found.as_ref()).await?
            };
            self.demand_own(answer, found.as_ref(), next.as_ref(), spec)?;
            if let (Some(_), Some(now)) = (&found, &next) {
                self.demand_untouched(&meant, now, spec)?;
            }
            let is_same = next.as_ref().map(fingerprint) == found.as_ref().map(fingerprint);
            let is_own = answer == Answer::Accepted || (answer == Answer::Overtaken && !is_same);
            mutations += u32::from(is_own);
            repetitions = if is_same { repetitions + 1 } else { 0 };
            found = next;
        }
    }

    /// Reads until the resource is another than before, or long enough for every answer from before the change.
    ///
    /// What was made here may be seen before its marks are.
    async fn changed(
        &self,
        answer: Answer,
        before: Option<&Live>,
    ) -> Result<Option<Live>, Unfinished> {
        let began = Instant::now();
        for looks in 1.. {
            let now = self.settled(UNSEEN).await?;
            let is_other = now.as_ref().map(fingerprint) != before.map(fingerprint);
            let is_unmarked = answer == Answer::Accepted
                && now
                    .as_ref()
                    .is_some_and(|live| live.owner == Ownership::Unmarked);
            if (is_other && !is_unmarked) || began.elapsed() > VISIBLE {
                return Ok(now);
            }
            self.pause(settle_delay(looks), UNSEEN).await?;
        }
        unreachable!("the looks are counted without end")
    }

    /// After the service refused to overwrite: the change goes on if nothing but the revision moved, or what moved is as it shall be.
    ///
    /// The latter is what becomes of a change whose answer was lost: the SDK sends it again, and that meets its own work.
    fn demand_own(
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
        // One path may be of a whole of which the other is a part.
        let is_open = |path: &str| {
            open.iter()
                .any(|field| field.path.starts_with(path) || path.starts_with(&field.path))
        };
        let moved = compare(&self.kind, &before.spec, &now.spec);
        let fields: Vec<String> = moved.into_iter().map(|change| change.path).collect();
        if before.owner == now.owner && !fields.iter().any(|path| is_open(path)) {
            return Ok(());
        }
        Err(StepError::Stale { fields })
    }

    /// Refuses to go on where a field differs that was as wished before anything was sent: somebody else has changed it since, and
    /// nobody was shown that it would be set back.
    fn demand_untouched(
        &self,
        meant: &BTreeSet<String>,
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
                !meant
                    .iter()
                    .any(|meant| is_within(path, meant) || is_within(meant, path))
            })
            .collect();
        if fields.is_empty() {
            Ok(())
        } else {
            Err(StepError::Stale { fields })
        }
    }

    fn differing(&self, found: Option<&Live>, spec: &Value) -> Result<Vec<String>, StepError> {
        let Some(live) = found else {
            return Ok(Vec::new());
        };
        if !live.owner.is_of(self.step.owner.as_ref()) {
            return Err(StepError::Foreign);
        }
        if let Status::Failed(reason) = &live.status {
            return Err(StepError::GaveUp(reason.clone()));
        }
        Ok(compare(&self.kind, &live.spec, spec)
            .into_iter()
            .map(|change| change.path)
            .collect())
    }

    /// Deletes until nothing is left but what the service keeps for a while.
    async fn delete(&self, mut found: Option<Live>) -> Result<Finished, Unfinished> {
        let (mut mutations, mut repetitions) = (0, 0);
        while mutations < MOST_MUTATIONS && repetitions < MOST_REPETITIONS {
            let gone = |remains| Finished {
                live: None,
                applied: None,
                remains,
                mutations,
            };
            let live = match found {
                None => return Ok(gone(None)),
                Some(Live {
                    status: Status::Leaving(rest),
                    ..
                }) => return Ok(gone(Some(rest))),
                Some(live) => live,
            };
            let answer = self
                .mutate(DELETE, &[], || self.writer.delete(&self.name, &live))
                .await?;
            mutations += u32::from(answer == Answer::Accepted);
            let next = self.settled(UNSEEN).await?;
            if next.as_ref() == Some(&live) {
                // The service may answer from before the change for a moment.
                repetitions += 1;
                self.pause(settle_delay(repetitions), "accepted, still deleting")
                    .await?;
            }
            found = next;
        }
        let error = match found.map(|live| live.status) {
            Some(Status::Failed(reason)) => StepError::GaveUp(reason),
            _ => StepError::NotConverging {
                fields: Vec::new(),
                mutations,
            },
        };
        Err(error.into())
    }

    /// Makes one mutation, again while the reason for its failure passes by itself.
    ///
    /// When the service says that what the mutation works on is not as it was read, the next reading tells.
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
                // What was to be made is there, or what was to be deleted or changed is not.
                (CREATE, FaultKind::AlreadyExists) | (UPDATE | DELETE, FaultKind::NotFound) => {
                    return Ok(Answer::NotAsRead);
                }
                (_, FaultKind::Stale) => return Ok(Answer::Overtaken),
                _ => {}
            }
            match decide(fault.kind, attempt, began.elapsed()) {
                Decision::GiveUp => return Err(fault.into()),
                Decision::Again(delay) => {
                    let delay_ms = milliseconds(delay);
                    self.shop.events.tell(Event::Waiting {
                        step: self.step.id.clone(),
                        fault,
                        delay_ms,
                    });
                    self.pause(delay, "refused, and not tried again").await?;
                }
            }
        }
        unreachable!("the attempts are counted without end")
    }

    /// Sends one mutation, with its intent in the journal before and its answer after.
    async fn attempt(
        &self,
        action: &str,
        fields: &[String],
        mutation: BoxFuture<'_, Result<Mutation, Fault>>,
    ) -> Result<Result<(), Fault>, Unfinished> {
        if self.is_stopped() {
            return Err(Unfinished::Stopped("nothing more was sent".to_owned()));
        }
        let journal = &self.shop.journal;
        let n = journal
            .intent(&self.step.id, self.name.as_str(), action, fields)
            .map_err(|error| StepError::Journal(error.to_string()))?;
        let answer = mutation.await;
        if let Err(error) = journal.outcome(n, answer.as_ref().map(|mutation| mutation.0)) {
            // The change is made; a journal that cannot take its outcome is no reason to hide that.
            self.shop.events.tell(Event::Warning {
                message: format!("the journal could not be written: {error}"),
            });
        }
        Ok(answer.map(|Mutation(operation)| {
            self.shop.events.tell(Event::Called {
                step: self.step.id.clone(),
                operation: operation.to_owned(),
            });
        }))
    }

    /// Sleeps, unless asked to stop: then the step ends as `doing`.
    async fn pause(&self, delay: Duration, doing: &str) -> Result<(), Unfinished> {
        tokio::select! {
            () = sleep(delay) => Ok(()),
            () = self.stopped() => Err(Unfinished::Stopped(doing.to_owned())),
        }
    }
}

/// The same for every repetition of one intent on one starting point.
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
