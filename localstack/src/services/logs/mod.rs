//! Amazon `CloudWatch` Logs: log groups.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::services::{Api, Service, Words};
use crate::tag::Tags;
use crate::world;

/// How the service speaks.
pub(crate) const API: Api = Api {
    service: Service::Logs,
    protocol: Protocol::Json {
        target: "Logs_20140328",
    },
    operations: &[],
    throttled: Words(
        StatusCode::BAD_REQUEST,
        "ThrottlingException",
        "Rate exceeded",
    ),
    failed: Words(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ServiceUnavailableException",
        "The service cannot complete the request.",
    ),
    unsigned: Words(
        StatusCode::FORBIDDEN,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    ),
    denied: (StatusCode::BAD_REQUEST, "AccessDeniedException"),
    invalid: "InvalidParameterException",
};

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {}

impl world::State for State {
    const SERVICE: Service = Service::Logs;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        Vec::new()
    }
}
