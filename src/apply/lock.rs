//! The lock of an agent: who holds it, when it counts as abandoned, and how it is taken, kept and given back.
//!
//! A [`LockStore`] makes the conditional writes; nothing here knows where locks are kept.

mod heartbeat;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::heartbeat::Heartbeat;
use crate::event::{Event, Events};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::owner::Owner;

/// How long a lock without heartbeat is respected.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// How often a lock is tried to be taken from those that release or abandon it at the same moment.
const ATTEMPTS: u32 = 3;

/// Who holds a lock, as it is written into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// User and host, `user@host`.
    pub who: String,
    /// The id of the process on that host.
    pub pid: u32,
    /// What it runs, for example `agentctl apply`.
    pub command: String,
    /// When the run began.
    pub since: Timestamp,
    /// When the holder last said that it is still at work, by its own clock.
    ///
    /// It makes each heartbeat's bytes differ from the last one's, and so their entity tags.
    pub heartbeat: Timestamp,
}

impl Holder {
    /// Makes the holder of a run that begins now.
    pub fn new(who: impl Into<String>, command: impl Into<String>, now: Timestamp) -> Self {
        Self {
            who: who.into(),
            pid: std::process::id(),
            command: command.into(),
            since: now,
            heartbeat: now,
        }
    }

    /// Tells whether both are the same run, whenever each was written.
    fn is_same_run(&self, other: &Self) -> bool {
        let Self {
            who,
            pid,
            command,
            since,
            heartbeat: _,
        } = self;
        *who == other.who && *pid == other.pid && *command == other.command && *since == other.since
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (`{}`, pid {}) since {:.0}, last heartbeat {:.0}",
            self.who, self.command, self.pid, self.since, self.heartbeat
        )
    }
}

/// Tells whether the holder of a lock that was last written then must be taken for dead.
///
/// Both times are to come from the clock of whoever keeps the lock: ours may be wrong.
pub fn is_abandoned(last_modified: Timestamp, now: Timestamp) -> bool {
    now.duration_since(last_modified) >= ABANDONED_AFTER
}

/// The entity tag of a lock: another one after every write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etag(String);

impl Etag {
    /// Wraps an entity tag.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the tag as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a conditional write ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is done, and this is the new entity tag.
    As(Etag),
    /// Nothing was written: the condition does not hold, or somebody else wrote at the same moment.
    Refused,
}

/// A lock as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Who holds it.
    pub holder: Holder,
    /// Its entity tag.
    pub etag: Etag,
    /// When it was written, by the store's clock.
    pub modified: Timestamp,
    /// When it was read, by the store's clock.
    pub seen: Timestamp,
}

/// Keeps a lock for each agent and writes on conditions that it checks itself.
pub trait LockStore: Send + Sync + 'static {
    /// Writes the lock where there is none.
    fn place<'a>(
        &'a self,
        owner: &'a Owner,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<Written, Fault>>;

    /// Writes the lock over the one with this entity tag.
    fn replace<'a>(
        &'a self,
        owner: &'a Owner,
        holder: &'a Holder,
        over: &'a Etag,
    ) -> BoxFuture<'a, Result<Written, Fault>>;

    /// Reads the lock, if there is one.
    fn read<'a>(&'a self, owner: &'a Owner) -> BoxFuture<'a, Result<Option<Found>, Fault>>;

    /// Removes every trace of the lock, if it still is the one with this entity tag; fails with `Stale` if it is not.
    fn remove<'a>(&'a self, owner: &'a Owner, etag: &'a Etag) -> BoxFuture<'a, Result<(), Fault>>;
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error("{owner} is locked by {holder}")]
    Held {
        /// Whose lock it is.
        owner: Box<Owner>,
        /// Who holds it.
        holder: Box<Holder>,
    },
    /// Others came and went at every attempt.
    #[error("the lock of {0} was taken and released by others at every attempt")]
    Contended(Box<Owner>),
    /// The run was stopped before it had the lock.
    #[error("the run was stopped before it had the lock of {0}")]
    Stopped(Box<Owner>),
    /// A call failed.
    #[error("the lock of {owner} could not be taken")]
    Fault {
        /// Whose lock it is.
        owner: Box<Owner>,
        /// What failed.
        #[source]
        source: Fault,
    },
}

/// How a run learns that a lock of its is not its own any more.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Where warnings are told.
    pub events: Events,
    /// Set when a lock is lost.
    ///
    /// When the run's stop token is a child of this one, a lost lock stops the run, and whether this one is set tells that from
    /// a stop by the user.
    pub lost: CancellationToken,
}

impl Alarm {
    fn warn(&self, message: String) {
        self.events.tell(Event::Warning { message });
    }
}

