//! Environment variables: what may be set, the key that encrypts them, and reading them back.

use std::collections::BTreeMap;

use super::configuration::Configuration;
use super::refusal::invalid;
use crate::answer::Refusal;
use crate::call::Call;
use crate::services::kms::key_arn::Unusable;
use crate::world::World;

/// Lambda developer guide, "Lambda quotas": all variables of a function together, in bytes.
const MOST_BYTES: usize = 4096;

/// Names that only Lambda sets (Lambda developer guide, "Defined runtime environment variables": the reserved ones).
const RESERVED: [&str; 17] = [
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
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
];

/// Why variables cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// Checks names and size.
pub(super) fn check(variables: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|name| RESERVED.contains(name))
        .collect();
    if !reserved.is_empty() {
        // Seen in many public issues.
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided \
             contains reserved keys that are currently not supported for modification. \
             Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    // Recorded: what is measured is the variables as JSON.
    let json = serde_json::to_string(variables).expect("a map of texts is JSON");
    if json.len() > MOST_BYTES {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided \
             exceeded the 4KB limit. String measured: {json}"
        )));
    }
    Ok(())
}

/// Refuses a configuration whose key cannot encrypt: Lambda makes a grant for itself, with the permissions of who asks.
pub(super) fn check_key(
    call: &Call<'_>,
    world: &World,
    configuration: &Configuration,
) -> Result<(), Refusal> {
    let Some(arn) = &configuration.kms_key_arn else {
        return Ok(());
    };
    let (code, message) = if arn.contains(":alias/") {
        // Seen in hashicorp/terraform issue 20813.
        (
            "InvalidArnException",
            "Key Aliases are not supported for this operation.".to_owned(),
        )
    } else {
        match world.region(call.region).kms.key_usable(call, arn) {
            Ok(_) => return Ok(()),
            Err(unusable) => (unusable.code(), unusable.to_string()),
        }
    };
    Err(invalid(format!(
        "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. \
         Please check your KMS key settings. KMS Exception: {code} KMS Message: {message}"
    )))
}

/// Reads the variables of a configuration; its key must be usable now.
pub(super) fn read<'c>(
    call: &Call<'_>,
    world: &World,
    configuration: &'c Configuration,
) -> Option<Result<&'c BTreeMap<String, String>, Unreadable>> {
    let variables = configuration.environment.as_ref()?;
    // There is nothing to decrypt in an empty environment.
    let key = configuration
        .kms_key_arn
        .as_ref()
        .filter(|_| !variables.is_empty());
    let Some(arn) = key else {
        return Some(Ok(variables));
    };
    let usable = world.region(call.region).kms.key_usable(call, arn);
    Some(match usable {
        Ok(_) => Ok(variables),
        Err(unusable) => Err(unreadable(&unusable)),
    })
}

/// Words the error that stands where the variables would.
///
/// The form, with KMS's own code, is that of denied access as seen in public issues. Guess: that of other causes.
fn unreadable(unusable: &Unusable) -> Unreadable {
    let why = match unusable {
        Unusable::NotFound(_) => "the KMS key was not found",
        Unusable::Disabled(_) => "the KMS key is disabled",
        Unusable::PendingDeletion(_) => "the KMS key is in an invalid state for Decrypt",
        Unusable::NotSymmetric(..) => "the KMS key is invalid for Decrypt",
    };
    let code = unusable.code();
    Unreadable {
        code,
        message: format!(
            "Lambda was unable to decrypt your environment variables because {why}. \
             Please check your KMS key settings. KMS Exception: {code} KMS Message: {unusable}"
        ),
    }
}
