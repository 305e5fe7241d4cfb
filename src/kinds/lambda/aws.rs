//! Reads that the kinds of Lambda share: a configuration and a state as Lambda returns them, and how answers become readings.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{
    AliasConfiguration, EnvironmentError, EphemeralStorage, FunctionConfiguration,
    LastUpdateStatus, LoggingConfig, Runtime, State, VpcConfigResponse,
};

use super::configuration::{APPLIED, Environment, FileSystem, FunctionSpec, Logging, Network, ZIP};
use crate::aws::Clients;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::Status;
use crate::resource::operation::{Operation, lambda};
use crate::resource::owner::{OwnerFilter, Ownership};
use crate::resource::provider::Reading;
use crate::resource::reference::Resolved;
use crate::resource::role_id;

/// The version that can be changed, and that the next version is published from.
pub(super) const LATEST: &str = "$LATEST";

/// Turns the result of a read into a reading.
pub(super) fn reading<T>(outcome: Result<T, Fault>) -> Reading<T> {
    match outcome {
        Ok(found) => Reading::Found(found),
        Err(fault) if fault.kind == FaultKind::NotFound => Reading::Absent,
        Err(fault) => Reading::Unreadable(fault),
    }
}

/// Reads a function, or one version of it. Of all reads of Lambda, this one has the highest rate.
pub(super) async fn get_function(
    clients: &Clients,
    name: &str,
    qualifier: Option<&str>,
) -> Result<(FunctionConfiguration, GetFunctionOutput), Fault> {
    let call = clients
        .lambda
        .get_function()
        .function_name(name)
        .set_qualifier(qualifier.map(str::to_owned))
        .send();
    let answer = clients.call(call).await;
    let mut answer = denied_or_missing(clients, name, answer).await?;
    let configuration = answer
        .configuration
        .take()
        .ok_or_else(|| incomplete(lambda::GET_FUNCTION, "a configuration"))?;
    Ok((configuration, answer))
}

/// Takes a function's tags from an answer. Fails if Lambda reports that it could not read them.
pub(super) fn tags_of(answer: &GetFunctionOutput) -> Result<BTreeMap<String, String>, Fault> {
    if let Some(error) = answer.tags_error() {
        return Err(partial(
            "the tags cannot be read",
            Some(error.error_code()),
            Some(error.message()),
        ));
    }
    Ok(sorted(answer.tags()))
}

