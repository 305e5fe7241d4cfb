//! Presigned URLs of S3 (S3 API reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)").
//!
//! Only the URL shows who signed it, and anybody can have it. So its signature is verified, unlike one in a header.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use crate::answer::Refusal;

/// The secret access keys with which a URL can be signed: those that the documentation and `--local` use.
const SECRETS: [&str; 2] = ["any", "local"];

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const LONGEST: i64 = 604_800;
/// How far ahead the clock of the signer may be.
const SKEW: Duration = Duration::from_mins(15);

const PARAMETERS: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
];

/// Checks a request whose signature is in its URL; one that is signed by a header passes.
pub(crate) fn check(request: &Request<Bytes>, now: Timestamp) -> Result<(), Refusal> {
    let query = request.uri().query().unwrap_or_default();
    let is_signed_here = query
        .split('&')
        .any(|pair| pair.starts_with("X-Amz-Credential="));
    if !is_signed_here || request.headers().contains_key(http::header::AUTHORIZATION) {
        return Ok(());
    }
    let [algorithm, credential, signature, date, signed, expires] =
        PARAMETERS.map(|name| parameter(query, name));
    let (
        Some(algorithm),
        Some(credential),
        Some(signature),
        Some(date),
        Some(signed),
        Some(expires),
    ) = (algorithm, credential, signature, date, signed, expires)
    else {
        return Err(malformed(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, \
             X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ));
    };
    if algorithm != ALGORITHM {
        return Err(malformed(
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
        ));
    }
    check_time(&date, &expires, now)?;
    let scope = credential.split_once('/').map_or("", |(_, scope)| scope);
    let to_sign = string_to_sign(request, query, &signed, &date, scope);
    let is_right = |secret: &&str| hex::encode(signature_of(secret, scope, &to_sign)) == signature;
    if SECRETS.iter().any(is_right) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    ))
}

fn check_time(date: &str, expires: &str, now: Timestamp) -> Result<(), Refusal> {
    let signed = DateTime::strptime("%Y%m%dT%H%M%SZ", date)
        .ok()
        .and_then(|time| time.to_zoned(TimeZone::UTC).ok())
        .map(|time| time.timestamp());
    let Some(signed) = signed else {
        return Err(malformed(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
        ));
    };
    let seconds: i64 = expires
        .parse()
        .map_err(|_| malformed("X-Amz-Expires should be a number"))?;
    if seconds < 0 {
        return Err(malformed("X-Amz-Expires must be non-negative"));
    }
    if seconds > LONGEST {
        return Err(malformed(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ));
    }
    let denied = |message| Refusal::new(StatusCode::FORBIDDEN, "AccessDenied", message);
    if signed.as_second() > now.as_second().saturating_add_unsigned(SKEW.as_secs()) {
        return Err(denied("Request is not valid yet"));
    }
    let end = signed.as_second() + seconds;
    if now.as_second() > end {
        let shown = |second: i64| {
            Timestamp::from_second(second).map_or_else(
                |_| String::new(),
                |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            )
        };
        return Err(denied("Request has expired")
            .member("X-Amz-Expires", expires)
            .member("Expires", shown(end))
            .member("ServerTime", shown(now.as_second())));
    }
    Ok(())
}

fn malformed(message: &str) -> Refusal {
    Refusal::bad_request("AuthorizationQueryParametersError", message)
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

fn string_to_sign(
    request: &Request<Bytes>,
    query: &str,
    signed: &str,
    date: &str,
    scope: &str,
) -> String {
    let canonical = canonical_request(request, query, signed);
    format!(
        "{ALGORITHM}\n{date}\n{scope}\n{}",
        hex::encode(Sha256::digest(canonical))
    )
}

/// Writes what was signed: path and query as they were sent, without the signature.
fn canonical_request(request: &Request<Bytes>, query: &str, signed: &str) -> String {
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("X-Amz-Signature="))
        .map(|pair| {
            if pair.contains('=') {
                pair.to_owned()
            } else {
                format!("{pair}=")
            }
        })
        .collect();
    pairs.sort();
    let mut headers = String::new();
    for name in signed.split(';') {
        headers.extend([name, ":", &header(request, name), "\n"]);
    }
    let hash = match header(request, "x-amz-content-sha256") {
        hash if hash.is_empty() => "UNSIGNED-PAYLOAD".to_owned(),
        hash => hash,
    };
    format!(
        "{}\n{}\n{}\n{headers}\n{signed}\n{hash}",
        request.method(),
        request.uri().path(),
        pairs.join("&"),
    )
}

