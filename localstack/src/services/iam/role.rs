//! Roles themselves: made, read, listed, changed and deleted.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::name::role_name;
use super::page::{paged, write_marker};
use super::refusal::limit_exceeded;
use super::state::{Role, State, Trust};
use super::{managed, role_tag, trust};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::{deadline, iso_seconds};
use crate::entropy::BASE32;
use crate::pattern::Pattern;
use crate::protocol::xml::Xml;
use crate::tag::Tags;
use crate::validate::Checks;
use crate::world::World;

/// IAM API, `CreateRole`: the default of `MaxSessionDuration`, also when `UpdateRole` leaves it out.
const DEFAULT_SESSION_SECONDS: i64 = 3600;
/// IAM user guide, "IAM and AWS STS quotas": roles in an account.
const MOST_ROLES: usize = 1000;
/// What RFC 3986 leaves as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// IAM API, shape `roleDescriptionType`.
static DESCRIPTION: Pattern = Pattern::new(r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*");

/// IAM API, shape `pathType`.
static PATH: Pattern = Pattern::new(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)");

/// IAM API, shape `pathPrefixType`.
static PATH_PREFIX: Pattern = Pattern::new(r"\u002F[\u0021-\u007F]*");

/// IAM API, `CreateRole`.
pub(super) fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    let path = path(call)?;
    let (description, session) = settings(call)?;
    let tags = role_tag::with_tags(call, &Tags::new())?;
    let iam = &mut world.iam;
    if iam.roles.contains_key(&name.to_lowercase()) {
        let message = format!("Role with name {name} already exists.");
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "EntityAlreadyExists",
            message,
        ));
    }
    let policy = trust::read(call, "AssumeRolePolicyDocument", iam)?;
    let boundary = managed::boundary(call)?;
    if iam.roles.len() >= MOST_ROLES {
        return Err(limit_exceeded(format!(
            "Cannot exceed quota for RolesPerAccount: {MOST_ROLES}"
        )));
    }
    let visible_from = deadline(call.now, call.delays.role_propagation);
    let role = Role {
        name: name.to_owned(),
        path: path.to_owned(),
        // IAM user guide, "Unique identifiers": roles begin with AROA.
        id: format!("AROA{}", call.entropy.id(BASE32, 17)),
        arn: format!(
            "arn:{}:iam::{}:role{path}{name}",
            call.partition(),
            call.account
        ),
        created: call.now,
        known_from: visible_from,
        trust: Trust {
            policy,
            effective_from: visible_from,
            before: None,
        },
        description,
        max_session_seconds: session,
        boundary,
        tags,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
    };
    let mut xml = Xml::new();
    // The examples of the command line reference show no description, duration or boundary in this answer.
    xml.element("Role", |xml| {
        write_head(xml, &role, iam);
        role_tag::write_unordered(xml, &role.tags);
    });
    iam.roles.insert(name.to_lowercase(), role);
    Ok(Answer::xml(xml))
}

/// IAM API, `GetRole`.
pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let role = world.iam.role(role_name(call)?)?;
    let mut xml = Xml::new();
    xml.element("Role", |xml| {
        write_head(xml, role, &world.iam);
        write_settings(xml, role);
        managed::write_boundary(xml, role);
        role_tag::write_unordered(xml, &role.tags);
        write_last_used(xml);
    });
    Ok(Answer::xml(xml))
}

/// IAM API, `ListRoles`: without boundary, tags and last use.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let prefix = call.field("PathPrefix").unwrap_or("/");
    Checks::new()
        .length("pathPrefix", prefix, &(1..=512))
        .pattern("pathPrefix", prefix, &PATH_PREFIX)
        .finish(call)?;
    let roles = world
        .iam
        .roles
        .iter()
        .filter(|(_, role)| role.path.starts_with(prefix));
    let page = paged(
        call,
        &format!("ListRoles {prefix}"),
        roles.map(|(key, role)| (key.clone(), role)),
    )?;
    let mut xml = Xml::new();
    xml.members("Roles", &page.items, |xml, role| {
        write_head(xml, role, &world.iam);
        write_settings(xml, role);
    });
    write_marker(&mut xml, &page);
    Ok(Answer::xml(xml))
}

