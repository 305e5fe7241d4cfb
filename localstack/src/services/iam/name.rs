//! The names of roles and policies in requests.

use crate::answer::Refusal;
use crate::call::Call;
use crate::pattern::Pattern;
use crate::validate::Checks;
use crate::wording::member_name;

/// IAM API, shapes `roleNameType` and `policyNameType`.
static NAME: Pattern = Pattern::new(r"[\w+=,.@-]+");

/// Gives the name of the role that a request is about.
pub(super) fn role_name<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    entity_name(call, "RoleName", 64)
}

/// Gives the name of the inline policy that a request is about.
pub(super) fn policy_name<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    entity_name(call, "PolicyName", 128)
}

fn entity_name<'a>(
    call: &'a Call<'_>,
    wire_name: &str,
    longest: usize,
) -> Result<&'a str, Refusal> {
    let name = call.required(wire_name)?;
    let member = member_name(wire_name);
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
