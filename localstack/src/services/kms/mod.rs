//! AWS KMS: keys, aliases and key policies.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::services::{Api, Service, Words};
use crate::tag::Tags;
use crate::world;

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

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {}

impl world::State for State {
    const SERVICE: Service = Service::Kms;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        Vec::new()
    }
}
