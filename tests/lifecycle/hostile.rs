//! Answers that AWS never sends: cut off, with other types, nested too deep, or full of control sequences for a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agentctl::ui::printable;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use localstack::Endpoint;
use regex::Regex;
use serde_json::{Value, json};

use crate::support::World;

/// A secret in the environment of the function or runtime.
const SECRET: &str = "kQ7secret-in-the-account";

/// Control sequences that act on terminals.
const ACTING: &str = "\u{1b}]0;owned\u{7}\u{202e}";

/// Turns an answer into another one.
type Distortion = fn(&[u8]) -> Vec<u8>;

const DISTORTIONS: [(&str, Distortion); 12] = [
    ("nothing", |_| Vec::new()),
    ("its first half", |body| body[..body.len() / 2].to_vec()),
    ("an object without keys", |_| b"{}".to_vec()),
    ("a list", |_| b"[]".to_vec()),
    ("another document", |_| b"<a/>".to_vec()),
    ("bytes that are no text", |_| vec![0xff; 100]),
    ("far too deep", |_| "[".repeat(100_000).into_bytes()),
    ("without values", |body| leaves(body, "", &|_| Value::Null)),
    ("numbers for all", |body| leaves(body, "-1", &|_| json!(-1))),
    ("texts for all", |body| {
        leaves(body, "\u{202e}", &|_| json!(ACTING))
    }),
    ("empty texts", |body| leaves(body, "", &|_| json!(""))),
    ("lists for all", |body| {
        leaves(body, "9".repeat(400).as_str(), &|value| json!([value]))
    }),
];

/// Replaces every value of a document: in JSON with `change`, in XML with a text.
fn leaves(body: &[u8], text: &str, change: &dyn Fn(&Value) -> Value) -> Vec<u8> {
    fn walk(value: &mut Value, change: &dyn Fn(&Value) -> Value) {
        match value {
            Value::Object(map) => map.values_mut().for_each(|inner| walk(inner, change)),
            Value::Array(items) => items.iter_mut().for_each(|inner| walk(inner, change)),
            leaf => *leaf = change(leaf),
        }
    }
    if let Ok(mut document) = serde_json::from_slice::<Value>(body) {
        walk(&mut document, change);
        return document.to_string().into_bytes();
    }
    let xml = String::from_utf8_lossy(body);
    let values = Regex::new(">[^<>]+<").unwrap();
    let with = format!(">{text}<");
    values
        .replace_all(&xml, with.as_str())
        .into_owned()
        .into_bytes()
}

/// Sends requests to an endpoint in this process, and distorts one answer.
#[derive(Debug, Clone)]
struct Distorting {
    endpoint: Endpoint,
    /// The answer, counted from 0, and its distortion; `None` only counts.
    one: Option<(usize, Distortion)>,
    answered: Arc<AtomicUsize>,
}

impl HttpClient for Distorting {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Distorting {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self {
            endpoint,
            one,
            answered,
        } = self.clone();
        HttpConnectorFuture::new(async move {
            let mut request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let body = std::mem::replace(request.body_mut(), SdkBody::empty());
            let body = ByteStream::new(body).collect().await;
            let body = body
                .map_err(|error| ConnectorError::user(error.into()))?
                .into_bytes();
            let answer = endpoint.handle(request.map(|_| body)).await;
            let answer = answer.map_err(|reset| ConnectorError::io(reset.into()))?;
            let number = answered.fetch_add(1, Ordering::SeqCst);
            let mut answer = answer;
            answer.headers_mut().remove("content-length");
            let answer = answer.map(|body| match one {
                Some((chosen, distort)) if chosen == number => SdkBody::from(distort(&body)),
                _ => SdkBody::from(body),
            });
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::user(error.into()))
        })
    }
}

/// Makes a diff for each answer and each distortion of it.
async fn look_at_distorted_answers(side: &str) {
    let world = World::new();
    let declare = |one| {
        let answered = Arc::new(AtomicUsize::new(0));
        let endpoint = world.endpoint.clone();
        let mut project = world.triage_through(Distorting {
            endpoint,
            one,
            answered: Arc::clone(&answered),
        });
        project.set("/runtime", json!(side));
        project.set("/environment/TOKEN", json!(SECRET));
        (project, answered)
    };
    declare(None).0.apply().await;
    assert!(world.dump().to_string().contains(SECRET));
    let (project, answered) = declare(None);
    assert!(project.diff().await.is_empty());
    let answers = answered.load(Ordering::SeqCst);
    assert!(answers > 15, "{answers}");
    world.endpoint.log().clear();

    let mut refused = 0;
    for number in 0..answers {
        // A third of the distortions for each answer: an operation has many answers, and a diff takes a while.
        for (name, distortion) in DISTORTIONS.into_iter().skip(number % 3).step_by(3) {
            let (project, _) = declare(Some((number, distortion)));
            let reported = match project.try_diff().await {
                Ok(plan) => plan
                    .unreadable
                    .iter()
                    .map(|(_, fault)| fault.to_string())
                    .collect(),
                Err(error) => vec![format!("{error} {error:?}")],
            };
            refused += reported.len();
            for text in reported {
                assert!(!text.contains(SECRET), "answer {number}, {name}: {text}");
                assert!(printable(&text).len() < 20_000, "answer {number}, {name}");
            }
        }
    }
    assert!(refused > answers / 2, "{refused} of {answers} answers");
    assert_eq!(world.endpoint.log().writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn no_answer_makes_a_diff_of_a_function_panic_write_or_show_a_secret() {
    look_at_distorted_answers("lambda").await;
}

#[tokio::test(start_paused = true)]
async fn no_answer_makes_a_diff_of_a_runtime_panic_write_or_show_a_secret() {
    look_at_distorted_answers("agentcore").await;
}
