//! restXml as S3 speaks it: XML or raw bodies, bucket names in the path or in the host name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response, Uri};
use sha2::{Digest as _, Sha256};

use super::message::{respond, set_header};
use super::xml::Xml;
use crate::answer::{Answer, Content, Refusal};
use crate::entropy::hash;

const CONTENT_TYPE: &str = "application/xml";
const REQUEST_ID: &str = "x-amz-request-id";
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Rewrites a virtual-hosted request to path style.
pub(super) fn path_style(parts: &Parts) -> Parts {
    let mut parts = parts.clone();
    let header = parts
        .headers
        .get(http::header::HOST)
        .and_then(|value| value.to_str().ok());
    let host = parts.uri.host().or(header).unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    if let Some(bucket) = hosted_bucket(name) {
        let target = parts
            .uri
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str);
        // A host that holds what no path can was no bucket: the request then stays as it came.
        if let Ok(uri) = format!("/{bucket}{target}").parse::<Uri>() {
            parts.uri = uri;
        }
    }
    parts
}

/// Gives the bucket that a host name begins with: before `.s3.` or `.s3-` of any host, else before `.localhost`.
fn hosted_bucket(host: &str) -> Option<&str> {
    let before = |mark| host.split_once(mark).map(|(bucket, _)| bucket);
    let bucket = before(".s3.")
        .or_else(|| before(".s3-"))
        .or_else(|| host.strip_suffix(".localhost"))?;
    let is_service = bucket == "s3" || bucket.starts_with("s3.");
    (!bucket.is_empty() && !is_service).then_some(bucket)
}

/// Checks the body against the hash that was signed.
pub(super) fn check_hash(headers: &HeaderMap, body: &Bytes) -> Result<(), Refusal> {
    let Some(claimed) = headers
        .get("x-amz-content-sha256")
        .and_then(|value| value.to_str().ok())
    else {
        return Ok(());
    };
    if claimed == "UNSIGNED-PAYLOAD" || claimed.starts_with("STREAMING-") {
        return Ok(());
    }
    let computed = hex::encode(Sha256::digest(body));
    if claimed.eq_ignore_ascii_case(&computed) {
        return Ok(());
    }
    // S3 API reference, "List of error codes".
    let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    Err(Refusal::bad_request("XAmzContentSHA256Mismatch", message)
        .member("ClientComputedContentSHA256", claimed)
        .member("S3ComputedContentSHA256", computed))
}

pub(super) fn answer(answer: &Answer, request_id: &str) -> Response<Bytes> {
    let body = match &answer.content {
        Content::Xml(xml) => format!("{DECLARATION}{xml}").into(),
        Content::Raw(body) | Content::Json(body) => body.clone(),
        Content::Empty => Bytes::new(),
    };
    let mut response = respond(
        answer,
        body,
        CONTENT_TYPE,
        (REQUEST_ID, &short_id(request_id)),
    );
    set_header(&mut response, "x-amz-id-2", &host_id(request_id));
    response
}

pub(super) fn refuse(refusal: &Refusal, request_id: &str) -> Response<Bytes> {
    let (short_id, host_id) = (short_id(request_id), host_id(request_id));
    let mut xml = Xml::new();
    xml.element("Error", |xml| {
        xml.text("Code", &refusal.code)
            .text("Message", &refusal.message);
        for (name, value) in &refusal.members {
            xml.text(name, value);
        }
        xml.text("RequestId", &short_id).text("HostId", &host_id);
    });
    let mut response = Response::new(format!("{DECLARATION}{}", xml.into_string()).into());
    *response.status_mut() = refusal.status;
    set_header(&mut response, "content-type", CONTENT_TYPE);
    set_header(&mut response, REQUEST_ID, &short_id);
    set_header(&mut response, "x-amz-id-2", &host_id);
    response
}

/// S3's request ids are 16 characters.
fn short_id(request_id: &str) -> String {
    request_id
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(16)
        .collect::<String>()
        .to_uppercase()
}

fn host_id(request_id: &str) -> String {
    STANDARD.encode(
        [
            hash(&[b"host", request_id.as_bytes()]),
            hash(&[b"id", request_id.as_bytes()]),
        ]
        .concat(),
    )
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn a_bucket_in_the_host_name_moves_into_the_path() {
        for (uri, host, expected) in [
            (
                "/key?versionId=1",
                "code.localhost:4566",
                "/code/key?versionId=1",
            ),
            ("/key", "my.code.s3.eu-west-1.amazonaws.com", "/my.code/key"),
            ("http://code.localhost/", "", "/code/"),
            ("/key", "code.s3.localhost:4566", "/code/key"),
            ("/key", "code.s3.local.example.org", "/code/key"),
            ("/code/key", "s3.localhost", "/code/key"),
            ("/code/key", "s3.eu-west-1.localhost", "/code/key"),
            ("/code/key", "localhost:4566", "/code/key"),
            ("/code/key", "127.0.0.1:4566", "/code/key"),
            ("/code/key", "s3.eu-west-1.amazonaws.com", "/code/key"),
        ] {
            let (parts, ()) = Request::builder()
                .uri(uri)
                .header("host", host)
                .body(())
                .unwrap()
                .into_parts();
            assert_eq!(path_style(&parts).uri.to_string(), expected, "{uri} {host}");
        }
    }
}
