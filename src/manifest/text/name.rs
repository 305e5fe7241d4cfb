//! Names and labels that the user chooses, and the variables of an agent.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::form::{ValueError, text_type};

text_type! {
    /// The name of an agent, the base of the names of all its resources.
    AgentName,
    "lower-case letters, digits and hyphens, a letter first, 40 characters at most",
    r"^[a-z][a-z0-9-]{0,39}$"
}

text_type! {
    /// The name of a project, which owns everything that its manifests declare.
    ProjectName,
    "lower-case letters, digits and hyphens, a letter first, 32 characters at most",
    r"^[a-z][a-z0-9-]{0,31}$"
}

text_type! {
    /// The key of a label, which becomes a tag.
    LabelKey,
    "letters, digits, spaces and `_.:/=+-@`, 128 characters at most",
    r"^[A-Za-z0-9 _.:/=+@-]{1,128}$",
    |text| {
        // AWS General Reference, "Tagging AWS resources": `aws:` in any case belongs to the services.
        let lower = text.to_ascii_lowercase();
        match ["aws:", "agentctl:"].into_iter().find(|prefix| lower.starts_with(prefix)) {
            Some(prefix) => Err(ValueError(format!("must not start with `{prefix}`, which is reserved"))),
            None => Ok(()),
        }
    }
}

text_type! {
    /// The value of a label.
    LabelValue,
    "letters, digits, spaces and `_.:/=+-@`, 256 characters at most",
    r"^[A-Za-z0-9 _.:/=+@-]{0,256}$"
}

text_type! {
    /// The name of an environment variable of the agent.
    EnvironmentName,
    "a variable name: a letter, then letters, digits and `_`, at least two characters",
    r"^[a-zA-Z][a-zA-Z0-9_]+$",
    |text| {
        if RESERVED_BY_LAMBDA.contains(&text) {
            return Err(ValueError("is set by Lambda itself and cannot be given".to_owned()));
        }
        Ok(())
    }
}

// Lambda developer guide, "Defined runtime environment variables", reserved ones. Those that start with `_`
// (`_HANDLER`, `_X_AMZN_TRACE_ID`) are refused by the form of names.
const RESERVED_BY_LAMBDA: [&str; 19] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// The value of an environment variable.
///
/// It may be a secret, so it shows in no debug output.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct EnvironmentValue(String);

impl EnvironmentValue {
    /// Returns the value itself, for the request that sets it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EnvironmentValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(sensitive)")
    }
}
