//! Amazon `CloudWatch` Logs: log groups.

use http::StatusCode;

use crate::api::{Api, read, write};
use crate::protocol::kind::Protocol;
use crate::service::Service;
use crate::wording::{Wording, Words};

mod encryption;
mod group;
mod group_tag;
mod name;
mod protection;
mod protection_document;
mod retention;
pub(crate) mod state;
#[cfg(test)]
mod tests;

/// How the service speaks.
pub(crate) const API: Api = Api {
    protocol: Protocol::Json {
        target: "Logs_20140328",
    },
    lines: &[
        write("AssociateKmsKey", encryption::associate),
        write("CreateLogGroup", group::create).limited(),
        write("DeleteDataProtectionPolicy", protection::delete),
        write("DeleteLogGroup", group::delete),
        write("DeleteRetentionPolicy", retention::delete),
        read("DescribeLogGroups", group::describe).eventual(),
        write("DisassociateKmsKey", encryption::disassociate),
        read("GetDataProtectionPolicy", protection::read).eventual(),
        read("ListTagsForResource", group_tag::list).eventual(),
        write("PutDataProtectionPolicy", protection::put).limited(),
        write("PutLogGroupDeletionProtection", group::protect),
        write("PutRetentionPolicy", retention::put),
        write("TagResource", group_tag::add),
        write("UntagResource", group_tag::remove),
    ],
    unbuilt: &[],
    wording: Wording {
        service: Service::Logs,
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
        limit: Some(Words(
            StatusCode::BAD_REQUEST,
            "LimitExceededException",
            "Resource limit exceeded.",
        )),
        unsigned: Words(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        denied: (StatusCode::BAD_REQUEST, "AccessDeniedException"),
        invalid: "InvalidParameterException",
    },
};
