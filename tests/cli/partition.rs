//! Other endpoints, answers that are not from AWS, wrong clocks, and sessions that end during a run.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use localstack::{Fault, FaultKind, Service};

use crate::served::Served;
use crate::support::{Background, TestEnvironment, heeding};

/// Answers every request with the same text, and keeps the first line of each request.
fn answering(text: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let answer = asked.clone();
    // Ends with the process, as its listener does.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut first, mut length) = (None, 0);
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).unwrap_or_default() == 0 || line.trim().is_empty() {
                    break;
                }
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap();
                }
                first.get_or_insert(line.trim().to_owned());
            }
            answer.lock().unwrap().extend(first);
            // The client may have hung up.
            let _ = stream.read_exact(&mut vec![0; length]);
            let _ = stream.get_mut().write_all(text.as_bytes());
        }
    });
    (url, asked)
}

#[test]
fn the_variables_of_aws_and_the_region_choose_the_host_for_signing_in() {
    const FIPS: &str = "AWS_USE_FIPS_ENDPOINT";
    const DUAL: &str = "AWS_USE_DUALSTACK_ENDPOINT";
    const CASES: [(&str, &[&str], &str); 6] = [
        ("us-east-1", &[FIPS], "sts-fips.us-east-1.amazonaws.com"),
        ("us-east-1", &[DUAL], "sts.us-east-1.api.aws"),
        ("us-east-1", &[FIPS, DUAL], "sts-fips.us-east-1.api.aws"),
        ("cn-north-1", &[], "sts.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", &[], "sts.us-gov-west-1.amazonaws.com"),
        ("us-gov-west-1", &[FIPS], "sts.us-gov-west-1.amazonaws.com"),
    ];
    let runs = CASES.map(|(region, variables, host)| {
        std::thread::spawn(move || {
            let (proxy, asked) = answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
            let mut environment = TestEnvironment::triage()
                .signed_in()
                .variable("HTTPS_PROXY", &proxy);
            for variable in variables {
                environment = environment.variable(variable, "true");
            }
            environment.run(&format!("diff --region {region}")).exits(1);
            let mut asked = asked.lock().unwrap().clone();
            asked.dedup();
            assert_eq!(asked, [format!("CONNECT {host}:443 HTTP/1.1")]);
        })
    });
    for run in runs {
        run.join().unwrap();
    }
}

#[test]
fn a_web_page_is_not_treated_as_an_answer_of_aws() {
    const PAGES: [(&str, &str); 4] = [
        (
            "200",
            "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: 21\r\nconnection: close\r\n\r\n<html>Sign in!</html>",
        ),
        (
            "302",
            "HTTP/1.1 302 Found\r\nlocation: http://portal.invalid/\r\ncontent-type: text/html\r\ncontent-length: 21\r\nconnection: close\r\n\r\n<html>Sign in!</html>",
        ),
        (
            "403",
            "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 21\r\nconnection: close\r\n\r\n<html>Go away!</html>",
        ),
        (
            "511",
            "HTTP/1.1 511 Network Authentication Required\r\ncontent-type: text/html\r\ncontent-length: 21\r\nconnection: close\r\n\r\n<html>Sign in!</html>",
        ),
    ];
    for (status, page) in PAGES {
        let (url, _) = answering(page);
        let environment = TestEnvironment::triage()
            .signed_in()
            .variable("AWS_ENDPOINT_URL", &url);
        let end = environment.run("diff").exits(1);
        assert_eq!(
            end.stderr,
            format!(
                "error[AC0307]: sts GetCallerIdentity: HTTP {status}: the answer is a web page, for example of a portal or proxy, and not an answer of AWS\n\
                 hint: check the network, `HTTPS_PROXY` and `NO_PROXY`, and `AWS_ENDPOINT_URL` if it is set\n"
            )
        );
    }
}

