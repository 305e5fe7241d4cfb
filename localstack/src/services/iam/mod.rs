//! AWS IAM: roles, their trust, inline and managed policies, boundaries and tags.

use http::StatusCode;

use crate::api::{Api, read, write};
use crate::protocol::kind::Protocol;
use crate::service::Service;
use crate::wording::{Wording, Words};

pub(crate) mod access;
mod account;
pub(crate) mod bound;
pub(crate) mod caller;
mod catalogue;
mod condition;
pub(crate) mod decision;
pub(crate) mod document;
mod inline;
mod managed;
mod name;
mod page;
pub(crate) mod principal;
mod refusal;
mod role;
mod role_tag;
mod service;
mod simulation;
pub(crate) mod state;
#[cfg(test)]
mod tests;
mod text;
mod trust;
mod variable;
pub(crate) mod wildcard;

/// How the service speaks.
pub(crate) const API: Api = Api {
    protocol: Protocol::Query {
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
        version: "2010-05-08",
    },
    lines: &[
        write("AttachRolePolicy", managed::attach).limited(),
        write("CreateRole", role::create).limited(),
        write("DeleteRole", role::delete),
        write("DeleteRolePermissionsBoundary", managed::delete_boundary),
        write("DeleteRolePolicy", inline::delete),
        write("DetachRolePolicy", managed::detach),
        read(
            "GetAccountAuthorizationDetails",
            account::authorization_details,
        )
        .eventual(),
        read("GetRole", role::read).eventual(),
        read("GetRolePolicy", inline::read).eventual(),
        read("ListAttachedRolePolicies", managed::list).eventual(),
        read("ListInstanceProfilesForRole", role::list_instance_profiles).eventual(),
        read("ListRolePolicies", inline::list).eventual(),
        read("ListRoleTags", role_tag::list).eventual(),
        read("ListRoles", role::list).eventual(),
        write("PutRolePermissionsBoundary", managed::put_boundary),
        write("PutRolePolicy", inline::put).limited(),
        read("SimulatePrincipalPolicy", simulation::simulate),
        write("TagRole", role_tag::add).limited(),
        write("UntagRole", role_tag::remove),
        write("UpdateAssumeRolePolicy", trust::update).limited(),
        write("UpdateRole", role::update),
    ],
    unbuilt: &[],
    wording: Wording {
        service: Service::Iam,
        throttled: Words(StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded"),
        failed: Words(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ServiceFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
        // IAM user guide, "IAM and AWS STS quotas". Guess: that every one of them is reported in this sentence.
        limit: Some(Words(
            StatusCode::CONFLICT,
            "LimitExceeded",
            "Cannot exceed quota for RolesPerAccount: 1000",
        )),
        unsigned: Words(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        denied: (StatusCode::FORBIDDEN, "AccessDenied"),
        invalid: "ValidationError",
    },
};
