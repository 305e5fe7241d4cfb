//! awsJson1.1: the operation in `X-Amz-Target`, JSON in and out. KMS, Logs, the tagging API.

use bytes::Bytes;
use http::Response;
use http::request::Parts;
use serde_json::{Map, Value};

use super::message::{Located, respond, set_header};
use crate::answer::{Answer, Content, Refusal};
use crate::api::Api;
use crate::input::Input;

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
const REQUEST_ID: &str = "x-amzn-requestid";

pub(super) fn locate(
    api: &'static Api,
    target: &str,
    parts: &Parts,
    body: Bytes,
) -> Result<Located, Refusal> {
    let asked = parts
        .headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let name = asked
        .strip_prefix(target)
        .and_then(|rest| rest.strip_prefix('.'));
    let mut lines = api.lines.iter();
    let line = name.and_then(|name| lines.find(|line| line.operation.name == name));
    let line = line.ok_or_else(|| {
        let name = name.unwrap_or(asked);
        Refusal::not_built(format!(
            "operation `{name}` of `{}` is not built",
            api.wording.service
        ))
    })?;
    Ok(Located {
        line,
        input: Input::of_body(body),
    })
}

pub(super) fn answer(answer: &Answer, request_id: &str) -> Response<Bytes> {
    let body = match &answer.content {
        Content::Json(body) => body.clone(),
        Content::Empty | Content::Xml(_) | Content::Raw(_) => Bytes::new(),
    };
    respond(answer, body, CONTENT_TYPE, (REQUEST_ID, request_id))
}

pub(super) fn refuse(refusal: &Refusal, request_id: &str) -> Response<Bytes> {
    let mut body = Map::new();
    body.insert("__type".to_owned(), Value::from(&*refusal.code));
    body.insert("message".to_owned(), Value::from(refusal.message.as_str()));
    body.extend(
        refusal
            .members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))),
    );
    let mut response = Response::new(Value::Object(body).to_string().into());
    *response.status_mut() = refusal.status;
    set_header(&mut response, "content-type", CONTENT_TYPE);
    set_header(&mut response, "x-amzn-errortype", &refusal.code);
    set_header(&mut response, REQUEST_ID, request_id);
    response
}
