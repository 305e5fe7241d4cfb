//! When a process is killed: at which of its calls, and whether that call still takes effect.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

/// When a process is killed. What it asked for is on its way and takes effect; no answer is heard any more, and nothing is asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fate(Arc<Thread>);

#[derive(Debug, Default)]
struct Thread {
    end: Option<(u64, Moment)>,
    calls: AtomicU64,
    killed: CancellationToken,
}

/// On which side of a call's effect the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

impl Fate {
    /// Ends a process at its `call`-th call, counted from 1.
    pub(crate) fn at(call: u64, moment: Moment) -> Self {
        Self(Arc::new(Thread {
            end: Some((call, moment)),
            ..Thread::default()
        }))
    }

    /// Returns once the process is killed.
    pub(crate) async fn killed(&self) {
        self.0.killed.cancelled().await;
    }

    /// Tells whether the process was killed.
    pub(crate) fn is_killed(&self) -> bool {
        self.0.killed.is_cancelled()
    }

    /// Counts a call of a process that is alive.
    pub(super) async fn send(&self) -> u64 {
        self.hear().await;
        self.0.calls.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Kills the process if this is its end. A call before whose effect that happens has none.
    pub(super) async fn reach(&self, call: u64, moment: Moment) {
        if self.0.end == Some((call, moment)) {
            self.0.killed.cancel();
            pending::<()>().await;
        }
    }

    /// Returns only in a process that is alive.
    pub(super) async fn hear(&self) {
        if self.is_killed() {
            pending::<()>().await;
        }
    }
}
