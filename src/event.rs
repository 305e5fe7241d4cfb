//! The progress of a run: one enum, one channel, renderers at the end.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::outcome::Outcome;
use crate::plan::model::{Action, StepId};
use crate::resource::fault::Fault;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Resources are being read.
    Reading {
        /// How many.
        resources: usize,
    },
    /// A saved plan is being applied.
    SavedPlan {
        /// When it was made.
        at: String,
        /// The ARN of who made it.
        by: String,
    },
    /// Some resources could not be read until others are fixed: these are fixed first, then all are read again.
    FixingFirst {
        /// How many resources could not be read.
        unreadable: usize,
    },
    /// A step began.
    Started {
        /// Which one.
        step: StepId,
        /// What it does.
        action: Action,
    },
    /// AWS accepted a mutation.
    Called {
        /// For which step.
        step: StepId,
        /// The operation's name.
        operation: String,
    },
    /// A resource is not ready yet.
    Settling {
        /// Of which step.
        step: StepId,
        /// The service's word for what it is doing.
        status: String,
    },
    /// A call will be made again after a while.
    Waiting {
        /// For which step.
        step: StepId,
        /// Why it failed.
        fault: Fault,
        /// How long, in milliseconds.
        delay_ms: u64,
    },
    /// A step ended, or will not be started.
    Finished {
        /// Which one.
        step: StepId,
        /// What it did, or would have done.
        action: Action,
        /// How it ended.
        outcome: Outcome,
        /// How long it took, in milliseconds.
        elapsed_ms: u64,
    },
    /// The user asked to stop: calls in flight finish, and nothing else starts.
    Stopping,
    /// Something the user may want to act on.
    Warning {
        /// What.
        message: String,
    },
}

/// Where events are sent. Sending never waits, and a channel that nobody reads is no error.
#[derive(Debug, Clone)]
pub struct Events(UnboundedSender<Event>);

impl Events {
    /// Opens a channel.
    pub fn channel() -> (Self, UnboundedReceiver<Event>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Sends an event.
    pub fn send(&self, event: Event) {
        // The renderer may have ended before the engine, for example because stdout was closed. The run continues.
        let _ = self.0.send(event);
    }
}

/// Turns a duration into whole milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
