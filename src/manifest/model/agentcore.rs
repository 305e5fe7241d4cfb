//! The block for `AgentCore` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::manifest::number::{PortRange, ServerPort, SessionTime};
use crate::manifest::text::{
    CapacityProviderArn, ClaimName, ClaimValue, DiscoveryUrl, EfsAccessPointArn, EndpointName,
    HeaderName, MountPath, PlatformVersion, S3FilesAccessPointArn, ServerPath, TokenScope,
    VolumeName,
};

/// How `AgentCore` runs an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AgentCoreSpec {
    /// How the code gets there; by default what `code` gives: an image as a container, anything else as a zip archive.
    pub(crate) deployment_method: Option<DeploymentMethod>,
    /// The endpoint through which callers reach the agent (default `live`).
    pub(crate) endpoint: Option<EndpointName>,
    /// The protocol the agent speaks (default `HTTP`).
    pub(crate) protocol: Option<Protocol>,
    /// The port the agent listens on; by default that of its protocol.
    pub(crate) port: Option<ServerPort>,
    /// The path the agent takes requests on; by default that of its protocol.
    pub(crate) path: Option<ServerPath>,
    /// How long a session may idle and live.
    pub(crate) lifecycle: Option<LifecycleSpec>,
    /// Who may call; by default whoever IAM lets. With an authorizer nobody calls through IAM or the AWS SDK any more.
    pub(crate) authorizer: Option<AuthorizerSpec>,
    /// The request headers that are passed on to the agent.
    #[schemars(length(min = 1, max = 20))]
    pub(crate) request_headers: Option<Vec<HeaderName>>,
    /// What is mounted into each session.
    #[schemars(length(max = 5))]
    pub(crate) filesystems: Option<Vec<FilesystemSpec>>,
    /// Further ports that can be reached through a session's address.
    #[schemars(length(min = 1, max = 5))]
    pub(crate) allowed_ports: Option<Vec<PortRange>>,
    /// The version of the platform such as `V2`; by default the one that the service chose when the runtime was made.
    pub(crate) platform_version: Option<PlatformVersion>,
    /// The capacity provider whose instances run the agent; by default `AgentCore`'s own machines do.
    pub(crate) capacity_provider: Option<CapacityProviderArn>,
}

/// How code gets to `AgentCore`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub(crate) enum DeploymentMethod {
    /// As a zip archive.
    DirectCode,
    /// As an image.
    Container,
}

/// The protocol an agent on `AgentCore` speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum Protocol {
    /// Plain HTTP.
    #[default]
    Http,
    /// Model Context Protocol.
    Mcp,
    /// Agent to agent.
    A2a,
    /// Agent to user interface.
    Agui,
}

impl Protocol {
    /// Returns the service's name of the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Mcp => "MCP",
            Self::A2a => "A2A",
            Self::Agui => "AGUI",
        }
    }
}

/// How long an `AgentCore` session may idle and live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LifecycleSpec {
    /// After what time without a request a session ends (default `15m`, or `maxLifetime` where that is shorter).
    pub(crate) idle_timeout: Option<SessionTime>,
    /// After what time a session ends in any case (default `8h`, which only a capacity provider exceeds).
    pub(crate) max_lifetime: Option<SessionTime>,
}

/// Who may call an agent on `AgentCore`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorizerSpec {
    /// Callers show a token of this issuer.
    #[serde(rename = "customJWTAuthorizer")]
    pub(crate) custom_jwt: JwtAuthorizerSpec,
}

/// The issuer of the tokens that callers show, and what a token must hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JwtAuthorizerSpec {
    /// The discovery document of the issuer.
    pub(crate) discovery_url: DiscoveryUrl,
    /// The audiences that are let in.
    #[schemars(length(min = 1))]
    pub(crate) allowed_audience: Option<Vec<String>>,
    /// The clients that are let in.
    #[schemars(length(min = 1))]
    pub(crate) allowed_clients: Option<Vec<String>>,
    /// The scopes that are let in.
    #[schemars(length(min = 1))]
    pub(crate) allowed_scopes: Option<Vec<TokenScope>>,
    /// What further claims of the token must say.
    #[schemars(length(min = 1))]
    pub(crate) custom_claims: Option<Vec<ClaimSpec>>,
}

/// What a claim of a token must say: one of `equals`, `contains` and `containsAny`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClaimSpec {
    /// The name of the claim.
    pub(crate) claim: ClaimName,
    /// The claim is this text.
    pub(crate) equals: Option<ClaimValue>,
    /// The claim is a list with this text in it.
    pub(crate) contains: Option<ClaimValue>,
    /// The claim is a list with at least one of these texts in it.
    #[schemars(length(min = 1))]
    pub(crate) contains_any: Option<Vec<ClaimValue>>,
}

/// Something that is mounted into each session; exactly one of the keys says what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FilesystemSpec {
    /// Storage that a session finds again when it is resumed.
    pub(crate) session_storage: Option<SessionStorageSpec>,
    /// An access point of EFS.
    pub(crate) efs_access_point: Option<EfsAccessPointSpec>,
    /// An access point of S3 Files.
    pub(crate) s3_files_access_point: Option<S3FilesAccessPointSpec>,
    /// A volume of the capacity provider.
    pub(crate) capacity_provider_volume: Option<CapacityProviderVolumeSpec>,
}

/// Storage that a session finds again when it is resumed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SessionStorageSpec {
    /// Where it is mounted.
    pub(crate) mount_path: MountPath,
}

/// An access point of EFS.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EfsAccessPointSpec {
    /// The ARN of the access point.
    pub(crate) arn: EfsAccessPointArn,
    /// Where it is mounted.
    pub(crate) mount_path: MountPath,
}

/// An access point of S3 Files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct S3FilesAccessPointSpec {
    /// The ARN of the access point.
    pub(crate) arn: S3FilesAccessPointArn,
    /// Where it is mounted.
    pub(crate) mount_path: MountPath,
}

/// A volume of the capacity provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CapacityProviderVolumeSpec {
    /// The name of the volume in the capacity provider.
    pub(crate) volume_name: VolumeName,
    /// Where it is mounted.
    pub(crate) mount_path: MountPath,
}