#[test]
fn a_server_without_tls_is_reported_as_unreachable() {
    let (url, _) = answering("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    let url = url.replace("http://", "https://");
    let environment = TestEnvironment::triage().signed_in();
    let end = environment
        .run(&format!("diff --endpoint-url {url}"))
        .exits(1);
    assert!(
        end.stderr
            .starts_with("error[AC0307]: sts GetCallerIdentity: client error (Connect): TLS"),
        "{end}"
    );
}

#[test]
fn a_wrong_clock_is_reported() {
    for (code, message) in [
        (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z",
        ),
    ] {
        let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
        served.endpoint.order_fault(Fault::new(FaultKind::Refuse {
            status: 403,
            code: code.into(),
            message: message.into(),
        }));
        let end = served.run(&environment, "apply -y").exits(1);
        assert!(
            end.stderr
                .starts_with("error[AC0306]: sts GetCallerIdentity: "),
            "{end}"
        );
        assert!(
            end.stderr.ends_with(
                "hint: set this machine's clock; AWS refuses signatures whose time is minutes off\n"
            ),
            "{end}"
        );
    }
}

#[test]
fn a_session_that_expires_during_an_apply_has_a_hint_and_the_next_apply_finishes() {
    let (environment, served) = (TestEnvironment::triage().signed_in(), Served::begin());
    let expired = || {
        Fault::new(FaultKind::Refuse {
            status: 403,
            code: "ExpiredTokenException".into(),
            message: "The security token included in the request is expired".into(),
        })
    };
    served
        .endpoint
        .order_fault(expired().on_service(Service::Lambda));
    let look = served.run(&environment, "apply -y --quiet").exits(3);
    assert!(look.stderr.starts_with("error[AC0403]: "), "{look}");
    let advice = "hint: the session has expired; sign in again with `aws sso login`, with the same `--profile`\n";
    assert!(look.stderr.ends_with(advice), "{look}");
    assert_eq!(served.endpoint.log().writes(), 0);

    served.endpoint.clear_faults();
    served
        .endpoint
        .order_fault(expired().on(Service::Lambda, "PublishVersion"));
    let apply = served.run(&environment, "apply -y --quiet").exits(6);
    assert!(apply.stdout.contains(advice), "{apply}");
    served.endpoint.clear_faults();
    served.run(&environment, "apply -y").exits(0);
    served.run(&environment, "diff --exit-code").exits(0);
}

#[test]
fn the_error_for_invalid_output_of_a_credential_process_names_the_mistake() {
    let profile = "[profile vault]\ncredential_process = echo no credentials today\n";
    let environment = TestEnvironment::triage().at_home(".aws/config", profile);
    let end = environment.run("diff --profile vault").exits(1);
    assert!(
        end.stderr.starts_with(
            "error[AC0306]: sts GetCallerIdentity: an error occurred while loading credentials: "
        ),
        "{end}"
    );
    assert!(end.stderr.ends_with("hint: the credentials do not work; run `aws sts get-caller-identity` with the same profile\n"), "{end}");
    // What a program prints may be a secret.
    assert!(!end.raw.contains("no credentials today"), "{end}");
}

#[test]
fn ctrl_c_ends_the_wait_for_a_credential_process() {
    let profile = "[profile vault]\ncredential_process = sh -c 'touch asked; exec sleep 20'\n";
    let environment = TestEnvironment::triage().at_home(".aws/config", profile);
    let plain = environment.command("diff --profile vault");
    let mut command = heeding(&plain);
    command.env("PATH", "/usr/bin:/bin").stderr(Stdio::null());
    let mut process = Background(command.spawn().unwrap());
    let began = Instant::now();
    while !environment.root().join("asked").exists() {
        assert!(began.elapsed() < Duration::from_secs(30), "it is not asked");
        std::thread::sleep(Duration::from_millis(10));
    }
    process.signal("INT");
    assert_eq!(process.end(), Some(130));
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "it was waited for"
    );
}

#[test]
fn the_metadata_of_an_instance_is_not_read_if_disabled_and_otherwise_with_a_time_limit() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    std::thread::spawn(move || {
        // Kept open, and never answered.
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            kept.push(stream);
        }
    });
    let environment = TestEnvironment::triage().variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
    let off = environment.run("diff").exits(1);
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    let environment = environment.variable("AWS_EC2_METADATA_DISABLED", "false");
    let began = Instant::now();
    let on = environment.run("diff").exits(1);
    assert!(connections.load(Ordering::SeqCst) > 0);
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
    for end in [off, on] {
        assert_hint_to_sign_in(&end.stderr);
    }
}

#[track_caller]
fn assert_hint_to_sign_in(stderr: &str) {
    assert!(
        stderr.starts_with("error[AC0306]: sts GetCallerIdentity: "),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("hint: sign in with `aws sso login`, or set `AWS_PROFILE`\n"),
        "{stderr}"
    );
}
