//! How functions are named in requests: by name, partial ARN or ARN, each with or without a qualifier.

use http::StatusCode;

use super::refusal::{invalid, not_found};
use crate::answer::Refusal;
use crate::call::Call;
use crate::pattern::Pattern;
use crate::validate::{Checks, constraint};

/// What the code that was last put into a function is called.
pub(super) const LATEST: &str = "$LATEST";

/// Lambda API, `FunctionName`: the length of a bare name.
const LONGEST_NAME: usize = 64;

static FUNCTION_NAME: Pattern = Pattern::new(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
);

static NAMESPACED_FUNCTION_NAME: Pattern = Pattern::new(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
);

static RESOURCE: Pattern = Pattern::new(
    r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})",
);

static LAYER_NAME: Pattern = Pattern::new(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
);

static QUALIFIER: Pattern = Pattern::new(r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+");

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
        // By their places in the text of the pattern, in which the first three end with a colon.
        const REGION: usize = 3;
        const ACCOUNT: usize = 9;
        const NAME: usize = 11;
        const QUALIFIER: usize = 13;
        let groups = NAMESPACED_FUNCTION_NAME.groups(text)?;
        let group = |at| groups.get(at).map(|found| found.as_str());
        let owned = |text: &str| text.trim_end_matches(':').to_owned();
        Some(Self {
            region: group(REGION).map(owned),
            account: group(ACCOUNT).map(owned),
            name: group(NAME).map(owned)?,
            qualifier: group(QUALIFIER).map(owned),
        })
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
        &NAMESPACED_FUNCTION_NAME,
    );
    if let Some(qualifier) = asked {
        checks.length("qualifier", qualifier, &(1..=128)).pattern(
            "qualifier",
            qualifier,
            &QUALIFIER,
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
        .pattern("functionName", text, &FUNCTION_NAME)
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
        .pattern("functionName", text, &FUNCTION_NAME)
        .finish(call)?;
    let reference = here(call, text)?;
    if reference.qualifier.is_some() {
        // Recorded: a version or alias cannot be named, and the pattern is given as the reason.
        let mut checks = Checks::new();
        checks.violate("functionName", text, constraint(&FUNCTION_NAME));
        checks.finish(call)?;
    }
    Ok(reference.name)
}

/// Finds which function a tagging request is about, and gives its name.
pub(super) fn taggable(call: &Call<'_>) -> Result<String, Refusal> {
    let text = call.path("Resource");
    Checks::new()
        .length("resource", text, &(1..=10_000))
        .pattern("resource", text, &RESOURCE)
        .finish(call)?;
    if text.split(':').nth(5) != Some("function") {
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
        let action = call.operation.action(call.wording.service);
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

/// Finds which layer a request is about, and gives its name.
pub(super) fn layer(call: &Call<'_>) -> Result<String, Refusal> {
    let text = call.path("LayerName");
    Checks::new()
        .length("layerName", text, &(1..=140))
        .pattern("layerName", text, &LAYER_NAME)
        .finish(call)?;
    match text.rsplit_once(":layer:") {
        None => Ok(text.to_owned()),
        Some((_, name)) if text == layer_arn(call, name) => Ok(name.to_owned()),
        Some(_) => Err(layer_missing()),
    }
}

/// Takes the ARN of a layer version of this account and region apart: name and version.
pub(super) fn layer_version(call: &Call<'_>, text: &str) -> Result<(String, String), Refusal> {
    let mut checks = Checks::new();
    super::check::layer_version(&mut checks, "arn", text);
    checks.finish(call)?;
    let parts = text.rsplit_once(':').and_then(|(layer, version)| {
        let (_, name) = layer.rsplit_once(":layer:")?;
        (layer == layer_arn(call, name)).then(|| (name.to_owned(), version.to_owned()))
    });
    parts.ok_or_else(layer_missing)
}

/// Recorded for a layer of this account. Guess: that layers of other accounts, which do not exist here, have the same error.
pub(super) fn layer_missing() -> Refusal {
    not_found("The resource you requested does not exist.")
}

/// Gives the ARN of a layer.
pub(super) fn layer_arn(call: &Call<'_>, name: &str) -> String {
    format!(
        "arn:{}:lambda:{}:{}:layer:{name}",
        call.partition(),
        call.region,
        call.account
    )
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
    fn names_are_matched_as_the_model_says() {
        let here = "arn:aws:lambda:eu-west-1:111122223333";
        let mapping = "event-source-mapping:01234567-0123-0123-0123-0123456789ab";
        for (pattern, text, expected) in [
            (&FUNCTION_NAME, "triage:live".to_owned(), true),
            (&FUNCTION_NAME, "triage:$LATEST.PUBLISHED".to_owned(), false),
            (
                &NAMESPACED_FUNCTION_NAME,
                "triage:$LATEST.PUBLISHED".to_owned(),
                true,
            ),
            (&FUNCTION_NAME, "a.b".to_owned(), false),
            (&NAMESPACED_FUNCTION_NAME, "a.b".to_owned(), true),
            // A name and a qualifier.
            (&FUNCTION_NAME, "arn:aws".to_owned(), true),
            (&RESOURCE, format!("{here}:function:triage:live"), true),
            (&RESOURCE, "triage".to_owned(), false),
            (&RESOURCE, format!("{here}:{mapping}"), true),
            (&RESOURCE, format!("{here}:{mapping}0"), false),
            (&QUALIFIER, "$LATEST.PUBLISHED".to_owned(), true),
            (&QUALIFIER, "a.b".to_owned(), false),
        ] {
            assert_eq!(pattern.matches(&text), expected, "{text}");
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
