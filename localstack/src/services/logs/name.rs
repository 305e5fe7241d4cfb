//! How requests name a log group: by name, by ARN, or by either.

use super::state::no_such_group;
use crate::answer::Refusal;
use crate::call::Call;
use crate::pattern::Pattern;
use crate::validate::Checks;

/// Logs API, shape `LogGroupName`.
const LONGEST: usize = 512;

static NAME: Pattern = Pattern::new(r"[\.\-_/#A-Za-z0-9]+");

static SUBSTRING: Pattern = Pattern::new(r"[\.\-_/#A-Za-z0-9]*");

static IDENTIFIER: Pattern = Pattern::new(r"[\w#+=/:,.@-]*");

static ARN: Pattern = Pattern::new(r"[\w+=/:,.@-]*");

static RESOURCE: Pattern = Pattern::new(r"[\w+=/:,.@\-\*]*");

/// Checks a name, or the prefix of one.
pub(super) fn check(call: &Call<'_>, member: &str, name: &str) -> Result<(), Refusal> {
    if name.chars().count() > LONGEST {
        // The sentence of recorded answers.
        return Err(call.invalid(format!(
            "Invalid LogGroup or LogStream, both must have length less than or equal to {LONGEST}."
        )));
    }
    Checks::new()
        .length(member, name, &(1..=LONGEST))
        .pattern(member, name, &NAME)
        .finish(call)
}

/// Checks a part of names that is searched for.
pub(super) fn check_substring(call: &Call<'_>, part: &str) -> Result<(), Refusal> {
    Checks::new()
        .length("logGroupNamePattern", part, &(0..=LONGEST))
        .pattern("logGroupNamePattern", part, &SUBSTRING)
        .finish(call)
}

/// Writes the ARN of a log group, as it stands in policies and tags: without `:*`.
pub(super) fn arn(call: &Call<'_>, name: &str) -> String {
    format!("{}{name}", arn_prefix(call))
}

fn arn_prefix(call: &Call<'_>) -> String {
    format!(
        "arn:{}:logs:{}:{}:log-group:",
        call.partition(),
        call.region,
        call.account
    )
}

/// Takes the name out of a `logGroupIdentifier`: a name, or an ARN without `:*`.
pub(super) fn of_identifier<'a>(call: &Call<'_>, identifier: &'a str) -> Result<&'a str, Refusal> {
    Checks::new()
        .length("logGroupIdentifier", identifier, &(1..=2048))
        .pattern("logGroupIdentifier", identifier, &IDENTIFIER)
        .finish(call)
        .map_err(as_validation)?;
    if identifier.starts_with("arn:") {
        of_arn(call, identifier)
    } else {
        Ok(identifier)
    }
}

/// Takes the name out of a `resourceArn`.
pub(super) fn of_resource_arn<'a>(call: &Call<'_>, arn: &'a str) -> Result<&'a str, Refusal> {
    Checks::new()
        .length("resourceArn", arn, &(1..=1011))
        .pattern("resourceArn", arn, &ARN)
        .finish(call)
        .map_err(as_validation)?;
    of_arn(call, arn)
}

/// Takes the name out of a `resourceIdentifier`.
pub(super) fn of_resource_identifier<'a>(
    call: &Call<'_>,
    identifier: &'a str,
) -> Result<&'a str, Refusal> {
    Checks::new()
        .length("resourceIdentifier", identifier, &(1..=2048))
        .pattern("resourceIdentifier", identifier, &RESOURCE)
        .finish(call)?;
    if identifier.ends_with(":query-result:*") {
        return Err(Refusal::not_built(
            "encryption of query results (`resourceIdentifier`) is not built",
        ));
    }
    of_arn(call, identifier)
}

/// Other accounts' and regions' groups cannot be seen from here. Guess: that they are reported as missing.
fn of_arn<'a>(call: &Call<'_>, arn: &'a str) -> Result<&'a str, Refusal> {
    if let Some(name) = arn.strip_prefix(&arn_prefix(call)) {
        return Ok(name);
    }
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    match parts.as_slice() {
        ["arn", _, "logs", _, _, "log-group", _] => Err(no_such_group()),
        ["arn", _, "logs", _, _, "destination", _] => Err(Refusal::not_built(
            "destinations of `CloudWatch` Logs are not built",
        )),
        // Guess: the sentence.
        _ => Err(call.invalid(format!("The ARN {arn} is not that of a log group."))),
    }
}

/// Operations that take identifiers and ARNs report violated constraints with a code of their own, as deployers meet it with
/// `GetDataProtectionPolicy`. Guess: that all of them do.
fn as_validation(refusal: Refusal) -> Refusal {
    Refusal {
        code: "ValidationException".into(),
        ..refusal
    }
}
