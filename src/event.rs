//! The progress of a run: one enum, one channel, renderers at the end.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::outcome::Outcome;
use crate::plan::model::{Action, StepId};
use crate::resource::fault::Fault;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Resources are being read.
    Reading { resources: usize },
    /// The resources of a project are being listed.
    Listing { scope: String },
    /// A plan was made. This is the plan as `agentctl diff --format json` writes it.
    Planned { plan: Value },
    /// A saved plan is being applied.
    SavedPlan {
        at: String,
        /// The ARN of the identity that made it.
        by: String,
    },
    /// Some resources could not be read until others are fixed: these are fixed first, then all are read again.
    FixingFirst {
        /// How many resources could not be read.
        unreadable: usize,
    },
    /// A step began.
    Started {
        step: StepId,
        /// What it does.
        action: Action,
    },
    /// AWS accepted a mutation.
    Called {
        step: StepId,
        /// The operation's name.
        operation: String,
    },
    /// A resource is not ready yet.
    Settling {
        step: StepId,
        /// The service's word for its work.
        status: String,
    },
    /// A call is retried after a delay.
    Waiting {
        step: StepId,
        /// Why it failed.
        fault: Fault,
        /// The delay.
        delay_ms: u64,
    },
    /// A step ended, or will not be started.
    Finished {
        step: StepId,
        /// What it did, or would have done.
        action: Action,
        /// How it ended.
        outcome: Outcome,
        /// The duration.
        elapsed_ms: u64,
    },
    /// The user asked to stop: calls in flight finish, and nothing else starts.
    Stopping,
    /// Something the user may want to act on.
    Warning { message: String },
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
