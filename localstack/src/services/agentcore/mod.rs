//! Bedrock `AgentCore`, its control plane: agent runtimes, their versions and endpoints, tags and resource policies. Nothing is run.
//!
//! "Developer guide" is that of `AgentCore`. Lengths, ranges and patterns are those of botocore's service model
//! `bedrock-agentcore-control`. Sentences marked "seen" are quoted in public repositories and issues. What has no source is marked "guess".

use http::StatusCode;

use crate::api::{Api, read, write};
use crate::protocol::kind::{ErrorBody, Protocol};
use crate::service::Service;
use crate::wording::{Wording, Words};

mod access;
mod arn;
mod authorizer;
mod check;
mod count;
mod endpoint;
mod log_group;
mod lookup;
mod package;
mod page;
mod pattern;
mod policy;
mod refusal;
mod rule;
mod runtime;
mod settings;
pub(crate) mod state;
mod tag;
#[cfg(test)]
mod tests;
mod token;
mod unbuilt;
mod update;
mod view;
mod work;

pub(crate) use log_group::make_log_groups;

const RUNTIMES: &str = "/runtimes/";
const RUNTIME: &str = "/runtimes/{agentRuntimeId}/";
const ENDPOINTS: &str = "/runtimes/{agentRuntimeId}/runtime-endpoints/";
const ENDPOINT: &str = "/runtimes/{agentRuntimeId}/runtime-endpoints/{endpointName}/";
const TAGS: &str = "/tags/{resourceArn}";
const POLICY: &str = "/resourcepolicy/{resourceArn}";

/// How the service speaks.
pub(crate) const API: Api = Api {
    protocol: Protocol::RestJson {
        errors: ErrorBody::Modelled,
    },
    lines: &[
        write("CreateAgentRuntime", runtime::create)
            .at("PUT", RUNTIMES)
            .deferred()
            .limited(),
        read("ListAgentRuntimes", runtime::list)
            .at("POST", RUNTIMES)
            .eventual(),
        read("GetAgentRuntime", runtime::read)
            .at("GET", RUNTIME)
            .eventual(),
        write("UpdateAgentRuntime", update::update)
            .at("PUT", RUNTIME)
            .deferred()
            .limited(),
        write("DeleteAgentRuntime", runtime::delete)
            .at("DELETE", RUNTIME)
            .deferred(),
        read("ListAgentRuntimeVersions", runtime::list_versions)
            .at("POST", "/runtimes/{agentRuntimeId}/versions/")
            .eventual(),
        write("CreateAgentRuntimeEndpoint", endpoint::create)
            .at("PUT", ENDPOINTS)
            .deferred()
            .limited(),
        read("ListAgentRuntimeEndpoints", endpoint::list)
            .at("POST", ENDPOINTS)
            .eventual(),
        read("GetAgentRuntimeEndpoint", endpoint::read)
            .at("GET", ENDPOINT)
            .eventual(),
        write("UpdateAgentRuntimeEndpoint", endpoint::update)
            .at("PUT", ENDPOINT)
            .deferred()
            .limited(),
        write("DeleteAgentRuntimeEndpoint", endpoint::delete)
            .at("DELETE", ENDPOINT)
            .deferred(),
        read("ListTagsForResource", tag::list)
            .at("GET", TAGS)
            .eventual(),
        write("TagResource", tag::add).at("POST", TAGS).limited(),
        write("UntagResource", tag::remove).at("DELETE", TAGS),
        read("GetResourcePolicy", policy::read)
            .at("GET", POLICY)
            .eventual(),
        write("PutResourcePolicy", policy::put).at("PUT", POLICY),
        write("DeleteResourcePolicy", policy::delete).at("DELETE", POLICY),
    ],
    unbuilt: unbuilt::UNBUILT,
    wording: Wording {
        service: Service::AgentCore,
        // Statuses are those of the model. Guess: the sentences.
        throttled: Words(
            StatusCode::TOO_MANY_REQUESTS,
            "ThrottlingException",
            "Rate exceeded",
        ),
        failed: Words(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerException",
            "An internal error occurred. Please try again.",
        ),
        limit: Some(Words(
            StatusCode::PAYMENT_REQUIRED,
            "ServiceQuotaExceededException",
            "A quota is exceeded. Please contact AWS Support for more information.",
        )),
        unsigned: Words(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        denied: (StatusCode::FORBIDDEN, "AccessDeniedException"),
        invalid: "ValidationException",
    },
};
