//! Turns the SDK's errors into [`Fault`]s. Only this module knows the meaning of AWS's error codes.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::credential::Malformed;
use super::guard::Refused;
use super::operation::OperationError;
use super::quota::names_rate;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::{Operation, Service, agentcore};
use crate::resource::unseen::Unseen;

/// Turns the SDK's error for a failed call into a fault.
pub(super) fn fault_of<E: OperationError>(error: &SdkError<E, HttpResponse>) -> Fault {
    let operation = E::OPERATION;
    let Some(answer) = error.raw_response() else {
        return unanswered(error);
    };
    let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
    let code = metadata.and_then(|metadata| metadata.code());
    let message = metadata.and_then(|metadata| metadata.message());
    let status = answer.status().as_u16();
    if is_page(status, answer.headers().get("content-type")) {
        let message = format!("HTTP {status}: {PAGE}");
        return Fault::new(FaultKind::Unreachable, operation, message);
    }
    Fault {
        kind: kind_of(operation, status, code, message.unwrap_or_default()),
        operation: Some(operation),
        code: code.map_or_else(
            || Some(format!("HTTP {status}")),
            |code| Some(code.to_owned()),
        ),
        message: message.map_or_else(|| reason_of(error), printable),
        request_id: ["x-amzn-requestid", "x-amz-request-id"]
            .iter()
            .find_map(|name| answer.headers().get(name))
            .map(printable),
    }
}

/// The message for an answer that does not come from AWS.
const PAGE: &str =
    "the answer is a web page, for example of a portal or proxy, and not an answer of AWS";

/// Returns whether an answer is a web page. No service refuses with one. A proxy in front of a failing service may, so statuses of
/// failures do not count, except 511, which requires a sign-in to the network (RFC 6585).
fn is_page(status: u16, content_type: Option<&str>) -> bool {
    (status < 500 || status == 511)
        && content_type.is_some_and(|content_type| content_type.starts_with("text/html"))
}

/// Returns why a call failed whose answer has no message. Answers to HEAD have no body, and the SDK has no more to report of them.
fn reason_of<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: Error + 'static,
{
    if error.as_service_error().is_some() {
        "the service gave no reason".to_owned()
    } else {
        chain(error)
    }
}

fn unanswered<E: OperationError>(error: &SdkError<E, HttpResponse>) -> Fault {
    let kind = match error {
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => FaultKind::Unreachable,
        _ if has_cause::<Refused>(error) => FaultKind::Denied,
        SdkError::ConstructionFailure(_) => FaultKind::Invalid,
        _ => FaultKind::Service,
    };
    let has_none = causes(error)
        .filter_map(|cause| cause.downcast_ref::<CredentialsError>())
        .any(|error| matches!(error, CredentialsError::CredentialsNotLoaded(_)));
    let reported = chain(error);
    // The chain lists every place that was tried. If one of them reports a session that expired, that is worth more than all the rest.
    if has_none && !reported.contains("expired") {
        tracing::info!(causes = reported, "no credentials");
        return Fault::new(kind, E::OPERATION, NO_CREDENTIALS);
    }
    Fault::new(kind, E::OPERATION, chain(informative_cause(error)))
}

/// The message when no place that the SDK tries has credentials.
const NO_CREDENTIALS: &str = "no credentials were found; `-v` lists the places that were asked";

/// Returns the outermost cause of an error that says more than the part of the SDK that it comes from.
fn informative_cause<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    causes(error)
        .find(|cause| cause.is::<Malformed>())
        .or_else(|| {
            causes(error).find(|cause| cause.is::<Refused>() || cause.is::<CredentialsError>())
        })
        .or_else(|| {
            causes(error)
                .find(|cause| cause.is::<ConnectorError>())
                .and_then(Error::source)
        })
        .unwrap_or(error)
}

fn has_cause<T: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(<dyn Error>::is::<T>)
}

/// Iterates over an error and its causes.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// Joins an error's causes, the outermost first, each only once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = printable(&cause.to_string());
        if texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
    }
    texts.join(": ")
}

