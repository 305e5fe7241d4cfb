//! The Resource Groups Tagging API: finds resources by their tags. IAM has no entry in it.

use http::StatusCode;

use crate::protocol::Protocol;
use crate::services::{Api, Service, Words, read};

mod index;
mod resource;
#[cfg(test)]
mod tests;

pub(crate) use index::{Change, State};

/// How the service speaks.
pub(crate) const API: Api = Api {
    service: Service::Tagging,
    protocol: Protocol::Json {
        target: "ResourceGroupsTaggingAPI_20170126",
    },
    // Actions: service authorization reference, `tag`. Each is an index that lags behind.
    operations: &[
        read("GetResources", resource::list)
            .needs("tag:GetResources")
            .eventual(),
        read("GetTagKeys", resource::keys)
            .needs("tag:GetTagKeys")
            .eventual(),
        read("GetTagValues", resource::values)
            .needs("tag:GetTagValues")
            .eventual(),
    ],
    throttled: Words(
        StatusCode::BAD_REQUEST,
        "ThrottledException",
        "Rate exceeded",
    ),
    failed: Words(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServiceException",
        "The request processing failed because of an unknown error.",
    ),
    limit: None,
    unsigned: Words(
        StatusCode::FORBIDDEN,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    ),
    denied: (StatusCode::BAD_REQUEST, "AccessDeniedException"),
    invalid: "InvalidParameterException",
};
