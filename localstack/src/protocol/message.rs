//! What the protocols share: an operation that was found in a request, forms, and the frame of a response.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response};
use percent_encoding::percent_decode;

use crate::answer::{Answer, Refusal};
use crate::api::Line;
use crate::input::{Body, Input, Pairs};

/// An operation and its input.
#[derive(Debug)]
pub(crate) struct Located {
    pub(crate) line: &'static Line,
    pub(crate) input: Input,
}

impl Input {
    pub(super) fn of_body(body: Bytes) -> Self {
        Self {
            body: Body::new(body),
            ..Self::default()
        }
    }
}

/// Takes a form or URL query apart.
pub(super) fn form_pairs(text: &[u8]) -> Result<Pairs, Refusal> {
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
pub(super) fn respond(
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
pub(super) fn set_header(response: &mut Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}
