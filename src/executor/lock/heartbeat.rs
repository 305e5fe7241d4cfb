//! The heartbeat of a held lock: renews it, and raises the alarm when the lock is lost.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_util::sync::CancellationToken;

use super::alarm::Alarm;
use super::store::{Etag, FoundHolder, Holder, LockStore, Written};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::owner::Owner;

/// How often a lock is renewed.
pub(super) const EVERY: Duration = Duration::from_mins(1);

/// How long one renewal may take; shorter than the time to the next one.
const LONGEST_CALL: Duration = Duration::from_secs(30);

/// How long after its last renewal a lock counts as lost: one more renewal can still end before others may take the lock.
pub(super) const LOST_AFTER: Duration = Duration::from_mins(4);

/// Renews one lock.
pub(super) struct Heartbeat {
    pub(super) store: Arc<dyn LockStore>,
    pub(super) owner: Owner,
    /// The holder as written when the lock was taken.
    pub(super) holder: Holder,
    pub(super) etag: Etag,
    pub(super) taken: Instant,
    /// When the last accepted write began. The store's own time of that write is later.
    pub(super) renewed: Instant,
    pub(super) alarm: Alarm,
}

/// The end of a renewal that did not fail.
enum Renewal {
    Done,
    /// The lock is now this holder's, or nobody's.
    Lost(Option<FoundHolder>),
}

impl Heartbeat {
    /// Renews the lock until it is released or lost. Returns its entity tag, or `None` if it was lost.
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
                Ok(Renewal::Lost(None)) => return self.lost("it was deleted"),
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
                    "the lock of {} could not be renewed; agentctl tries again: {fault}",
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

    /// Writes the lock again.
    ///
    /// The answer to an earlier write that was accepted may be lost. So after a refusal the lock is read before it counts as lost.
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
                Some(found) if found.holder.is_run_of(&holder) => self.etag = found.etag,
                found => return Ok(Renewal::Lost(found.map(|found| found.holder))),
            }
        }
        Err(Fault::local(
            FaultKind::Busy,
            "the lock's heartbeat was refused although the lock is ours",
        ))
    }
}

fn unanswered() -> Fault {
    let longest = LONGEST_CALL.as_secs();
    Fault::local(
        FaultKind::Unreachable,
        format!("the lock's heartbeat had no answer within {longest} s"),
    )
}
