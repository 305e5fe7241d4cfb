//! Secrets go only to AWS. Nothing that a command prints, logs or leaves behind has one, in any form.

use std::time::Duration;

use agentctl::aws::{Access, Clients, config};
use aws_sdk_lambda::types::Environment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use localstack::{Failure, Fault, FaultKind, Service};

use crate::output::{files_below, objects_below};
use crate::served::Served;
use crate::support::{Background, TestEnvironment, Transcript, await_line};

const ACCOUNT: &str = "111122223333";
const MANIFEST: &str = "deploy-plans/agent.yaml";

// A marker inside each secret. Letters and digits stay the same in JSON and URLs.
const WRITTEN: &str = "kQ7written";
const CHANGED: &str = "kQ7changed";
const INHERITED: &str = "kQ7inherited";
const FROM_ENVIRONMENT: &str = "kQ7environment";
const FROM_OPTION: &str = "kQ7option";
const FOREIGN: &str = "kQ7foreign";
const SECRET_KEY: &str = "kQ7secretkey";
const SESSION_TOKEN: &str = "kQ7session";
const ALL: [&str; 8] = [
    WRITTEN,
    CHANGED,
    INHERITED,
    FROM_ENVIRONMENT,
    FROM_OPTION,
    FOREIGN,
    SECRET_KEY,
    SESSION_TOKEN,
];

/// A secret around its marker, with every character that JSON, URLs, YAML or single lines write differently.
fn secret(midst: &str) -> String {
    format!("-- \"a/b+c&d\" --\n{midst}\n%41 '=\\'")
}

/// A secret in one line, as AgentCore requires.
fn in_one_line(midst: &str) -> String {
    secret(midst).replace('\n', " ")
}

const PROJECT: &str = "\
apiVersion: agentctl.dev/v1alpha1
kind: Project
metadata: { name: claims }
spec:
  region: us-east-1
  defaults: { environment: { INHERITED: INHERITED_SECRET } }
";

const AGENT: &str = "\
apiVersion: agentctl.dev/v1alpha1
kind: BatchAgent
metadata: { name: triage }
spec:
  runtime: lambda
  prompt: Sort the claims.
  definition: { systemPrompt: prompt.md }
  code: { path: ../agents/triage, handler: batch.handler, entryPoint: [main.py] }
  encryption: { key: aws }
  environment:
    WRITTEN: WRITTEN_SECRET
    FROM_ENVIRONMENT: ${env:A_SECRET}
    FROM_OPTION: ${var:a_secret}
";

/// Everything that commands printed and left behind, each with its source.
#[derive(Default)]
struct Evidence(Vec<(String, String)>);

impl Evidence {
    fn keep(&mut self, what: impl Into<String>, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.0.push((what.into(), text));
    }

    /// Fails if any of it has a secret in a readable form.
    fn assert_clean(&self) {
        for midst in ALL {
            for form in forms(midst) {
                for (what, text) in &self.0 {
                    assert!(
                        !text.contains(&form),
                        "{what} holds {midst} as {form}:\n{text}"
                    );
                }
            }
        }
    }
}

/// All forms of a text: itself (also in JSON and URLs), hexadecimal, and base64 at each of the three offsets.
fn forms(midst: &str) -> Vec<String> {
    let lower = hex::encode(midst);
    let mut forms = vec![midst.to_owned(), lower.to_uppercase(), lower];
    for before in 0..3 {
        let shifted = format!("{}{midst}", "x".repeat(before));
        let encoded = STANDARD_NO_PAD.encode(&shifted);
        // The first and last characters depend on the text around the secret.
        forms.push(encoded[if before == 0 { 0 } else { 4 }..encoded.len() / 4 * 4].to_owned());
    }
    forms
}

#[test]
fn a_secret_would_be_found_in_every_form() {
    let secret = secret(WRITTEN);
    let json = serde_json::Value::from(secret.as_str()).to_string();
    let hex = hex::encode(&secret);
    let texts = [
        secret.clone(),
        json,
        hex.clone(),
        hex.to_uppercase(),
        STANDARD_NO_PAD.encode(&secret),
        STANDARD_NO_PAD.encode(format!("x{secret}")),
        STANDARD_NO_PAD.encode(format!("xx{secret}")),
    ];
    for text in texts {
        assert!(
            forms(WRITTEN).iter().any(|form| text.contains(form)),
            "{text}"
        );
    }
}

/// An agent with a secret in every place that takes one, and a user who deploys it.
struct Stage {
    secret: fn(&str) -> String,
    environment: TestEnvironment,
    served: Served,
    evidence: Evidence,
}

