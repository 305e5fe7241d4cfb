//! Who is asked, where and by whom: service, region and account of a request.
//!
//! The credential scope of the signature decides; signatures themselves are not verified.

use http::{HeaderMap, Request};
use percent_encoding::percent_decode_str;

use crate::answer::Refusal;
use crate::api::Api;
use crate::protocol::kind::{ErrorBody, Protocol};
use crate::service::Service;

/// The account of access keys that do not name one.
pub(crate) const DEFAULT_ACCOUNT: &str = "000000000000";

/// Where a request goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) api: &'static Api,
    pub(crate) region: String,
    pub(crate) account: String,
}

/// A request that reaches no service, and the protocol in which to say so.
#[derive(Debug)]
pub(crate) struct Unroutable {
    pub(crate) protocol: Protocol,
    pub(crate) service: Option<Service>,
    pub(crate) refusal: Refusal,
}

/// Finds the service, region and account of a request.
pub(crate) fn find(request: &Request<bytes::Bytes>) -> Result<Target, Box<Unroutable>> {
    let Some(scope) = credential_scope(request) else {
        // A request that no other service claims is for a bucket.
        let api = asked_api(request).unwrap_or_else(|| Service::S3.api());
        return Err(Box::new(Unroutable {
            protocol: api.protocol,
            service: Some(api.wording.service),
            refusal: api.wording.unsigned.refusal(),
        }));
    };
    in_scope(&scope).map_err(|refusal| Box::new(refused(request, refusal)))
}

fn in_scope(scope: &str) -> Result<Target, Refusal> {
    let parts: Vec<&str> = scope.split('/').collect();
    // An access key may hold slashes in principle; the scope's last four parts are fixed.
    let [access_key @ .., _date, region, name, "aws4_request"] = parts.as_slice() else {
        let message = format!("Credential `{scope}` must have a scope of four parts");
        return Err(Refusal::bad_request("IncompleteSignature", message));
    };
    if !is_region(region) {
        let message = format!("`{region}` in the credential scope is not a region");
        return Err(Refusal::bad_request("IncompleteSignature", message));
    }
    let service = Service::from_name(name)
        .ok_or_else(|| Refusal::not_built(format!("service `{name}` is not built")))?;
    Ok(Target {
        api: service.api(),
        region: (*region).to_owned(),
        account: account_of(&access_key.join("/")),
    })
}

fn refused(request: &Request<bytes::Bytes>, refusal: Refusal) -> Unroutable {
    let protocol = if let Some(api) = asked_api(request) {
        api.protocol
    } else if request.headers().contains_key("x-amz-target") {
        Protocol::Json { target: "" }
    } else if is_form(request.headers()) {
        Protocol::Query {
            namespace: "",
            version: "",
        }
    } else {
        Protocol::RestJson {
            errors: ErrorBody::Modelled,
        }
    };
    Unroutable {
        protocol,
        service: None,
        refusal,
    }
}

/// Reads the credential of the `Authorization` header or of a presigned URL.
fn credential_scope(request: &Request<bytes::Bytes>) -> Option<String> {
    let header = request
        .headers()
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let from_header = header.and_then(|header| {
        let (_, rest) = header
            .strip_prefix("AWS4-HMAC-SHA256")?
            .split_once("Credential=")?;
        rest.split([',', ' ']).next().map(str::to_owned)
    });
    from_header.or_else(|| {
        let mut pairs = request.uri().query()?.split('&');
        let value = pairs.find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    })
}

/// Guesses the service of a request without a credential scope, so that it is refused in that service's shape.
fn asked_api(request: &Request<bytes::Bytes>) -> Option<&'static Api> {
    let target = request
        .headers()
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    Service::ALL
        .iter()
        .map(|service| service.api())
        .find(|api| match api.protocol {
            Protocol::Json { target: prefix } => {
                target.is_some_and(|target| target.split('.').next() == Some(prefix))
            }
            Protocol::Query { version, .. } => {
                let version = format!("Version={version}");
                is_form(request.headers())
                    && request
                        .body()
                        .split(|byte| *byte == b'&')
                        .any(|pair| pair == version.as_bytes())
            }
            // S3 also has GET /; paths of REST services differ in their first part, such as `/2015-03-31/`.
            Protocol::RestJson { .. } => {
                let asked = request.uri().path().split('/').nth(1);
                let mut lines = api.lines.iter();
                lines.any(|line| {
                    let segment = line.operation.first_segment();
                    segment.is_some() && segment == asked
                })
            }
            Protocol::RestXml => false,
        })
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

/// Region names become folders: only letters, digits and hyphens, with at least one hyphen.
fn is_region(name: &str) -> bool {
    name.contains('-')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn account_of(access_key: &str) -> String {
    let names_one = access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit());
    if names_one {
        access_key.to_owned()
    } else {
        DEFAULT_ACCOUNT.to_owned()
    }
}
