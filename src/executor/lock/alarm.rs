//! The alarm of a lost lock.

use tokio_util::sync::CancellationToken;

use crate::event::{Event, Events};

/// How a run learns that it no longer holds a lock.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Where warnings are sent.
    pub events: Events,
    /// Set when a lock is lost.
    ///
    /// The run's stop token is a child of this one, so a lost lock stops the run. This one is not set by a stop of the user.
    pub lost: CancellationToken,
}

impl Alarm {
    pub(super) fn warn(&self, message: String) {
        self.events.send(Event::Warning { message });
    }
}
