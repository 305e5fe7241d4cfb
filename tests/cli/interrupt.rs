//! Signals in each phase of a command: one ends it in order, two end it at once, and the next run continues.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use insta::assert_snapshot;
use localstack::{Delays, Fault, FaultKind, Service, Snapshot};
use regex::Regex;
use serde_json::{Value, json};

use crate::gate::Gate;
use crate::served::Served;
use crate::support::{Background, TestEnvironment, heeding, without_port};

const ACCOUNT: &str = "111122223333";
const MANIFEST: &str = "deploy-plans/agent.yaml";

/// An endpoint with two versions of the agent; the newer one is served.
static DEPLOYED: LazyLock<Snapshot> = LazyLock::new(|| {
    // Updates take long enough for a test to see them settle.
    let served = Served::with(Delays {
        lambda_update: Duration::from_millis(1500),
        ..Delays::none()
    });
    let environment = TestEnvironment::triage().signed_in();
    served.run(&environment, "apply -y").exits(0);
    environment.edit(MANIFEST, "Sort the claims.", "Sort them.");
    served.run(&environment, "apply -y").exits(0);
    served.endpoint.snapshot().unwrap()
});

/// A deployed agent, and newer manifests.
struct Scene {
    environment: TestEnvironment,
    served: Served,
}

impl Scene {
    fn begin() -> Self {
        let scene = Self {
            environment: TestEnvironment::triage().signed_in(),
            served: Served::of(DEPLOYED.restore().unwrap()),
        };
        scene
            .environment
            .edit(MANIFEST, "Sort the claims.", "Sort all of them.");
        scene
    }

    /// Starts a command that reacts to signals, even if the tests were started with signals ignored.
    fn spawn(&self, arguments: &str, url: &str) -> Running {
        let plain = self
            .environment
            .command(&format!("{arguments} --endpoint-url {url}"));
        let mut child = heeding(&plain).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Running {
            process: Background(child),
            stderr,
            said: String::new(),
        }
    }

    /// Sends a signal while a read is held: the command must end without its answer.
    fn interrupt_look(
        &self,
        signal: &str,
        arguments: &str,
        held: impl FnMut(&str) -> bool + Send + 'static,
    ) -> End {
        let gate = Gate::before(&self.served, held);
        let running = self.spawn(arguments, &gate.url);
        gate.await_arrival();
        running.process.signal(signal);
        running.end()
    }

    /// Sends a signal while a mutation is held: the command must wait for its answer.
    fn interrupt_change(
        &self,
        signal: &str,
        arguments: &str,
        held: impl FnMut(&str) -> bool + Send + 'static,
    ) -> End {
        let gate = Gate::before(&self.served, held);
        let mut running = self.spawn(arguments, &gate.url);
        gate.await_arrival();
        running.process.signal(signal);
        running.await_stopping();
        gate.open();
        running.end()
    }

    /// Sends two signals while a request is held: the command must end without its answer.
    fn interrupt_twice(
        &self,
        arguments: &str,
        held: impl FnMut(&str) -> bool + Send + 'static,
    ) -> End {
        let gate = Gate::before(&self.served, held);
        let mut running = self.spawn(arguments, &gate.url);
        gate.await_arrival();
        running.process.signal("INT");
        running.await_stopping();
        running.process.signal("INT");
        running.end()
    }

    fn has_lock(&self) -> bool {
        let held = self.served.endpoint.dump().unwrap().to_string();
        held.contains("locks/claims/default/triage")
    }

    /// Lists the mutations in the journals that have no outcome.
    fn unanswered(&self) -> Vec<String> {
        let folder = self.environment.root().join(".agentctl/journal");
        let mut open = Vec::new();
        for entry in folder.read_dir_utf8().into_iter().flatten() {
            let text = fs_err::read_to_string(entry.unwrap().path()).unwrap();
            let entries: Vec<Value> = text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            let of = |kind: &str| -> Vec<&Value> {
                entries
                    .iter()
                    .filter(|line| line["entry"] == kind)
                    .collect()
            };
            let answered: BTreeSet<u64> = of("outcome")
                .iter()
                .map(|line| line["n"].as_u64().unwrap())
                .collect();
            open.extend(
                of("intent")
                    .iter()
                    .filter(|line| !answered.contains(&line["n"].as_u64().unwrap()))
                    .map(|line| format!("{} {}", line["action"], line["step"]["address"])),
            );
        }
        open
    }