impl Stage {
    fn new(secret: fn(&str) -> String) -> Self {
        let quoted = |midst: &str| serde_json::Value::from(secret(midst)).to_string();
        let agent = AGENT.replace("WRITTEN_SECRET", &quoted(WRITTEN));
        let project = PROJECT.replace("INHERITED_SECRET", &quoted(INHERITED));
        let environment = TestEnvironment::of(&agent)
            .with("deploy-plans/project.yaml", project)
            .with("agents/triage/main.py", "print('listening')\n")
            .variable("AWS_ACCESS_KEY_ID", ACCOUNT)
            .variable("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .variable("AWS_SESSION_TOKEN", SESSION_TOKEN)
            .variable("A_SECRET", &secret(FROM_ENVIRONMENT))
            .variable("AGENTCTL_VAR", &format!("a_secret={}", secret(FROM_OPTION)))
            // The variable with which other programs enable logs.
            .variable("RUST_LOG", "trace")
            .variable("RUST_BACKTRACE", "full");
        Self {
            secret,
            environment,
            served: Served::begin(),
            evidence: Evidence::default(),
        }
    }

    fn hear(&mut self, arguments: &str, transcript: Transcript, statuses: &[i32]) -> Transcript {
        self.evidence.keep(arguments, transcript.raw.as_bytes());
        let ended = transcript
            .status
            .is_some_and(|status| statuses.contains(&status));
        assert!(ended, "{arguments}: {transcript}");
        transcript
    }

    /// Runs a command with the most verbose log.
    fn run(&mut self, arguments: &str, status: i32) -> Transcript {
        let transcript = self
            .served
            .run(&self.environment, &format!("{arguments} -vvv"));
        self.hear(arguments, transcript, &[status])
    }

    /// Runs a command on a terminal, where progress is drawn.
    fn run_on_terminal(&mut self, arguments: &str) {
        let arguments = format!("{arguments} --endpoint-url {}", self.served.url);
        let transcript = self.environment.run_on_terminal(&arguments);
        assert!(transcript.raw.contains("\u{1b}["), "{transcript}");
        self.hear(&arguments, transcript, &[0, 2]);
    }

    /// Runs every command that only reads, in every form.
    fn look(&mut self) {
        for arguments in [
            "diff",
            "diff --format json",
            "diff --format markdown",
            "diff --out plan.json",
            "status",
            "status --format json",
            "outputs",
            "graph",
            "validate",
        ] {
            self.run(arguments, 0);
        }
        // `drift` is 2 if there is drift, and `versions` is 1 before there are any.
        for arguments in [
            "drift",
            "drift --format json",
            "drift --format markdown",
            "versions triage",
            "versions triage --format json",
        ] {
            let transcript = self
                .served
                .run(&self.environment, &format!("{arguments} -vvv"));
            self.hear(arguments, transcript, &[0, 1, 2]);
        }
        self.run_on_terminal("diff");
        let plan = fs_err::read(self.environment.root().join("plan.json")).unwrap();
        self.evidence.keep("the saved plan", &plan);
    }

    /// Keeps the objects that are not the agent's files: records, and the lock of a run that was killed.
    fn keep_notes(&mut self, folder: &str) {
        let notes = objects_below(&self.served, folder);
        assert!(!notes.is_empty(), "nothing in {folder}");
        for (key, bytes) in notes {
            self.evidence.keep(key, &bytes);
        }
    }

    fn keep_journals(&mut self) {
        let journals = files_below(&self.environment.root().join(".agentctl"));
        assert!(!journals.is_empty());
        for text in journals {
            self.evidence.keep("a journal", text.as_bytes());
        }
    }

    fn clients(&self) -> Clients {
        let config = config::local(&self.served.url, "us-east-1", ACCOUNT);
        Clients::new(&config, Access::Write)
    }

    /// Fails unless these secrets arrived at AWS.
    fn assert_sent(&self, secrets: &[&str]) {
        let account = self.served.endpoint.dump().unwrap().to_string();
        for midst in secrets {
            assert!(account.contains(midst), "{midst} was not sent");
        }
    }

    /// Makes the next update fail after AWS accepts it, for a reason that repeats a value.
    fn fail_later(&self, service: Service, operation: &str, value: &str) {
        let failure = Failure {
            code: "InvalidRuntime".to_owned(),
            reason: format!("the variable `{value}` is not understood"),
        };
        let fault = Fault::new(FaultKind::FailLater(failure));
        let fault = fault.on(service, operation).first(1);
        self.served.endpoint.order_fault(fault);
    }

    /// Describes the function from outside.
    fn describe(&self, description: &str) {
        let clients = self.clients();
        let update = clients.lambda.update_function_configuration();
        let update = update.function_name("triage").description(description);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(update.send()).unwrap();
    }

    /// Adds a variable to the function from outside.
    fn put_foreign_variable(&self) {
        let clients = self.clients();
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let lambda = &clients.lambda;
            let now = lambda.get_function_configuration().function_name("triage");
            let now = now.send().await.unwrap();
            let mut variables = now.environment.unwrap().variables.unwrap();
            variables.insert("FOREIGN".to_owned(), secret(FOREIGN));
            let environment = Environment::builder().set_variables(Some(variables));
            let update = lambda
                .update_function_configuration()
                .function_name("triage")
                .environment(environment.build());
            update.send().await.unwrap();
        });
    }

    /// Applies while AWS refuses an operation with a message that repeats what was sent, and then applies again.
    fn apply_refused(&mut self, service: Service, operation: &str, code: &str) {
        let everything: String = [WRITTEN, CHANGED, INHERITED, FROM_ENVIRONMENT, FROM_OPTION]
            .map(|midst| {
                let secret = (self.secret)(midst);
                format!(
                    "{{A={secret}, B={}}} ",
                    serde_json::Value::from(secret.as_str())
                )
            })
            .concat();
        let refusal = FaultKind::Refuse {
            status: 400,
            code: code.to_owned(),
            message: format!("1 validation error detected: Value '{everything}' at 'environment'"),
        };
        let fault = Fault::new(refusal).on(service, operation);
        self.served.endpoint.order_fault(fault);
        for form in ["", " --format json"] {
            let arguments = format!("apply -y{form}");
            let transcript = self
                .served
                .run(&self.environment, &format!("{arguments} -vvv"));
            let heard = self.hear(&arguments, transcript, &[1, 6]);
            assert!(heard.raw.contains("1 validation error detected"), "{heard}");
        }
        self.served.endpoint.clear_faults();
    }

    fn edit(&self, from: &str, to: &str) {
        self.environment.edit(MANIFEST, from, to);
    }
}

