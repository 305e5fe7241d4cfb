//! The heartbeat of a lock that is held: renews it now and then, and raises the alarm when it is not ours any more.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_util::sync::CancellationToken;

use super::{Alarm, Etag, Holder, LockStore, Written};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::owner::Owner;

/// How often a lock is renewed.
pub(super) const EVERY: Duration = Duration::from_mins(1);

/// How long one renewal may take, so that the next one is not missed.
const LONGEST_CALL: Duration = Duration::from_secs(30);

/// After how long without renewal the lock counts as lost: one more renewal and its longest call end before others may take it.
pub(super) const LOST_AFTER: Duration = Duration::from_mins(4);

/// What keeps one lock.
pub(super) struct Heartbeat {
    pub(super) store: Arc<dyn LockStore>,
    pub(super) owner: Owner,
    /// The holder as it was when the lock was taken.
    pub(super) holder: Holder,
    pub(super) etag: Etag,
    pub(super) taken: Instant,
    /// When the last write began that was accepted; the store's own time of it is later.
    pub(super) renewed: Instant,
    pub(super) alarm: Alarm,
}

/// How a renewal ended that did not fail.
enum Renewal {
    Done,
    /// The lock is this holder's by now, or nobody's.
    Lost(Option<Holder>),
}

impl Heartbeat {
    /// Renews the lock until it is released or lost, and returns its entity tag if it still is ours.
    pub(super) async fn run(mut self, released: CancellationToken) -> Option<Etag> {
        let mut ticks = interval_at(self.renewed + EVERY, EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = released.cancelled() => return Some(self.etag),
                _ = ticks.tick() => {}
            }
            let renewal = timeout(LONGEST_CALL, self.renew())
                .await
                .unwrap_or_else(|_| Err(unanswered()));
            match renewal {
                Ok(Renewal::Done) => {}
                Ok(Renewal::Lost(None)) => return self.lost("it is gone"),
                Ok(Renewal::Lost(Some(holder))) => {
                    return self.lost(&format!("it is held by {holder}"));
                }
                Err(fault) if self.renewed.elapsed() >= LOST_AFTER => {
                    return self.lost(&format!(
                        "it could not be renewed for {} minutes: {fault}",
                        LOST_AFTER.as_secs() / 60
                    ));
                }
                Err(fault) => self.alarm.warn(format!(
                    "the lock of {} could not be renewed and will be tried again: {fault}",
                    self.owner
                )),
            }
        }
    }

    fn lost(&self, why: &str) -> Option<Etag> {
        self.alarm.warn(format!(
            "the lock of {} was lost, so the run stops: {why}",
            self.owner
        ));
        self.alarm.lost.cancel();
        None
    }

    /// Writes the lock again over our own.
    ///
    /// An earlier write may have been accepted without its answer having come, so a refusal is not believed before the lock was
    /// read.
    async fn renew(&mut self) -> Result<Renewal, Fault> {
        let began = Instant::now();
        let alive = SignedDuration::try_from(self.taken.elapsed()).unwrap_or(SignedDuration::MAX);
        let heartbeat = self.holder.heartbeat;
        let holder = Holder {
            heartbeat: heartbeat.checked_add(alive).unwrap_or(heartbeat),
            ..self.holder.clone()
        };
        for _ in 0..2 {
            let written = self.store.replace(&self.owner, &holder, &self.etag).await?;
            if let Written::As(etag) = written {
                self.etag = etag;
                self.renewed = began;
                return Ok(Renewal::Done);
            }
            match self.store.read(&self.owner).await? {
                Some(found) if found.holder.is_same_run(&holder) => self.etag = found.etag,
                found => return Ok(Renewal::Lost(found.map(|found| found.holder))),
            }
        }
        Err(Fault::new(
            FaultKind::Busy,
            "lock heartbeat",
            "refused although the lock is ours",
        ))
    }
}

fn unanswered() -> Fault {
    Fault::new(
        FaultKind::Unreachable,
        "lock heartbeat",
        format!("no answer within {} s", LONGEST_CALL.as_secs()),
    )
}