    /// Asserts that after one signal every mutation has an outcome, and that the same command continues.
    #[track_caller]
    fn demand_order(&self, arguments: &str) {
        assert_eq!(self.unanswered(), [""; 0], "{arguments}");
        assert!(!self.has_lock(), "{arguments}");
        self.served.run(&self.environment, arguments).exits(0);
    }

    /// Asserts that the next apply finishes.
    #[track_caller]
    fn demand_end(&self) {
        self.served.run(&self.environment, "apply -y").exits(0);
        self.served
            .run(&self.environment, "diff --exit-code")
            .exits(0);
    }
}

/// A running command, and its output so far.
struct Running {
    process: Background,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Running {
    /// Reads on until a text is printed.
    fn until(&mut self, text: &str) {
        loop {
            let before = self.said.len();
            let length = self.stderr.read_line(&mut self.said).unwrap();
            assert_ne!(length, 0, "it ended without `{text}`:\n{}", self.said);
            if self.said[before..].contains(text) {
                return;
            }
        }
    }

    /// Waits until the command reports the first signal.
    fn await_stopping(&mut self) {
        self.until("stopping: waiting for calls that were sent");
    }

    fn end(mut self) -> End {
        let mut stdout = String::new();
        let out = self.process.0.stdout.as_mut().unwrap();
        out.read_to_string(&mut stdout).unwrap();
        self.stderr.read_to_string(&mut self.said).unwrap();
        let status = self.process.end();
        let beginning = self.said.find("stopping: ").or(self.said.find("error"));
        End {
            status,
            said: without_port(&self.said.split_off(beginning.unwrap_or_default())),
            stdout: without_ids(&without_port(&stdout)),
        }
    }
}

fn without_ids(text: &str) -> String {
    static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"request id [0-9a-f-]{36}").unwrap());
    ID.replace_all(text, "request id [id]").into_owned()
}

/// How a command ended: its output from the signal on, and its results.
struct End {
    status: Option<i32>,
    said: String,
    stdout: String,
}

impl End {
    fn last_line(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }
}

/// Returns whether a request is the one to hold.
type Held = fn(&str) -> bool;

fn signing_in(request: &str) -> bool {
    request.contains("Action=GetCallerIdentity&")
}

fn reading(request: &str) -> bool {
    request.starts_with("GET /2015-03-31/functions")
}

fn is_get_of_seal(request: &str) -> bool {
    request.starts_with("GET /") && request.contains("/records/claims/default/seal")
}

fn placing_lock(request: &str) -> bool {
    is_put_of(request, "locks/")
}

fn changing_function(request: &str) -> bool {
    request.starts_with("PUT /2015-03-31/functions/triage/configuration")
}

fn moving_alias(request: &str) -> bool {
    request.starts_with("PUT /2015-03-31/functions/triage/aliases/live")
}

fn saving_record(request: &str) -> bool {
    is_put_of(request, "records/")
}

fn saving_pin(request: &str) -> bool {
    is_put_of(request, "pins/")
}

fn releasing_lock(request: &str) -> bool {
    is_purge_of(request, "locks/")
}

fn is_put_of(request: &str, prefix: &str) -> bool {
    request.starts_with(&format!("PUT /agentctl-{ACCOUNT}-us-east-1/{prefix}"))
}

fn is_purge_of(request: &str, prefix: &str) -> bool {
    request.starts_with("POST /agentctl-") && request.contains(&format!("<Key>{prefix}"))
}

/// Chooses the n-th of some requests, counted from 1.
fn nth(n: u32, is_meant: fn(&str) -> bool) -> impl FnMut(&str) -> bool + Send + 'static {
    let mut seen = 0;
    move |request| {
        seen += u32::from(is_meant(request));
        is_meant(request) && seen == n
    }
}

