//! AWS Lambda: functions, versions, aliases and their permissions.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::services::{Api, Service, Words};
use crate::tag::Tags;
use crate::world;

/// How the service speaks.
pub(crate) const API: Api = Api {
    service: Service::Lambda,
    protocol: Protocol::RestJson,
    operations: &[],
    throttled: Words(
        StatusCode::TOO_MANY_REQUESTS,
        "TooManyRequestsException",
        "Rate exceeded",
    ),
    failed: Words(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ServiceException",
        "The Lambda service encountered an internal error.",
    ),
    unsigned: Words(
        StatusCode::FORBIDDEN,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    ),
    denied: (StatusCode::FORBIDDEN, "AccessDeniedException"),
    invalid: "ValidationException",
};

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {}

impl world::State for State {
    const SERVICE: Service = Service::Lambda;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        Vec::new()
    }
}
