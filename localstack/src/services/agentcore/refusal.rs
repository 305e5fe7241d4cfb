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
