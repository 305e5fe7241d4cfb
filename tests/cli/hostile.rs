//! Texts from AWS or from others in the account are shown, but do not steer the terminal.

use agentctl::aws::{Access, Clients, config};
use localstack::{Failure, Fault, FaultKind, Service};

use crate::output::assert_inert;
use crate::served::Served;
use crate::support::{AGENT, TestEnvironment};

const ACCOUNT: &str = "111122223333";

/// Sets the title of a terminal, clears it, hides what follows, reverses the text, and ends the line.
const HOSTILE: &str =
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[8m\u{9b}31m\u{202e}evil\r\n\u{2028}error: none";

const FORMS: [&str; 3] = ["", " --format json", " --format markdown"];

/// Runs a command with and without a terminal. On a terminal it may colour its own words, and nothing else.
fn look(served: &Served, environment: &TestEnvironment, arguments: &str) -> String {
    let shown = served.run(environment, arguments).raw;
    assert_inert(&shown);
    let arguments = format!("{arguments} --endpoint-url {}", served.url);
    let drawn = environment.run_on_terminal(&arguments).raw;
    for act in [
        "\u{1b}]",
        "\u{1b}[2J",
        "\u{1b}[8m",
        "\u{9b}",
        "\u{202e}",
        "\u{2028}",
        "\u{7}",
    ] {
        assert!(!drawn.contains(act), "{arguments} does {act:?}:\n{drawn:?}");
    }
    shown
}

#[test]
fn no_text_from_the_account_steers_the_terminal() {
    let environment = TestEnvironment::of(AGENT).signed_in();
    let served = Served::begin();
    served.run(&environment, "apply -y").exits(0);
    let config = config::local(&served.url, "us-east-1", ACCOUNT);
    let clients = Clients::new(&config, Access::Write);
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let describe = clients.lambda.update_function_configuration();
        let describe = describe.function_name("triage").description(HOSTILE);
        let variables = [(String::from("EVIL"), HOSTILE.to_owned())].into();
        let variables =
            aws_sdk_lambda::types::Environment::builder().set_variables(Some(variables));
        describe
            .environment(variables.build())
            .send()
            .await
            .unwrap();
        let lock = clients
            .s3
            .put_object()
            .bucket("agentctl-111122223333-us-east-1");
        let holder = serde_json::json!({
            "who": HOSTILE, "pid": 1, "command": HOSTILE,
            "since": "2026-01-02T03:04:05Z", "heartbeat": "2026-01-02T03:04:05Z",
        });
        let body = holder.to_string().into_bytes().into();
        lock.key("locks/claims/default/triage")
            .body(body)
            .send()
            .await
            .unwrap();
    });
    for form in FORMS {
        let answer = look(&served, &environment, &format!("diff{form}"));
        assert!(answer.contains("description"), "{answer}");
        look(&served, &environment, &format!("drift{form}"));
    }
    look(&served, &environment, "status");
    let held = look(&served, &environment, "apply -y");
    assert!(held.contains("is locked by"), "{held}");
}

#[test]
fn no_failure_reason_from_aws_steers_the_terminal() {
    let environment = TestEnvironment::of(AGENT).signed_in();
    let served = Served::begin();
    let refusal = FaultKind::Refuse {
        status: 400,
        code: "InvalidParameterValueException".to_owned(),
        message: HOSTILE.to_owned(),
    };
    served
        .endpoint
        .order_fault(Fault::new(refusal).on(Service::Lambda, "CreateFunction"));
    for form in ["", " --format json"] {
        let answer = look(&served, &environment, &format!("apply -y{form}"));
        assert!(answer.contains("evil"), "{answer}");
    }
    served.endpoint.clear_faults();
    let failure = Failure {
        code: "InvalidRuntime".to_owned(),
        reason: HOSTILE.to_owned(),
    };
    let fault = Fault::new(FaultKind::FailLater(failure));
    served
        .endpoint
        .order_fault(fault.on(Service::Lambda, "CreateFunction"));
    look(&served, &environment, "apply -y");
    served.endpoint.clear_faults();
    for arguments in [
        "diff",
        "drift",
        "status",
        "diff --format markdown",
        "drift --format markdown",
    ] {
        look(&served, &environment, arguments);
    }
}
