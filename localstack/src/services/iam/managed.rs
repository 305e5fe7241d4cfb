//! Managed policies: attached ones and permissions boundaries.
//!
//! A policy of AWS that is not in the catalogue is refused with 501, since whether it exists is not known here. Policies of the account
//! itself are not built, so none exists.

use super::catalogue::{document, path_and_name};
use super::name::role_name;
use super::page::{paged, write_marker};
use super::refusal::{limit_exceeded, no_such_entity};
use super::state::Role;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::protocol::xml::Xml;
use crate::validate::Checks;
use crate::world::World;

/// IAM user guide, "IAM and AWS STS quotas": managed policies attached to a role, default.
const MOST_ATTACHED: usize = 10;

/// IAM API, `AttachRolePolicy`: attaching twice is no error.
pub(super) fn attach(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    let arn = policy_arn(call, "PolicyArn")?;
    let role = world.iam.role_mut(name)?;
    find(call, arn, || {
        no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
    })?;
    role.attached.insert(arn.to_owned());
    if role.attached.len() > MOST_ATTACHED {
        return Err(limit_exceeded(format!(
            "Cannot exceed quota for PoliciesPerRole: {MOST_ATTACHED}"
        )));
    }
    Ok(Answer::empty())
}

/// IAM API, `DetachRolePolicy`.
pub(super) fn detach(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    let arn = policy_arn(call, "PolicyArn")?;
    if world.iam.role_mut(name)?.attached.remove(arn) {
        Ok(Answer::empty())
    } else {
        Err(no_such_entity(format!("Policy {arn} was not found.")))
    }
}

/// IAM API, `ListAttachedRolePolicies`.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    let prefix = call.field("PathPrefix").unwrap_or("/");
    let role = world.iam.role(name)?;
    let in_path = role
        .attached
        .iter()
        .filter(|arn| path_and_name(arn).is_some_and(|path| path.starts_with(prefix)));
    let page = paged(
        call,
        &format!("ListAttachedRolePolicies {name} {prefix}"),
        in_path.map(|arn| (arn.clone(), arn)),
    )?;
    let mut xml = Xml::new();
    xml.members("AttachedPolicies", &page.items, |xml, arn| {
        write_policy(xml, arn);
    });
    write_marker(&mut xml, &page);
    Ok(Answer::xml(xml))
}

/// IAM API, `PutRolePermissionsBoundary`: sets or replaces.
pub(super) fn put_boundary(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    let boundary = boundary(call)?.ok_or_else(|| call.missing("permissionsBoundary"))?;
    world.iam.role_mut(name)?.boundary = Some(boundary);
    Ok(Answer::empty())
}

/// IAM API, `DeleteRolePermissionsBoundary`. Guess: no error when there is none.
pub(super) fn delete_boundary(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    world.iam.role_mut(role_name(call)?)?.boundary = None;
    Ok(Answer::empty())
}

/// Reads the permissions boundary of a request.
pub(super) fn boundary(call: &Call<'_>) -> Result<Option<String>, Refusal> {
    if call.field("PermissionsBoundary").is_none() {
        return Ok(None);
    }
    let arn = policy_arn(call, "PermissionsBoundary")?;
    find(call, arn, || {
        no_such_entity(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        ))
    })?;
    Ok(Some(arn.to_owned()))
}

/// Writes a role's managed policies as `GetAccountAuthorizationDetails` does.
pub(super) fn write_list(xml: &mut Xml, role: &Role) {
    xml.members("AttachedManagedPolicies", &role.attached, |xml, arn| {
        write_policy(xml, arn);
    });
}

/// Writes a role's boundary, when it has one.
pub(super) fn write_boundary(xml: &mut Xml, role: &Role) {
    if let Some(arn) = &role.boundary {
        xml.element("PermissionsBoundary", |xml| {
            xml.text("PermissionsBoundaryType", "PermissionsBoundaryPolicy")
                .text("PermissionsBoundaryArn", arn);
        });
    }
}

fn write_policy(xml: &mut Xml, arn: &str) {
    xml.text("PolicyName", arn.rsplit('/').next().unwrap_or_default())
        .text("PolicyArn", arn);
}

fn policy_arn<'a>(call: &'a Call<'_>, wire_name: &str) -> Result<&'a str, Refusal> {
    let arn = call.required(wire_name)?;
    Checks::new()
        .length(&crate::wording::member_name(wire_name), arn, &(20..=2048))
        .finish(call)?;
    if path_and_name(arn).is_none() {
        return Err(Refusal::bad_request(
            "InvalidInput",
            format!("ARN {arn} is not valid."),
        ));
    }
    Ok(arn)
}

/// Demands that a managed policy exists.
fn find(call: &Call<'_>, arn: &str, absent: impl Fn() -> Refusal) -> Result<(), Refusal> {
    if document(arn).is_some() {
        return Ok(());
    }
    let of_aws = arn.starts_with(&format!("arn:{}:iam::aws:", call.partition()));
    Err(if of_aws {
        Refusal::not_built(format!("managed policy `{arn}` is not built"))
    } else {
        absent()
    })
}
