//! What a handler gives back: an answer or a refusal, before the protocol writes it on the wire.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::protocol::xml::Xml;

/// A successful answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// No output members.
    Empty,
    /// A JSON document.
    Json(Bytes),
    /// The XML elements inside the answer's root element.
    Xml(String),
    /// Bytes that no protocol touches, such as an object's body.
    Raw(Bytes),
}

impl Answer {
    fn with(content: Content) -> Self {
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            content,
        }
    }

    pub(crate) fn empty() -> Self {
        Self::with(Content::Empty)
    }

    pub(crate) fn json(output: &impl Serialize) -> Self {
        let body = serde_json::to_vec(output)
            .expect("outputs are structs and maps with string keys, which JSON can hold");
        Self::with(Content::Json(body.into()))
    }

    pub(crate) fn xml(output: Xml) -> Self {
        Self::with(Content::Xml(output.into_string()))
    }

    pub(crate) fn raw(body: Bytes) -> Self {
        Self::with(Content::Raw(body))
    }

    /// Sets the status, where it is not 200.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a header; a value that no header can hold is left out, as a proxy would.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(HeaderName::from_static(name), value);
        }
        self
    }
}

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    /// Members of the error's body beside code and message, such as `BucketName`.
    pub(crate) members: Vec<(&'static str, String)>,
    /// Headers beside those of every error, such as `x-amz-delete-marker`.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            members: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Status 400, which most refusals have.
    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Status 501: the endpoint has not built `what`, and says so instead of dropping it.
    pub(crate) fn not_built(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", what)
    }

    /// Adds a member to the error's body.
    pub(crate) fn member(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// Adds a header to the error.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
