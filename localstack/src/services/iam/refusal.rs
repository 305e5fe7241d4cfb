//! What IAM refuses with: codes and statuses.

use http::StatusCode;

use crate::answer::Refusal;

pub(super) fn no_such_entity(message: String) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "NoSuchEntity", message)
}

pub(super) fn limit_exceeded(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "LimitExceeded", message)
}

pub(super) fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("MalformedPolicyDocument", message)
}
