//! What the REST protocols share: the operation is found by method and path, input comes in path, query, headers and body.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use super::message::{Located, form_pairs};
use crate::answer::Refusal;
use crate::api::Api;
use crate::input::{Body, Input, Pairs};
use crate::operation::Place;

/// Headers that carry input beside those that begin with `x-amz-`.
const INPUT_HEADERS: [&str; 11] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "range",
];

/// Headers that begin with `x-amz-` and carry no input: signing, tracing, the client's name.
const TRANSPORT_HEADERS: [&str; 4] = [
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-user-agent",
];

/// URL parameters that carry no input: the operation's name that clients add for tracing, and a presigned URL's signature.
fn is_transport_parameter(name: &str) -> bool {
    name == "x-id"
        || [
            "X-Amz-Algorithm",
            "X-Amz-Credential",
            "X-Amz-Date",
            "X-Amz-Expires",
            "X-Amz-SignedHeaders",
            "X-Amz-Signature",
            "X-Amz-Security-Token",
        ]
        .contains(&name)
}

pub(super) fn locate(api: &'static Api, parts: &Parts, body: Bytes) -> Result<Located, Refusal> {
    let fields = form_pairs(parts.uri.query().unwrap_or_default().as_bytes())?
        .without(is_transport_parameter);
    // Without this check, such an operation would be treated as the plain operation on the same path.
    if let Some(name) = unbuilt(api, parts, &fields, Place::is_particular) {
        return Err(not_built(api, name));
    }
    for line in api.lines {
        if let Some(path) = line
            .operation
            .matches(&parts.method, parts.uri.path(), &fields)
        {
            let headers = input_headers(&parts.headers);
            return Ok(Located {
                line,
                input: Input {
                    path,
                    fields,
                    headers,
                    content_type: text(&parts.headers, &CONTENT_TYPE),
                    body: Body::new(body),
                },
            });
        }
    }
    Err(match unbuilt(api, parts, &fields, |_| true) {
        Some(name) => not_built(api, name),
        None => not_built(api, &format!("{} {}", parts.method, parts.uri)),
    })
}

/// Finds the requested operation among those that are not built.
fn unbuilt(
    api: &Api,
    parts: &Parts,
    fields: &Pairs,
    is_meant: impl Fn(&Place) -> bool,
) -> Option<&'static str> {
    let mut operations = api.unbuilt.iter();
    let found = operations.find(|(_, place)| {
        let place = Place::of(place);
        is_meant(&place) && place.matches(parts, fields)
    });
    found.map(|(name, _)| *name)
}

fn not_built(api: &Api, name: &str) -> Refusal {
    Refusal::not_built(format!(
        "operation `{name}` of `{}` is not built",
        api.wording.service
    ))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn input_headers(headers: &HeaderMap) -> Pairs {
    let carries_input = |name: &str| {
        INPUT_HEADERS.contains(&name)
            || (name.starts_with("x-amz-") && !TRANSPORT_HEADERS.contains(&name))
    };
    let inputs = headers
        .iter()
        .filter(|(name, _)| carries_input(name.as_str()));
    Pairs::new(
        inputs
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
    )
}
