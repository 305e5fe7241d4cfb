//! restJson1: JSON bodies, the error's code in a header. Lambda and Bedrock AgentCore.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

use super::kind::ErrorBody;
use super::message::{respond, set_header};
use crate::answer::{Answer, Content, Refusal};

const CONTENT_TYPE: &str = "application/json";
const REQUEST_ID: &str = "x-amzn-requestid";

/// Errors whose message member is written with a capital (Lambda API, error shapes).
const CAPITAL_MESSAGE: [&str; 3] = [
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ServiceException",
];

/// Errors of Lambda's front end, which come without `Type` (as recorded from AWS in the validated snapshots of `localstack/localstack`).
const WITHOUT_TYPE: [&str; 4] = [
    "AccessDeniedException",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "ValidationException",
];

pub(super) fn answer(answer: &Answer, request_id: &str) -> Response<Bytes> {
    let body = match &answer.content {
        Content::Json(body) | Content::Raw(body) => body.clone(),
        Content::Empty | Content::Xml(_) => Bytes::new(),
    };
    respond(answer, body, CONTENT_TYPE, (REQUEST_ID, request_id))
}

pub(super) fn refuse(errors: ErrorBody, refusal: &Refusal, request_id: &str) -> Response<Bytes> {
    let is_lambda = errors == ErrorBody::Lambda;
    let message = if is_lambda && CAPITAL_MESSAGE.contains(&&*refusal.code) {
        "Message"
    } else {
        "message"
    };
    let mut body = Map::new();
    if is_lambda && !WITHOUT_TYPE.contains(&&*refusal.code) {
        let fault = if refusal.status.is_server_error() {
            "Service"
        } else {
            "User"
        };
        body.insert("Type".to_owned(), Value::from(fault));
    }
    body.insert(message.to_owned(), Value::from(refusal.message.as_str()));
    if errors == ErrorBody::Modelled && refusal.code == "ValidationException" {
        // Required by the error's shape. What breaks a constraint of the model has this one: a guess.
        body.insert("reason".to_owned(), Value::from("FieldValidationFailed"));
    }
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