/// Removes control characters from a service's text, which could steer the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Returns the kind of fault that an answer means.
pub(super) fn kind_of(
    operation: Operation,
    status: u16,
    code: Option<&str>,
    message: &str,
) -> FaultKind {
    let service = operation.service();
    if Unseen::of(service, code, message).is_some() {
        return FaultKind::NotYetConsistent;
    }
    match (service, code.unwrap_or_default()) {
        // Lambda makes the grant with the caller's permissions, and repeats KMS's answer to them.
        (Service::Lambda, "InvalidParameterValueException")
            if message.contains("KMS Exception: AccessDeniedException") =>
        {
            FaultKind::Denied
        }
        // The service is working on another change of the same resource (Lambda API, ResourceConflictException; AgentCore developer
        // guide, "How it works", for ConflictException; IAM API, ConcurrentModification; CloudWatch Logs API, OperationAbortedException;
        // S3 error responses, OperationAborted).
        (Service::Lambda, "ResourceConflictException") if !message.contains("already exist") => {
            FaultKind::Busy
        }
        // Lambda API, PreconditionFailedException: the RevisionId of the request is not the latest one.
        (Service::Lambda, "PreconditionFailedException") => FaultKind::Stale,
        // Lambda API, PublishVersion: the CodeSha256 of the request is not that of `$LATEST`.
        (Service::Lambda, "InvalidParameterValueException")
            if message.contains("is different from current CodeSHA256") =>
        {
            FaultKind::Stale
        }
        // AgentCore reports a name that is in use as a conflict as well. It also refuses an endpoint while its runtime is being changed.
        (Service::AgentCore, "ConflictException")
            if operation == agentcore::CREATE_AGENT_RUNTIME
                || (operation == agentcore::CREATE_AGENT_RUNTIME_ENDPOINT
                    && message.contains("already exist")) =>
        {
            FaultKind::AlreadyExists
        }
        (
            _,
            "ConcurrentModification"
            | "ConflictException"
            | "OperationAbortedException"
            | "OperationAborted"
            | "ConditionalRequestConflict",
        ) => FaultKind::Busy,
        (
            _,
            "ResourceConflictException"
            | "EntityAlreadyExists"
            | "EntityAlreadyExistsException"
            | "AlreadyExistsException"
            | "ResourceAlreadyExistsException"
            | "BucketAlreadyOwnedByYou",
        ) => FaultKind::AlreadyExists,
        (
            _,
            "NoSuchEntity"
            | "NoSuchEntityException"
            | "NotFoundException"
            | "ResourceNotFoundException"
            | "NoSuchKey"
            | "NoSuchBucket"
            | "NoSuchVersion"
            | "NoSuchBucketPolicy"
            | "NoSuchTagSet"
            | "NoSuchPublicAccessBlockConfiguration"
            | "ServerSideEncryptionConfigurationNotFoundError"
            | "NotFound",
        ) => FaultKind::NotFound,
        // Quotas of the account. The SDK would treat the code of KMS and CloudWatch Logs as throttling; see `quota`.
        (
            _,
            "LimitExceeded" | "LimitExceededException" | "ServiceQuotaExceededException",
        ) if names_rate(message) => FaultKind::Throttled,
        (
            _,
            "LimitExceeded"
            | "LimitExceededException"
            | "CodeStorageExceededException"
            | "TooManyBuckets"
            | "ServiceQuotaExceededException",
        ) => FaultKind::Quota,
        (
            _,
            "Throttling"
            | "ThrottlingException"
            // Resource Groups Tagging API, GetResources.
            | "ThrottledException"
            | "TooManyRequestsException"
            | "SlowDown"
            | "RequestLimitExceeded",
        ) => FaultKind::Throttled,
        (
            _,
            "AccessDenied"
            | "AccessDeniedException"
            | "AuthFailure"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "OptInRequired"
            | "KMSAccessDeniedException",
        ) => FaultKind::Denied,
        _ => by_status(status),
    }
}

