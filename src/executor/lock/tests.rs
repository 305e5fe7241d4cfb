//! Locks with a store in memory, on a paused clock.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{advance, sleep, timeout};

use super::heartbeat::{EVERY, LOST_AFTER};
use super::process::Process;
use super::*;
use crate::event::{Event, Events};

/// How a write goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// It fails.
    Fails,
    /// No answer comes.
    Hangs,
    /// It is refused although its condition is met, like one that overlaps with another write.
    Overlaps,
    /// It is accepted, its answer is lost, and its repetition is refused.
    AnswerIsLost,
}

#[derive(Debug, Clone, PartialEq)]
struct Stored {
    holder: Holder,
    etag: Etag,
    modified: Timestamp,
}

#[derive(Default)]
struct Contents {
    locks: BTreeMap<Owner, Stored>,
    /// How the next writes go wrong, in order.
    troubles: Vec<Trouble>,
    /// How all later writes go wrong.
    trouble: Option<Trouble>,
    /// The seconds at which writes were accepted.
    written_at: Vec<u64>,
    writes: usize,
}

/// A store whose clock begins at [`start`] when it is created.
struct MemoryStore {
    contents: Mutex<Contents>,
    created: Instant,
}

impl MemoryStore {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap()
    }

    fn now(&self) -> Timestamp {
        start() + SignedDuration::try_from(self.created.elapsed()).unwrap()
    }

    /// Writes the lock without a condition.
    fn write(&self, owner: &Owner, holder: &Holder) -> Etag {
        let mut contents = self.contents();
        contents.writes += 1;
        contents.written_at.push(self.created.elapsed().as_secs());
        let etag = Etag::new(format!("\"{}\"", contents.writes));
        let stored = Stored {
            holder: holder.clone(),
            etag: etag.clone(),
            modified: self.now(),
        };
        contents.locks.insert(owner.clone(), stored);
        etag
    }

    async fn answer(
        &self,
        owner: &Owner,
        holder: &Holder,
        condition: impl Fn(Option<&Stored>) -> bool,
    ) -> Result<Written, Fault> {
        // Lets other calls run in between.
        tokio::task::yield_now().await;
        let trouble = {
            let mut contents = self.contents();
            if contents.troubles.is_empty() {
                contents.trouble
            } else {
                Some(contents.troubles.remove(0))
            }
        };
        let is_met = condition(self.contents().locks.get(owner));
        match trouble {
            Some(Trouble::Fails) => Err(Fault::local(FaultKind::Unreachable, "no network")),
            Some(Trouble::Hangs) => std::future::pending().await,
            Some(Trouble::Overlaps) => Ok(Written::Refused),
            _ if !is_met => Ok(Written::Refused),
            Some(Trouble::AnswerIsLost) => {
                self.write(owner, holder);
                Ok(Written::Refused)
            }
            None => Ok(Written::As(self.write(owner, holder))),
        }
    }
}

impl LockStore for MemoryStore {
    fn place<'a>(
        &'a self,
        owner: &'a Owner,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<Written, Fault>> {
        Box::pin(self.answer(owner, holder, |stored| stored.is_none()))
    }

    fn replace<'a>(
        &'a self,
        owner: &'a Owner,
        holder: &'a Holder,
        over: &'a Etag,
    ) -> BoxFuture<'a, Result<Written, Fault>> {
        Box::pin(self.answer(owner, holder, move |stored| {
            stored.is_some_and(|stored| stored.etag == *over)
        }))
    }

    fn read<'a>(&'a self, owner: &'a Owner) -> BoxFuture<'a, Result<Option<FoundLock>, Fault>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let stored = self.contents().locks.get(owner).cloned();
            Ok(stored.map(|stored| FoundLock {
                holder: FoundHolder::Named(stored.holder),
                etag: stored.etag,
                modified: stored.modified,
                seen: self.now(),
            }))
        })
    }

    fn remove<'a>(&'a self, owner: &'a Owner, etag: &'a Etag) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let mut contents = self.contents();
            if contents.locks.get(owner).map(|stored| &stored.etag) != Some(etag) {
                return Err(Fault::local(FaultKind::Stale, "not ours"));
            }
            contents.locks.remove(owner);
            Ok(())
        })
    }
}

