//! What S3 refuses with.

use http::StatusCode;

use crate::answer::Refusal;

pub(super) fn access_denied() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied")
}

/// Refuses an argument in S3's form.
pub(super) fn invalid_argument(name: &str, value: &str, message: &str) -> Refusal {
    Refusal::bad_request("InvalidArgument", message)
        .member("ArgumentName", name)
        .member("ArgumentValue", value)
}

pub(super) fn no_such_key(key: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "NoSuchKey",
        "The specified key does not exist.",
    )
    .member("Key", key)
}