fn by_status(status: u16) -> FaultKind {
    match status {
        401 | 403 => FaultKind::Denied,
        404 => FaultKind::NotFound,
        429 => FaultKind::Throttled,
        400..=499 => FaultKind::Invalid,
        _ => FaultKind::Service,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::operation::{iam, kms, lambda, s3, tagging};

    #[test]
    fn a_quota_is_not_treated_as_throttling() {
        assert_eq!(
            kind_of(kms::CREATE_KEY, 400, Some("LimitExceededException"), ""),
            FaultKind::Quota
        );
        assert_eq!(
            kind_of(iam::CREATE_ROLE, 409, Some("LimitExceeded"), ""),
            FaultKind::Quota
        );
        assert_eq!(
            kind_of(
                lambda::GET_FUNCTION,
                429,
                Some("TooManyRequestsException"),
                ""
            ),
            FaultKind::Throttled
        );
    }

    #[test]
    fn the_tagging_api_has_a_code_of_its_own_for_throttling() {
        assert_eq!(
            kind_of(
                tagging::GET_RESOURCES,
                400,
                Some("ThrottledException"),
                "Rate exceeded"
            ),
            FaultKind::Throttled
        );
    }

    #[test]
    fn a_function_that_is_being_changed_is_busy_and_an_existing_one_exists() {
        let kind = |message| {
            kind_of(
                lambda::UPDATE_FUNCTION_CODE,
                409,
                Some("ResourceConflictException"),
                message,
            )
        };
        assert_eq!(
            kind("The operation cannot be performed at this time. An update is in progress"),
            FaultKind::Busy
        );
        assert_eq!(
            kind("Function already exist: triage"),
            FaultKind::AlreadyExists
        );
    }

    #[test]
    fn a_function_that_changed_since_it_was_read_is_stale_and_not_invalid() {
        assert_eq!(
            kind_of(
                lambda::PUBLISH_VERSION,
                400,
                Some("InvalidParameterValueException"),
                "CodeSHA256 (A=) is different from current CodeSHA256 in $LATEST (B=)."
            ),
            FaultKind::Stale
        );
        assert_eq!(
            kind_of(
                lambda::UPDATE_FUNCTION_CONFIGURATION,
                412,
                Some("PreconditionFailedException"),
                "The RevisionId provided does not match the latest RevisionId."
            ),
            FaultKind::Stale
        );
    }

    #[test]
    fn a_role_that_lambda_cannot_assume_yet_is_not_an_invalid_role() {
        let kind = |message| {
            kind_of(
                lambda::CREATE_FUNCTION,
                400,
                Some("InvalidParameterValueException"),
                message,
            )
        };
        assert_eq!(
            kind("The role defined for the function cannot be assumed by Lambda."),
            FaultKind::NotYetConsistent
        );
        assert_eq!(
            kind("Unzipped size must be smaller than 262144000 bytes"),
            FaultKind::Invalid
        );
    }

    #[test]
    fn a_conflict_of_agentcore_means_a_name_in_use_or_a_change_in_progress() {
        const EXISTS: &str = "An agent endpoint with the specified name already exists.";
        const MODIFIED: &str = "The agent is currently being modified by another operation.";
        let kind = |operation, message| kind_of(operation, 409, Some("ConflictException"), message);
        assert_eq!(
            kind(agentcore::CREATE_AGENT_RUNTIME, ""),
            FaultKind::AlreadyExists
        );
        assert_eq!(
            kind(agentcore::CREATE_AGENT_RUNTIME_ENDPOINT, EXISTS),
            FaultKind::AlreadyExists
        );
        for operation in [
            agentcore::CREATE_AGENT_RUNTIME_ENDPOINT,
            agentcore::UPDATE_AGENT_RUNTIME,
            agentcore::DELETE_AGENT_RUNTIME_ENDPOINT,
        ] {
            assert_eq!(kind(operation, MODIFIED), FaultKind::Busy, "{operation}");
        }
    }

    #[test]
    fn a_role_that_agentcore_cannot_use_yet_is_not_an_invalid_role() {
        let kind = |message| {
            kind_of(
                agentcore::CREATE_AGENT_RUNTIME,
                400,
                Some("ValidationException"),
                message,
            )
        };
        assert_eq!(
            kind("Role validation failed for 'r'. Please verify that the role exists"),
            FaultKind::NotYetConsistent
        );
        assert_eq!(
            kind("Access denied while validating ECR URI 'u'"),
            FaultKind::NotYetConsistent
        );
        assert_eq!(kind("description is too long"), FaultKind::Invalid);
    }

    #[test]
    fn the_status_decides_for_an_answer_without_a_known_code() {
        assert_eq!(kind_of(s3::HEAD_OBJECT, 404, None, ""), FaultKind::NotFound);
        assert_eq!(kind_of(s3::HEAD_OBJECT, 403, None, ""), FaultKind::Denied);
        assert_eq!(
            kind_of(s3::PUT_OBJECT, 503, Some("ServiceUnavailable"), ""),
            FaultKind::Service
        );
    }

    #[test]
    fn service_text_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc"), "a [31mb c");
    }
}
