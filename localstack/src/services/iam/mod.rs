//! AWS IAM: roles and their policies.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::services::{Api, Service, Words};
use crate::tag::Tags;
use crate::world;

/// How the service speaks.
pub(crate) const API: Api = Api {
    service: Service::Iam,
    protocol: Protocol::Query {
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
        version: "2010-05-08",
    },
    operations: &[],
    throttled: Words(StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded"),
    failed: Words(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ServiceFailure",
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    unsigned: Words(
        StatusCode::FORBIDDEN,
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    ),
    denied: (StatusCode::FORBIDDEN, "AccessDenied"),
    invalid: "ValidationError",
};

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {}

impl world::State for State {
    const SERVICE: Service = Service::Iam;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        Vec::new()
    }
}
