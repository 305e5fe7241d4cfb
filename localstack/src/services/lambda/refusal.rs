//! What Lambda refuses with: codes and statuses.

use http::StatusCode;

use crate::answer::Refusal;

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("InvalidParameterValueException", message)
}

pub(super) fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

pub(super) fn function_not_found(arn: &str) -> Refusal {
    // Recorded.
    not_found(format!("Function not found: {arn}"))
}

pub(super) fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "ResourceConflictException", message)
}

/// Refuses when the caller's revision is not the latest.
pub(super) fn check_revision(wanted: Option<&str>, latest: &str) -> Result<(), Refusal> {
    if wanted.is_none_or(|wanted| wanted == latest) {
        return Ok(());
    }
    // Recorded.
    let message = "The Revision Id provided does not match the latest Revision Id. \
                   Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
    Err(Refusal::new(
        StatusCode::PRECONDITION_FAILED,
        "PreconditionFailedException",
        message,
    ))
}
