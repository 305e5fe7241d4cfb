//! `aws-chunked` bodies: chunks with sizes (and signatures, which are not verified), then trailers such as a checksum.
//!
//! S3 API reference, "Signature calculations for the authorization header: transferring a payload in multiple chunks".

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderName, HeaderValue, header};

use crate::answer::Refusal;

const CODING: &str = "aws-chunked";

/// Unwraps a body that comes in chunks; its trailers become headers and the coding is taken off `content-encoding`.
pub(super) fn unwrap(mut parts: Parts, body: Bytes) -> Result<(Parts, Bytes), Refusal> {
    let hash = parts.headers.get("x-amz-content-sha256");
    if !hash.is_some_and(|value| value.as_bytes().starts_with(b"STREAMING-")) {
        return Ok((parts, body));
    }
    // S3 API reference, "List of error codes": IncompleteBody.
    let incomplete = || {
        let message =
            "You did not provide the number of bytes specified by the Content-Length HTTP header.";
        Refusal::bad_request("IncompleteBody", message)
    };
    let (body, trailers) = decode(&body).ok_or_else(incomplete)?;
    let announced = parts.headers.remove("x-amz-decoded-content-length");
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length != body.len()) {
        return Err(incomplete());
    }
    parts.headers.remove("x-amz-trailer");
    parts.headers.extend(trailers);
    if let Some(encoding) = parts.headers.remove(header::CONTENT_ENCODING) {
        let codings = encoding
            .to_str()
            .unwrap_or_default()
            .split(',')
            .map(str::trim);
        let kept = codings
            .filter(|coding| *coding != CODING)
            .collect::<Vec<_>>()
            .join(",");
        if let (false, Ok(kept)) = (kept.is_empty(), HeaderValue::from_str(&kept)) {
            parts.headers.insert(header::CONTENT_ENCODING, kept);
        }
    }
    Ok((parts, body))
}

/// Decodes chunks and trailers; `None` when the body breaks off.
fn decode(body: &Bytes) -> Option<(Bytes, Vec<(HeaderName, HeaderValue)>)> {
    let mut decoded = BytesMut::with_capacity(body.len());
    let mut rest: &[u8] = body;
    loop {
        let (line, after) = split_line(rest)?;
        let size = std::str::from_utf8(line).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = after;
        if size == 0 {
            break;
        }
        let (chunk, after) = rest.split_at_checked(size)?;
        decoded.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n")?;
    }
    let mut trailers = Vec::new();
    while let Some((line, after)) = split_line(rest).filter(|(line, _)| !line.is_empty()) {
        let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
        if name != "x-amz-trailer-signature" {
            trailers.push((name.parse().ok()?, value.trim().parse().ok()?));
        }
        rest = after;
    }
    Some((decoded.freeze(), trailers))
}

fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.windows(2).position(|pair| pair == b"\r\n")?;
    Some((&text[..end], &text[end + 2..]))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn chunks_are_joined_and_trailers_become_headers() {
        let request = Request::builder()
            .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("content-encoding", "gzip,aws-chunked")
            .header("x-amz-decoded-content-length", "7")
            .header("x-amz-trailer", "x-amz-checksum-crc32");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let body = "4\r\nab\r\n\r\n3;chunk-signature=00\r\ncde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        let (unwrapped, decoded) = unwrap(parts.clone(), body.into()).unwrap();
        assert_eq!(decoded, "ab\r\ncde");
        let mut names: Vec<_> = unwrapped
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                ("content-encoding", &b"gzip"[..]),
                ("x-amz-checksum-crc32", b"AAAAAA=="),
                (
                    "x-amz-content-sha256",
                    b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
                ),
            ]
        );
        assert_eq!(
            unwrap(parts, "4\r\nab".into()).unwrap_err().code,
            "IncompleteBody"
        );
    }
}
