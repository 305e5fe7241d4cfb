//! The wire protocols: finding the operation in a request, and writing answers and refusals.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::request::Parts;
use http::{HeaderValue, Response};
use percent_encoding::percent_decode;

use crate::answer::{Answer, Refusal};
use crate::call::{Body, Input, Pairs};
use crate::services::{Api, Operation};

mod chunked;
mod json;
mod query;
mod rest;
mod rest_json;
mod rest_xml;
pub(crate) mod xml;

pub(crate) use rest_json::ErrorBody;

/// How a service is spoken to (Smithy specification, "AWS protocols").
#[derive(Debug, Clone, Copy)]
pub(crate) enum Protocol {
    /// A form in, XML out: awsQuery.
    Query {
        /// The namespace of answers.
        namespace: &'static str,
        /// The API version that requests name.
        version: &'static str,
    },
    /// JSON in and out, the operation in `X-Amz-Target`: awsJson1.1.
    Json {
        /// What stands before the dot in `X-Amz-Target`.
        target: &'static str,
    },
    /// Method and path, JSON bodies: restJson1.
    RestJson {
        /// How its errors are written.
        errors: ErrorBody,
    },
    /// Method and path, XML bodies: restXml, as S3 speaks it.
    RestXml,
}

/// An operation and its input.
#[derive(Debug)]
pub(crate) struct Located {
    pub(crate) operation: &'static Operation,
    pub(crate) input: Input,
}

impl Protocol {
    /// Finds the operation that a request asks for; 501 with its name when the service's table has none.
    pub(crate) fn locate(
        self,
        api: &'static Api,
        parts: &Parts,
        body: Bytes,
    ) -> Result<Located, Refusal> {
        match self {
            Self::Query { version, .. } => query::locate(api, version, parts, &body),
            Self::Json { target } => json::locate(api, target, parts, body),
            Self::RestJson { .. } => rest::locate(api, parts, body),
            Self::RestXml => {
                rest_xml::check_hash(&parts.headers, &body)?;
                let (parts, body) = chunked::unwrap(rest_xml::path_style(parts), body)?;
                rest::locate(api, &parts, body)
            }
        }
    }

    /// Writes an answer.
    pub(crate) fn answer(
        self,
        operation: &Operation,
        answer: &Answer,
        request_id: &str,
    ) -> Response<Bytes> {
        match self {
            Self::Query { namespace, .. } => {
                query::answer(namespace, operation, answer, request_id)
            }
            Self::Json { .. } => json::answer(answer, request_id),
            Self::RestJson { .. } => rest_json::answer(answer, request_id),
            Self::RestXml => rest_xml::answer(answer, request_id),
        }
    }

    /// Writes a refusal. One to a HEAD request has no body.
    pub(crate) fn refuse(
        self,
        refusal: &Refusal,
        request_id: &str,
        is_head: bool,
    ) -> Response<Bytes> {
        let mut response = match self {
            Self::Query { namespace, .. } => query::refuse(namespace, refusal, request_id),
            Self::Json { .. } => json::refuse(refusal, request_id),
            Self::RestJson { errors } => rest_json::refuse(errors, refusal, request_id),
            Self::RestXml => rest_xml::refuse(refusal, request_id),
        };
        for (name, value) in &refusal.headers {
            set_header(&mut response, name, value);
        }
        if is_head {
            *response.body_mut() = Bytes::new();
        }
        response
    }
}

impl Input {
    fn of_body(body: Bytes) -> Self {
        Self {
            body: Body::new(body),
            ..Self::default()
        }
    }
}

/// Takes a form or URL query apart.
fn form_pairs(text: &[u8]) -> Result<Pairs, Refusal> {
    let decode = |part: &[u8]| {
        let spaced: Vec<u8> = part
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        let decoded = percent_decode(&spaced)
            .decode_utf8()
            .map(std::borrow::Cow::into_owned);
        decoded.map_err(|_| Refusal::bad_request("MalformedInput", "a parameter is not UTF-8"))
    };
    let mut pairs = Vec::new();
    for pair in text
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        let at = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = at.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
        pairs.push((decode(name)?, decode(value)?));
    }
    Ok(Pairs::new(pairs))
}

/// Completes a response: status and headers of the answer, a type for the body, and the request id.
fn respond(
    answer: &Answer,
    body: Bytes,
    content_type: &'static str,
    request_id: (&'static str, &str),
) -> Response<Bytes> {
    let has_body = !body.is_empty();
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers.clone();
    if has_body && !answer.headers.contains_key(CONTENT_TYPE) {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    set_header(&mut response, request_id.0, request_id.1);
    response
}

/// Sets a header; a value that no header can hold is left out.
fn set_header(response: &mut Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}
