//! The lock of an agent: one run at a time changes it. Here a lock is taken and released; `heartbeat` renews it.
//!
//! A [`LockStore`] makes the conditional writes. Where locks are kept is not known here.

mod alarm;
mod heartbeat;
mod process;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::alarm::Alarm;
use self::heartbeat::Heartbeat;
pub use self::store::{Etag, FoundHolder, FoundLock, Holder, LockStore, Written};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::owner::Owner;

/// How long after its last heartbeat a lock counts as abandoned.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// How often agentctl tries to take a lock that others take and release at the same moment.
const ATTEMPTS: u32 = 3;

/// Returns whether a lock that was last written at this time counts as abandoned.
///
/// Both times must come from the store's clock: the local one may be wrong.
pub fn is_abandoned(last_modified: Timestamp, now: Timestamp) -> bool {
    now.duration_since(last_modified) >= ABANDONED_AFTER
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
        holder: Box<FoundHolder>,
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

/// A lock that is held, and renewed in the background until it is released or dropped.
///
/// A dropped lock stays in its store until it counts as abandoned.
#[must_use = "a lock that is dropped is no longer renewed"]
pub struct Lock {
    owner: Owner,
    store: Arc<dyn LockStore>,
    /// Ends the heartbeat when it is dropped.
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
    fn held(
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
    /// A lock that was lost is somebody else's and is kept; the heartbeat has reported that. After a failure the lock stays until it counts
    /// as abandoned.
    pub async fn release(self) -> Result<(), Fault> {
        drop(self.beating);
        match self.heartbeat.await {
            Ok(Some(etag)) => self.store.remove(&self.owner, &etag).await,
            Ok(None) => Ok(()),
            Err(error) => Err(Fault::local(
                FaultKind::Service,
                format!("the lock's heartbeat failed: {error}"),
            )),
        }
    }
}

/// Takes the lock of one agent, if nobody holds it, its holder has ended on this machine, or it was abandoned.
pub async fn take(
    store: &Arc<dyn LockStore>,
    owner: &Owner,
    holder: &Holder,
    alarm: &Alarm,
) -> Result<Lock, LockError> {
    take_unless(&CancellationToken::new(), store, owner, holder, alarm).await
}

/// Takes a lock, unless the run is stopped first.
///
/// A write that was sent is always awaited: nobody else would release the lock that it may have created.
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
            return Ok(Lock::held(store, owner, holder, etag, sent, alarm));
        }
        let found = tokio::select! {
            found = store.read(owner) => found.map_err(failed)?,
            () = stop.cancelled() => return Err(stopped()),
        };
        let Some(found) = found else {
            continue;
        };
        if found.holder.is_run_of(holder) {
            // The write was accepted, its answer was lost, and the SDK's repetition was refused.
            return Ok(Lock::held(store, owner, holder, found.etag, sent, alarm));
        }
        let has_ended = found.holder.has_ended();
        if !has_ended && !is_abandoned(found.modified, found.seen) {
            return Err(LockError::Held {
                owner: Box::new(owner.clone()),
                holder: Box::new(found.holder),
            });
        }
        let sent = Instant::now();
        let over = store.replace(owner, holder, &found.etag).await;
        if let Written::As(etag) = over.map_err(failed)? {
            let how = if has_ended {
                "was left by a process that has ended on this machine:"
            } else {
                "was abandoned by"
            };
            alarm.warn(format!(
                "the lock of {owner} {how} {} and is taken over",
                found.holder
            ));
            return Ok(Lock::held(store, owner, holder, etag, sent, alarm));
        }
    }
    Err(LockError::Contended(Box::new(owner.clone())))
}

/// Takes the locks of several agents, or none.
///
/// They are taken one after the other in the order of their owners, so that of two runs that need some of the same locks, one gets all. Once
/// `stop` is set, no further lock is taken.
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

/// Releases locks, and returns the owners whose locks are left. That is only a warning: the work is done.
pub async fn release_all(locks: Vec<Lock>, alarm: &Alarm) -> Vec<Owner> {
    let releases = locks.into_iter().map(|lock| async {
        let owner = lock.owner().clone();
        let fault = lock.release().await.err()?;
        alarm.warn(format!(
            "the lock of {owner} could not be released: {fault}"
        ));
        Some(owner)
    });
    let left = futures::future::join_all(releases).await;
    left.into_iter().flatten().collect()
}
