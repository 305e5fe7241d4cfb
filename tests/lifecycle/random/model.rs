//! Runs a life, and checks the account after every event.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use agentctl::aws::Clients;
use agentctl::outcome::{Outcome, Outcomes};
use agentctl::plan::drift::{DriftReport, Finding, Verdict};
use agentctl::plan::file::PlanFile;
use agentctl::plan::model::{Note, Pins, Plan};
use agentctl::plan::pointer::PointerError;
use agentctl::run::RunError;
use localstack::{Delays, Fault, FaultKind, Snapshot};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::SETTLED;
use super::account::{account, unserved};
use super::edit::Declared;
use super::life::{Begin, Event, Life, Mishap, Trouble};
use super::outside::{Expected, Outside};
use crate::support::{Moment, Pinned, Process, Project, Report, Terms, World, assert_same, steps};

/// The time after which a lock without a heartbeat is taken over.
const ABANDONED: Duration = Duration::from_mins(6);

/// As in AWS, except for deletions that take minutes: most of the calls would only wait for them.
const DELAYS: Delays = Delays {
    agentcore_delete: Duration::from_secs(15),
    agentcore_endpoint_delete: Duration::from_secs(12),
    ..Delays::real()
};

/// What exists when lives begin, with a neighbour in the same account and bucket.
static BEGINNINGS: LazyLock<BTreeMap<Begin, Snapshot>> = LazyLock::new(|| {
    let begun = Begin::ALL.map(|begin| (begin, run(prepare(begin))));
    begun.into()
});

/// The content of a new account after one apply, by the declaration.
static REFERENCES: Mutex<BTreeMap<String, Arc<Value>>> = Mutex::new(BTreeMap::new());

/// Runs a life to its end.
pub(super) fn live(life: &Life) {
    let beginning = &BEGINNINGS[&life.begin];
    run(async {
        let mut agent = Agent::new(World::from(beginning), life.begin);
        for (number, event) in (1..).zip(&life.events) {
            agent.when = format!("{number}. {event:?}");
            agent.meet(event).await;
        }
        agent.end().await;
    });
}

fn run<T>(life: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(Box::pin(life))
}

async fn prepare(begin: Begin) -> Snapshot {
    let world = World::with_delays(DELAYS);
    world.project("payments", "refund").apply().await;
    // A layer that a manifest may name.
    world.layer("one").await;
    if begin != Begin::WithNothing {
        let declared = Declared::new(world.triage(), begin.side());
        declared.project.apply().await;
    }
    // No change is in progress any longer.
    tokio::time::sleep(Duration::from_hours(1)).await;
    world.endpoint.snapshot().unwrap()
}

/// How an apply ended that was not killed.
enum Ended {
    With(Outcomes),
    /// Something that is needed cannot be read, so nothing was begun.
    Unreadable,
    Refused(RunError),
}

impl Ended {
    fn of(report: Result<Report, RunError>) -> Self {
        match report {
            Ok(report) => Self::With(report.ended.outcomes),
            Err(RunError::Incomplete(_)) => Self::Unreadable,
            Err(error) => Self::Refused(error),
        }
    }
}

/// An agent, and what the test knows about it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact that holds or not, whatever the others are"
)]
struct Agent {
    world: World,
    declared: Declared,
    process: Process,
    other: Arc<Clients>,
    neighbour: Value,
    /// The current event, in words.
    when: String,
    /// Whether everything is as declared: the last apply succeeded, and nothing happened since.
    is_level: bool,
    /// Whether the last apply succeeded, and only edits and other clients followed.
    is_whole: bool,
    /// The declaration when the last apply succeeded.
    applied: String,
    /// Whether another client has done anything since then.
    is_touched: bool,
    /// The findings that a drift check must have.
    expected: Vec<Expected>,
    /// Whether callers are served, and must be until an outage is announced.
    is_served: bool,
    is_pinned: bool,
}

impl Agent {
    fn new(world: World, begin: Begin) -> Self {
        let process = Process::default();
        let mut project = world.triage();
        project.go_on_with(world.clients_in(&process));
        let is_there = begin != Begin::WithNothing;
        let declared = Declared::new(project, begin.side());
        Self {
            other: world.clients(),
            neighbour: account(&world).neighbour(),
            when: String::new(),
            is_level: is_there,
            is_whole: is_there,
            applied: declared.text(),
            is_touched: false,
            expected: Vec::new(),
            is_served: is_there,
            is_pinned: false,
            process,
            declared,
            world,
        }
    }

    /// Returns whether the declaration differs from that of the last apply that succeeded.
    fn is_edited(&self) -> bool {
        self.declared.text() != self.applied
    }

    fn project(&self) -> &Project {
        &self.declared.project
    }

