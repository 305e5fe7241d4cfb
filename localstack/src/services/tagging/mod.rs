//! The Resource Groups Tagging API: finds resources by their tags. IAM has no entry in it.

use http::StatusCode;

use crate::api::{Api, read};
use crate::protocol::kind::Protocol;
use crate::service::Service;
use crate::wording::{Wording, Words};

pub(crate) mod index;
mod resource;
#[cfg(test)]
mod tests;

/// How the service speaks.
pub(crate) const API: Api = Api {
    protocol: Protocol::Json {
        target: "ResourceGroupsTaggingAPI_20170126",
    },
    // Actions: service authorization reference, `tag`. Each is an index that lags behind.
    lines: &[
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
    unbuilt: &[],
    wording: Wording {
        service: Service::Tagging,
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
    },
};
