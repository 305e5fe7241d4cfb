//! AWS KMS: keys, aliases and key policies.

use http::StatusCode;

use crate::api::{Api, read, write};
use crate::protocol::kind::Protocol;
use crate::service::Service;
use crate::wording::{Wording, Words};

mod alias;
mod grant;
mod input;
mod key;
pub(crate) mod key_arn;
mod key_tag;
mod lifecycle;
mod managed;
mod policy;
mod rotation;
mod spec;
mod spreading;
pub(crate) mod state;
#[cfg(test)]
mod tests;
mod usable;

/// How the service speaks.
pub(crate) const API: Api = Api {
    protocol: Protocol::Json {
        target: "TrentService",
    },
    lines: &[
        write("CancelKeyDeletion", lifecycle::cancel_deletion),
        write("CreateAlias", alias::create).limited(),
        write("CreateKey", key::create).limited(),
        write("DeleteAlias", alias::delete),
        read("DescribeKey", key::describe).eventual(),
        write("DisableKey", lifecycle::disable),
        write("DisableKeyRotation", rotation::disable),
        write("EnableKey", lifecycle::enable),
        write("EnableKeyRotation", rotation::enable),
        read("GetKeyPolicy", policy::read).eventual(),
        read("GetKeyRotationStatus", rotation::read).eventual(),
        read("ListAliases", alias::list).eventual(),
        read("ListGrants", grant::list).eventual(),
        read("ListKeyPolicies", policy::list).eventual(),
        read("ListKeys", key::list).eventual(),
        read("ListResourceTags", key_tag::list).eventual(),
        write("PutKeyPolicy", policy::put).limited(),
        write("ScheduleKeyDeletion", lifecycle::schedule_deletion),
        write("TagResource", key_tag::add).limited(),
        write("UntagResource", key_tag::remove),
        write("UpdateAlias", alias::update),
        write("UpdateKeyDescription", key::update_description),
    ],
    unbuilt: &[],
    wording: Wording {
        service: Service::Kms,
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
        // Guess: the sentence.
        limit: Some(Words(
            StatusCode::BAD_REQUEST,
            "LimitExceededException",
            "A quota was exceeded.",
        )),
        unsigned: Words(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        denied: (StatusCode::BAD_REQUEST, "AccessDeniedException"),
        invalid: "ValidationException",
    },
};