    async fn meet(&mut self, event: &Event) {
        match event {
            Event::Edit(edit) => {
                self.is_level &= !self.declared.edit(*edit);
            }
            Event::Outside(outside) => drop(self.make_happen(*outside).await),
            Event::Apply(mishap) => self.apply(mishap, Pins::Honoured).await,
            Event::Drift => self.look_for_drift().await,
            Event::SavedPlan(meanwhile) => self.apply_saved_plan(*meanwhile).await,
            Event::Rollback => self.roll_back().await,
            Event::Promote => self.promote().await,
            Event::Wait { minutes } => tokio::time::sleep(Duration::from_mins(*minutes)).await,
            Event::Destroy(mishap) => self.destroy(mishap).await,
        }
    }

    /// Makes another client do something. Returns whether it did.
    async fn make_happen(&mut self, outside: Outside) -> bool {
        let found = account(&self.world);
        let Some(done) = outside.happen(&self.other, &found, &self.declared).await else {
            return false;
        };
        tokio::time::sleep(SETTLED).await;
        for expected in done.expected {
            if expected.field.is_none() {
                // The absence of the resource replaces its other findings.
                let of = |other: &Expected| other.address == expected.address;
                self.expected.retain(|other| !of(other));
            }
            self.expected.push(expected);
        }
        self.is_served &= !done.hurts;
        (self.is_level, self.is_touched) = (false, true);
        true
    }

    /// Waits until the lock of a killed run counts as abandoned.
    async fn outwait_lock(&self) {
        if account(&self.world).is_locked() {
            tokio::time::sleep(ABANDONED).await;
        }
    }

    /// Executes a run with a mishap. Returns its result, or `None` if it was killed.
    async fn meet_mishap<T>(
        &mut self,
        mishap: &Mishap,
        run: impl AsyncFnOnce(&Self, CancellationToken) -> T,
    ) -> Option<T> {
        let stop = CancellationToken::new();
        let endpoint = &self.world.endpoint;
        match mishap {
            Mishap::Nothing => {}
            Mishap::Killed {
                at_write, moment, ..
            } => {
                let end = match moment {
                    Moment::Before => FaultKind::ResetBefore,
                    Moment::After => FaultKind::ResetAfter,
                };
                self.process.die_of_reset();
                endpoint.order_fault(Fault::new(end).on_writes().nth(*at_write));
            }
            Mishap::Stopped { after_writes } => {
                self.process
                    .stop_after(*after_writes, endpoint, stop.clone());
            }
            Mishap::Fault {
                trouble,
                at_call,
                writes_only,
            } => {
                let fault = Fault::new(trouble.kind()).nth(*at_call);
                let fault = if *writes_only {
                    fault.on_writes()
                } else {
                    fault
                };
                endpoint.order_fault(fault);
                // A stale read shows differences that do not exist; the steps find that out.
                self.is_level &= *trouble != Trouble::StaleRead;
            }
        }
        self.process.watch(self.is_served.then_some(unserved));
        let ended = tokio::select! {
            biased;
            () = self.process.death() => None,
            ended = run(self, stop) => Some(ended),
        };
        self.world.endpoint.clear_faults();
        let complaints = self.process.complaints();
        assert!(complaints.is_empty(), "{}: {complaints:#?}", self.when);
        self.process = Process::default();
        let clients = self.world.clients_in(&self.process);
        self.declared.project.go_on_with(clients);
        if let (
            None,
            Mishap::Killed {
                journal_is_lost: true,
                ..
            },
        ) = (&ended, mishap)
        {
            self.project().lose_journals();
        }
        ended
    }

    async fn apply(&mut self, mishap: &Mishap, pins: Pins) {
        self.outwait_lock().await;
        let ended = self
            .meet_mishap(mishap, async |agent: &Self, stop| {
                agent.command(pins, stop).await
            })
            .await;
        let is_announced = self.is_served && self.is_outage_planned();
        self.is_served &= !is_announced;
        match ended {
            Some(Ended::With(outcomes)) if outcomes.all_done() => {
                self.is_pinned &= pins == Pins::Honoured;
                self.applied();
                // A run without anything to do takes no lock, so it does not take over the lock of a killed run.
                let is_released = !account(&self.world).is_locked();
                let is_excused = outcomes.steps.is_empty() || !matches!(mishap, Mishap::Nothing);
                assert!(is_released || is_excused, "{}: a lock is left", self.when);
            }
            Some(ended) => {
                self.demand_excuse(mishap, &ended);
                self.is_level = false;
                self.is_whole = false;
            }
            None => {
                self.is_level = false;
                self.is_whole = false;
            }
        }
    }

    fn applied(&mut self) {
        self.expected.clear();
        (self.is_level, self.is_whole, self.is_served) = (true, true, true);
        self.is_touched = false;
        self.applied = self.declared.text();
        account(&self.world).assert_few_versions(&self.when);
    }

