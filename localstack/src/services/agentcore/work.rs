//! Work that goes on after it was accepted, and the status that it gives a runtime or an endpoint.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::clock::deadline;
use crate::fault::Failure;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Task {
    Create,
    Update,
    Delete,
}

/// Work and when it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Work {
    task: Task,
    until: Timestamp,
    /// How it will fail.
    failure: Option<Failure>,
}

/// The status of a runtime or an endpoint: the model has the same seven for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Creating,
    CreateFailed,
    Updating,
    UpdateFailed,
    Ready,
    Deleting,
    DeleteFailed,
}

impl Work {
    /// Begins work that takes a while, and fails then if a fault orders it.
    pub(super) fn begin(call: &Call<'_>, task: Task, takes: Duration) -> Self {
        Self {
            task,
            until: deadline(call.now, takes),
            failure: call.failure.cloned(),
        }
    }

    /// Lets it fail for this reason, unless a fault orders another.
    pub(super) fn failing(mut self, failure: Option<Failure>) -> Self {
        self.failure = self.failure.or(failure);
        self
    }

    /// Makes work that begins when other work is over, and fails with it.
    pub(super) fn after(other: &Self, task: Task, takes: Duration) -> Self {
        Self {
            task,
            until: deadline(other.until, takes),
            failure: other.failure.clone(),
        }
    }

    /// Returns whether it has been done.
    pub(super) fn is_done(&self, now: Timestamp) -> bool {
        now >= self.until && self.failure.is_none()
    }

    /// Returns whether it will be done, or has been.
    pub(super) fn succeeds(&self) -> bool {
        self.failure.is_none()
    }

    /// Returns whether it was a deletion, and has been done.
    pub(super) fn has_deleted(&self, now: Timestamp) -> bool {
        self.task == Task::Delete && self.is_done(now)
    }

    /// Returns from when what was made or moved is ready; `None` when that will not be.
    pub(super) fn ready_from(&self) -> Option<Timestamp> {
        (self.task != Task::Delete && self.succeeds()).then_some(self.until)
    }

    pub(super) fn status(&self, now: Timestamp) -> Status {
        let is_over = now >= self.until;
        match (self.task, &self.failure) {
            (Task::Create, _) if !is_over => Status::Creating,
            (Task::Update, _) if !is_over => Status::Updating,
            (Task::Delete, _) if !is_over => Status::Deleting,
            (Task::Create | Task::Update, None) => Status::Ready,
            // What was deleted is left out before anybody reads it.
            (Task::Delete, None) => Status::Deleting,
            (Task::Create, Some(_)) => Status::CreateFailed,
            (Task::Update, Some(_)) => Status::UpdateFailed,
            (Task::Delete, Some(_)) => Status::DeleteFailed,
        }
    }

    /// Returns why it failed, when it has.
    pub(super) fn reason(&self, now: Timestamp) -> Option<&str> {
        let failure = self.failure.as_ref().filter(|_| now >= self.until)?;
        Some(&failure.reason)
    }
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::CreateFailed => "CREATE_FAILED",
            Self::Updating => "UPDATING",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::Ready => "READY",
            Self::Deleting => "DELETING",
            Self::DeleteFailed => "DELETE_FAILED",
        }
    }

    /// Returns whether what has this status can be changed. Guess: what could not be made or deleted can only be deleted.
    pub(super) const fn can_change(self) -> bool {
        match self {
            Self::Ready | Self::UpdateFailed => true,
            Self::Creating
            | Self::CreateFailed
            | Self::Updating
            | Self::Deleting
            | Self::DeleteFailed => false,
        }
    }

    /// Returns whether what has this status can be deleted (developer guide, "How it works": not before a terminal one).
    pub(super) const fn can_delete(self) -> bool {
        match self {
            Self::Ready | Self::CreateFailed | Self::UpdateFailed | Self::DeleteFailed => true,
            Self::Creating | Self::Updating | Self::Deleting => false,
        }
    }
}
