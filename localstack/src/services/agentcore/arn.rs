//! How requests name things: names, ids, versions and ARNs.

use super::refusal::not_found;
use crate::answer::Refusal;
use crate::call::Call;
use crate::pattern::Pattern;
use crate::validate::Checks;

pub(super) static NAME: Pattern = Pattern::new("[a-zA-Z][a-zA-Z0-9_]{0,47}");

static ID: Pattern = Pattern::new("[a-zA-Z][a-zA-Z0-9_]{0,99}-[a-zA-Z0-9]{10}");

static VERSION: Pattern = Pattern::new("([1-9][0-9]{0,4})");

static TAGGABLE: Pattern = Pattern::new(
    "arn:(?:[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:([a-z-]+/[^/]+)(?:/[a-z-]+/[^/]+)*",
);

/// The resource that an ARN names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Runtime(String),
    Endpoint { runtime: String, name: String },
}

/// Whether the request is for tags or for a policy: the model has another constraint for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Tags,
    Policy,
}

/// Gives the runtime that the path names.
pub(super) fn runtime_id<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    let id = call.path("agentRuntimeId");
    Checks::new()
        .pattern("agentRuntimeId", id, &ID)
        .finish(call)?;
    Ok(id)
}

/// Gives the runtime and the endpoint that the path names.
pub(super) fn endpoint<'a>(call: &'a Call<'_>) -> Result<(&'a str, &'a str), Refusal> {
    let (id, name) = (call.path("agentRuntimeId"), call.path("endpointName"));
    let mut checks = Checks::new();
    checks.pattern("agentRuntimeId", id, &ID);
    endpoint_name(&mut checks, "endpointName", name);
    checks.finish(call)?;
    Ok((id, name))
}

/// Checks the name of an endpoint, which the model marks as sensitive.
pub(super) fn endpoint_name(checks: &mut Checks, member: &str, name: &str) {
    checks.secret_pattern(member, name, &NAME);
}

/// Checks the number of a version.
pub(super) fn version(checks: &mut Checks, version: &str) {
    checks.pattern("agentRuntimeVersion", version, &VERSION);
}

/// Reads the number of a version that was checked.
pub(super) fn version_number(version: &str) -> u32 {
    version
        .parse()
        .expect("checked to be at most five digits, the first not 0")
}

/// Makes the ARN of a runtime.
pub(super) fn of_runtime(call: &Call<'_>, id: &str) -> String {
    format!("{}runtime/{id}", prefix(call))
}

/// Makes the ARN of a runtime's workload identity. Developer guide, "IAM permissions for AgentCore Runtime": the form of the resource.
pub(super) fn of_workload_identity(runtime_arn: &str, id: &str) -> String {
    let prefix = runtime_arn
        .split_once("runtime/")
        .map_or(runtime_arn, |(prefix, _)| prefix);
    format!("{prefix}workload-identity-directory/default/workload-identity/{id}")
}

fn prefix(call: &Call<'_>) -> String {
    format!(
        "arn:{}:bedrock-agentcore:{}:{}:",
        call.partition(),
        call.region,
        call.account
    )
}

/// Returns the resource that the ARN in the path names.
pub(super) fn named(call: &Call<'_>, wanted: Use) -> Result<Named, Refusal> {
    let arn = call.path("resourceArn");
    let mut checks = Checks::new();
    checks.length("resourceArn", arn, &(20..=1011));
    if wanted == Use::Tags {
        checks.pattern("resourceArn", arn, &TAGGABLE);
    }
    checks.finish(call)?;
    // Guess: what is elsewhere, or of a kind that is not built, is reported as missing.
    let missing = || missing(arn);
    let resource = arn.strip_prefix(&prefix(call)).ok_or_else(missing)?;
    let parts: Vec<&str> = resource.split('/').collect();
    match parts.as_slice() {
        ["runtime", id] => Ok(Named::Runtime((*id).to_owned())),
        ["runtime", id, "runtime-endpoint", name] => Ok(Named::Endpoint {
            runtime: (*id).to_owned(),
            name: (*name).to_owned(),
        }),
        _ => Err(missing()),
    }
}

/// Returns the error for an ARN without a resource. Guess: the sentence.
pub(super) fn missing(arn: &str) -> Refusal {
    not_found(format!("Resource with ARN {arn} was not found."))
}