    /// Fails unless the mishap explains why a run did not finish.
    fn demand_excuse(&self, mishap: &Mishap, ended: &Ended) {
        let when = &self.when;
        let answer = match ended {
            Ended::With(outcomes) => {
                let open = outcomes
                    .steps
                    .iter()
                    .filter(|(_, outcome)| !outcome.is_done());
                format!("{:#?}", open.collect::<Vec<_>>())
            }
            Ended::Unreadable => "something is unreadable".to_owned(),
            Ended::Refused(error) => format!("{error:?}"),
        };
        match mishap {
            Mishap::Fault { trouble, .. } if trouble.may_fail() => {}
            // It was stopped before it changed anything.
            Mishap::Stopped { .. } if matches!(ended, Ended::Refused(RunError::Stopped)) => {}
            Mishap::Stopped { .. } => {
                let Ended::With(outcomes) = ended else {
                    panic!("{when}: {answer}")
                };
                let is_wrong = |outcome: &Outcome| {
                    matches!(outcome, Outcome::Failed(_) | Outcome::Skipped { .. })
                };
                assert!(!outcomes.steps.values().any(is_wrong), "{when}: {answer}");
            }
            Mishap::Nothing | Mishap::Killed { .. } | Mishap::Fault { .. } => {
                panic!("{when}: {answer}")
            }
        }
    }

    /// Applies as the command does. If an outage is planned, the test does not check whether callers are served.
    async fn command(&self, pins: Pins, stop: CancellationToken) -> Ended {
        let terms = Terms {
            pins,
            stop,
            ..Terms::default()
        };
        Ended::of(self.apply_on(terms).await.into_result())
    }

    async fn apply_on(&self, terms: Terms<'_>) -> Report {
        let is_level = self.is_level && terms.pins == Pins::Honoured;
        let consent = async |plan: &Plan| {
            if is_level && plan.unreadable.is_empty() {
                assert_eq!(steps(plan), [], "{}", self.when);
            }
            let mut notes = plan.steps.iter().flat_map(|step| &step.notes);
            if notes.any(|note| *note == Note::Outage) {
                self.process.watch(None);
            }
        };
        self.project().apply_on(terms, consent).await
    }

    /// Returns whether an outage was announced, so that the test did not check.
    fn is_outage_planned(&self) -> bool {
        unserved(&self.world.endpoint).is_some()
    }

    async fn look_for_drift(&mut self) {
        let writes = self.world.endpoint.log().writes();
        let report = self.project().drift().await;
        let when = &self.when;
        assert_eq!(
            self.world.endpoint.log().writes(),
            writes,
            "{when}: it wrote"
        );
        if !self.is_whole {
            return;
        }
        if !self.is_touched {
            assert_eq!(report.verdict(), Verdict::Clean, "{when}: {report:#?}");
            let is_open = !report.unapplied.is_empty();
            assert!(!is_open || self.is_edited(), "{when}: {report:#?}");
            return;
        }
        if self.is_edited() {
            return;
        }
        for expected in &self.expected {
            assert!(
                names(&report, expected),
                "{when}: {expected:?} in {report:#?}"
            );
        }
    }

    async fn apply_saved_plan(&mut self, meanwhile: Option<Outside>) {
        self.outwait_lock().await;
        let Some(file) = self.project().save().await else {
            return;
        };
        let text = serde_json::to_string(&file).unwrap();
        let file: PlanFile = serde_json::from_str(&text).unwrap();
        let before = self.expected.len();
        if let Some(outside) = meanwhile {
            self.make_happen(outside).await;
        }
        let is_moved = self.expected.len() != before;
        let writes = self.world.endpoint.log().writes();
        let ended = self
            .meet_mishap(&Mishap::Nothing, async |agent: &Self, stop| {
                let terms = Terms {
                    saved: Some(&file),
                    stop,
                    ..Terms::default()
                };
                agent.apply_on(terms).await.into_result()
            })
            .await;
        match ended.unwrap() {
            Ok(report) => {
                assert!(!is_moved, "{}: what moved since is not noticed", self.when);
                let outcomes = report.outcomes();
                assert!(outcomes.all_done(), "{}: {outcomes:#?}", self.when);
                self.applied();
            }
            Err(RunError::StalePlan(_) | RunError::Incomplete(_)) => {
                assert!(meanwhile.is_some(), "{}: nothing moved", self.when);
                assert_eq!(self.world.endpoint.log().writes(), writes, "{}", self.when);
            }
            Err(error) => panic!("{}: {error:?}", self.when),
        }
    }

