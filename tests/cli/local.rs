//! `--local` and `agentctl local`: one endpoint for a project, on which nothing outside the project has any effect.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use insta::assert_snapshot;

use crate::support::{Background, TestEnvironment, heeding};

#[test]
fn no_variable_of_aws_affects_local_runs() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", trap.local_addr().unwrap());
    let environment = TestEnvironment::triage()
        .variable("AWS_ENDPOINT_URL", &url)
        .variable("AWS_ENDPOINT_URL_S3", &url)
        .variable("AWS_ENDPOINT_URL_STS", &url)
        .variable("HTTP_PROXY", &url)
        .variable("HTTPS_PROXY", &url)
        .variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)
        .variable("AWS_EC2_METADATA_DISABLED", "false")
        .variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)
        .variable("AWS_PROFILE", "nonsense")
        .variable("AWS_REGION", "mars-north-1")
        .variable("AWS_USE_FIPS_ENDPOINT", "true")
        .variable("AWS_USE_DUALSTACK_ENDPOINT", "true")
        .variable("AWS_MAX_ATTEMPTS", "1")
        .variable("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .variable("AWS_SECRET_ACCESS_KEY", "wrong")
        .variable("AWS_SESSION_TOKEN", "expired");
    fs_err::create_dir(environment.home().join(".aws")).unwrap();
    fs_err::write(environment.home().join(".aws/config"), "[not a config").unwrap();

    environment.run("apply --local -y").exits(0);
    let diff = environment.run("diff --local --exit-code").exits(0);
    assert_snapshot!(diff.stdout, @"
    claims · account 000000000000 · us-east-1 · default · local endpoint
    as arn:aws:iam::000000000000:user/developer
    No differences.  [calls]
    ");
    environment.run("destroy --local -y").exits(0);
    trap.set_nonblocking(true).unwrap();
    let refused = trap.accept().map(|(_, caller)| caller).unwrap_err();
    assert_eq!(
        refused.kind(),
        std::io::ErrorKind::WouldBlock,
        "nobody called"
    );
}

#[test]
fn a_local_run_needs_no_project_document() {
    let environment = TestEnvironment::triage();
    fs_err::remove_file(environment.root().join("deploy-plans/project.yaml")).unwrap();
    let diff = environment.run("diff --local").exits(0).stdout;
    assert!(
        diff.starts_with("local · account 000000000000 · us-east-1 · default · local endpoint\n"),
        "{diff}"
    );
}

#[test]
fn the_endpoint_is_served_in_a_folder_without_a_project() {
    let environment = TestEnvironment::empty();
    let mut server = Background(environment.command("local serve --port 0").spawn().unwrap());
    let url = server.line();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let status = environment.run("local status").exits(0).stdout;
    assert!(status.contains(" (process "), "{status}");
    server.signal("INT");
    assert_eq!(server.end(), Some(0));
    environment.run("local reset").exits(0);
}

// On Linux, all of 127.0.0.0/8 is this machine, so a server that listens on all addresses answers on each of them.
#[cfg(target_os = "linux")]
#[test]
fn the_endpoint_is_served_under_one_address_of_loopback_and_no_other() {
    let environment = TestEnvironment::triage();
    let mut server = Background(environment.command("local serve --port 0").spawn().unwrap());
    let url = server.line();
    let port = url.strip_prefix("http://127.0.0.1:").unwrap();
    let port: u16 = port.parse().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    for elsewhere in ["127.0.0.2", "::1"] {
        let connected = TcpStream::connect((elsewhere, port));
        assert!(connected.is_err(), "served under {elsewhere}");
    }
}

#[test]
fn commands_use_the_endpoint_that_another_process_serves() {
    let environment = TestEnvironment::triage();
    assert_snapshot!(environment.run("local status"), @"
    exit 0
    --- stdout
    not running; commands with `--local` start it automatically
    ");
    let mut server = heeding(&environment.command("local serve --port 0"));
    let mut server = Background(server.spawn().unwrap());
    let url = server.line();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_snapshot!(environment.run("local status"), @"
    exit 0
    --- stdout
    http://127.0.0.1:[port] (process [pid])
    ");

    environment.run("apply --local -y").exits(0);
    let commands = ["diff --local --exit-code"; 3]
        .map(|arguments| environment.command(arguments).spawn().unwrap());
    for command in commands {
        environment.finish(command).exits(0);
    }
    assert_snapshot!(environment.run("local serve --port 0"), @"
    exit 1
    --- stderr
    error[AC0305]: process [pid] already serves this project's local endpoint on port [port]
    hint: stop process [pid], or keep it: other commands use it automatically
    ");
    assert_snapshot!(environment.run("local reset"), @"
    exit 1
    --- stderr
    error[AC0305]: process [pid] already serves this project's local endpoint on port [port]
    hint: stop process [pid], or keep it: other commands use it automatically
    ");

    server.signal("INT");
    assert_eq!(server.0.wait().unwrap().code(), Some(0));
    environment.run("diff --local --exit-code").exits(0);
    assert_snapshot!(environment.run("local reset"), @"
    exit 0
    --- stderr
    deleted: [folder]/project/.agentctl/local/data
    ");
    environment.run("diff --local --exit-code").exits(2);
}

#[test]
fn the_next_command_takes_over_from_a_server_that_was_killed() {
    let environment = TestEnvironment::triage();
    let mut server = Background(environment.command("local serve --port 0").spawn().unwrap());
    server.line();
    environment.run("apply --local -y").exits(0);
    server.signal("KILL");
    server.0.wait().unwrap();
    environment.run("diff --local --exit-code").exits(0);
}

#[test]
fn commands_at_the_same_time_share_the_endpoint() {
    let environment = TestEnvironment::triage();
    // Either the apply serves the endpoint or a faster command does: both must work.
    for _ in 0..3 {
        let mut commands = Vec::new();
        for arguments in ["diff --local", "apply --local -y", "diff --local"] {
            commands.push(environment.command(arguments).spawn().unwrap());
            std::thread::sleep(Duration::from_millis(30));
        }
        for command in commands {
            environment.finish(command).exits(0);
        }
        environment.run("local reset").exits(0);
    }
}

#[test]
fn a_signal_after_the_last_step_ends_the_wait_for_other_commands() {
    let environment = TestEnvironment::triage();
    // As a command that uses the endpoint for a long time.
    environment.write(".agentctl/local/users", "");
    let users = environment.root().join(".agentctl/local/users");
    let users = std::fs::File::open(users).unwrap();
    users.lock_shared().unwrap();
    let mut apply = heeding(&environment.command("apply --local -y"));
    let mut apply = Background(apply.spawn().unwrap());
    while !apply.line().starts_with("Done: ") {}
    apply.signal("INT");
    assert_eq!(apply.end(), Some(0));
}