/// IAM API, `UpdateRole`: a description that is left out stays (guess), a duration that is left out becomes one hour.
pub(super) fn update(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    let (description, session) = settings(call)?;
    let role = world.iam.role_mut(name)?;
    if description.is_some() {
        role.description = description;
    }
    role.max_session_seconds = session;
    Ok(Answer::xml(Xml::new()))
}

/// IAM API, `DeleteRole`.
pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    let role = world.iam.role(name)?;
    let conflict = |message| {
        Err(Refusal::new(
            StatusCode::CONFLICT,
            "DeleteConflict",
            message,
        ))
    };
    if !role.attached.is_empty() {
        return conflict("Cannot delete entity, must detach all policies first.");
    }
    if !role.inline.is_empty() {
        return conflict("Cannot delete entity, must delete policies first.");
    }
    world.iam.roles.remove(&name.to_lowercase());
    Ok(Answer::empty())
}

/// IAM API, `ListInstanceProfilesForRole`: instance profiles are not built, so no role is in one.
pub(super) fn list_instance_profiles(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let role = world.iam.role(role_name(call)?)?;
    let none: [(String, ()); 0] = [];
    let page = paged(
        call,
        &format!("ListInstanceProfilesForRole {}", role.name),
        none,
    )?;
    let mut xml = Xml::new();
    xml.element("InstanceProfiles", |_| {});
    write_marker(&mut xml, &page);
    Ok(Answer::xml(xml))
}

/// Writes what every form of a role begins with.
pub(super) fn write_head(xml: &mut Xml, role: &Role, iam: &State) {
    xml.text("Path", &role.path)
        .text("RoleName", &role.name)
        .text("RoleId", &role.id)
        .text("Arn", &role.arn)
        .text("CreateDate", iso_seconds(role.created))
        .text(
            "AssumeRolePolicyDocument",
            encoded(&role.trust.policy.read_back(iam)),
        );
}

/// Writes the element of a role that was never used, as no session is ever taken here.
pub(super) fn write_last_used(xml: &mut Xml) {
    xml.element("RoleLastUsed", |_| {});
}

/// Encodes a document as IAM does in answers (IAM API, `GetRole`: URL-encoded, compliant with RFC 3986).
pub(super) fn encoded(document: &str) -> String {
    utf8_percent_encode(document, RESERVED).to_string()
}

fn write_settings(xml: &mut Xml, role: &Role) {
    xml.optional(
        "Description",
        role.description.as_deref().filter(|text| !text.is_empty()),
    );
    xml.text("MaxSessionDuration", role.max_session_seconds);
}

fn path<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    let path = call.field("Path").unwrap_or("/");
    Checks::new()
        .length("path", path, &(1..=512))
        .finish(call)?;
    if PATH.matches(path) {
        return Ok(path);
    }
    let rule = "It must begin and end with / and contain only alphanumeric characters and/or / characters.";
    Err(call.invalid(format!("The specified value for path is invalid. {rule}")))
}

/// Reads the members that `CreateRole` and `UpdateRole` share.
fn settings(call: &Call<'_>) -> Result<(Option<String>, i64), Refusal> {
    let description = call.field("Description");
    let session = call
        .integer("MaxSessionDuration")?
        .unwrap_or(DEFAULT_SESSION_SECONDS);
    let mut checks = Checks::new();
    if let Some(description) = description {
        checks
            .length("description", description, &(0..=1000))
            .pattern("description", description, &DESCRIPTION);
    }
    checks
        .range("maxSessionDuration", session, &(3600..=43_200))
        .finish(call)?;
    Ok((description.map(str::to_owned), session))
}