const SIGNALS: [&str; 3] = ["INT", "TERM", "HUP"];

#[test]
fn a_command_that_only_reads_ends_at_the_first_signal_and_reports_that_nothing_was_changed() {
    let scene = Scene::begin();
    for (place, command) in [
        "diff",
        "diff --out other.json",
        "drift",
        "status",
        "outputs",
        "versions triage",
        "apply -y",
        "destroy -y",
        "promote triage --version 1 -y",
        "rollback triage -y",
    ]
    .into_iter()
    .enumerate()
    {
        for held in [signing_in, reading] {
            let end = scene.interrupt_look(SIGNALS[place % 3], command, held);
            let answer = (end.status, end.said.as_str(), end.stdout.as_str());
            let expected = "error: interrupted; nothing was changed\n";
            assert_eq!(answer, (Some(130), expected, ""), "{command}");
        }
    }
    assert_eq!(scene.served.endpoint.log().writes(), 0);
    assert!(!scene.environment.root().join("other.json").exists());
    assert!(!scene.environment.root().join(".agentctl/journal").exists());
}

#[test]
fn the_check_of_a_saved_plan_ends_at_the_first_signal() {
    let scene = Scene::begin();
    for held in [signing_in, is_get_of_seal, reading] {
        let is_armed = Arc::new(AtomicBool::new(false));
        let gate = Gate::before(&scene.served, {
            let is_armed = is_armed.clone();
            move |request| is_armed.load(Ordering::SeqCst) && held(request)
        });
        let saving = format!("diff --out plan.json --endpoint-url {}", gate.url);
        scene.environment.run(&saving).exits(0);
        is_armed.store(true, Ordering::SeqCst);
        let running = scene.spawn("apply --plan plan.json", &gate.url);
        gate.await_arrival();
        running.process.signal("TERM");
        let end = running.end();
        let expected = "error: interrupted; nothing was changed\n";
        assert_eq!((end.status, end.said.as_str()), (Some(130), expected));
    }
    assert_eq!(scene.served.endpoint.log().writes(), 0);
}

#[test]
fn an_interrupted_stream_of_events_has_its_first_and_last_line() {
    let scene = Scene::begin();
    for command in ["apply", "destroy", "promote triage", "rollback triage"] {
        let command = format!("{command} -y --format json");
        let end = scene.interrupt_look("INT", &command, signing_in);
        let lines: Vec<Value> = end
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!((end.status, lines.len()), (Some(130), 2), "{}", end.stdout);
        assert_eq!(lines[0]["format"], "agentctl/events/1");
        assert_eq!(lines[0]["heading"], Value::Null);
        assert_eq!(
            lines[1]["errors"][0]["message"],
            "interrupted; nothing was changed"
        );
        let end = scene.interrupt_look("TERM", &command, reading);
        let first: Value = serde_json::from_str(end.stdout.lines().next().unwrap()).unwrap();
        assert_eq!(first["heading"]["account"], ACCOUNT);
        let last: Value = serde_json::from_str(end.last_line()).unwrap();
        let error = json!({ "code": null, "hint": null, "message": "interrupted; nothing was changed", "place": null });
        assert_eq!(
            (&last["event"], &last["done"]),
            (&json!("summary"), &json!(false))
        );
        assert_eq!(last["errors"], json!([error]));
    }
    assert_eq!(scene.served.endpoint.log().writes(), 0);
}

#[test]
fn a_stream_of_events_reports_that_the_run_is_stopping_and_that_it_ended() {
    let scene = Scene::begin();
    let gate = Gate::before(&scene.served, changing_function);
    let mut running = scene.spawn("apply -y --format json", &gate.url);
    gate.await_arrival();
    running.process.signal("INT");
    while running.process.line() != r#"{"event":"stopping"}"# {}
    running.process.signal("INT");
    let end = running.end();
    assert_eq!(end.status, Some(130));
    let last: Value = serde_json::from_str(end.last_line()).unwrap();
    assert_eq!(last["errors"][0]["code"], "AC0407");
    assert_eq!(last["done"], false);
}