#[test]
fn no_secret_of_a_function_appears_anywhere() {
    let mut stage = Stage::new(secret);
    stage.look();
    stage.run("apply --plan plan.json", 0);
    stage.assert_sent(&[WRITTEN, INHERITED, FROM_ENVIRONMENT, FROM_OPTION]);
    stage.look();
    stage.keep_notes("records/");

    stage.edit(WRITTEN, CHANGED);
    stage.look();
    stage.apply_refused(
        Service::Lambda,
        "UpdateFunctionConfiguration",
        "InvalidParameterValueException",
    );
    stage.fail_later(
        Service::Lambda,
        "UpdateFunctionConfiguration",
        &secret(WRITTEN),
    );
    stage.describe("somebody was here");
    stage.look();
    let seen = stage.run("drift", 2);
    assert!(seen.stdout.contains("is not understood"), "{seen}");
    stage.served.endpoint.clear_faults();
    stage.run_on_terminal("apply -y");
    stage.assert_sent(&[CHANGED]);

    stage.put_foreign_variable();
    stage.assert_sent(&[FOREIGN]);
    stage.look();
    let seen = stage.run("diff", 0);
    assert!(seen.stdout.contains("environment.FOREIGN"), "{seen}");
    stage.run("apply -y --format json", 0);
    stage.run("rollback triage -y", 0);
    stage.look();
    stage.run("promote triage -y --format json", 0);
    stage.run("destroy -y", 0);
    stage.keep_journals();
    stage.evidence.assert_clean();
}

#[test]
fn no_secret_of_a_runtime_appears_anywhere() {
    let mut stage = Stage::new(in_one_line);
    stage.edit("runtime: lambda", "runtime: agentcore");
    stage.look();
    stage.run("apply --plan plan.json", 0);
    stage.assert_sent(&[WRITTEN, INHERITED, FROM_ENVIRONMENT, FROM_OPTION]);
    stage.edit(WRITTEN, CHANGED);
    stage.apply_refused(
        Service::AgentCore,
        "UpdateAgentRuntime",
        "ValidationException",
    );
    stage.fail_later(
        Service::AgentCore,
        "UpdateAgentRuntime",
        &in_one_line(CHANGED),
    );
    stage.run("apply -y", 0);
    stage.look();
    stage.run("apply -y --format json", 0);
    stage.assert_sent(&[CHANGED]);
    stage.look();
    stage.run("destroy -y", 0);
    stage.keep_journals();
    stage.evidence.assert_clean();
}

#[test]
fn a_process_that_is_killed_leaves_no_secret_behind() {
    let mut stage = Stage::new(secret);
    let slow = Fault::new(FaultKind::Slow(Duration::from_mins(10)));
    stage
        .served
        .endpoint
        .order_fault(slow.on(Service::Lambda, "PublishVersion"));
    let arguments = format!("apply -y -vvv --endpoint-url {}", stage.served.url);
    let mut child = Background(stage.environment.command(&arguments).spawn().unwrap());
    let stderr = child.0.stderr.take().unwrap();
    drop(await_line(stderr, "creating    lambda-version"));
    child.signal("KILL");
    assert_eq!(child.end(), None);
    stage.assert_sent(&[WRITTEN, INHERITED, FROM_ENVIRONMENT, FROM_OPTION]);

    stage.served.endpoint.clear_faults();
    stage.keep_notes("locks/");
    stage.keep_notes("records/");
    let next = stage.run("apply -y", 0);
    assert!(next.stderr.contains("is taken over"), "{next}");
    stage.keep_journals();
    stage.evidence.assert_clean();
}