fn start() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn owner(agent: &str) -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: agent.into(),
    }
}

fn holder(who: &str) -> Holder {
    Holder {
        who: who.into(),
        pid: 42,
        command: "agentctl apply".into(),
        since: start(),
        heartbeat: start(),
        process: None,
    }
}

/// The store, as itself and as the trait, and the alarm with the receiver of its events.
struct Scene {
    store: Arc<MemoryStore>,
    locks: Arc<dyn LockStore>,
    alarm: Alarm,
    received: UnboundedReceiver<Event>,
}

impl Scene {
    fn new() -> Self {
        let store = Arc::new(MemoryStore {
            contents: Mutex::default(),
            created: Instant::now(),
        });
        let (events, received) = Events::channel();
        let lost = CancellationToken::new();
        Self {
            locks: Arc::clone(&store) as Arc<dyn LockStore>,
            store,
            alarm: Alarm { events, lost },
            received,
        }
    }

    async fn take(&self, agent: &str, who: &str) -> Result<Lock, LockError> {
        take(&self.locks, &owner(agent), &holder(who), &self.alarm).await
    }

    fn held(&self) -> Vec<(String, String)> {
        let contents = self.store.contents();
        let locks = contents.locks.iter();
        locks
            .map(|(owner, stored)| (owner.agent.clone(), stored.holder.who.clone()))
            .collect()
    }

    fn warnings(&mut self) -> Vec<String> {
        let mut warnings = Vec::new();
        while let Ok(event) = self.received.try_recv() {
            match event {
                Event::Warning { message } => warnings.push(message),
                other => panic!("{other:?}"),
            }
        }
        warnings
    }
}