#[test]
fn a_run_without_credentials_ends_its_stream_of_events_with_the_reason() {
    let environment = TestEnvironment::triage();
    for command in ["apply", "destroy", "promote triage", "rollback triage"] {
        let end = environment
            .run(&format!("{command} -y --format json"))
            .exits(1);
        let [first, last]: [Value; 2] = end.json_lines().try_into().unwrap();
        assert_eq!(first["format"], "agentctl/events/1");
        assert_eq!(last["event"], "summary");
        assert_eq!(last["errors"][0]["code"], "AC0306");
    }
}

#[test]
fn an_apply_ends_in_order_at_one_signal_in_any_phase_and_the_next_one_finishes() {
    let phases: [(&str, Held); 3] = [
        ("taking the lock", placing_lock),
        ("a call in flight", changing_function),
        ("moving callers", moving_alias),
    ];
    let mut answer = Vec::new();
    for (place, (phase, held)) in phases.into_iter().enumerate() {
        let scene = Scene::begin();
        let end = scene.interrupt_change(SIGNALS[place], "apply -y", held);
        let status = end.status.unwrap();
        answer.push(format!("{phase}: {status}\n{}", end.last_line()));
        assert!(
            end.said.contains("interrupt again to quit at once"),
            "{}",
            end.said
        );
        scene.demand_order("apply -y");
        scene.demand_end();
    }
    assert_snapshot!(answer.join("\n"), @"
    taking the lock: 130
    Nothing was applied: 0 of 3 resources done, 3 not started. To continue, run `agentctl apply --endpoint-url http://127.0.0.1:[port]` again
    a call in flight: 130
    Perhaps applied in part: 0 of 3 resources done, 1 interrupted, 2 not started. To continue, run `agentctl apply --endpoint-url http://127.0.0.1:[port]` again
    moving callers: 0
    Done: 3 resources as planned.
    ");
}

#[test]
fn a_signal_after_the_last_step_does_not_change_the_exit_status() {
    for held in [saving_record, releasing_lock] {
        let scene = Scene::begin();
        let end = scene.interrupt_change("INT", "apply -y", held);
        assert_eq!(
            (end.status, end.last_line()),
            (Some(0), "Done: 3 resources as planned.")
        );
        assert!(!scene.has_lock());
        scene
            .served
            .run(&scene.environment, "diff --exit-code")
            .exits(0);
    }
}

#[test]
fn settling_and_the_pause_before_another_attempt_end_at_one_signal() {
    let scene = Scene::begin();
    let mut running = scene.spawn("apply -y", &scene.served.url);
    running.until("settling");
    running.process.signal("TERM");
    let end = running.end();
    assert_eq!(end.status, Some(130));
    assert_snapshot!(end.stdout, @"
    unchanged 5
    interrupted 1
      lambda-function/triage
        accepted, still InProgress
    not started 2
      lambda-version/triage
      lambda-alias/triage.live
    Perhaps applied in part: 0 of 3 resources done, 1 interrupted, 2 not started. To continue, run `agentctl apply --endpoint-url http://127.0.0.1:[port]` again
    ");
    scene.demand_order("apply -y");

    let scene = Scene::begin();
    scene.served.endpoint.order_fault(
        Fault::new(FaultKind::Refuse {
            status: 409,
            code: "ResourceConflictException".into(),
            message: "An update is in progress for resource".into(),
        })
        .on(Service::Lambda, "UpdateFunctionConfiguration"),
    );
    let mut running = scene.spawn("apply -y", &scene.served.url);
    running.until("waiting");
    running.process.signal("HUP");
    let end = running.end();
    assert_eq!(end.status, Some(130));
    assert_snapshot!(end.stdout, @"
    unchanged 5
    interrupted 1
      lambda-function/triage
        refused, and not retried: lambda UpdateFunctionConfiguration: ResourceConflictException: An update is in progress for resource (request id [id])
    not started 2
      lambda-version/triage
      lambda-alias/triage.live
    Nothing was applied: 0 of 3 resources done, 1 interrupted, 2 not started. To continue, run `agentctl apply --endpoint-url http://127.0.0.1:[port]` again
    ");
    scene.served.endpoint.clear_faults();
    scene.demand_order("apply -y");
}

#[test]
fn a_destroy_ends_in_order_at_one_signal_in_any_phase_and_the_next_one_finishes() {
    let deleting: Held = |request| request.starts_with("DELETE /2015-03-31/functions/triage");
    let forgetting: Held = |request| is_purge_of(request, "records/claims/default/triage.json");
    let looking_for_locks: Held = |request| {
        request.starts_with(&format!("HEAD /agentctl-{ACCOUNT}-us-east-1"))
            && !request.contains("/objects/")
    };
    let mut answer = Vec::new();
    let mut tell = |phase: &str, end: &End| {
        answer.push(format!(
            "{phase}: {}\n{}",
            end.status.unwrap(),
            end.last_line()
        ));
    };
    // The bucket is read before the question, and again before its locks are acquired.
    let scene = Scene::begin();
    let end = scene.interrupt_look("INT", "destroy -y", nth(3, looking_for_locks));
    tell("looking for locks", &end);
    scene.demand_order("destroy -y");
    let phases: [(&str, Held); 4] = [
        ("taking the lock", placing_lock),
        ("a call in flight", deleting),
        ("forgetting", forgetting),
        ("releasing the lock", releasing_lock),
    ];
    for (phase, held) in phases {
        let scene = Scene::begin();
        let end = scene.interrupt_change("TERM", "destroy -y", held);
        tell(phase, &end);
        scene.demand_order("destroy -y");
        assert_eq!(scene.served.endpoint.dump().unwrap(), json!({}));
    }
    assert_snapshot!(answer.join("\n"), @"
    looking for locks: 130
    Nothing was destroyed: 0 of 7 resources done, 7 not started. To continue, run `agentctl destroy --endpoint-url http://127.0.0.1:[port]` again
    taking the lock: 130
    Nothing was destroyed: 0 of 7 resources done, 7 not started. To continue, run `agentctl destroy --endpoint-url http://127.0.0.1:[port]` again
    a call in flight: 130
    Destroyed in part: 1 of 7 resources done, 6 not started. To continue, run `agentctl destroy --endpoint-url http://127.0.0.1:[port]` again
    forgetting: 130
    Destroyed in part: 6 of 7 resources done, 1 not started. To continue, run `agentctl destroy --endpoint-url http://127.0.0.1:[port]` again
    releasing the lock: 130
    Destroyed in part: 6 of 7 resources done, 1 not started. To continue, run `agentctl destroy --endpoint-url http://127.0.0.1:[port]` again
    ");
}

#[test]
fn a_rollback_ends_in_order_at_one_signal_with_pointer_and_pin_together() {
    let mut answer = Vec::new();
    let phases: [(&str, Held); 4] = [
        ("taking the lock", placing_lock),
        ("writing the pin", saving_pin),
        ("a call in flight", moving_alias),
        ("releasing the lock", releasing_lock),
    ];
    for (phase, held) in phases {
        let scene = Scene::begin();
        let end = scene.interrupt_change("INT", "rollback triage -y", held);
        let versions = scene
            .served
            .run(&scene.environment, "versions triage --format json");
        let versions = versions.exits(0).json();
        answer.push(format!(
            "{phase}: {} {:?} serves {} pinned {}",
            end.status.unwrap(),
            end.stdout
                .lines()
                .last()
                .or(end.said.lines().last())
                .unwrap_or_default(),
            versions["served"],
            versions["pin"]["version"],
        ));
        assert_eq!(scene.unanswered(), [""; 0], "{phase}");
        assert!(!scene.has_lock(), "{phase}");
    }
    assert_snapshot!(answer.join("\n"), @r#"
    taking the lock: 130 "error: interrupted; nothing was changed" serves "2" pinned null
    writing the pin: 130 "Nothing was moved: 0 of 1 resource done, 1 not started. To continue, run the same command again" serves "2" pinned null
    a call in flight: 0 "Done: 1 resource as planned." serves "1" pinned "1"
    releasing the lock: 0 "Done: 1 resource as planned." serves "1" pinned "1"
    "#);
}

#[test]
fn two_signals_end_a_run_at_once_and_it_reports_what_is_unfinished() {
    let phases: [(&str, Held, &[&str]); 4] = [
        ("apply -y", placing_lock, &[]),
        (
            "apply -y",
            changing_function,
            &["\"update\" \"lambda-function/triage\""],
        ),
        ("apply -y", saving_record, &[]),
        ("destroy -y", releasing_lock, &[]),
    ];
    for (command, held, unanswered) in phases {
        let scene = Scene::begin();
        let end = scene.interrupt_twice(command, held);
        assert_eq!(
            (end.status, end.stdout.as_str()),
            (Some(130), ""),
            "{command}"
        );
        let root = scene.environment.root();
        assert!(
            end.said.ends_with(&format!("\
error[AC0407]: quit at once: calls in flight may have been carried out, and the locks of the agents were not released
hint: the last file in `{root}/.agentctl/journal` lists the calls in flight; to continue, run the same command again; on another machine, when the locks are five minutes old
")),
            "{}",
            end.said
        );
        assert_eq!(scene.unanswered(), unanswered, "{command}");
        // The lock of a process that has ended on this machine is taken over.
        scene.served.run(&scene.environment, command).exits(0);
        scene.served.run(&scene.environment, command).exits(0);
    }
}

#[test]
fn a_signal_that_was_ignored_from_the_start_stays_ignored() {
    let scene = Scene::begin();
    let gate = Gate::before(&scene.served, changing_function);
    let plain = scene
        .environment
        .command(&format!("apply -y --endpoint-url {}", gate.url));
    // As `nohup` does.
    let mut nohup = Command::new("/bin/sh");
    nohup
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(plain.get_current_dir().unwrap())
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let process = Background(nohup.spawn().unwrap());
    gate.await_arrival();
    process.signal("HUP");
    gate.open();
    let mut process = process;
    assert_eq!(
        process.end(),
        Some(if cfg!(target_os = "linux") { 0 } else { 130 })
    );
}

/// A command in its own terminal; `script` makes it and passes on what is typed.
fn at_terminal(plain: &Command) -> Command {
    let line: Vec<&str> = std::iter::once(plain.get_program())
        .chain(plain.get_args())
        .map(|word| word.to_str().unwrap())
        .collect();
    let mut script = Command::new("/usr/bin/script");
    if cfg!(target_os = "macos") {
        script.args(["-q", "/dev/null"]).args(line);
    } else {
        script.args(["-qefc", &line.join(" "), "/dev/null"]);
    }
    script
        .current_dir(plain.get_current_dir().unwrap())
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("SHELL", "/bin/sh");
    let mut heeding = heeding(&script);
    heeding.stdin(Stdio::piped()).stderr(Stdio::null());
    heeding
}

#[test]
fn ctrl_c_at_the_prompt_changes_nothing() {
    for command in ["apply", "destroy", "rollback triage"] {
        let scene = Scene::begin();
        let url = &scene.served.url;
        let plain = scene
            .environment
            .command(&format!("{command} --color never --endpoint-url {url}"));
        let mut process = Background(at_terminal(&plain).spawn().unwrap());
        let mut shown = Vec::new();
        let stdout = process.0.stdout.as_mut().unwrap();
        while !shown.ends_with(b"[y/N] ") {
            let mut byte = [0];
            assert_eq!(
                stdout.read(&mut byte).unwrap(),
                1,
                "{}",
                String::from_utf8_lossy(&shown)
            );
            shown.extend(byte);
        }
        process
            .0
            .stdin
            .as_mut()
            .unwrap()
            .write_all(b"\x03")
            .unwrap();
        let mut rest = String::new();
        process
            .0
            .stdout
            .as_mut()
            .unwrap()
            .read_to_string(&mut rest)
            .unwrap();
        assert_eq!(
            (process.end(), rest.replace('\r', "").as_str()),
            (Some(130), "^C\nerror: interrupted; nothing was changed\n"),
        );
        assert_eq!(scene.served.endpoint.log().writes(), 0);
    }
}
