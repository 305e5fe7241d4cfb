//! The structures of requests, as the service model has them. Members of the model that are missing here are not built.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Input of `CreateFunction`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateFunction {
    pub(super) function_name: String,
    pub(super) role: String,
    pub(super) code: FunctionCode,
    pub(super) package_type: Option<String>,
    pub(super) publish: Option<bool>,
    pub(super) tags: Option<BTreeMap<String, String>>,
    pub(super) architectures: Option<Vec<String>>,
    /// The members of [`Settings`].
    #[serde(flatten)]
    pub(super) settings: Map<String, Value>,
}

/// Input of `UpdateFunctionConfiguration`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateConfiguration {
    pub(super) role: Option<String>,
    pub(super) revision_id: Option<String>,
    /// The members of [`Settings`].
    #[serde(flatten)]
    pub(super) settings: Map<String, Value>,
}

/// What can be set when a function is made and changed later with `UpdateFunctionConfiguration`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) description: Option<String>,
    pub(super) handler: Option<String>,
    pub(super) runtime: Option<String>,
    pub(super) timeout: Option<i64>,
    pub(super) memory_size: Option<i64>,
    pub(super) ephemeral_storage: Option<EphemeralStorage>,
    pub(super) environment: Option<Environment>,
    #[serde(rename = "KMSKeyArn")]
    pub(super) kms_key_arn: Option<String>,
    pub(super) tracing_config: Option<TracingConfig>,
    pub(super) logging_config: Option<LoggingConfig>,
    pub(super) snap_start: Option<SnapStart>,
    pub(super) layers: Option<Vec<String>>,
    pub(super) vpc_config: Option<VpcConfig>,
    pub(super) dead_letter_config: Option<DeadLetterConfig>,
    pub(super) file_system_configs: Option<Vec<FileSystemConfig>>,
    pub(super) image_config: Option<ImageConfig>,
}

/// Input of `UpdateFunctionCode`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateCode {
    pub(super) architectures: Option<Vec<String>>,
    pub(super) publish: Option<bool>,
    pub(super) dry_run: Option<bool>,
    pub(super) revision_id: Option<String>,
    /// The members of [`FunctionCode`].
    #[serde(flatten)]
    pub(super) code: Map<String, Value>,
}

/// Where the code comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct FunctionCode {
    /// In base64.
    pub(super) zip_file: Option<String>,
    #[serde(rename = "S3Bucket")]
    pub(super) s3_bucket: Option<String>,
    #[serde(rename = "S3Key")]
    pub(super) s3_key: Option<String>,
    #[serde(rename = "S3ObjectVersion")]
    pub(super) s3_object_version: Option<String>,
    pub(super) image_uri: Option<String>,
    #[serde(rename = "SourceKMSKeyArn")]
    pub(super) source_kms_key_arn: Option<String>,
}

/// Input of `PublishLayerVersion`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PublishLayerVersion {
    pub(super) content: LayerContent,
    pub(super) description: Option<String>,
    pub(super) compatible_runtimes: Option<Vec<String>>,
    pub(super) compatible_architectures: Option<Vec<String>>,
    pub(super) license_info: Option<String>,
}

/// Where a layer comes from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct LayerContent {
    /// In base64.
    zip_file: Option<String>,
    #[serde(rename = "S3Bucket")]
    s3_bucket: Option<String>,
    #[serde(rename = "S3Key")]
    s3_key: Option<String>,
    #[serde(rename = "S3ObjectVersion")]
    s3_object_version: Option<String>,
}

impl From<LayerContent> for FunctionCode {
    fn from(content: LayerContent) -> Self {
        Self {
            zip_file: content.zip_file,
            s3_bucket: content.s3_bucket,
            s3_key: content.s3_key,
            s3_object_version: content.s3_object_version,
            ..Self::default()
        }
    }
}

/// Input of `PublishVersion`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PublishVersion {
    pub(super) code_sha256: Option<String>,
    pub(super) description: Option<String>,
    pub(super) revision_id: Option<String>,
}

/// Input of `CreateAlias`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateAlias {
    pub(super) name: String,
    pub(super) function_version: String,
    pub(super) description: Option<String>,
    pub(super) routing_config: Option<RoutingConfig>,
}

/// Input of `UpdateAlias`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UpdateAlias {
    pub(super) function_version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) routing_config: Option<RoutingConfig>,
    pub(super) revision_id: Option<String>,
}

/// The other versions that an alias points to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct RoutingConfig {
    #[serde(default)]
    pub(super) additional_version_weights: BTreeMap<String, f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Environment {
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct EphemeralStorage {
    pub(super) size: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TracingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct LoggingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) application_log_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) system_log_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log_group: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SnapStart {
    pub(super) apply_on: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct VpcConfig {
    #[serde(default)]
    pub(super) subnet_ids: Vec<String>,
    #[serde(default)]
    pub(super) security_group_ids: Vec<String>,
    #[serde(default)]
    pub(super) ipv6_allowed_for_dual_stack: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DeadLetterConfig {
    pub(super) target_arn: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct FileSystemConfig {
    pub(super) arn: String,
    pub(super) local_mount_path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ImageConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entry_point: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) working_directory: Option<String>,
}
