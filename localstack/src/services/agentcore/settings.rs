//! What a runtime is configured with, as it is sent, kept and read back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::authorizer::Authorizer;
use crate::call::Call;
use crate::entropy::hash;

/// `LifecycleConfiguration`: the defaults, in seconds.
const IDLE_SECONDS: i64 = 900;
const LIFETIME_SECONDS: i64 = 28_800;

/// The members that create, update and get have in common; `metadataConfiguration` is not one of create.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) agent_runtime_artifact: Artifact,
    pub(super) role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) network_configuration: Option<Network>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) authorizer_configuration: Option<Authorizer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_header_configuration: Option<RequestHeaders>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) protocol_configuration: Option<AgentProtocol>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lifecycle_configuration: Option<Lifecycle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metadata_configuration: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment_variables: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filesystem_configurations: Option<Vec<Filesystem>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) capacity_provider_configuration: Option<CapacityProvider>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allowed_ports: Option<Vec<AllowedPort>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) platform_version: Option<String>,
}

/// What runs: exactly one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Artifact {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container_configuration: Option<Container>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code_configuration: Option<CodeConfiguration>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Container {
    pub(super) container_uri: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CodeConfiguration {
    pub(super) code: Code,
    pub(super) runtime: String,
    pub(super) entry_point: Vec<String>,
}

/// Where the code is: exactly one member, of which there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Code {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) s3: Option<S3Location>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct S3Location {
    pub(super) bucket: String,
    /// The key of the object, whatever its name says.
    pub(super) prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Network {
    pub(super) network_mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) network_mode_config: Option<Vpc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Vpc {
    pub(super) security_groups: Vec<String>,
    pub(super) subnets: Vec<String>,
    #[serde(
        rename = "requireServiceS3Endpoint",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) require_service_s3_endpoint: Option<bool>,
}

/// Exactly one member, of which there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RequestHeaders {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_header_allowlist: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AgentProtocol {
    pub(super) server_protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) port: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Lifecycle {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) idle_runtime_session_timeout: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_lifetime: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metadata {
    #[serde(rename = "requireMMDSV2")]
    pub(super) require_mmdsv2: bool,
}

/// Exactly one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Filesystem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session_storage: Option<SessionStorage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) s3_files_access_point: Option<AccessPoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) efs_access_point: Option<AccessPoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) capacity_provider_volume: Option<Volume>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SessionStorage {
    pub(super) mount_path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AccessPoint {
    pub(super) access_point_arn: String,
    pub(super) mount_path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Volume {
    pub(super) volume_name: String,
    pub(super) mount_path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CapacityProvider {
    pub(super) capacity_provider_arn: String,
}

/// Exactly one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AllowedPort {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) port: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) port_range: Option<PortRange>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PortRange {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Settings {
    /// Fills in what the service does where nothing is said.
    ///
    /// Nothing is taken over from the version before but its platform (developer guide, "How it works", "Enable V2"): an update replaces
    /// the whole configuration.
    pub(super) fn complete(&mut self, call: &Call<'_>, before: Option<&Self>) {
        let lifecycle = self.lifecycle_configuration.get_or_insert_default();
        lifecycle
            .idle_runtime_session_timeout
            .get_or_insert(IDLE_SECONDS);
        lifecycle.max_lifetime.get_or_insert(LIFETIME_SECONDS);
        // Guess: what the mode is where none was sent, which the model allows.
        let network = self.network_configuration.get_or_insert_with(|| Network {
            network_mode: "PUBLIC".to_owned(),
            network_mode_config: None,
        });
        if let Some(vpc) = &mut network.network_mode_config {
            // No order is promised, so none is kept that a client could come to rely on.
            scatter(&mut vpc.subnets);
            scatter(&mut vpc.security_groups);
        }
        if self.metadata_configuration.is_none() && call.behaviour.mmdsv2_on_create {
            self.metadata_configuration = Some(Metadata {
                require_mmdsv2: true,
            });
        }
        // Guess: what is empty is reported as what was not sent.
        self.environment_variables = self
            .environment_variables
            .take()
            .filter(|variables| !variables.is_empty());
        self.filesystem_configurations = self
            .filesystem_configurations
            .take()
            .filter(|filesystems| !filesystems.is_empty());
        let kept = || before.and_then(|before| before.platform_version.clone());
        let platform = self.platform_version.take().or_else(kept);
        // Developer guide, "How it works": V1 is what a runtime is created on.
        self.platform_version = platform.or_else(|| Some("V1".to_owned()));
    }

    /// Returns whether it runs on platform V2.
    pub(super) fn is_v2(&self) -> bool {
        self.platform_version.as_deref() == Some("V2")
    }
}

fn scatter(names: &mut [String]) {
    names.sort_by_key(|name| hash(&[b"place", name.as_bytes()]));
}
