//! What `AgentCore` promises, asked through the endpoint.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::testing::{Client, Reply, START, archive};
use crate::{Behaviour, Config, Delays, Endpoint, Service};

mod access;
mod deletion;
mod endpoint;
mod lifecycle;
mod listing;
mod log_group;
mod missing;
mod package;
mod refusal;
mod settings;
mod tagging;
mod token;

const ROLE: &str = "arn:aws:iam::111122223333:role/agents/exec";
const INSTANT: Duration = Duration::from_millis(1);

/// As the developer guide has it.
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock-agentcore.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}, "ArnLike": {"aws:SourceArn": "arn:aws:bedrock-agentcore:eu-west-1:111122223333:*"}}}]}"#;

fn answer(status: u16, code: &str, message: &str) -> (u16, String, String) {
    (status, code.to_owned(), message.to_owned())
}

fn invalid(message: &str) -> (u16, String, String) {
    answer(400, "ValidationException", message)
}

fn violation(message: &str) -> (u16, String, String) {
    invalid(&format!("1 validation error detected: {message}"))
}

fn conflict(message: &str) -> (u16, String, String) {
    answer(409, "ConflictException", message)
}

/// The least that makes a runtime.
fn least() -> Value {
    with(
        json!({ "agentRuntimeName": "triage" }),
        least_configuration(),
    )
}

/// The least that updates one.
fn least_configuration() -> Value {
    json!({ "agentRuntimeArtifact": artifact("agent.zip"), "roleArn": ROLE })
}

fn artifact(key: &str) -> Value {
    json!({
        "codeConfiguration": {
            "code": { "s3": { "bucket": "agents", "prefix": key } },
            "runtime": "PYTHON_3_13",
            "entryPoint": ["main.py"],
        }
    })
}

/// Puts members over those of an object.
fn with(mut object: Value, members: Value) -> Value {
    let Value::Object(members) = members else {
        panic!("members are an object")
    };
    object.as_object_mut().unwrap().extend(members);
    object
}

/// Takes members out of an object, `null` where it has none.
fn pick(object: &Value, members: &[&str]) -> Value {
    members
        .iter()
        .map(|member| ((*member).to_owned(), object[*member].clone()))
        .collect()
}

async fn advance(time: Duration) {
    tokio::time::advance(time).await;
}

/// An account that has the role `exec`, known everywhere, and the code `agent.zip` in the bucket `agents`.
struct Agents {
    client: Client,
}

impl Agents {
    async fn new(delays: Delays) -> Self {
        Self::behaving(delays, Behaviour::default()).await
    }

    async fn behaving(delays: Delays, behaviour: Behaviour) -> Self {
        Self::from(START, delays, behaviour).await
    }

    async fn from(start: &str, delays: Delays, behaviour: Behaviour) -> Self {
        let config = Config::in_memory(delays)
            .behaviour(behaviour)
            .seed(7)
            .start(start.parse().unwrap());
        let agents = Self {
            client: Client::new(&Endpoint::new(config).unwrap()),
        };
        agents.set_up().await;
        advance(delays.role_propagation).await;
        agents
    }

    async fn set_up(&self) {
        self.make_role("exec", TRUST).await;
        let place = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
        self.store("/agents", place.into()).await;
        self.store("/agents/agent.zip", archive(&[("main.py", b"pass")]))
            .await;
    }

    async fn store(&self, target: &str, body: Vec<u8>) {
        let reply = self.client.rest(Service::S3, "PUT", target, &[], body);
        reply.await.ok();
    }

    async fn make_role(&self, name: &str, trust: &str) {
        let parameters = [
            ("RoleName", name),
            ("Path", "/agents/"),
            ("AssumeRolePolicyDocument", trust),
        ];
        let reply = self.client.query(Service::Iam, "CreateRole", &parameters);
        reply.await.ok();
    }

    async fn ask(&self, method: &str, target: &str, body: &Value) -> Reply {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.client
            .rest(Service::AgentCore, method, target, &[], body)
            .await
    }

    async fn create(&self, input: Value) -> Reply {
        self.ask("PUT", "/runtimes/", &input).await
    }

    /// Makes the runtime `triage` and gives its id.
    async fn made(&self) -> String {
        let made = self.create(least()).await.ok().value();
        made["agentRuntimeId"].as_str().unwrap().to_owned()
    }

    async fn get(&self, id: &str) -> Value {
        let target = format!("/runtimes/{id}/");
        self.ask("GET", &target, &Value::Null).await.ok().value()
    }

    async fn update(&self, id: &str, input: Value) -> Reply {
        self.ask("PUT", &format!("/runtimes/{id}/"), &input).await
    }

    async fn delete(&self, id: &str) -> Reply {
        self.ask("DELETE", &format!("/runtimes/{id}/"), &Value::Null)
            .await
    }

    async fn list(&self, query: &str) -> Value {
        let target = format!("/runtimes/{query}");
        self.ask("POST", &target, &Value::Null).await.ok().value()
    }

    async fn create_endpoint(&self, id: &str, input: Value) -> Reply {
        let target = format!("/runtimes/{id}/runtime-endpoints/");
        self.ask("PUT", &target, &input).await
    }

    /// Asks something of an endpoint.
    async fn of_endpoint(&self, method: &str, id: &str, name: &str, input: Value) -> Reply {
        let target = format!("/runtimes/{id}/runtime-endpoints/{name}/");
        self.ask(method, &target, &input).await
    }

    /// Reads an endpoint's status and the versions that it serves and is on its way to.
    async fn standing(&self, id: &str, name: &str) -> Value {
        let read = self.of_endpoint("GET", id, name, Value::Null).await;
        let members = ["status", "liveVersion", "targetVersion"];
        let standing = pick(&read.ok().value(), &members);
        json!([
            standing["status"],
            standing["liveVersion"],
            standing["targetVersion"]
        ])
    }

    async fn of_resource(&self, method: &str, what: &str, arn: &str, input: Value) -> Reply {
        let arn = utf8_percent_encode(arn, NON_ALPHANUMERIC);
        self.ask(method, &format!("/{what}/{arn}"), &input).await
    }

    /// Lists the names of the account's log groups.
    async fn log_groups(&self) -> Vec<String> {
        let reply = self
            .client
            .json(Service::Logs, "DescribeLogGroups", json!({}));
        let groups = reply.await.ok().value();
        let groups = groups["logGroups"].as_array().unwrap().iter();
        groups
            .map(|group| group["logGroupName"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn arn(id: &str) -> String {
    format!("arn:aws:bedrock-agentcore:eu-west-1:111122223333:runtime/{id}")
}
