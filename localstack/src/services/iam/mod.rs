//! AWS IAM: roles, their trust, inline and managed policies, boundaries and tags.

use http::StatusCode;

use crate::answer::Refusal;
use crate::call::Call;
use crate::page::{Page, page};
use crate::pattern::Pattern;
use crate::protocol::Protocol;
use crate::protocol::xml::Xml;
use crate::services::{Api, Service, Words, read, write};
use crate::validate::Checks;

mod account;
pub(crate) mod decision;
pub(crate) mod document;
mod inline;
mod managed;
pub(crate) mod principal;
mod role;
mod role_tag;
pub(crate) mod state;
#[cfg(test)]
mod tests;
mod trust;

pub(crate) use state::State;

/// How the service speaks.
pub(crate) const API: Api = Api {
    service: Service::Iam,
    protocol: Protocol::Query {
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
        version: "2010-05-08",
    },
    operations: &[
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
        write("TagRole", role_tag::add).limited(),
        write("UntagRole", role_tag::remove),
        write("UpdateAssumeRolePolicy", trust::update).limited(),
        write("UpdateRole", role::update),
    ],
    throttled: Words(StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded"),
    failed: Words(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ServiceFailure",
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    // IAM user guide, "IAM and AWS STS quotas". Guess: that every one of them is told in this sentence.
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
};

/// IAM API, `ListRoles` and its like: `MaxItems` defaults to 100 and is at most 1,000.
const PAGE_SIZE: i64 = 100;

/// IAM API, shapes `roleNameType` and `policyNameType`.
static NAME: Pattern = Pattern::new(r"[\w+=,.@-]+");

/// Characters of a policy document (IAM API, shape `policyDocumentType`).
static DOCUMENT: Pattern = Pattern::new(r"[\u0009\u000A\u000D\u0020-\u00FF]+");

/// Takes the page that `Marker` and `MaxItems` ask for.
fn paged<T>(
    call: &Call<'_>,
    listing: &str,
    items: impl IntoIterator<Item = (String, T)>,
) -> Result<Page<T>, Refusal> {
    let size = call.integer("MaxItems")?.unwrap_or(PAGE_SIZE);
    let mut checks = Checks::new();
    checks.range("maxItems", size, &(1..=1000));
    checks.finish(call)?;
    let size = usize::try_from(size).expect("checked to be at least 1");
    // Guess: the sentence. The code is that of every invalid parameter.
    page(listing, items, call.field("Marker"), size).map_err(|_| call.invalid("Invalid Marker."))
}

/// Writes whether there is more, after a list.
fn write_marker<T>(xml: &mut Xml, page: &Page<T>) {
    xml.text("IsTruncated", page.next.is_some());
    xml.optional("Marker", page.next.as_deref());
}

/// Gives the name of the role that a request is about.
fn role_name<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    entity_name(call, "RoleName", 64)
}

/// Gives the name of the inline policy that a request is about.
fn policy_name<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    entity_name(call, "PolicyName", 128)
}

fn entity_name<'a>(
    call: &'a Call<'_>,
    wire_name: &str,
    longest: usize,
) -> Result<&'a str, Refusal> {
    let name = call.required(wire_name)?;
    let member = crate::validate::member_name(wire_name);
    Checks::new()
        .length(&member, name, &(1..=longest))
        .finish(call)?;
    if NAME.matches(name) {
        return Ok(name);
    }
    let rule = "It must contain only alphanumeric characters and/or the following: +=,.@_-";
    Err(call.invalid(format!(
        "The specified value for {member} is invalid. {rule}"
    )))
}

fn no_such_entity(message: String) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "NoSuchEntity", message)
}

fn limit_exceeded(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "LimitExceeded", message)
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("MalformedPolicyDocument", message)
}

/// Counts what IAM counts of a document (IAM user guide, "IAM and AWS STS quotas": white space is not counted).
fn counted_length(text: &str) -> usize {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .count()
}