fn pair(agent: &str, who: &str) -> (String, String) {
    (agent.to_owned(), who.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_renewed_every_minute_and_leaves_nothing_after_its_release() {
    let mut scene = Scene::new();
    let lock = scene.take("triage", "ann@host").await.unwrap();
    sleep(Duration::from_secs(190)).await;
    assert_eq!(scene.store.contents().written_at, [0, 60, 120, 180]);
    let expected = Holder {
        heartbeat: "2026-03-01T12:03:00Z".parse().unwrap(),
        ..holder("ann@host")
    };
    assert_eq!(
        scene.store.contents().locks[&owner("triage")].holder,
        expected
    );
    assert_eq!(lock.release().await, Ok(()));
    assert_eq!((scene.held(), scene.warnings()), (vec![], vec![]));
    assert!(!scene.alarm.lost.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_held_lock_is_not_given_to_a_second_run_and_the_error_names_the_holder() {
    let scene = Scene::new();
    let _lock = scene.take("triage", "ann@host").await.unwrap();
    let error = scene.take("triage", "bob@host").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "agent `triage` of project `claims` (env default, us-east-1) is locked by ann@host (`agentctl apply`, pid 42) since \
         2026-03-01T12:00:00Z, last heartbeat 2026-03-01T12:00:00Z"
    );
    assert_eq!(scene.held(), [pair("triage", "ann@host")]);
}

#[tokio::test(start_paused = true)]
async fn a_lock_without_heartbeat_counts_for_five_minutes_and_is_then_taken_over() {
    let mut scene = Scene::new();
    scene.store.write(&owner("triage"), &holder("ann@host"));
    advance(Duration::from_secs(299)).await;
    let early = scene.take("triage", "bob@host").await;
    assert!(matches!(early, Err(LockError::Held { .. })), "{early:?}");
    advance(Duration::from_secs(1)).await;
    let lock = scene.take("triage", "bob@host").await.unwrap();
    assert_eq!(scene.held(), [pair("triage", "bob@host")]);
    assert_eq!(
        scene.warnings(),
        [
            "the lock of agent `triage` of project `claims` (env default, us-east-1) was abandoned by ann@host (`agentctl apply`, \
             pid 42) since 2026-03-01T12:00:00Z, last heartbeat 2026-03-01T12:00:00Z and is taken over"
        ]
    );
    assert_eq!(lock.release().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn the_lock_of_a_process_that_has_ended_on_this_machine_is_taken_over_at_once() {
    let mut scene = Scene::new();
    let Some(own) = Process::own() else {
        return;
    };
    // No process of this boot has started so late.
    let mut ended = serde_json::to_value(&own).unwrap();
    ended["start"] = u64::MAX.into();
    let ann = |process| Holder {
        process: Some(process),
        ..holder("ann@host")
    };
    let ended = serde_json::from_value(ended).unwrap();
    scene.store.write(&owner("triage"), &ann(ended));
    let lock = scene.take("triage", "bob@host").await.unwrap();
    assert_eq!(
        scene.warnings(),
        [
            "the lock of agent `triage` of project `claims` (env default, us-east-1) was left by a process that has ended on this machine: \
             ann@host (`agentctl apply`, pid 42) since 2026-03-01T12:00:00Z, last heartbeat 2026-03-01T12:00:00Z and is taken over"
        ]
    );
    assert_eq!(lock.release().await, Ok(()));
    // This one runs.
    scene.store.write(&owner("triage"), &ann(own));
    let refused = scene.take("triage", "bob@host").await;
    assert!(
        matches!(refused, Err(LockError::Held { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_lock_that_was_written_in_the_future_is_not_abandoned() {
    assert!(!is_abandoned(
        start(),
        start() - SignedDuration::from_hours(1)
    ));
}

#[tokio::test(start_paused = true)]
async fn only_one_of_two_runs_takes_over_an_abandoned_lock() {
    let scene = Scene::new();
    scene.store.write(&owner("triage"), &holder("ann@host"));
    advance(Duration::from_mins(6)).await;
    let (bob, eve) = tokio::join!(
        scene.take("triage", "bob@host"),
        scene.take("triage", "eve@host")
    );
    // Both found the lock abandoned; the slower one was refused, read again, and found the other.
    let (lock, error) = match (bob, eve) {
        (Ok(lock), Err(error)) | (Err(error), Ok(lock)) => (lock, error),
        both => panic!("{both:?}"),
    };
    assert!(matches!(error, LockError::Held { .. }), "{error:?}");
    assert_eq!(scene.store.contents().writes, 2);
    assert_eq!(lock.release().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_somebody_else_took_stops_the_run_and_is_not_released() {
    let mut scene = Scene::new();
    let stop = scene.alarm.lost.child_token();
    let lock = scene.take("triage", "ann@host").await.unwrap();
    scene.store.write(&owner("triage"), &holder("bob@host"));
    // With a time limit, since a run that never stops would wait without end.
    timeout(2 * EVERY, stop.cancelled()).await.unwrap();
    assert_eq!(scene.store.created.elapsed(), EVERY);
    assert_eq!(
        scene.warnings(),
        [
            "the lock of agent `triage` of project `claims` (env default, us-east-1) was lost, so the run stops: it is held by \
             bob@host (`agentctl apply`, pid 42) since 2026-03-01T12:00:00Z, last heartbeat 2026-03-01T12:00:00Z"
        ]
    );
    assert_eq!(lock.release().await, Ok(()));
    assert_eq!(scene.held(), [pair("triage", "bob@host")]);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_lock_is_lost() {
    let mut scene = Scene::new();
    let _lock = scene.take("triage", "ann@host").await.unwrap();
    scene.store.contents().locks.clear();
    scene.alarm.lost.cancelled().await;
    assert_eq!(
        scene.warnings(),
        [
            "the lock of agent `triage` of project `claims` (env default, us-east-1) was lost, so the run stops: it was deleted"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_is_recognised() {
    let mut scene = Scene::new();
    scene.store.contents().troubles = vec![Trouble::AnswerIsLost; 2];
    let lock = scene.take("triage", "ann@host").await.unwrap();
    sleep(Duration::from_secs(130)).await;
    // The second write at one minute replaces the first, once that is recognised.
    assert_eq!(scene.store.contents().written_at, [0, 60, 60, 120]);
    assert_eq!(lock.release().await, Ok(()));
    assert_eq!((scene.held(), scene.warnings()), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_is_reported_and_the_next_one_renews_the_lock() {
    for trouble in [Trouble::Fails, Trouble::Hangs] {
        let mut scene = Scene::new();
        let lock = scene.take("triage", "ann@host").await.unwrap();
        scene.store.contents().troubles = vec![trouble];
        sleep(Duration::from_secs(130)).await;
        assert_eq!(scene.store.contents().written_at, [0, 120]);
        assert_eq!(scene.warnings().len(), 1);
        assert_eq!(lock.release().await, Ok(()));
        assert!(!scene.alarm.lost.is_cancelled());
    }
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_cannot_be_renewed_counts_as_lost_before_others_may_take_it() {
    for trouble in [Trouble::Fails, Trouble::Hangs, Trouble::Overlaps] {
        let mut scene = Scene::new();
        let _lock = scene.take("triage", "ann@host").await.unwrap();
        scene.store.contents().trouble = Some(trouble);
        scene.alarm.lost.cancelled().await;
        let elapsed = SignedDuration::try_from(scene.store.created.elapsed()).unwrap();
        assert!(
            elapsed >= SignedDuration::try_from(LOST_AFTER).unwrap() && elapsed < ABANDONED_AFTER,
            "{trouble:?}: {elapsed}"
        );
        assert_eq!(scene.warnings().len(), 4, "three failures and the loss");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_lock_is_no_longer_renewed_and_can_be_taken_once_it_is_abandoned() {
    let scene = Scene::new();
    drop(scene.take("triage", "ann@host").await.unwrap());
    sleep(Duration::from_mins(5)).await;
    assert_eq!(scene.store.contents().written_at, [0]);
    assert!(scene.take("triage", "bob@host").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_others_take_at_every_attempt_is_an_error() {
    let scene = Scene::new();
    scene.store.contents().trouble = Some(Trouble::Overlaps);
    let error = scene.take("triage", "ann@host").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the lock of agent `triage` of project `claims` (env default, us-east-1) was taken and released by others at every attempt"
    );
}

#[tokio::test(start_paused = true)]
async fn all_locks_of_several_agents_are_acquired_or_none() {
    let mut scene = Scene::new();
    let owners = ["c", "a", "b", "a"].map(owner);
    let (ann, bob) = (holder("ann@host"), holder("bob@host"));
    scene.store.write(&owner("c"), &bob);
    let never = CancellationToken::new();
    let error = take_all(&scene.locks, &owners, &ann, &scene.alarm, &never).await;
    assert!(matches!(error, Err(LockError::Held { owner, .. }) if owner.agent == "c"));
    assert_eq!(scene.held(), [pair("c", "bob@host")]);
    scene.store.contents().locks.clear();
    let locks = take_all(&scene.locks, &owners, &ann, &scene.alarm, &never)
        .await
        .unwrap();
    let agents: Vec<&str> = locks
        .iter()
        .map(|lock| lock.owner().agent.as_str())
        .collect();
    assert_eq!(agents, ["a", "b", "c"]);
    assert_eq!(release_all(locks, &scene.alarm).await, []);
    assert_eq!((scene.held(), scene.warnings()), (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_cannot_be_released_is_reported() {
    let mut scene = Scene::new();
    let lock = scene.take("triage", "ann@host").await.unwrap();
    scene.store.contents().locks.clear();
    assert_eq!(
        release_all(vec![lock], &scene.alarm).await,
        [owner("triage")]
    );
    assert_eq!(
        scene.warnings(),
        [
            "the lock of agent `triage` of project `claims` (env default, us-east-1) could not be released: not ours"
        ]
    );
}

#[test]
fn a_lock_is_stored_as_json_with_its_holder() {
    let text = serde_json::to_string(&holder("ann@host")).unwrap();
    assert_eq!(
        text,
        r#"{"who":"ann@host","pid":42,"command":"agentctl apply","since":"2026-03-01T12:00:00Z","heartbeat":"2026-03-01T12:00:00Z"}"#
    );
    assert_eq!(
        serde_json::from_str::<Holder>(&text).unwrap(),
        holder("ann@host")
    );
}
