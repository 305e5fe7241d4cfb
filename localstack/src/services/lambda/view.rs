//! What answers return about functions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::configuration::{Configuration, PackageType};
use super::environment;
use super::lookup::own_layer;
use super::shape::{EphemeralStorage, FileSystemConfig, ImageConfig, LoggingConfig, TracingConfig};
use super::state::{Code, Source};
use super::state::{Function, Moment, Progress, Release};
use crate::call::Call;
use crate::entropy::hash;
use crate::network::vpc_id;
use crate::world::World;

/// How much is returned (Lambda API, `ListFunctions`: states and runtime versions are left out of lists).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Full,
    Listed,
}

/// What is returned, and about what.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) function: &'a Function,
    pub(super) release: &'a Release,
    /// `$LATEST` or the number.
    pub(super) version: String,
    /// The part after the function's ARN: none, a version or an alias.
    pub(super) qualifier: Option<String>,
    pub(super) moment: Moment,
    pub(super) detail: Detail,
}

/// `FunctionConfiguration`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionConfiguration {
    function_name: String,
    function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<String>,
    role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    handler: Option<String>,
    code_size: usize,
    description: String,
    timeout: i64,
    memory_size: i64,
    last_modified: String,
    code_sha256: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_config: Option<VpcConfigResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<DeadLetterTarget>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentResponse>,
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    kms_key_arn: Option<String>,
    tracing_config: TracingConfig,
    revision_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<Layer>,
    #[serde(flatten)]
    progress: Option<Progressed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    file_system_configs: Vec<FileSystemConfig>,
    package_type: PackageType,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_config_response: Option<ImageConfigResponse>,
    architectures: [String; 1],
    ephemeral_storage: EphemeralStorage,
    snap_start: SnapStartResponse,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime_version_config: Option<RuntimeVersionConfig>,
    logging_config: LoggingConfig,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Progressed {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_update_status_reason_code: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct VpcConfigResponse {
    subnet_ids: Vec<String>,
    security_group_ids: Vec<String>,
    vpc_id: String,
    ipv6_allowed_for_dual_stack: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeadLetterTarget {
    target_arn: String,
}

#[derive(Debug, Serialize)]
enum EnvironmentResponse {
    Variables(BTreeMap<String, String>),
    Error(ResponseError),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResponseError {
    error_code: String,
    message: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Layer {
    arn: String,
    code_size: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ImageConfigResponse {
    image_config: ImageConfig,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SnapStartResponse {
    apply_on: String,
    optimization_status: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuntimeVersionConfig {
    runtime_version_arn: String,
}

/// `FunctionCodeLocation`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FunctionCodeLocation {
    repository_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_image_uri: Option<String>,
    #[serde(rename = "SourceKMSKeyArn", skip_serializing_if = "Option::is_none")]
    source_kms_key_arn: Option<String>,
}

impl View<'_> {
    /// Writes the configuration.
    pub(super) fn configuration(&self, call: &Call<'_>, world: &World) -> FunctionConfiguration {
        let of = &self.release.configuration;
        let is_full = self.detail == Detail::Full;
        FunctionConfiguration {
            function_name: self.function.name.clone(),
            function_arn: match &self.qualifier {
                Some(qualifier) => format!("{}:{qualifier}", self.function.arn),
                None => self.function.arn.clone(),
            },
            runtime: of.runtime.clone(),
            role: of.role.clone(),
            handler: of.handler.clone(),
            code_size: self.release.code.size,
            description: of.description.clone(),
            timeout: of.timeout,
            memory_size: of.memory_size,
            last_modified: lambda_time(self.release.last_modified),
            code_sha256: self.release.code.sha256.clone(),
            version: self.version.clone(),
            vpc_config: vpc(call, of),
            dead_letter_config: of
                .dead_letter_target
                .clone()
                .map(|target_arn| DeadLetterTarget { target_arn }),
            environment: environment(call, world, of),
            kms_key_arn: of.kms_key_arn.clone(),
            tracing_config: TracingConfig {
                mode: Some(of.tracing_mode.clone()),
            },
            revision_id: self.release.revision.id(self.moment).to_owned(),
            layers: of
                .layers
                .iter()
                .map(|arn| layer(call, world, arn))
                .collect(),
            progress: is_full.then(|| self.progress()),
            file_system_configs: of.file_systems.clone(),
            package_type: of.package_type,
            image_config_response: of
                .image
                .clone()
                .map(|image_config| ImageConfigResponse { image_config }),
            architectures: [of.architecture.clone()],
            ephemeral_storage: EphemeralStorage {
                size: of.ephemeral_storage,
            },
            snap_start: self.snap_start(),
            runtime_version_config: runtime_version(call, of).filter(|_| is_full),
            logging_config: of.logging.clone(),
        }
    }

    fn progress(&self) -> Progressed {
        // Recorded: the same words for creation and update, although the model lists no `Creating` among the codes of updates.
        let going = || Some("The function is being created.".to_owned());
        let creating = || Some("Creating".to_owned());
        let mut status = Progressed {
            state: "Active",
            state_reason: None,
            state_reason_code: None,
            last_update_status: None,
            last_update_status_reason: None,
            last_update_status_reason_code: None,
        };
        let update = match self.release.creation(self.moment) {
            Progress::Going => {
                status.state = "Pending";
                status.state_reason = going();
                status.state_reason_code = creating();
                return status;
            }
            failed @ Progress::Failed(failure) => {
                status.state = "Failed";
                status.state_reason = Some(failure.reason.clone());
                status.state_reason_code = Some(failure.code.clone());
                // Guess: the update returns the same.
                failed
            }
            Progress::Done => self.release.update(self.moment),
        };
        status.last_update_status = Some(match update {
            Progress::Going => {
                status.last_update_status_reason = going();
                status.last_update_status_reason_code = creating();
                "InProgress"
            }
            Progress::Failed(failure) => {
                status.last_update_status_reason = Some(failure.reason.clone());
                status.last_update_status_reason_code = Some(failure.code.clone());
                "Failed"
            }
            Progress::Done => "Successful",
        });
        status
    }

    fn snap_start(&self) -> SnapStartResponse {
        let apply_on = self.release.configuration.snap_start.clone();
        // Recorded: `On` for published versions only.
        let is_on = apply_on == "PublishedVersions" && self.version != super::arn::LATEST;
        SnapStartResponse {
            apply_on,
            optimization_status: if is_on { "On" } else { "Off" },
        }
    }

    /// Writes where the code is.
    pub(super) fn code(&self, call: &Call<'_>) -> FunctionCodeLocation {
        match &self.release.code.source {
            Source::Zip { source_kms_key_arn } => FunctionCodeLocation {
                repository_type: "S3",
                location: Some(location(call, &self.function.name, &self.release.code)),
                image_uri: None,
                resolved_image_uri: None,
                source_kms_key_arn: source_kms_key_arn.clone(),
            },
            Source::Image { uri, resolved } => FunctionCodeLocation {
                repository_type: "ECR",
                location: None,
                image_uri: Some(uri.clone()),
                resolved_image_uri: Some(resolved.clone()),
                source_kms_key_arn: None,
            },
        }
    }
}

/// Writes a time as Lambda does (Lambda API, `FunctionConfiguration`: `LastModified`).
pub(super) fn lambda_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

fn vpc(call: &Call<'_>, of: &Configuration) -> Option<VpcConfigResponse> {
    let vpc = of.vpc.clone()?;
    let vpc_id = if vpc.subnet_ids.is_empty() {
        String::new()
    } else {
        vpc_id(call.account, call.region)
    };
    Some(VpcConfigResponse {
        subnet_ids: vpc.subnet_ids,
        security_group_ids: vpc.security_group_ids,
        vpc_id,
        ipv6_allowed_for_dual_stack: vpc.ipv6_allowed_for_dual_stack,
    })
}

fn environment(call: &Call<'_>, world: &World, of: &Configuration) -> Option<EnvironmentResponse> {
    Some(match environment::read(call, world, of)? {
        Ok(variables) => EnvironmentResponse::Variables(variables.clone()),
        Err(unreadable) => EnvironmentResponse::Error(ResponseError {
            error_code: unreadable.code.to_owned(),
            message: unreadable.message,
        }),
    })
}

fn layer(call: &Call<'_>, world: &World, arn: &str) -> Layer {
    let own = own_layer(call, world, arn);
    // Guess: one of AWS's has any size, the same at every read.
    let any = || {
        let bytes = hash(&[b"layer", arn.as_bytes()]);
        usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
    };
    Layer {
        arn: arn.to_owned(),
        code_size: own.map_or_else(any, |layer| layer.size),
    }
}

fn runtime_version(call: &Call<'_>, of: &Configuration) -> Option<RuntimeVersionConfig> {
    let runtime = of.runtime.as_ref()?;
    // The id is opaque; here every runtime has one version.
    let id = hex::encode(hash(&[b"runtime", runtime.as_bytes()]));
    Some(RuntimeVersionConfig {
        runtime_version_arn: format!(
            "arn:{}:lambda:{}::runtime:{id}",
            call.partition(),
            call.region
        ),
    })
}

/// Writes the presigned URL of a package; nothing is served there.
fn location(call: &Call<'_>, name: &str, code: &Code) -> String {
    let id = hex::encode(hash(&[name.as_bytes(), code.sha256.as_bytes()]));
    format!(
        "https://awslambda-{region}-tasks.s3.{region}.amazonaws.com/snapshots/{account}/{name}-{}-{}-{}-{}-{}?versionId={}\
         &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={}&X-Amz-SignedHeaders=host&X-Amz-Expires=600",
        &id[..8],
        &id[8..12],
        &id[12..16],
        &id[16..20],
        &id[20..32],
        &id[32..],
        call.now.strftime("%Y%m%dT%H%M%SZ"),
        region = call.region,
        account = call.account,
    )
}
