//! AWS KMS: keys, aliases and key policies.

use http::StatusCode;

use crate::protocol::Protocol;
use crate::services::{Api, Service, Words};

mod spreading;
mod state;
mod usable;

pub(crate) use state::State;
pub(crate) use usable::{KeyArn, Unusable};

/// How the service speaks.
pub(crate) const API: Api = Api {
    service: Service::Kms,
    protocol: Protocol::Json {
        target: "TrentService",
    },
    operations: &[],
    throttled: Words(
        StatusCode::BAD_REQUEST,
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    ),
    failed: Words(
        StatusCode::INTERNAL_SERVER_ERROR,
        "KMSInternalException",
        "Internal service error.",
    ),
    unsigned: Words(
        StatusCode::FORBIDDEN,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    ),
    denied: (StatusCode::BAD_REQUEST, "AccessDeniedException"),
    invalid: "ValidationException",
};
