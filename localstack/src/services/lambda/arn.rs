//! How functions are named in requests: by name, partial ARN or ARN, each with or without a qualifier.

use http::StatusCode;

use super::{invalid, not_found};
use crate::answer::Refusal;
use crate::call::Call;
use crate::validate::{Checks, Pattern};

/// What the code that was last put into a function is called.
pub(super) const LATEST: &str = "$LATEST";

/// Lambda API, `FunctionName`: the length of a bare name.
const LONGEST_NAME: usize = 64;

const FUNCTION_NAME: Pattern = Pattern {
    text: r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
    matches: |text| Reference::parse(text).is_some_and(|reference| !reference.name.contains('.')),
};

const NAMESPACED_FUNCTION_NAME: Pattern = Pattern {
    text: r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
    matches: |text| Reference::parse(text).is_some(),
};

const RESOURCE: Pattern = Pattern {
    text: r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})",
    // Of what is not built only the kind is looked at.
    matches: |text| {
        let kind = text.split(':').nth(5);
        let others = [
            "capacity-provider",
            "code-signing-config",
            "event-source-mapping",
            "network-connector",
        ];
        is_function_arn(text) || kind.is_some_and(|kind| others.contains(&kind))
    },
};

const QUALIFIER: Pattern = Pattern {
    text: r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
    matches: |text| {
        text == "$LATEST.PUBLISHED"
            || (!text.is_empty()
                && text
                    .chars()
                    .all(|character| is_name_character(character) || character == '$'))
    },
};

/// A function, and a version or alias of it where one is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) region: Option<String>,
    pub(super) account: Option<String>,
    pub(super) name: String,
    pub(super) qualifier: Option<String>,
}

impl Reference {
    /// Takes a name or ARN apart; `None` when it has not the form of one.
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let mut rest = parts.as_slice();
        if let ["arn", after @ ..] = rest {
            let [partition, "lambda", after @ ..] = after else {
                return None;
            };
            if !is_partition(partition) {
                return None;
            }
            rest = after;
        }
        // What is last is a name, even if it looks like something else.
        let region = take(&mut rest, is_region);
        let account = take(&mut rest, is_account);
        take(&mut rest, |part| part == "function");
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return None,
        };
        let is_name = !name.is_empty()
            && name
                .chars()
                .all(|character| is_name_character(character) || character == '.');
        let is_qualifier = |qualifier: &str| {
            qualifier == LATEST
                || qualifier == "$LATEST.PUBLISHED"
                || (!qualifier.is_empty() && qualifier.chars().all(is_name_character))
        };
        if !is_name || !qualifier.is_none_or(is_qualifier) {
            return None;
        }
        Some(Self {
            region,
            account,
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        })
    }
}

/// Takes the first part off if it fits and is not the last.
fn take(parts: &mut &[&str], fits: impl Fn(&str) -> bool) -> Option<String> {
    match parts {
        [first, rest @ ..] if !rest.is_empty() && fits(first) => {
            let taken = (*first).to_owned();
            *parts = rest;
            Some(taken)
        }
        _ => None,
    }
}

/// Finds which function a request is about, by the name in its path and the `Qualifier` in its query.
pub(super) fn qualified(call: &Call<'_>) -> Result<Reference, Refusal> {
    let text = call.path("FunctionName");
    let asked = call.field("Qualifier");
    let mut checks = Checks::new();
    checks.length("functionName", text, &(1..=256)).pattern(
        "functionName",
        text,
        NAMESPACED_FUNCTION_NAME,
    );
    if let Some(qualifier) = asked {
        checks.length("qualifier", qualifier, &(1..=128)).pattern(
            "qualifier",
            qualifier,
            QUALIFIER,
        );
    }
    checks.finish(call)?;
    let mut reference = here(call, text)?;
    match (&reference.qualifier, asked) {
        (Some(derived), Some(asked)) if derived != asked => {
            // Recorded.
            return Err(invalid(
                "The derived qualifier from the function name does not match the specified qualifier.",
            ));
        }
        (None, Some(asked)) => reference.qualifier = Some(asked.to_owned()),
        _ => {}
    }
    Ok(reference)
}

/// Finds which function a request is about that is for whole functions only, and gives its name.
pub(super) fn unqualified(call: &Call<'_>) -> Result<String, Refusal> {
    let text = call.path("FunctionName");
    Checks::new()
        .length("functionName", text, &(1..=140))
        .pattern("functionName", text, FUNCTION_NAME)
        .finish(call)?;
    let reference = here(call, text)?;
    if reference.qualifier.is_some() {
        // Recorded for PutFunctionConcurrency; guess that it is the same everywhere.
        return Err(invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. \
             Please specify either a function name or an unqualified function ARN.",
        ));
    }
    Ok(reference.name)
}

/// Checks the name of a function to be made, and gives it.
pub(super) fn to_create(call: &Call<'_>, text: &str) -> Result<String, Refusal> {
    Checks::new()
        .length("functionName", text, &(1..=140))
        .pattern("functionName", text, FUNCTION_NAME)
        .finish(call)?;
    let reference = here(call, text)?;
    if reference.qualifier.is_some() {
        // Recorded: a version or alias cannot be named, and the pattern is given as the reason.
        let mut checks = Checks::new();
        checks.violate(
            "functionName",
            text,
            format_args!(
                "Member must satisfy regular expression pattern: {}",
                FUNCTION_NAME.text
            ),
        );
        checks.finish(call)?;
    }
    Ok(reference.name)
}