/// A lock that is held, and renewed in the background until it is released or dropped.
///
/// One that is dropped stays in its store until it counts as abandoned.
#[must_use = "a lock that is dropped is not renewed any more"]
pub struct Lock {
    owner: Owner,
    store: Arc<dyn LockStore>,
    /// Ends the heartbeat when it goes.
    beating: DropGuard,
    heartbeat: JoinHandle<Option<Etag>>,
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

impl Lock {
    fn keep(
        store: &Arc<dyn LockStore>,
        owner: &Owner,
        holder: &Holder,
        etag: Etag,
        written: Instant,
        alarm: &Alarm,
    ) -> Self {
        let released = CancellationToken::new();
        let heartbeat = Heartbeat {
            store: Arc::clone(store),
            owner: owner.clone(),
            holder: holder.clone(),
            etag,
            taken: written,
            renewed: written,
            alarm: alarm.clone(),
        };
        Self {
            owner: owner.clone(),
            store: Arc::clone(store),
            heartbeat: tokio::spawn(heartbeat.run(released.clone())),
            beating: released.drop_guard(),
        }
    }

    /// Returns whose lock it is.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Ends the heartbeat and removes the lock with all its versions.
    ///
    /// A lock that was lost is somebody else's and stays; that was told when it was found. A failure leaves a lock that counts as
    /// abandoned after a while.
    pub async fn release(self) -> Result<(), Fault> {
        drop(self.beating);
        match self.heartbeat.await {
            Ok(Some(etag)) => self.store.remove(&self.owner, &etag).await,
            Ok(None) => Ok(()),
            Err(error) => Err(Fault::new(
                FaultKind::Service,
                "lock heartbeat",
                error.to_string(),
            )),
        }
    }
}

/// Takes the lock of one agent: where there is none, or over one that was abandoned.
pub async fn take(
    store: &Arc<dyn LockStore>,
    owner: &Owner,
    holder: &Holder,
    alarm: &Alarm,
) -> Result<Lock, LockError> {
    take_unless(&CancellationToken::new(), store, owner, holder, alarm).await
}

/// Takes a lock, unless the run is stopped before.
///
/// A write that was sent is awaited: nobody else would give back the lock that it may have made.
async fn take_unless(
    stop: &CancellationToken,
    store: &Arc<dyn LockStore>,
    owner: &Owner,
    holder: &Holder,
    alarm: &Alarm,
) -> Result<Lock, LockError> {
    let stopped = || LockError::Stopped(Box::new(owner.clone()));
    let failed = |source| LockError::Fault {
        owner: Box::new(owner.clone()),
        source,
    };
    for _ in 0..ATTEMPTS {
        if stop.is_cancelled() {
            return Err(stopped());
        }
        let sent = Instant::now();
        if let Written::As(etag) = store.place(owner, holder).await.map_err(failed)? {
            return Ok(Lock::keep(store, owner, holder, etag, sent, alarm));
        }
        let found = tokio::select! {
            found = store.read(owner) => found.map_err(failed)?,
            () = stop.cancelled() => return Err(stopped()),
        };
        let Some(found) = found else {
            continue;
        };
        if found.holder.is_same_run(holder) {
            // The write was accepted, its answer was lost, and the SDK's repetition of it was refused.
            return Ok(Lock::keep(store, owner, holder, found.etag, sent, alarm));
        }
        if !is_abandoned(found.modified, found.seen) {
            return Err(LockError::Held {
                owner: Box::new(owner.clone()),
                holder: Box::new(found.holder),
            });
        }
        let sent = Instant::now();
        let over = store.replace(owner, holder, &found.etag).await;
        if let Written::As(etag) = over.map_err(failed)? {
            alarm.warn(format!(
                "the lock of {owner} was abandoned by {} and is taken over",
                found.holder
            ));
            return Ok(Lock::keep(store, owner, holder, etag, sent, alarm));
        }
    }
    Err(LockError::Contended(Box::new(owner.clone())))
}

/// Takes the locks of several agents, or none.
///
/// They are taken one after the other in the order of their owners: of two runs that want some of the same, one gets all. Once
/// `stop` is set no further one is taken.
pub async fn take_all(
    store: &Arc<dyn LockStore>,
    owners: &[Owner],
    holder: &Holder,
    alarm: &Alarm,
    stop: &CancellationToken,
) -> Result<Vec<Lock>, LockError> {
    let mut locks = Vec::new();
    for owner in BTreeSet::from_iter(owners) {
        match take_unless(stop, store, owner, holder, alarm).await {
            Ok(lock) => locks.push(lock),
            Err(error) => {
                release_all(locks, alarm).await;
                return Err(error);
            }
        }
    }
    Ok(locks)
}

/// Releases locks; what goes wrong with it is told as a warning, since no work depends on it any more.
pub async fn release_all(locks: Vec<Lock>, alarm: &Alarm) {
    let releases = locks.into_iter().map(|lock| async {
        let owner = lock.owner().clone();
        if let Err(fault) = lock.release().await {
            alarm.warn(format!(
                "the lock of {owner} could not be released: {fault}"
            ));
        }
    });
    futures::future::join_all(releases).await;
}
