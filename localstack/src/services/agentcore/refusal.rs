//! What `AgentCore` refuses with: codes and statuses.

use http::StatusCode;

use crate::answer::Refusal;
use crate::call::Call;

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("ValidationException", message)
}

pub(super) fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

pub(super) fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "ConflictException", message)
}

pub(super) fn denied(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "AccessDeniedException", message)
}

/// Refuses what would exceed a quota. The form of the sentence was seen for another quota (`maxImageSizeMb`).
pub(super) fn over_quota(call: &Call<'_>, quota: &str) -> Refusal {
    Refusal::new(
        StatusCode::PAYMENT_REQUIRED,
        "ServiceQuotaExceededException",
        format!(
            "{quota} limit exceeded for account {}. Please contact AWS Support for more information.",
            call.account
        ),
    )
}

/// Refuses a version that is not there. Guess: the sentence.
pub(super) fn version_missing(id: &str, number: u32) -> Refusal {
    not_found(format!(
        "Version {number} of agent with ID {id} was not found."
    ))
}
