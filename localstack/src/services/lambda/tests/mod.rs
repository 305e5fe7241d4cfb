//! What Lambda promises, asked through the endpoint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::testing::{Client, Reply, archive, endpoint};
use crate::{Delays, Service};

mod alias;
mod code;
mod environment;
mod layer;
mod lifecycle;
mod listing;
mod naming;
mod refusal;
mod role;
mod tagging;
mod version;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/exec";
pub(super) const ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:triage";
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}]}"#;

pub(super) fn answer(status: u16, code: &str, message: &str) -> (u16, String, String) {
    (status, code.to_owned(), message.to_owned())
}

pub(super) fn invalid(message: &str) -> (u16, String, String) {
    answer(400, "InvalidParameterValueException", message)
}

pub(super) fn violation(message: &str) -> (u16, String, String) {
    let message = format!("1 validation error detected: {message}");
    answer(400, "ValidationException", &message)
}

pub(super) fn not_found(message: &str) -> (u16, String, String) {
    answer(404, "ResourceNotFoundException", message)
}

pub(super) fn conflict(message: &str) -> (u16, String, String) {
    answer(409, "ResourceConflictException", message)
}

/// A zip with one file.
pub(super) fn package(source: &str) -> Vec<u8> {
    archive(&[("main.py", source.as_bytes())])
}

pub(super) fn encoded(source: &str) -> String {
    STANDARD.encode(package(source))
}

pub(super) fn sha256(source: &str) -> String {
    STANDARD.encode(Sha256::digest(package(source)))
}

/// The least that makes a function.
pub(super) fn least() -> Value {
    json!({
        "FunctionName": "triage",
        "Role": ROLE,
        "Runtime": "python3.13",
        "Handler": "main.handler",
        "Code": { "ZipFile": encoded("one") },
    })
}

/// Puts members over those of an object.
pub(super) fn with(mut object: Value, members: Value) -> Value {
    let Value::Object(members) = members else {
        panic!("members are an object")
    };
    object.as_object_mut().unwrap().extend(members);
    object
}

impl Client {
    /// Makes a client of an account that has the role `exec`, known everywhere.
    pub(super) async fn with_role(delays: Delays) -> Self {
        let client = Self::new(&endpoint(delays));
        client.make_role("exec", TRUST).await;
        tokio::time::advance(delays.role_propagation).await;
        client
    }

    /// Makes a client of an account with an active function, without delays.
    pub(super) async fn with_function() -> Self {
        let client = Self::with_role(Delays::none()).await;
        client.create(least()).await.ok();
        client
    }

    pub(super) async fn make_role(&self, name: &str, trust: &str) {
        let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
        self.query(Service::Iam, "CreateRole", &parameters)
            .await
            .ok();
    }

    pub(super) async fn ask(&self, method: &str, target: &str, body: &Value) -> Reply {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.rest(Service::Lambda, method, target, &[], body).await
    }

    pub(super) async fn create(&self, input: Value) -> Reply {
        self.ask("POST", "/2015-03-31/functions", &input).await
    }

    /// Asks something of the function `triage`, or of what `path` puts in its place.
    pub(super) async fn of(&self, method: &str, path: &str, body: Value) -> Reply {
        self.ask(method, &format!("/2015-03-31/functions/{path}"), &body)
            .await
    }

    pub(super) async fn configure(&self, input: Value) -> Reply {
        self.of("PUT", "triage/configuration", input).await
    }

    pub(super) async fn update_code(&self, input: Value) -> Reply {
        self.of("PUT", "triage/code", input).await
    }

    pub(super) async fn publish(&self, input: Value) -> Reply {
        self.of("POST", "triage/versions", input).await
    }

    /// Reads the configuration of the function or of a version or alias of it.
    pub(super) async fn configuration(&self, qualifier: Option<&str>) -> Value {
        let query = qualifier.map_or_else(String::new, |name| format!("?Qualifier={name}"));
        let path = format!("triage/configuration{query}");
        self.of("GET", &path, Value::Null).await.ok().value()
    }

    pub(super) async fn tags(&self, method: &str, arn: &str, query: &str, body: Value) -> Reply {
        let arn = utf8_percent_encode(arn, NON_ALPHANUMERIC);
        let target = format!("/2017-03-31/tags/{arn}{query}");
        self.ask(method, &target, &body).await
    }
}

/// Takes members out of an object, which must have them.
pub(super) fn pick(object: &Value, members: &[&str]) -> Value {
    members
        .iter()
        .map(|member| {
            let value = object.get(*member);
            assert!(value.is_some(), "`{member}` in {object}");
            ((*member).to_owned(), object[*member].clone())
        })
        .collect()
}
