//! What a bucket's policy says of a request.
//!
//! The caller's identity policies allow everything in the caller's own account, so that there only a `Deny` counts. The buckets of other
//! accounts are closed, whatever their policies allow: cross-account access is not built.

use http::StatusCode;

use super::state::Bucket;
use crate::answer::Refusal;
use crate::call::Call;
use crate::service::Service;
use crate::services::iam::access::{Caller, Policies, access};
use crate::services::iam::caller::{Context, administrator};
use crate::services::iam::decision::{Request, Verdict};
use crate::services::iam::document::Document;

/// Headers that are condition keys by their own names (service authorization reference, "Condition keys for Amazon S3").
const HEADERS: [&str; 11] = [
    "if-match",
    "if-none-match",
    "x-amz-acl",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
];

/// URL parameters that are, and their keys.
const PARAMETERS: [(&str, &str); 4] = [
    ("delimiter", "s3:delimiter"),
    ("max-keys", "s3:max-keys"),
    ("prefix", "s3:prefix"),
    ("versionId", "s3:VersionId"),
];

/// Refuses the request when the policy denies it.
pub(super) fn check(call: &Call<'_>, bucket: &Bucket) -> Result<(), Refusal> {
    let key = call.input.path.get("Key").map(String::as_str);
    let action = call.operation.action(Service::S3);
    let action = if key.is_some() && call.input.fields.contains("versionId") {
        of_version(&action)
    } else {
        action
    };
    check_action(call, bucket, &action, key)
}

/// Refuses an action on an object when the policy denies it; `None` means the bucket.
pub(super) fn check_action(
    call: &Call<'_>,
    bucket: &Bucket,
    action: &str,
    key: Option<&str>,
) -> Result<(), Refusal> {
    decide(call, bucket, action, key, &context(call))
}

/// Refuses that another service reads an object for the caller when the policy denies it.
pub(super) fn check_read_by_service(
    call: &Call<'_>,
    bucket: &Bucket,
    key: &str,
    version: Option<&str>,
) -> Result<(), Refusal> {
    let action = "s3:GetObject".to_owned();
    let action = if version.is_some() {
        of_version(&action)
    } else {
        action
    };
    let context = Context::of_caller(call).set("aws:ViaAWSService", "true");
    decide(call, bucket, &action, Some(key), &context)
}

fn decide(
    call: &Call<'_>,
    bucket: &Bucket,
    action: &str,
    key: Option<&str>,
    context: &Context,
) -> Result<(), Refusal> {
    let Some(policy) = &bucket.policy else {
        return Ok(());
    };
    let document = Document::parse(policy.0.written()).expect("was parsed before it was kept");
    let resource = match key {
        Some(key) => format!("{}/{key}", bucket.arn),
        None => bucket.arn.clone(),
    };
    let arn = call.caller_arn();
    let policies = Policies {
        identity: &[administrator()],
        boundary: None,
        resource: Some(&document),
    };
    let caller = Caller {
        arn: &arn,
        account: call.account,
        partition: call.partition(),
    };
    let request = Request {
        action,
        resource: Some(&resource),
        context: &context.pairs(),
    };
    match access(policies, caller, call.account, request).verdict {
        Verdict::Allowed | Verdict::Silent => Ok(()),
        Verdict::Denied => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "AccessDenied",
            // S3 user guide, "Troubleshoot access denied (403 Forbidden) errors": the sentence.
            format!(
                "User: {arn} is not authorized to perform: {action} on resource: \"{resource}\" with an explicit deny \
                 in a resource-based policy"
            ),
        )),
    }
}

/// Service authorization reference, "Actions defined by Amazon S3": a request that names a version is another action.
fn of_version(action: &str) -> String {
    match action {
        "s3:GetObject" | "s3:DeleteObject" => format!("{action}Version"),
        other => other.to_owned(),
    }
}

fn context(call: &Call<'_>) -> Context {
    let mut context = Context::of_caller(call)
        .with("s3:ResourceAccount", call.account)
        .with("s3:TlsVersion", "1.3")
        .with("s3:signatureversion", "AWS4-HMAC-SHA256");
    for name in HEADERS {
        // Looked at, not read: whether the operation knows the header is for its handler.
        if let Some(value) = call.input.headers.peek(name) {
            context = context.with(format!("s3:{name}"), value);
        }
    }
    for (name, key) in PARAMETERS {
        if let Some(value) = call.input.fields.peek(name) {
            context = context.with(key, value);
        }
    }
    context
}
