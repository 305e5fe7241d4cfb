//! Two processes with one agent: the second is refused and prints who holds the lock; an abandoned lock can be removed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agentctl::aws::{Access, Clients, S3RecordStore, config};
use agentctl::executor::lock::{FoundHolder, FoundLock, Holder, LockStore, Written};
use agentctl::resource::owner::Owner;
use agentctl::resource::site::Site;
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use localstack::{Config, Delays, Endpoint, Fault, FaultKind, Service};
use serde_json::json;

use crate::served::Served;
use crate::support::{Background, TestEnvironment, await_line};

const ACCOUNT: &str = "111122223333";

/// How long the holder's upload takes: longer than the tests.
const LONG: Duration = Duration::from_secs(50);

/// Serves the endpoint in a folder, at a given time.
fn serve_at(folder: &Path, start: Timestamp) -> Served {
    let config = Config::in_folder(folder, Delays::none()).start(start);
    Served::of(Endpoint::new(config).unwrap())
}

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    }
}

fn record_store(served: &Served) -> S3RecordStore {
    let site = Site {
        partition: "aws".into(),
        account: ACCOUNT.into(),
        region: "us-east-1".into(),
    };
    let config = config::local(&served.url, "us-east-1", ACCOUNT);
    S3RecordStore::new(Arc::new(Clients::new(&config, Access::Write)), &site)
}

fn on_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

fn lock(served: &Served) -> Option<FoundLock> {
    on_runtime(LockStore::read(&record_store(served), &owner())).unwrap()
}

fn holder_of(served: &Served) -> Holder {
    match lock(served).unwrap().holder {
        FoundHolder::Named(holder) => holder,
        FoundHolder::Unclear(reason) => panic!("{reason}"),
    }
}

/// A project that is applied, and then edited.
fn edited(served: &Served) -> TestEnvironment {
    let environment = TestEnvironment::triage().signed_in();
    served.run(&environment, "apply -y").exits(0);
    environment.edit("deploy-plans/agent.yaml", "Sort the claims.", "Sort them.");
    environment
}

/// Starts an apply that holds the lock and waits for a slow answer.
fn begin_to_apply(served: &Served, environment: &TestEnvironment) -> Background {
    let slow = Fault::new(FaultKind::Slow(LONG));
    served.endpoint.order_fault(
        slow.on(Service::Lambda, "UpdateFunctionConfiguration")
            .first(1),
    );
    let arguments = format!("apply -y --endpoint-url {}", served.url);
    let mut child = environment.command(&arguments).spawn().unwrap();
    await_line(child.stderr.take().unwrap(), "updating    lambda-function");
    Background(child)
}

