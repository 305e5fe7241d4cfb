//! Inline policies of roles.

use super::document::{Document, Flaw, Selection, Statement};
use super::name::{policy_name, role_name};
use super::page::{paged, write_marker};
use super::refusal::{limit_exceeded, malformed, no_such_entity};
use super::role::encoded;
use super::state::{Inline, Role};
use super::text::{DOCUMENT, counted_length};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::deadline;
use crate::protocol::xml::Xml;
use crate::validate::Checks;
use crate::world::World;

/// IAM user guide, "IAM and AWS STS quotas": all inline policies of a role together.
const LONGEST: usize = 10_240;

/// IAM API, `PutRolePolicy`: adds or replaces.
pub(super) fn put(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let (role_name, name) = (role_name(call)?, policy_name(call)?);
    let text = call.required("PolicyDocument")?;
    Checks::new()
        .length("policyDocument", text, &(1..=131_072))
        .pattern("policyDocument", text, &DOCUMENT)
        .finish(call)?;
    let role = world.iam.role_mut(role_name)?;
    check(&Document::parse(text).map_err(|flaw| malformed(worded(&flaw)))?)?;
    let effective_from = deadline(call.now, call.delays.role_propagation);
    // What has not changed is seen already.
    let known = role.inline.get(name);
    if known.is_none_or(|inline| inline.text != text) {
        let before = known.and_then(|inline| inline.effective(call.now));
        let inline = Inline {
            text: text.to_owned(),
            effective_from,
            before: before.map(str::to_owned),
        };
        role.inline.insert(name.to_owned(), inline);
    }
    if role
        .inline
        .values()
        .map(|inline| counted_length(&inline.text))
        .sum::<usize>()
        > LONGEST
    {
        return Err(limit_exceeded(format!(
            "Maximum policy size of {LONGEST} bytes exceeded for role {role_name}"
        )));
    }
    Ok(Answer::empty())
}

/// IAM API, `GetRolePolicy`.
pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let (role_name, name) = (role_name(call)?, policy_name(call)?);
    let inline = world
        .iam
        .role(role_name)?
        .inline
        .get(name)
        .ok_or_else(|| no_such_policy(name))?;
    let mut xml = Xml::new();
    xml.text("RoleName", role_name)
        .text("PolicyName", name)
        .text("PolicyDocument", encoded(&inline.text));
    Ok(Answer::xml(xml))
}

/// IAM API, `ListRolePolicies`.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let role_name = role_name(call)?;
    let names = world
        .iam
        .role(role_name)?
        .inline
        .keys()
        .map(|name| (name.clone(), name));
    let page = paged(call, &format!("ListRolePolicies {role_name}"), names)?;
    let mut xml = Xml::new();
    xml.element("PolicyNames", |xml| {
        for name in &page.items {
            xml.text("member", name);
        }
    });
    write_marker(&mut xml, &page);
    Ok(Answer::xml(xml))
}

/// IAM API, `DeleteRolePolicy`.
pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let (role_name, name) = (role_name(call)?, policy_name(call)?);
    world
        .iam
        .role_mut(role_name)?
        .inline
        .remove(name)
        .ok_or_else(|| no_such_policy(name))?;
    Ok(Answer::empty())
}

/// Writes a role's inline policies as `GetAccountAuthorizationDetails` does.
pub(super) fn write_list(xml: &mut Xml, role: &Role) {
    xml.members("RolePolicyList", &role.inline, |xml, (name, inline)| {
        xml.text("PolicyName", name)
            .text("PolicyDocument", encoded(&inline.text));
    });
}

fn no_such_policy(name: &str) -> Refusal {
    no_such_entity(format!("The role policy with name {name} cannot be found."))
}

/// What an identity policy must have beyond the shared grammar, in IAM's order and sentences.
fn check(document: &Document) -> Result<(), Refusal> {
    let statements = &document.statements;
    if statements
        .iter()
        .any(|statement| statement.principals.is_some())
    {
        return Err(malformed("Policy document should not specify a principal."));
    }
    let alphanumeric = |sid: &String| sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !statements
        .iter()
        .filter_map(|statement| statement.sid.as_ref())
        .all(alphanumeric)
    {
        let rule = "Check that your input satisfies the regular expression [0-9A-Za-z]*";
        return Err(malformed(format!(
            "Statement IDs (SID) must be alpha-numeric. {rule}"
        )));
    }
    if document.repeats_sid() {
        return Err(malformed(
            "Statement IDs (SID) in a single policy must be unique.",
        ));
    }
    let actions = patterns(statements, |statement| statement.actions.as_ref());
    let actions = actions.ok_or_else(|| malformed("Policy statement must contain actions."))?;
    let resources = patterns(statements, |statement| statement.resources.as_ref());
    let resources =
        resources.ok_or_else(|| malformed("Policy statement must contain resources."))?;
    resources.into_iter().try_for_each(check_resource)?;
    actions.into_iter().try_for_each(check_action)
}

/// Gives the patterns of all statements; `None` when one has no such element.
fn patterns(
    statements: &[Statement],
    selection: fn(&Statement) -> Option<&Selection>,
) -> Option<Vec<&str>> {
    let selections = statements
        .iter()
        .map(selection)
        .collect::<Option<Vec<_>>>()?;
    Some(
        selections
            .into_iter()
            .flat_map(|selection| selection.patterns.iter().map(String::as_str))
            .collect(),
    )
}

fn check_action(action: &str) -> Result<(), Refusal> {
    if action == "*" {
        return Ok(());
    }
    let (vendor, name) = action.split_once(':').ok_or_else(|| {
        malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    })?;
    if name.contains(':') {
        return Err(malformed("Actions/Condition can contain only one colon."));
    }
    if vendor.is_empty()
        || !vendor
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
    {
        return Err(malformed(format!("Vendor {vendor} is not valid")));
    }
    Ok(())
}

fn check_resource(resource: &str) -> Result<(), Refusal> {
    if resource == "*" {
        return Ok(());
    }
    let Some(rest) = resource.strip_prefix("arn:") else {
        return Err(malformed(format!(
            "Resource {resource} must be in ARN format or \"*\"."
        )));
    };
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    let partition = parts[0];
    if !["aws", "aws-cn", "aws-us-gov"].contains(&partition) {
        return Err(malformed(format!(
            "Partition \"{partition}\" is not valid for resource \"{resource}\"."
        )));
    }
    let [_, vendor, region, _, path] = parts.as_slice() else {
        return Err(malformed("The policy failed legacy parsing"));
    };
    if vendor.is_empty() || vendor.contains(['*', '?']) {
        return Err(malformed(
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ));
    }
    match *vendor {
        "s3" if !region.is_empty() => Err(malformed(format!(
            "Resource {resource} can not contain region information."
        ))),
        "iam" if !region.is_empty() => Err(malformed(format!(
            "IAM resource {resource} cannot contain region information."
        ))),
        _ if path.is_empty() => Err(malformed("The policy failed legacy parsing")),
        _ => Ok(()),
    }
}

fn worded(flaw: &Flaw) -> &'static str {
    match flaw {
        Flaw::Effect(effect)
            if effect.eq_ignore_ascii_case("allow") || effect.eq_ignore_ascii_case("deny") =>
        {
            "The policy failed legacy parsing"
        }
        Flaw::NotJson
        | Flaw::Version(_)
        | Flaw::NoStatement
        | Flaw::UnknownField(_)
        | Flaw::NoEffect
        | Flaw::Effect(_)
        | Flaw::NoPrincipal
        | Flaw::Operator(_)
        | Flaw::Shape(_) => "Syntax errors in policy.",
    }
}
