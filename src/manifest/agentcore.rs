//! The settings of `AgentCore`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::{PortRange, Seconds, ServerPort};
use super::text::{
    CapacityProviderArn, ClaimName, ClaimValue, DiscoveryUrl, EfsAccessPointArn, EndpointName,
    HeaderName, MountPath, PlatformVersion, S3FilesAccessPointArn, ServerPath, TokenScope,
    VolumeName,
};

/// A time of a session. Bedrock `AgentCore` control API: `LifecycleConfiguration`.
pub(super) type SessionTime = Seconds<60, 1_209_600>;

// Bedrock AgentCore control API, LifecycleConfiguration: both defaults, and the longest lifetime without a capacity provider.
const DEFAULT_IDLE_TIMEOUT: SessionTime = SessionTime::of(900);
pub(super) const MAX_LIFETIME: SessionTime = SessionTime::of(28_800);

/// How `AgentCore` runs an agent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AgentCoreSettings {
    /// The form of the code for `AgentCore`; by default a container if `code` names an image, otherwise a zip archive.
    pub(super) deployment_method: Option<DeploymentMethod>,
    /// The endpoint through which callers reach the agent.
    pub endpoint: EndpointName,
    /// The protocol of the agent.
    pub protocol: Protocol,
    /// The port that the agent listens on; by default that of its protocol.
    pub port: Option<ServerPort>,
    /// The path of requests to the agent; by default that of its protocol.
    pub path: Option<ServerPath>,
    /// The time limits of a session.
    pub lifecycle: Lifecycle,
    /// Who may call; by default everybody whom IAM allows. With an authorizer no caller can use IAM or the AWS SDK.
    pub(super) authorizer: Option<AuthorizerSpec>,
    /// The request headers that `AgentCore` passes on to the agent.
    #[schemars(length(min = 1, max = 20))]
    pub request_headers: Vec<HeaderName>,
    /// The mounts of each session.
    #[schemars(length(max = 5))]
    pub(super) filesystems: Vec<FilesystemSpec>,
    /// Further ports that can be reached through a session's address.
    #[schemars(length(min = 1, max = 5))]
    pub allowed_ports: Vec<PortRange>,
    /// The version of the platform such as `V2`; by default the one that the service chose when it created the runtime.
    pub platform_version: Option<PlatformVersion>,
    /// The capacity provider whose instances run the agent; by default `AgentCore`'s own machines do.
    pub capacity_provider: Option<CapacityProviderArn>,
}

impl Default for AgentCoreSettings {
    fn default() -> Self {
        Self {
            deployment_method: None,
            endpoint: "live".parse().expect("it is a legal name"),
            protocol: Protocol::Http,
            port: None,
            path: None,
            lifecycle: Lifecycle::default(),
            authorizer: None,
            request_headers: Vec::new(),
            filesystems: Vec::new(),
            allowed_ports: Vec::new(),
            platform_version: None,
            capacity_provider: None,
        }
    }
}

/// The form of the code for `AgentCore`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub(super) enum DeploymentMethod {
    /// As a zip archive.
    DirectCode,
    /// As an image.
    Container,
}

/// The protocol an agent on `AgentCore` speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum Protocol {
    /// Plain HTTP.
    Http,
    /// Model Context Protocol.
    Mcp,
    /// Agent to agent.
    A2a,
    /// Agent to user interface.
    Agui,
}

impl Protocol {
    /// Returns `AgentCore`'s name of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Mcp => "MCP",
            Self::A2a => "A2A",
            Self::Agui => "AGUI",
        }
    }
}

/// The time limits of an `AgentCore` session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Lifecycle {
    /// The time without a request after which a session ends; by default `15m`, or `maxLifetime` if that is shorter.
    pub(super) idle_timeout: Option<SessionTime>,
    /// The time after which every session ends; longer than `8h` only with a capacity provider.
    pub max_lifetime: SessionTime,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            idle_timeout: None,
            max_lifetime: MAX_LIFETIME,
        }
    }
}

impl Lifecycle {
    /// Returns the time without a request after which a session ends.
    pub fn idle_timeout(self) -> SessionTime {
        self.idle_timeout
            .unwrap_or_else(|| DEFAULT_IDLE_TIMEOUT.min(self.max_lifetime))
    }
}

/// Who may call an agent on `AgentCore`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorizerSpec {
    /// Callers show a token of this issuer.
    #[serde(rename = "customJWTAuthorizer")]
    pub(super) custom_jwt: JwtAuthorizerSettings,
}

/// The issuer of callers' tokens, and the claims that a token must have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JwtAuthorizerSettings {
    /// The discovery document of the issuer.
    pub discovery_url: DiscoveryUrl,
    /// The accepted audiences.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub allowed_audience: Vec<String>,
    /// The accepted clients.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub allowed_clients: Vec<String>,
    /// The accepted scopes.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub allowed_scopes: Vec<TokenScope>,
    /// Conditions for other claims of the token.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) custom_claims: Vec<ClaimSpec>,
}

/// A condition for a claim of a token: one of `equals`, `contains` and `containsAny`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ClaimSpec {
    /// The name of the claim.
    pub(super) claim: ClaimName,
    /// The claim is this text.
    pub(super) equals: Option<ClaimValue>,
    /// The claim is a list with this text in it.
    pub(super) contains: Option<ClaimValue>,
    /// The claim is a list with at least one of these texts in it.
    #[schemars(length(min = 1))]
    pub(super) contains_any: Option<Vec<ClaimValue>>,
}

/// A mount of each session; exactly one of the keys is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FilesystemSpec {
    /// Storage that is kept when a session stops and is resumed.
    pub(super) session_storage: Option<SessionStorageSpec>,
    /// An access point of EFS.
    pub(super) efs_access_point: Option<EfsAccessPointSpec>,
    /// An access point of S3 Files.
    pub(super) s3_files_access_point: Option<S3FilesAccessPointSpec>,
    /// A volume of the capacity provider.
    pub(super) capacity_provider_volume: Option<CapacityProviderVolumeSpec>,
}

/// Storage that is kept when a session stops and is resumed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SessionStorageSpec {
    /// The folder where it is mounted.
    pub(super) mount_path: MountPath,
}

/// An access point of EFS.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EfsAccessPointSpec {
    /// The ARN of the access point.
    pub(super) arn: EfsAccessPointArn,
    /// The folder where it is mounted.
    pub(super) mount_path: MountPath,
}

/// An access point of S3 Files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct S3FilesAccessPointSpec {
    /// The ARN of the access point.
    pub(super) arn: S3FilesAccessPointArn,
    /// The folder where it is mounted.
    pub(super) mount_path: MountPath,
}

/// A volume of the capacity provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CapacityProviderVolumeSpec {
    /// The name of the volume in the capacity provider.
    pub(super) volume_name: VolumeName,
    /// The folder where it is mounted.
    pub(super) mount_path: MountPath,
}
