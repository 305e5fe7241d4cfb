//! Closed streams, and streams that nobody reads: the work goes on, and the exit status stays the same.

use std::process::{Command, Stdio};

use crate::served::Served;
use crate::support::{AGENT, TestEnvironment, Transcript};

const COMMANDS: [&str; 14] = [
    "apply -y",
    "diff",
    "diff --format json",
    "drift",
    "drift --format markdown",
    "status",
    "outputs --format json",
    "versions triage",
    "graph",
    "schema",
    "explain AC0404",
    "completion bash",
    "destroy -y --format json",
    "diff --profile nobody",
];

/// Runs a command in a shell that closes or redirects a stream.
fn redirected(environment: &TestEnvironment, arguments: &str, redirection: &str) -> Transcript {
    let plain = environment.command(arguments);
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("exec \"$@\" {redirection}"), "sh"])
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
    environment.finish(shell.spawn().unwrap())
}

#[test]
fn closed_streams_change_neither_the_work_nor_the_status() {
    let statuses = |redirection: &str| -> Vec<Option<i32>> {
        let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
        COMMANDS
            .iter()
            .map(|command| {
                let arguments = match *command {
                    "diff --profile nobody" | "graph" | "schema" => (*command).to_owned(),
                    command
                        if command.starts_with("explain") || command.starts_with("completion") =>
                    {
                        command.to_owned()
                    }
                    command => format!("{command} -vvv --endpoint-url {}", served.url),
                };
                redirected(&environment, &arguments, redirection).status
            })
            .collect()
    };
    let undisturbed = statuses("");
    let mut expected = vec![Some(0); COMMANDS.len()];
    expected[COMMANDS.len() - 1] = Some(1);
    assert_eq!(undisturbed, expected);
    for redirection in [">&-", "2>&-", ">&- 2>&- <&-"] {
        assert_eq!(statuses(redirection), expected, "{redirection}");
    }
}

#[test]
fn an_unread_log_ends_no_command() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    for command in ["apply -y -vvv", "diff -vvv", "destroy -y -vvv"] {
        let arguments = format!("{command} --endpoint-url {}", served.url);
        let mut child = environment.command(&arguments).spawn().unwrap();
        drop(child.stderr.take());
        environment.finish(child).exits(0);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_standard_output_is_an_error() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    for command in [
        "apply -y",
        "diff",
        "diff --format json",
        "status --format json",
        "drift",
        "apply -y --format json",
    ] {
        let arguments = format!("{command} --quiet --endpoint-url {}", served.url);
        // `apply` prints nothing if there is nothing to do.
        let manifest = AGENT.replace("Sort the claims.", &format!("Sort for {command}."));
        environment.write("deploy-plans/agent.yaml", manifest);
        let end = redirected(&environment, &arguments, ">/dev/full").exits(1);
        assert_eq!(
            end.stderr,
            "error[AC0311]: standard output could not be written: No space left on device (os error 28)\n\
             hint: the output is incomplete; make room for it, and run the command again\n",
            "{command}"
        );
    }
    // The apply did its work.
    served.run(&environment, "diff --exit-code").exits(0);
}
