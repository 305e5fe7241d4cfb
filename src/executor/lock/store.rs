//! What a store of locks does, reads and writes.

use std::fmt;

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::process::Process;
use crate::resource::fault::Fault;
use crate::resource::owner::Owner;

/// Who holds a lock, as stored in it.
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
    /// When the holder last renewed the lock, by its own clock.
    ///
    /// It makes each heartbeat's bytes, and so its entity tag, differ from the last one's.
    pub heartbeat: Timestamp,
    /// The process, as its machine knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
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
            process: Process::own(),
        }
    }

    /// Returns whether both are the same run, at whatever time each was written.
    pub(super) fn is_same_run(&self, other: &Self) -> bool {
        let Self {
            who,
            pid,
            command,
            since,
            heartbeat: _,
            process: _,
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

/// The entity tag of a lock, which changes with every write.
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

/// The answer to a conditional write that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The lock was written and has this entity tag now.
    As(Etag),
    /// Nothing was written: the condition is not met, or somebody else wrote at the same moment.
    Refused,
}

/// Who holds a lock that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundHolder {
    /// The holder that the lock names.
    Named(Holder),
    /// The lock is not understood, for this reason. Another version of agentctl may have written it.
    Unclear(String),
}

impl FoundHolder {
    /// Returns the holder, if the lock names one.
    pub fn named(&self) -> Option<&Holder> {
        match self {
            Self::Named(holder) => Some(holder),
            Self::Unclear(_) => None,
        }
    }

    /// Returns whether the lock is of this run, at whatever time it was written.
    pub(super) fn is_run_of(&self, holder: &Holder) -> bool {
        self.named().is_some_and(|named| named.is_same_run(holder))
    }

    /// Returns whether the holder was a process of this machine that has ended.
    pub fn has_ended(&self) -> bool {
        let process = self.named().and_then(|named| named.process.as_ref());
        process.is_some_and(Process::has_ended)
    }
}

impl fmt::Display for FoundHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(holder) => holder.fmt(f),
            Self::Unclear(reason) => write!(f, "an unknown holder: {reason}"),
        }
    }
}

/// A lock that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLock {
    /// Who holds it.
    pub holder: FoundHolder,
    /// Its entity tag.
    pub etag: Etag,
    /// When it was written, by the store's clock.
    pub modified: Timestamp,
    /// When it was read, by the store's clock.
    pub seen: Timestamp,
}

/// Stores a lock for each agent. The store itself checks the condition of each write.
pub trait LockStore: Send + Sync + 'static {
    /// Writes the lock if there is none.
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
    fn read<'a>(&'a self, owner: &'a Owner) -> BoxFuture<'a, Result<Option<FoundLock>, Fault>>;

    /// Deletes the lock with all its versions; fails with `Stale` if it no longer has this entity tag.
    fn remove<'a>(&'a self, owner: &'a Owner, etag: &'a Etag) -> BoxFuture<'a, Result<(), Fault>>;
}