/// Finds which function a tagging request is about, and gives its name.
pub(super) fn taggable(call: &Call<'_>) -> Result<String, Refusal> {
    let text = call.path("Resource");
    Checks::new()
        .length("resource", text, &(1..=10_000))
        .pattern("resource", text, RESOURCE)
        .finish(call)?;
    if !is_function_arn(text) {
        return Err(Refusal::not_built(format!(
            "`{}` of `{text}` is not built",
            call.operation.name
        )));
    }
    let reference = here(call, text)?;
    if reference.qualifier.is_some() {
        // Recorded.
        return Err(invalid(
            "Tags on function aliases and versions are not supported. \
             Please specify either a function name or an unqualified function ARN.",
        ));
    }
    Ok(reference.name)
}

/// Refuses what is in another region or account.
fn here(call: &Call<'_>, text: &str) -> Result<Reference, Refusal> {
    let reference = Reference::parse(text).expect("checked against the pattern");
    if let Some(region) = reference
        .region
        .as_deref()
        .filter(|region| *region != call.region)
    {
        // Recorded.
        return Err(not_found(format!(
            "Functions from '{region}' are not reachable in this region ('{}')",
            call.region
        )));
    }
    if let Some(account) = reference
        .account
        .as_deref()
        .filter(|account| *account != call.account)
    {
        // IAM user guide, "Troubleshoot access denied error messages": no resource-based policy.
        let action = call.operation.action(call.api.service);
        let message = format!(
            "User: {} is not authorized to perform: {action} on resource: arn:{}:lambda:{}:{account}:function:{} \
             because no resource-based policy allows the {action} action",
            call.caller_arn(),
            call.partition(),
            call.region,
            reference.name
        );
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            message,
        ));
    }
    if reference.name.chars().count() > LONGEST_NAME {
        // Recorded: another code than that of the model's constraints.
        return Err(invalid(format!(
            "1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: \
             Member must have length less than or equal to {LONGEST_NAME}",
            reference.name
        )));
    }
    Ok(reference)
}

fn is_function_arn(text: &str) -> bool {
    text.starts_with("arn:aws")
        && text.split(':').nth(5) == Some("function")
        && Reference::parse(text).is_some_and(|reference| {
            let is_whole = reference.region.is_some() && reference.account.is_some();
            is_whole && !reference.name.contains('.')
        })
}

/// Gives the ARN of a function.
pub(super) fn function_arn(call: &Call<'_>, name: &str) -> String {
    format!(
        "arn:{}:lambda:{}:{}:function:{name}",
        call.partition(),
        call.region,
        call.account
    )
}

/// Gives the ARN that a request means, with the qualifier that it names.
pub(super) fn asked_arn(call: &Call<'_>, reference: &Reference) -> String {
    let arn = function_arn(call, &reference.name);
    match &reference.qualifier {
        Some(qualifier) => format!("{arn}:{qualifier}"),
        None => arn,
    }
}

/// `[a-zA-Z0-9-_]`.
pub(super) fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

/// `(aws[a-zA-Z-]*)?`.
pub(super) fn is_partition(text: &str) -> bool {
    let rest = |character: char| character.is_ascii_alphabetic() || character == '-';
    text.is_empty()
        || text
            .strip_prefix("aws")
            .is_some_and(|text| text.chars().all(rest))
}

/// `(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}`.
pub(super) fn is_region(text: &str) -> bool {
    let text = text.strip_prefix("eusc-").unwrap_or(text);
    let parts: Vec<&str> = text.split('-').collect();
    let (area, place, number) = match parts.as_slice() {
        [area, place, number] => (area, place, number),
        [area, kind, place, number] if *kind == "gov" || is_isolated(kind) => (area, place, number),
        _ => return false,
    };
    let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase());
    area.len() == 2
        && letters(area)
        && !place.is_empty()
        && letters(place)
        && number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_isolated(kind: &str) -> bool {
    kind.strip_prefix("iso")
        .is_some_and(|rest| rest.len() <= 1 && rest.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// `\d{12}`.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(
        region: Option<&str>,
        account: Option<&str>,
        name: &str,
        qualifier: Option<&str>,
    ) -> Reference {
        Reference {
            region: region.map(str::to_owned),
            account: account.map(str::to_owned),
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        }
    }

    #[test]
    fn a_function_is_found_in_every_form_of_its_name() {
        for name in ["triage", "function", "123456789012", "eu-west-1"] {
            assert_eq!(
                Reference::parse(name),
                Some(reference(None, None, name, None))
            );
        }
        assert_eq!(
            Reference::parse("triage:live"),
            Some(reference(None, None, "triage", Some("live")))
        );
        assert_eq!(
            Reference::parse("111122223333:function:triage"),
            Some(reference(None, Some("111122223333"), "triage", None))
        );
        assert_eq!(
            Reference::parse(
                "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:triage:$LATEST"
            ),
            Some(reference(
                Some("us-gov-west-1"),
                Some("111122223333"),
                "triage",
                Some("$LATEST")
            ))
        );
        for wrong in [
            "",
            "a b",
            "triage:",
            "a:b:c",
            "arn:aws:s3:::bucket",
            "triage:$LATEST2",
        ] {
            assert_eq!(Reference::parse(wrong), None, "{wrong}");
        }
    }
}
