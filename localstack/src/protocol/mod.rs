//! The wire protocols: finding the operation in a request, and writing answers and refusals.

use bytes::Bytes;
use http::Response;
use http::request::Parts;

use self::kind::Protocol;
use self::message::{Located, set_header};
use crate::answer::{Answer, Refusal};
use crate::api::Api;
use crate::operation::Operation;

mod chunked;
mod json;
pub(crate) mod kind;
pub(crate) mod message;
mod query;
mod rest;
mod rest_json;
mod rest_xml;
pub(crate) mod xml;

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