#[test]
fn the_second_of_two_processes_is_refused_with_holder_and_time() {
    let served = Served::begin();
    let environment = edited(&served);
    let first = begin_to_apply(&served, &environment);
    let dump = served.endpoint.dump().unwrap();

    let second = served.run(&environment, "apply -y --quiet").exits(5);

    let holder = holder_of(&served);
    assert_eq!(holder.pid, first.0.id());
    let host = gethostname::gethostname();
    assert_eq!(holder.who, format!("tester@{}", host.to_string_lossy()));
    assert!(second.raw.contains(&holder.to_string()), "{}", second.raw);
    assert_snapshot!(second.stderr, @"
    error[AC0404]: agent `triage` of project `claims` (env default, us-east-1) is locked by tester@[host] (`apply`, pid [pid]) since [time], last heartbeat [time]
    hint: wait until the other run has ended; the lock of a run that died on another machine is taken over after five minutes, or removed at once by `agentctl unlock triage --endpoint-url http://127.0.0.1:[port]`
    ");
    let answer = served.run(&environment, "destroy -y --quiet --format json");
    let answer = answer.exits(5).json_lines().pop().unwrap();
    assert_eq!(answer["errors"][0]["code"], json!("AC0404"));
    assert_eq!(served.endpoint.dump().unwrap(), dump);
}

#[test]
fn the_lock_of_a_killed_process_is_taken_over_at_once_on_its_machine() {
    let served = Served::begin();
    let environment = edited(&served);
    let mut first = begin_to_apply(&served, &environment);
    first.signal("KILL");
    assert_eq!(first.end(), None);
    served.endpoint.clear_faults();
    let next = served.run(&environment, "apply -y").exits(0);
    let words = "was left by a process that has ended on this machine";
    assert!(next.raw.contains(words), "{}", next.raw);
    assert_eq!(lock(&served), None);
    served.run(&environment, "diff --exit-code").exits(0);
}

/// Writes anything where the lock of the agent is.
fn write_lock(served: &Served, content: Vec<u8>) {
    let config = config::local(&served.url, "us-east-1", ACCOUNT);
    let clients = Clients::new(&config, Access::Write);
    let put = clients
        .s3
        .put_object()
        .bucket(format!("agentctl-{ACCOUNT}-us-east-1"))
        .key("locks/claims/default/triage")
        .body(content.into());
    on_runtime(put.send()).unwrap();
}

#[test]
fn a_lock_that_is_not_understood_is_respected_shown_in_part_and_removed() {
    let served = Served::begin();
    let environment = edited(&served);
    let mut text = br#"{"who":{"\u001b[31mred":1}, "pid":"#.to_vec();
    text.extend(b"\x1b]0;title\x07");
    for (content, words) in [
        (text, "is not understood: "),
        (vec![b'x'; 3_000_000], "has 3000000 bytes; agentctl reads 16384"),
        (
            br#"{"who":"\u001b[31mred","pid":1,"command":"apply","since":"2026-03-01T12:00:00Z","heartbeat":"2026-03-01T12:00:00Z"}"#.to_vec(),
            "\\u{1b}[31mred",
        ),
    ] {
        write_lock(&served, content);
        served.run(&environment, "apply -y").exits(5);
        let unlock = served.run(&environment, "unlock triage -y").exits(0);
        assert!(unlock.raw.contains(words), "{}", unlock.raw);
        assert!(!unlock.raw.contains(['\u{1b}', '\u{7}']), "{:?}", unlock.raw);
        assert!(unlock.raw.len() < 2_000, "{}", unlock.raw);
        assert_eq!(lock(&served), None);
    }
    served.run(&environment, "apply -y").exits(0);
}

#[test]
fn the_lock_of_a_process_elsewhere_counts_until_it_is_removed() {
    let served = Served::begin();
    let environment = edited(&served);
    let ann = Holder {
        process: None,
        ..Holder::new("ann@host", "apply", Timestamp::UNIX_EPOCH)
    };
    let placed = on_runtime(record_store(&served).place(&owner(), &ann)).unwrap();
    assert!(matches!(placed, Written::As(_)));
    served.run(&environment, "apply -y --quiet").exits(5);

    assert_snapshot!(served.run(&environment, "unlock triage"), @"
    exit 64
    --- stderr
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    agent `triage` of project `claims` (env default, us-east-1) is locked by ann@host (`apply`, pid [pid]) since [time], last heartbeat [time], [age] ago
    error[AC0308]: cannot ask for confirmation: no terminal
    hint: give `-y` to continue without the question
    ");
    assert!(lock(&served).is_some());
    assert_snapshot!(served.run(&environment, "unlock triage --yes"), @"
    exit 0
    --- stdout
    unlocked agent `triage` of project `claims` (env default, us-east-1), held by ann@host (`apply`, pid [pid]) since [time], last heartbeat [time]
    --- stderr
    claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]
    as arn:aws:iam::111122223333:user/developer
    agent `triage` of project `claims` (env default, us-east-1) is locked by ann@host (`apply`, pid [pid]) since [time], last heartbeat [time], [age] ago
    ");
    assert_eq!(lock(&served), None);
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "diff --exit-code").exits(0);
    assert_snapshot!(served.run(&environment, "unlock triage -y"), @"
    exit 0
    --- stdout
    agent `triage` of project `claims` (env default, us-east-1) is not locked
    ");
}

#[test]
fn an_unlock_as_json_names_the_holder() {
    let served = Served::begin();
    let environment = edited(&served);
    let first = begin_to_apply(&served, &environment);
    let holder = holder_of(&served);
    let unlock = served.run(&environment, "unlock triage -y --quiet --format json");
    let mut answer: serde_json::Value = serde_json::from_str(&unlock.exits(0).raw).unwrap();
    assert_eq!(
        answer,
        json!({
            "format": "agentctl/unlock/1",
            "agent": "triage",
            "unlocked": true,
            "lock": {
                "who": holder.who,
                "pid": first.0.id(),
                "command": "apply",
                "since": holder.since,
                "heartbeat": holder.heartbeat,
                "abandoned": false,
            },
        })
    );
    let again = served.run(&environment, "unlock triage -y --format json");
    answer["unlocked"] = json!(false);
    answer["lock"] = json!(null);
    assert_eq!(again.exits(0).json(), answer);
}

#[test]
fn a_lock_that_was_written_after_it_was_shown_is_not_removed() {
    let served = Served::begin();
    edited(&served);
    let record_store = record_store(&served);
    on_runtime(async {
        let ann = Holder::new("ann@host", "apply", Timestamp::UNIX_EPOCH);
        let placed = record_store.place(&owner(), &ann).await.unwrap();
        assert!(matches!(placed, Written::As(_)));
        let shown = LockStore::read(&record_store, &owner())
            .await
            .unwrap()
            .unwrap();
        let alive = Holder {
            heartbeat: Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1),
            ..ann
        };
        let written = record_store
            .replace(&owner(), &alive, &shown.etag)
            .await
            .unwrap();
        let Written::As(etag) = written else {
            panic!("it was refused");
        };
        record_store
            .remove(&owner(), &shown.etag)
            .await
            .unwrap_err();
        let found = LockStore::read(&record_store, &owner())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.holder, found.etag),
            (FoundHolder::Named(alive), etag)
        );
    });
}

#[test]
fn the_age_of_a_lock_depends_only_on_the_clock_of_its_store() {
    let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    for hours in [-7, 7] {
        let folder = tempfile::tempdir().unwrap();
        let served = serve_at(folder.path(), start);
        let environment = edited(&served);
        let by_own_clock = start + SignedDuration::from_hours(hours);
        let holder = Holder::new("ann@host", "apply", by_own_clock);
        let placed = on_runtime(record_store(&served).place(&owner(), &holder)).unwrap();
        assert!(matches!(placed, Written::As(_)));
        served.run(&environment, "apply -y").exits(5);
        drop(served);

        let nearly = serve_at(folder.path(), start + SignedDuration::from_mins(4));
        nearly.run(&environment, "apply -y").exits(5);
        drop(nearly);

        let later = serve_at(folder.path(), start + SignedDuration::from_mins(6));
        let apply = later.run(&environment, "apply -y").exits(0);
        let warning = format!("was abandoned by {holder} and is taken over");
        assert!(apply.raw.contains(&warning), "{}", apply.raw);
        assert_eq!(lock(&later), None);
    }
}
