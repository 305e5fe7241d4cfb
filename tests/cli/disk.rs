//! Full disks, and folders that cannot be written to. A limit on the size of files stands in for the full disk.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};

use camino::Utf8Path;
use insta::assert_snapshot;
use localstack::Service;
use serde_json::Value;

use crate::served::Served;
use crate::support::{TestEnvironment, Transcript};

/// Runs a command inside another program with arguments.
fn wrapped(environment: &TestEnvironment, wrapper: &[&str], arguments: &str) -> Transcript {
    let plain = environment.command(arguments);
    let mut command = Command::new(wrapper[0]);
    command
        .args(&wrapper[1..])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(plain.get_current_dir().unwrap())
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    environment.finish(command.spawn().unwrap())
}

/// Runs a command that can write at most 512 bytes into each file.
fn on_full_disk(environment: &TestEnvironment, arguments: &str) -> Transcript {
    // Ignores the signal that would end a process at the limit (setrlimit(2), `RLIMIT_FSIZE`).
    let limit = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    wrapped(environment, &["/bin/sh", "-c", limit, "sh"], arguments)
}

fn names_below(folder: &Utf8Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in folder.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            names.extend(names_below(entry.path()));
        }
        names.push(entry.path().to_string());
    }
    names.sort();
    names
}

#[test]
fn a_change_that_cannot_be_written_into_the_journal_is_not_sent() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    let arguments = format!("apply -y --quiet --endpoint-url {}", served.url);
    let apply = on_full_disk(&environment, &arguments);
    assert!(matches!(apply.status, Some(1 | 6)), "{apply}");
    for part in [
        "    the journal could not be written: failed to write to file ",
        ": File too large (os error 27)\n    hint: check that `.agentctl` in the working folder is writable and that the disk has room; `agentctl explain AC0405` says more\n",
    ] {
        assert!(apply.stdout.contains(part), "{apply}");
    }
    let journals = environment.root().join(".agentctl/journal");
    let [journal] = names_below(&journals).try_into().unwrap();
    let text = fs_err::read_to_string(journal).unwrap();
    // Whole lines only, and one for each change that was sent.
    let entries: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let intents = entries.iter().filter(|entry| entry["entry"] == "intent");
    assert_eq!(
        intents.count() as u64,
        served.endpoint.log().writes(),
        "{text}"
    );
    assert_eq!(
        served
            .endpoint
            .log()
            .count(Service::Lambda, "CreateFunction"),
        0
    );
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "diff --exit-code").exits(0);
}

#[test]
fn a_plan_that_does_not_fit_on_the_disk_leaves_no_file() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    let before = names_below(&environment.root());
    let arguments = format!("diff --quiet --out plan.json --endpoint-url {}", served.url);
    let end = on_full_disk(&environment, &arguments).exits(1);
    let beginning =
        "error[AC0607]: the plan cannot be saved as `plan.json`: File too large (os error 27)";
    assert!(end.stderr.starts_with(beginning), "{end}");
    assert_eq!(names_below(&environment.root()), before);
}

#[test]
fn the_local_endpoint_refuses_what_it_cannot_store_and_loses_nothing() {
    let environment = TestEnvironment::triage();
    environment.run("apply --local -y").exits(0);
    let data = environment.root().join(".agentctl/local/data");
    let before = names_below(&data);
    environment.edit("deploy-plans/agent.yaml", "Sort the claims.", "Sort them.");
    let apply = on_full_disk(&environment, "apply --local -y --quiet").exits(1);
    assert!(
        apply.stderr.contains("HTTP 507") || apply.stderr.contains("InternalFailure"),
        "{apply}"
    );
    assert!(apply.stderr.contains("File too large"), "{apply}");
    assert_eq!(names_below(&data), before);
    environment.run("diff --local --exit-code").exits(2);
    environment.run("apply --local -y").exits(0);
    environment.run("diff --local --exit-code").exits(0);
}

#[test]
fn nothing_is_changed_from_a_folder_that_cannot_be_written_to() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    let root = environment.root();
    let set = |mode| fs_err::set_permissions(&root, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    let arguments = format!("apply -y --quiet --endpoint-url {}", served.url);
    // Root ignores permissions unless it drops the capability to override them (capabilities(7)).
    let is_root = fs_err::metadata(&root).unwrap().uid() == 0;
    let wrapper: &[&str] = if is_root {
        &[
            "/usr/bin/setpriv",
            "--bounding-set=-dac_override,-dac_read_search",
        ]
    } else {
        &["/usr/bin/env"]
    };
    let apply = wrapped(&environment, wrapper, &arguments);
    let local = wrapped(&environment, wrapper, "apply -y --quiet --local");
    set(0o755);
    assert_snapshot!(apply, @"
    exit 1
    --- stderr
    error[AC0405]: the journal in `[folder]/project/.agentctl/journal` cannot be written: Permission denied (os error 13)
    hint: make the folder writable; nothing was changed
    ");
    assert_snapshot!(local, @"
    exit 1
    --- stderr
    error[AC0305]: could not use `[folder]/project/.agentctl/local`: Permission denied (os error 13)
    ");
    assert_eq!(served.endpoint.log().writes(), 0);
}
