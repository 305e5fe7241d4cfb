//! What the service demands of whole settings beyond the model's constraints on single members.

use std::collections::BTreeMap;

use super::refusal::invalid;
use super::settings::{Network, Settings};
use crate::answer::Refusal;
use crate::call::Call;

/// Developer guide, "How it works", "Platform versions": where V2 is.
const V2_REGIONS: [&str; 5] = [
    "ap-northeast-1",
    "eu-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
];

/// The same page: all variables together, in bytes, on V1; on V2 with code as a zip, and with a container.
const MOST_VARIABLES_V1: usize = 4096;
const MOST_VARIABLES_V2_ZIP: usize = 1536;
const MOST_VARIABLES_V2_CONTAINER: usize = 2560;

/// Developer guide, "Supported language runtimes and deprecation policy": "Block runtime update"; until then deprecated ones can be used
/// for creations and updates.
const BLOCKED_FROM: [(&str, &str); 6] = [
    ("PYTHON_3_10", "2026-08-31"),
    ("PYTHON_3_11", "2026-08-31"),
    ("NODE_22", "2027-07-01"),
    ("PYTHON_3_12", "2029-01-10"),
    ("PYTHON_3_13", "2029-08-31"),
    ("PYTHON_3_14", "2030-08-31"),
];

/// What deployers report for runtimes without a capacity provider; the model's maximum is for those with one.
const LONGEST_LIFETIME: i64 = 28_800;

/// A port of its own that the service does not give to agents (`ProtocolConfiguration`).
const RESERVED_PORT: i64 = 8443;

/// Checks settings that were completed. The rules have the sources above; the sentences are guesses unless marked.
pub(super) fn check(call: &Call<'_>, settings: &Settings) -> Result<(), Refusal> {
    check_platform(call, settings)?;
    check_language(call, settings)?;
    if let Some(network) = &settings.network_configuration {
        check_network(network)?;
    }
    check_lifecycle(settings)?;
    if let Some(variables) = &settings.environment_variables {
        check_environment(settings, variables)?;
    }
    check_ports(settings)
}

fn check_platform(call: &Call<'_>, settings: &Settings) -> Result<(), Refusal> {
    match settings.platform_version.as_deref() {
        None | Some("V1") => Ok(()),
        Some("V2") if V2_REGIONS.contains(&call.region) => Ok(()),
        Some("V2") => Err(invalid(format!(
            "Platform version V2 is not available in region {}.",
            call.region
        ))),
        Some(other) => Err(invalid(format!(
            "Platform version {other} is not supported."
        ))),
    }
}

fn check_language(call: &Call<'_>, settings: &Settings) -> Result<(), Refusal> {
    let Some(code) = &settings.agent_runtime_artifact.code_configuration else {
        return Ok(());
    };
    let today = call.now.strftime("%Y-%m-%d").to_string();
    let is_blocked = BLOCKED_FROM
        .iter()
        .any(|(runtime, date)| *runtime == code.runtime && *date <= today.as_str());
    if is_blocked {
        return Err(invalid(format!(
            "The runtime {} is no longer supported for creating or updating agent runtimes.",
            code.runtime
        )));
    }
    Ok(())
}

fn check_network(network: &Network) -> Result<(), Refusal> {
    let vpc = network.network_mode_config.as_ref();
    if vpc.is_some_and(|vpc| vpc.require_service_s3_endpoint.is_some()) {
        // `VpcConfig`: only runtimes from before May 2026 have it, and none here is so old.
        return Err(invalid(
            "requireServiceS3Endpoint cannot be set for this agent runtime.",
        ));
    }
    // Guess: any well-formed subnet and group is taken, since EC2 is not built.
    match (network.network_mode.as_str(), vpc) {
        ("VPC", None) => Err(invalid(
            "networkModeConfig is required when networkMode is VPC.",
        )),
        ("PUBLIC", Some(_)) => Err(invalid(
            "networkModeConfig can only be provided when networkMode is VPC.",
        )),
        _ => Ok(()),
    }
}

fn check_lifecycle(settings: &Settings) -> Result<(), Refusal> {
    let Some(lifecycle) = &settings.lifecycle_configuration else {
        return Ok(());
    };
    let (idle, lifetime) = (
        lifecycle.idle_runtime_session_timeout,
        lifecycle.max_lifetime,
    );
    if idle > lifetime {
        return Err(invalid(
            "idleRuntimeSessionTimeout must be less than or equal to maxLifetime.",
        ));
    }
    // The idle timeout is not longer, as just checked.
    let is_long = lifetime.is_some_and(|lifetime| lifetime > LONGEST_LIFETIME);
    if is_long && settings.capacity_provider_configuration.is_none() {
        return Err(invalid(format!(
            "maxLifetime must be less than or equal to {LONGEST_LIFETIME}."
        )));
    }
    Ok(())
}

fn check_environment(
    settings: &Settings,
    variables: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    if let Some((name, _)) = variables
        .iter()
        .find(|(_, value)| value.bytes().any(|byte| byte.is_ascii_control()))
    {
        // Seen.
        return Err(invalid(format!(
            "Environment variable value contains invalid control characters (0x00-0x1F, 0x7F). Key: '{name}'"
        )));
    }
    let is_code = settings.agent_runtime_artifact.code_configuration.is_some();
    let most = match (settings.is_v2(), is_code) {
        (false, _) => MOST_VARIABLES_V1,
        (true, true) => MOST_VARIABLES_V2_ZIP,
        (true, false) => MOST_VARIABLES_V2_CONTAINER,
    };
    // Guess: names and values are measured, and nothing between them.
    let bytes: usize = variables
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > most {
        return Err(invalid(format!(
            "The total size of environment variables must be at most {most} bytes, but is {bytes} bytes."
        )));
    }
    Ok(())
}

fn check_ports(settings: &Settings) -> Result<(), Refusal> {
    let port = settings
        .protocol_configuration
        .as_ref()
        .and_then(|protocol| protocol.port);
    if port == Some(RESERVED_PORT) {
        return Err(invalid(format!("Port {RESERVED_PORT} is reserved.")));
    }
    let ranges = settings
        .allowed_ports
        .iter()
        .flatten()
        .filter_map(|allowed| allowed.port_range.as_ref());
    for range in ranges {
        if range.from > range.to {
            return Err(invalid(format!(
                "Port range {}-{} is empty.",
                range.from, range.to
            )));
        }
    }
    Ok(())
}
