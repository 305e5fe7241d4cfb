//! Bedrock `AgentCore`, its control plane: agent runtimes, their versions and endpoints, tags and resource policies. Nothing is run.
//!
//! "Developer guide" is that of `AgentCore`. Lengths, ranges and patterns are those of botocore's service model
//! `bedrock-agentcore-control`. Sentences marked "seen" are quoted in public repositories and issues. What has no source is marked "guess".

use http::StatusCode;

use crate::answer::Refusal;
use crate::call::Call;
use crate::page::page;
use crate::protocol::{ErrorBody, Protocol};
use crate::services::{Api, Service, Words, read, write};
use crate::validate::Checks;

mod access;
mod arn;
mod authorizer;
mod check;
mod endpoint;
mod log_group;
mod pattern;
mod policy;
mod rule;
mod runtime;
mod settings;
mod state;
mod tag;
#[cfg(test)]
mod tests;
mod token;
mod update;
mod view;
mod work;

pub(crate) use log_group::make_log_groups;
pub(crate) use state::State;

const RUNTIMES: &str = "/runtimes/";
const RUNTIME: &str = "/runtimes/{agentRuntimeId}/";
const ENDPOINTS: &str = "/runtimes/{agentRuntimeId}/runtime-endpoints/";
const ENDPOINT: &str = "/runtimes/{agentRuntimeId}/runtime-endpoints/{endpointName}/";
const TAGS: &str = "/tags/{resourceArn}";
const POLICY: &str = "/resourcepolicy/{resourceArn}";

/// How the service speaks.
pub(crate) const API: Api = Api {
    service: Service::AgentCore,
    protocol: Protocol::RestJson {
        errors: ErrorBody::Modelled,
    },
    operations: &[
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
};

/// Items of a page when `maxResults` says nothing, of which the model tells no number: a guess.
const PAGE_SIZE: i64 = 10;
const LARGEST_PAGE: i64 = 100;
const LONGEST_TOKEN: usize = 2048;

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("ValidationException", message)
}

fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "ConflictException", message)
}

fn denied(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "AccessDeniedException", message)
}

/// Refuses what would exceed a quota. The form of the sentence was seen for another quota (`maxImageSizeMb`).
fn over_quota(call: &Call<'_>, quota: &str) -> Refusal {
    Refusal::new(
        StatusCode::PAYMENT_REQUIRED,
        "ServiceQuotaExceededException",
        format!(
            "{quota} limit exceeded for account {}. Please contact AWS Support for more information.",
            call.account
        ),
    )
}

/// Takes the page that `nextToken` and `maxResults` of the URL ask for.
fn paged<T>(
    call: &Call<'_>,
    listing: &str,
    items: impl IntoIterator<Item = (String, T)>,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let size = call.integer("maxResults")?.unwrap_or(PAGE_SIZE);
    let token = call.field("nextToken");
    let mut checks = Checks::new();
    checks.range("maxResults", size, &(1..=LARGEST_PAGE));
    if let Some(token) = token {
        checks.length("nextToken", token, &(1..=LONGEST_TOKEN));
    }
    checks.finish(call)?;
    let size = usize::try_from(size).expect("checked to be at least 1");
    // Guess: the sentence.
    let page =
        page(listing, items, token, size).map_err(|_| invalid("Invalid pagination token."))?;
    Ok((page.items, page.next))
}