/// Returns whether the function exists and has an owner that the filter admits.
pub(super) async fn is_owned(
    clients: &Clients,
    name: &str,
    filter: &OwnerFilter,
) -> Result<bool, Fault> {
    match get_function(clients, name, None).await {
        Ok((_, answer)) => {
            let owner = Ownership::from_tags(&tags_of(&answer)?);
            Ok(matches!(owner, Ownership::Of(owner) if filter.admits(&owner)))
        }
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Returns the fault of an environment that is missing from a configuration and can be read another time.
///
/// One whose key no longer exists is lost for ever: it counts as empty, and is written again.
pub(super) fn environment_fault(configuration: &FunctionConfiguration) -> Option<Fault> {
    let error: &EnvironmentError = configuration.environment()?.error()?;
    // Guess: KMS's own code is passed on, as it is for denied access, or with the name of the service before it.
    if matches!(
        error.error_code(),
        Some("NotFoundException" | "KMSNotFoundException")
    ) {
        return None;
    }
    Some(partial(
        "the environment cannot be decrypted",
        error.error_code(),
        error.message(),
    ))
}

/// Returns the spec of a configuration as Lambda reports it, with defaults written out.
///
/// An environment that Lambda could not decrypt becomes an empty one: see [`environment_fault`]. The defaults are those of the
/// `CreateFunction` page of the Lambda API.
pub(super) fn spec_of(
    operation: Operation,
    reported: &FunctionConfiguration,
    tags: BTreeMap<String, String>,
) -> Result<FunctionSpec<Resolved>, Fault> {
    let name = reported
        .function_name()
        .ok_or_else(|| incomplete(operation, "a name"))?;
    let (description, role_id) = role_id::split(reported.description().unwrap_or_default());
    Ok(FunctionSpec {
        package_type: reported
            .package_type()
            .map_or(ZIP, |package| package.as_str())
            .to_owned(),
        runtime: text(reported.runtime().map(Runtime::as_str)),
        handler: text(reported.handler()),
        role: reported
            .role()
            .ok_or_else(|| incomplete(operation, "a role"))?
            .to_owned(),
        role_id,
        description,
        timeout: number(operation, reported.timeout().unwrap_or(3))?,
        memory_size: number(operation, reported.memory_size().unwrap_or(128))?,
        ephemeral_storage_size: number(
            operation,
            reported
                .ephemeral_storage()
                .map_or(512, EphemeralStorage::size),
        )?,
        architecture: reported
            .architectures()
            .first()
            .map_or("x86_64", |architecture| architecture.as_str())
            .to_owned(),
        environment: environment_of(reported),
        kms_key: filled(reported.kms_key_arn()),
        tracing: reported
            .tracing_config()
            .and_then(|tracing| tracing.mode())
            .map_or("PassThrough", |mode| mode.as_str())
            .to_owned(),
        logging: logging_of(name, reported.logging_config()),
        layers: reported
            .layers()
            .iter()
            .filter_map(|layer| layer.arn().map(str::to_owned))
            .collect(),
        network: reported.vpc_config().and_then(network_of),
        dead_letter_target: filled(
            reported
                .dead_letter_config()
                .and_then(|target| target.target_arn()),
        ),
        snap_start: reported
            .snap_start()
            .and_then(|snap_start| snap_start.apply_on())
            .map_or("None", |apply_on| apply_on.as_str())
            .to_owned(),
        file_systems: reported
            .file_system_configs()
            .iter()
            .map(|mounted| FileSystem {
                arn: mounted.arn().to_owned(),
                mount_path: mounted.local_mount_path().to_owned(),
            })
            .collect(),
        code_sha256: reported
            .code_sha256()
            .ok_or_else(|| incomplete(operation, "a digest of the code"))?
            .to_owned(),
        source: None,
        last_update: last_update_of(reported),
        tags,
    })
}

/// Returns whether a function or version is ready.
///
/// A failed update does not make a function failed: see [`FunctionSpec::last_update`].
pub(super) fn status_of(
    operation: Operation,
    reported: &FunctionConfiguration,
) -> Result<Status, Fault> {
    match reported.state() {
        Some(State::Failed) => {
            let reason = text(reported.state_reason());
            return Ok(Status::Failed(environment_of(reported).redacted(&reason)));
        }
        Some(state @ State::Pending) => return Ok(Status::Settling(state.as_str().to_owned())),
        Some(state @ State::Deleting) => return Ok(Status::Going(state.as_str().to_owned())),
        // Lambda developer guide, "Lambda function states": an idle function is inactive until it is invoked.
        Some(State::Active | State::Inactive) => {}
        Some(other) => {
            return Err(Fault::new(
                FaultKind::Service,
                operation,
                format!("the function is in the unknown state `{}`", other.as_str()),
            ));
        }
        None => return Err(incomplete(operation, "a state")),
    }
    match reported.last_update_status() {
        Some(LastUpdateStatus::InProgress) => Ok(Status::Settling("InProgress".to_owned())),
        Some(LastUpdateStatus::Successful | LastUpdateStatus::Failed) | None => Ok(Status::Ready),
        Some(other) => Err(Fault::new(
            FaultKind::Service,
            operation,
            format!(
                "the last update is in the unknown state `{}`",
                other.as_str()
            ),
        )),
    }
}

/// A fault for an answer without something that Lambda always returns.
pub(super) fn incomplete(operation: Operation, missing: &str) -> Fault {
    Fault::new(
        FaultKind::Service,
        operation,
        format!("the answer does not hold {missing}"),
    )
}

/// A function as a listing returns it.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) description: String,
}

/// Lists all functions of the account and region, by their ARNs.
pub(super) async fn functions(clients: &Clients) -> Result<BTreeMap<String, Listed>, Fault> {
    let (mut functions, mut marker) = (BTreeMap::new(), None);
    loop {
        let page = clients
            .call(clients.lambda.list_functions().set_marker(marker).send())
            .await?;
        for function in page.functions.unwrap_or_default() {
            let (Some(arn), Some(name)) = (function.function_arn, function.function_name) else {
                return Err(incomplete(
                    lambda::LIST_FUNCTIONS,
                    "a function's name and ARN",
                ));
            };
            let description = function.description.unwrap_or_default();
            functions.insert(arn, Listed { name, description });
        }
        marker = next_page(page.next_marker);
        if marker.is_none() {
            return Ok(functions);
        }
    }
}

/// Distinguishes a missing function from a missing permission.
///
/// IAM decides before Lambda looks. A policy that allows the functions with a certain tag denies those without tags, and so also those that
/// do not exist. Only a listing shows which case it is.
async fn denied_or_missing<T>(
    clients: &Clients,
    function: &str,
    answer: Result<T, Fault>,
) -> Result<T, Fault> {
    match answer {
        Err(fault) if fault.kind == FaultKind::Denied => match functions(clients).await {
            Ok(listed) if listed.values().all(|listed| listed.name != function) => Err(Fault {
                kind: FaultKind::NotFound,
                ..fault
            }),
            Ok(_) | Err(_) => Err(fault),
        },
        answer => answer,
    }
}

/// Lists all aliases of a function, by their names.
pub(super) async fn aliases(
    clients: &Clients,
    function: &str,
) -> Result<BTreeMap<String, AliasConfiguration>, Fault> {
    let (mut aliases, mut marker) = (BTreeMap::new(), None);
    loop {
        let call = clients
            .lambda
            .list_aliases()
            .function_name(function)
            .set_marker(marker)
            .send();
        let page = clients.call(call).await;
        let page = denied_or_missing(clients, function, page).await?;
        for alias in page.aliases.unwrap_or_default() {
            let name = alias
                .name()
                .ok_or_else(|| incomplete(lambda::LIST_ALIASES, "an alias's name"))?;
            aliases.insert(name.to_owned(), alias);
        }
        marker = next_page(page.next_marker);
        if marker.is_none() {
            return Ok(aliases);
        }
    }
}

/// Lists `$LATEST` and all published versions of a function.
pub(super) async fn versions(
    clients: &Clients,
    function: &str,
) -> Result<Vec<FunctionConfiguration>, Fault> {
    let (mut versions, mut marker) = (Vec::new(), None);
    loop {
        let call = clients
            .lambda
            .list_versions_by_function()
            .function_name(function)
            .set_marker(marker)
            .send();
        let page = clients.call(call).await;
        let page = denied_or_missing(clients, function, page).await?;
        versions.extend(page.versions.unwrap_or_default());
        marker = next_page(page.next_marker);
        if marker.is_none() {
            return Ok(versions);
        }
    }
}

/// Returns the number of a published version.
pub(super) fn number_of(reported: &FunctionConfiguration) -> Result<u64, Fault> {
    let number = reported.version().unwrap_or_default();
    number.parse().map_err(|_| {
        Fault::new(
            FaultKind::Service,
            lambda::LIST_VERSIONS_BY_FUNCTION,
            format!("the answer holds a version `{number}`, which is no number"),
        )
    })
}

/// Returns the next page's marker; an empty one means that there is no next page.
pub(super) fn next_page(marker: Option<String>) -> Option<String> {
    marker.filter(|marker| !marker.is_empty())
}

/// Sorts a map of texts.
pub(super) fn sorted(map: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    map.into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A fault for a part of the answer of `GetFunction` that Lambda itself could not read.
fn partial(what: &str, code: Option<&str>, message: Option<&str>) -> Fault {
    let denied = code.is_some_and(|code| code.contains("AccessDenied"));
    let kind = if denied {
        FaultKind::Denied
    } else {
        FaultKind::Service
    };
    Fault {
        code: code.map(str::to_owned),
        ..Fault::new(
            kind,
            lambda::GET_FUNCTION,
            format!("{what}: {}", message.unwrap_or("no reason was given")),
        )
    }
}

fn last_update_of(reported: &FunctionConfiguration) -> String {
    // Published versions and the answers of list operations have no such status, and nothing that could have failed.
    if reported.last_update_status() == Some(&LastUpdateStatus::Failed) {
        let reason = text(reported.last_update_status_reason());
        format!("Failed: {}", environment_of(reported).redacted(&reason))
    } else {
        APPLIED.to_owned()
    }
}

fn environment_of(reported: &FunctionConfiguration) -> Environment<Resolved> {
    Environment(sorted(reported.environment().and_then(|e| e.variables())))
}

fn logging_of(function: &str, reported: Option<&LoggingConfig>) -> Logging<Resolved> {
    Logging {
        log_group: reported
            .and_then(|logging| logging.log_group())
            .map_or_else(|| format!("/aws/lambda/{function}"), str::to_owned),
        format: reported
            .and_then(|logging| logging.log_format())
            .map_or("Text", |format| format.as_str())
            .to_owned(),
        application_level: reported
            .and_then(|logging| logging.application_log_level())
            .map(|level| level.as_str().to_owned()),
        system_level: reported
            .and_then(|logging| logging.system_log_level())
            .map(|level| level.as_str().to_owned()),
    }
}

/// For a function that has left its network, Lambda still returns a network, without subnets and groups.
fn network_of(reported: &VpcConfigResponse) -> Option<Network> {
    if reported.subnet_ids().is_empty() && reported.security_group_ids().is_empty() {
        return None;
    }
    Some(Network {
        subnets: reported.subnet_ids().to_vec(),
        security_groups: reported.security_group_ids().to_vec(),
        ipv6: reported.ipv6_allowed_for_dual_stack().unwrap_or(false),
    })
}

fn text(reported: Option<&str>) -> String {
    reported.unwrap_or_default().to_owned()
}

fn filled(reported: Option<&str>) -> Option<String> {
    reported.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn number(operation: Operation, reported: i32) -> Result<u32, Fault> {
    u32::try_from(reported).map_err(|_| {
        Fault::new(
            FaultKind::Service,
            operation,
            format!("the answer holds the negative size `{reported}`"),
        )
    })
}
