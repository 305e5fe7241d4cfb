//! The examples of scheduled checks: their commands exist, and what they do follows from the exit status.

use std::process::{Command, Output};

use agentctl::manifest::drift_ignores;
use camino::{Utf8Path, Utf8PathBuf};
use clap::error::ErrorKind;
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

fn folder() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy-plans/schedules")
}

fn text(name: &str) -> String {
    fs_err::read_to_string(folder().join(name)).unwrap()
}

#[test]
fn every_command_in_the_examples_exists() {
    let typed = Regex::new(r"(?m)(?:^|[\s/`])agentctl( [^\n>|;&`]+)").unwrap();
    let mut commands = 0;
    for entry in folder().read_dir_utf8().unwrap() {
        let path = entry.unwrap().into_path();
        let text = fs_err::read_to_string(&path).unwrap();
        // Sentences about agentctl do not begin with a command.
        for found in typed.captures_iter(&text) {
            let words: Vec<&str> = found[1].split_whitespace().collect();
            if words[0] != "drift" {
                continue;
            }
            let line = std::iter::once("agentctl").chain(words.iter().copied());
            let parsed = agentctl::cli::command_line().try_get_matches_from(line);
            match parsed {
                Ok(_) => commands += 1,
                // The text names the option without its value.
                Err(error) if error.kind() == ErrorKind::InvalidValue && words.len() == 2 => {}
                Err(error) => panic!("`{}` in {path}: {error}", &found[0]),
            }
        }
    }
    assert!(commands >= 4, "only {commands} were found");
}

#[test]
fn the_example_of_ignored_changes_is_valid() {
    let entries = drift_ignores(&folder().join("drift-ignore.yaml")).unwrap();
    let first = &entries[0];
    assert!(first.resource.matches("lambda-function/quickstart"));
    assert!(first.field.matches("environment.LOG_LEVEL"));
    assert_eq!(entries.len(), 2);
}

/// A folder with an `agentctl` and a `logger` that print their arguments; `agentctl` exits with a given status.
struct Bench(TempDir);

impl Bench {
    fn new(status: i32) -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        bench.program("agentctl", &format!("echo \"ran $*\"; exit {status}"));
        bench.program("logger", "echo \"logged $*\"");
        bench
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path().join(name);
        fs_err::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// Runs a script in the folder.
    fn run(&self, shell: &[&str], script: &str, status: i32) -> (Option<i32>, String) {
        let Output { status, stdout, .. } = Command::new(shell[0])
            .args(&shell[1..])
            .arg(script)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.path()))
            .env("HOME", self.path())
            .env("GITHUB_STEP_SUMMARY", self.path().join("summary"))
            .env("EXIT_STATUS", status.to_string())
            .output()
            .unwrap();
        (status.code(), String::from_utf8(stdout).unwrap())
    }
}

/// Runs the same script with each exit status of a check, and returns what was printed each time.
fn after_each_status(shell: &[&str], script: &str) -> Vec<(Option<i32>, String)> {
    [0, 2, 3, 1]
        .into_iter()
        .map(|status| Bench::new(status).run(shell, script, status))
        .collect()
}

#[test]
fn cron_mails_only_drift_and_failures() {
    let text = text("drift.cron");
    let job = text.lines().find(|line| line.contains("agentctl drift"));
    let fields: Vec<&str> = job.unwrap().splitn(6, ' ').collect();
    assert_eq!(fields[..5], ["17", "*", "*", "*", "*"]);
    // Cron treats a percent sign as the end of a line (crontab(5)).
    assert!(!fields[5].contains('%'));
    let script = fields[5].replace("cd /srv/claims", "cd .");
    let printed: Vec<String> = after_each_status(&["sh", "-c"], &script)
        .into_iter()
        .map(|(_, printed)| printed)
        .collect();
    let ran = "ran drift --quiet\n";
    assert_eq!(
        printed,
        [
            String::new(),
            format!("somebody changed what agentctl deployed\n{ran}"),
            format!("not everything could be read\n{ran}"),
            format!("the drift check failed\n{ran}"),
        ]
    );
}

#[test]
fn systemd_logs_what_the_status_means() {
    let text = text("agentctl-drift.service");
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        line.unwrap().to_owned()
    };
    assert_eq!(value("ExecStart="), "/usr/local/bin/agentctl drift --quiet");
    let stop = value("ExecStopPost=");
    let script = stop.strip_prefix("/bin/sh -c '").unwrap();
    // A doubled dollar sign is one that systemd does not expand (systemd.service(5), "Command lines").
    let script = script.strip_suffix('\'').unwrap().replace("$$", "$");
    let logged: Vec<String> = after_each_status(&["sh", "-c"], &script)
        .into_iter()
        .map(|(_, logged)| logged)
        .collect();
    assert_eq!(
        logged,
        [
            "",
            "logged -t agentctl-drift -p daemon.warning somebody changed what agentctl deployed\n",
            "logged -t agentctl-drift -p daemon.err not everything could be read\n",
            "logged -t agentctl-drift -p daemon.err the drift check failed\n",
        ]
    );
}

#[test]
fn the_workflow_writes_the_report_and_ends_as_the_check_did() {
    let workflow: Value = serde_saphyr::from_str(&text("github-drift.yaml")).unwrap();
    assert_eq!(
        workflow["permissions"],
        serde_json::json!({ "contents": "read", "id-token": "write" })
    );
    let steps = workflow["jobs"]["drift"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == "check").unwrap();
    let script = step["run"].as_str().unwrap();
    // The shell of `shell: bash` (GitHub workflow syntax, "jobs.<job_id>.steps[*].shell").
    let shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"];
    for (status, title) in [
        (0, None),
        (2, Some("drift")),
        (3, Some("drift check incomplete")),
        (1, Some("drift check failed")),
    ] {
        let bench = Bench::new(status);
        let (code, printed) = bench.run(&shell, script, status);
        assert_eq!(code, Some(status));
        let answer = printed
            .strip_prefix("::error title=")
            .and_then(|rest| rest.split_once("::"))
            .map(|(title, _)| title);
        assert_eq!(answer, title, "{printed}");
        let summary = fs_err::read_to_string(bench.path().join("summary")).unwrap();
        assert_eq!(summary, "ran drift --format markdown\n");
    }
}