fn header(request: &Request<Bytes>, name: &str) -> String {
    let values: Vec<String> = request
        .headers()
        .get_all(name)
        .iter()
        .map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect();
    values.join(",")
}

/// Signs as version 4 does: with a key that is made of the parts of the scope.
fn signature_of(secret: &str, scope: &str, to_sign: &str) -> [u8; 32] {
    let secret = format!("AWS4{secret}");
    let key = scope.split('/').fold(secret.into_bytes(), |key, part| {
        hmac(&key, part.as_bytes()).to_vec()
    });
    hmac(&key, to_sign.as_bytes())
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(padded(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

/// Presigns a request without a body's hash, as clients do.
#[cfg(test)]
pub(crate) fn target(
    method: &str,
    path: &str,
    credential: &str,
    secret: &str,
    (signed, seconds): (Timestamp, u64),
) -> String {
    let date = signed.strftime("%Y%m%dT%H%M%SZ").to_string();
    let target = format!(
        "{path}?X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={}&X-Amz-Date={date}&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host",
        credential.replace('/', "%2F")
    );
    let request = Request::builder().method(method).uri(&target);
    let request = request.header("host", "localhost").body(Bytes::new());
    let request = request.expect("the parts of a test are well formed");
    let query = request.uri().query().unwrap_or_default();
    let scope = credential.split_once('/').map_or("", |(_, scope)| scope);
    let to_sign = string_to_sign(&request, query, "host", &date, scope);
    let signature = hex::encode(signature_of(secret, scope, &to_sign));
    format!("{target}&X-Amz-Signature={signature}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the S3 API reference, with its secret in the place of ours.
    const URL: &str = "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
                       &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                       &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
                       &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

    fn request(url: &str) -> Request<Bytes> {
        Request::get(url)
            .header("host", "examplebucket.s3.amazonaws.com")
            .body(Bytes::new())
            .unwrap()
    }

    #[test]
    fn the_example_of_the_reference_has_the_signature_that_it_shows() {
        let request = request(URL);
        let scope = "20130524/us-east-1/s3/aws4_request";
        let query = request.uri().query().unwrap();
        let to_sign = string_to_sign(&request, query, "host", "20130524T000000Z", scope);
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        assert_eq!(
            hex::encode(signature_of(secret, scope, &to_sign)),
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }

    #[test]
    fn a_url_is_refused_when_it_is_too_old_too_new_incomplete_or_signed_with_another_secret() {
        let refusal = |url: &str, now: &str| {
            let refusal = check(&request(url), now.parse().unwrap()).unwrap_err();
            (
                refusal.status.as_u16(),
                refusal.code.into_owned(),
                refusal.message,
            )
        };
        let during = "2013-05-24T01:00:00Z";
        assert_eq!(refusal(URL, during).1, "SignatureDoesNotMatch");
        let denied = |message: &str| (403, "AccessDenied".to_owned(), message.to_owned());
        assert_eq!(
            refusal(URL, "2013-05-25T00:00:01Z"),
            denied("Request has expired")
        );
        assert_eq!(
            refusal(URL, "2013-05-23T23:00:00Z"),
            denied("Request is not valid yet")
        );
        for (from, to) in [
            ("&X-Amz-Date=20130524T000000Z", ""),
            ("X-Amz-Expires=86400", "X-Amz-Expires=604801"),
            ("X-Amz-Expires=86400", "X-Amz-Expires=soon"),
            ("20130524T000000Z", "today"),
        ] {
            let refused = refusal(&URL.replace(from, to), during);
            assert_eq!(
                (refused.0, refused.1.as_str()),
                (400, "AuthorizationQueryParametersError"),
                "{to}"
            );
        }
    }
}