    async fn roll_back(&mut self) {
        if !self.is_level || !self.is_served {
            return;
        }
        self.outwait_lock().await;
        let moved = self
            .project()
            .point(Pinned::Yes, |served| served.back(None));
        match moved.await {
            Ok(_) => self.is_pinned = true,
            Err(RunError::Pointer(
                PointerError::NothingBefore { .. } | PointerError::Refused { .. },
            )) => {}
            Err(error) => panic!("{}: {error:?}", self.when),
        }
    }

    async fn promote(&mut self) {
        if !self.is_level || !self.is_pinned {
            return;
        }
        self.outwait_lock().await;
        let moved = self.project().promote().await;
        moved.unwrap_or_else(|error| panic!("{}: {error:?}", self.when));
        self.is_pinned = false;
    }

    async fn destroy(&mut self, mishap: &Mishap) {
        self.outwait_lock().await;
        self.is_served = false;
        let ended = self
            .meet_mishap(mishap, async |agent: &Self, stop| {
                Ended::of(agent.project().try_destroy(stop).await)
            })
            .await;
        (self.is_level, self.is_whole) = (false, false);
        match ended {
            Some(Ended::With(outcomes)) if outcomes.all_done() => {
                self.is_pinned = false;
                if !matches!(mishap, Mishap::Stopped { .. }) {
                    let remains = account(&self.world).remains();
                    assert_eq!(remains, Vec::<String>::new(), "{}", self.when);
                }
            }
            Some(ended) => self.demand_excuse(mishap, &ended),
            None => {}
        }
    }

    /// One apply reaches the declaration, whatever happened before; and a destroy leaves nothing.
    async fn end(&mut self) {
        "the last apply".clone_into(&mut self.when);
        self.apply(&Mishap::Nothing, Pins::Released).await;
        let plan = self.project().diff().await;
        assert_eq!(
            steps(&plan),
            [],
            "{}: something is left to do: {:#?}",
            self.when,
            plan.steps
        );
        // Older versions keep their permissions. Without those versions, the role is as in a new account.
        let mut older = plan.older;
        while older.iter().any(|older| !older.deletable.is_empty()) {
            let deletable = older.iter().flat_map(|older| &older.deletable);
            let deletable: Vec<u64> = deletable.copied().collect();
            let deleted = self.project().delete_versions(&deletable).await.unwrap();
            deleted.assert_done();
            older = self.project().diff().await.older;
        }
        let (found, expected) = (self.essence(), self.reference().await);
        assert_same(&found, &expected, &self.when);
        assert_same(
            &account(&self.world).neighbour(),
            &self.neighbour,
            "the neighbour",
        );
        assert_eq!(unserved(&self.world.endpoint), None);

        "the last destroy".clone_into(&mut self.when);
        self.destroy(&Mishap::Nothing).await;
        assert_same(
            &account(&self.world).neighbour(),
            &self.neighbour,
            "the neighbour",
        );
    }

    fn essence(&self) -> Value {
        account(&self.world).essence(&self.declared)
    }

    /// Returns the content of an account with nothing but one apply of the declaration.
    async fn reference(&self) -> Arc<Value> {
        let text = self.declared.text();
        let known = || REFERENCES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reference) = known().get(&text) {
            return Arc::clone(reference);
        }
        let world = World::from(&BEGINNINGS[&Begin::WithNothing]);
        let declared = self.declared.in_world(&world);
        declared.project.apply().await;
        let reference = Arc::new(account(&world).essence(&declared));
        known().insert(text, Arc::clone(&reference));
        reference
    }
}

impl Trouble {
    fn kind(self) -> FaultKind {
        match self {
            Self::Throttle => FaultKind::Throttle,
            Self::ServerError => FaultKind::ServerError,
            Self::ResetBefore => FaultKind::ResetBefore,
            Self::ResetAfter => FaultKind::ResetAfter,
            Self::Denied => FaultKind::Denied,
            Self::StaleRead => FaultKind::StaleRead,
        }
    }

    /// Returns whether a run with this fault can end unfinished. All other faults only make it slower.
    fn may_fail(self) -> bool {
        match self {
            Self::Denied | Self::StaleRead => true,
            Self::Throttle | Self::ServerError | Self::ResetBefore | Self::ResetAfter => false,
        }
    }
}

/// Returns whether a report has a finding. A resource that could not be read may hide it.
fn names(report: &DriftReport, expected: &Expected) -> bool {
    let named = report.drifted.iter().any(|drifted| {
        drifted.address.to_string() == expected.address
            && match expected.field {
                Some(field) => {
                    let mut fields = drifted.finding.fields().iter();
                    matches!(drifted.finding, Finding::Missing | Finding::Remade { .. })
                        || fields.any(|change| change.path.starts_with(field))
                }
                None => drifted.finding == Finding::Missing,
            }
    });
    let mut unreadable = report.unreadable.iter();
    named || unreadable.any(|(address, _)| address.to_string() == expected.address)
}
