//! Amazon S3: buckets and objects.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::services::{Api, Service, Words};
use crate::tag::Tags;
use crate::world;

/// How the service speaks.
pub(crate) const API: Api = Api {
    service: Service::S3,
    protocol: Protocol::RestXml,
    operations: &[],
    // S3 API reference, "List of error codes".
    throttled: Words(
        StatusCode::SERVICE_UNAVAILABLE,
        "SlowDown",
        "Please reduce your request rate.",
    ),
    failed: Words(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalError",
        "We encountered an internal error. Please try again.",
    ),
    unsigned: Words(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied"),
    denied: (StatusCode::FORBIDDEN, "AccessDenied"),
    invalid: "InvalidArgument",
};

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {}

impl world::State for State {
    const SERVICE: Service = Service::S3;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        Vec::new()
    }
}

impl State {
    pub(crate) fn bucket_names(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    pub(crate) fn has_bucket(&self, _name: &str) -> bool {
        false
    }
}
