//! Trust policies: what IAM demands of them, and `UpdateAssumeRolePolicy`.

use super::bound::Bound;
use super::document::{Document, Effect, Flaw, Statement};
use super::name::role_name;
use super::principal::UnknownPrincipal;
use super::refusal::{limit_exceeded, malformed};
use super::state::{State, Trust};
use super::text::{DOCUMENT, counted_length};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::deadline;
use crate::validate::Checks;
use crate::wording::member_name;
use crate::world::World;

/// IAM user guide, "IAM and AWS STS quotas": role trust policy length.
const LONGEST: usize = 2048;

/// IAM API, `UpdateAssumeRolePolicy`: replaces the trust policy.
pub(super) fn update(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    world.iam.role(name)?;
    let policy = read(call, "PolicyDocument", &world.iam)?;
    let role = world.iam.role_mut(name)?;
    let before = role.trust.effective(call.now).cloned();
    role.trust = Trust {
        policy,
        effective_from: deadline(call.now, call.delays.role_propagation),
        before,
    };
    Ok(Answer::empty())
}

/// Reads a trust policy from a request, checks it and binds its principals.
pub(super) fn read(call: &Call<'_>, wire_name: &str, iam: &State) -> Result<Bound, Refusal> {
    let text = call.required(wire_name)?;
    let member = member_name(wire_name);
    Checks::new()
        .length(&member, text, &(1..=131_072))
        .pattern(&member, text, &DOCUMENT)
        .finish(call)?;
    let document = Document::parse(text).map_err(|flaw| malformed(worded(&flaw)))?;
    for statement in &document.statements {
        check(statement)?;
    }
    if document.repeats_sid() {
        return Err(malformed("The Statement Ids in the policy are not unique"));
    }
    let bound = Bound::bind(text, &document, iam, call.account, call.now)
        .map_err(|unknown| malformed(invalid_principal(&unknown)))?;
    if counted_length(text) > LONGEST {
        return Err(limit_exceeded(format!(
            "Cannot exceed quota for ACLSizePerRole: {LONGEST}"
        )));
    }
    Ok(bound)
}

/// What a trust policy's statement must have beyond the shared grammar. The sentences are those that deployers report.
fn check(statement: &Statement) -> Result<(), Refusal> {
    let principals = statement
        .principals
        .as_ref()
        .ok_or_else(|| malformed("Missing required field Principal"))?;
    if principals.negated {
        return Err(malformed(match statement.effect {
            Effect::Allow => "Allow with NotPrincipal is not allowed.",
            Effect::Deny => "AssumeRole policy must not contain NotPrincipal field.",
        }));
    }
    if let Some((kind, _)) = principals
        .values
        .iter()
        .find(|(kind, _)| !["AWS", "Service", "Federated"].contains(&kind.as_str()))
    {
        return Err(malformed(format!(
            "Invalid principal in policy: \"{kind}\""
        )));
    }
    let actions = statement
        .actions
        .as_ref()
        .ok_or_else(|| malformed("Missing required field Action"))?;
    if !actions.patterns.iter().all(|action| {
        action
            .get(..4)
            .is_some_and(|vendor| vendor.eq_ignore_ascii_case("sts:"))
    }) {
        return Err(malformed(
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ));
    }
    match &statement.resources {
        None => Ok(()),
        Some(resources) if resources.negated => {
            Err(malformed("AssumeRole policy must not contain resources."))
        }
        Some(_) => Err(malformed("Has prohibited field Resource")),
    }
}

fn worded(flaw: &Flaw) -> String {
    match flaw {
        Flaw::NotJson => "This policy contains invalid Json".to_owned(),
        Flaw::Version(_) => "The policy must contain a valid version string".to_owned(),
        Flaw::NoStatement => "Could not parse the policy: Statement is empty!".to_owned(),
        // Guess: the sentence.
        Flaw::UnknownField(name) => format!("Unknown field {name}"),
        Flaw::NoEffect => "Missing required field Effect".to_owned(),
        Flaw::Effect(effect) => format!("Invalid effect: {effect}"),
        Flaw::NoPrincipal => "Missing required field Principal cannot be empty!".to_owned(),
        Flaw::Operator(operator) => format!("Invalid Condition type : {operator}"),
        Flaw::Shape(_) => "Syntax error in policy.".to_owned(),
    }
}

fn invalid_principal(unknown: &UnknownPrincipal) -> String {
    format!(
        "Invalid principal in policy: \"{}\":\"{}\"",
        unknown.kind.to_uppercase(),
        unknown.value
    )
}
