//! The fields of a runtime that can be declared, and the outputs that only AWS can give.

use super::authorizer::Authorizer;
use crate::resource::canonical::sort_unique;
use crate::resource::environment::Environment;
use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The runtime's id: its name and ten characters that AWS generates.
pub const ID: OutputField<String> = OutputField::new("id");

/// The runtime's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The runtime's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The number of the newest version, as text.
pub const VERSION: OutputField<String> = OutputField::new("version");

/// The number of versions, or an upper bound of it.
pub const COUNT: OutputField<u64> = OutputField::new("count");

/// The default platform of a runtime (`AgentCore` developer guide, "How it works").
pub const PLATFORM: &str = "V1";

/// The default protocol of a runtime.
pub const HTTP: &str = "HTTP";

/// The fields of a runtime that can be declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct RuntimeSpec<S: Stage> {
    /// The code that runs.
    pub artifact: Artifact<S>,
    /// The ARN of the execution role.
    pub role: S::Ref<String>,
    /// The account's network that the runtime is in; absent when it is in none.
    pub network: Option<Network>,
    /// The unique id of the role, if the role is agentctl's. A role that is created again has another, and is sent again.
    pub role_id: Option<S::Ref<String>>,
    /// A description of the runtime, without the id of the role.
    pub description: String,
    pub environment: Environment<S>,
    pub lifecycle: Lifecycle,
    pub protocol: Protocol,
    /// The rules for the tokens of callers; absent when callers sign their calls with IAM credentials.
    pub authorizer: Option<Authorizer>,
    /// The request headers that the code receives.
    pub request_headers: Vec<String>,
    pub filesystems: Vec<Filesystem>,
    /// Further ports that can be reached through a session's URL.
    pub allowed_ports: Vec<Ports>,
    /// The ARN of the provider of instances for sessions; absent for the microVMs of `AgentCore`.
    pub capacity_provider: Option<String>,
    /// The platform.
    ///
    /// Unlike all other fields, the service keeps it when an update leaves it out (`AgentCore` developer guide, "How it works"). It is
    /// declared and sent nevertheless, so that a runtime does not depend on when it was created.
    pub platform_version: String,
    /// Whether the metadata of the microVM requires a session token. AgentCore does not invoke a runtime without this setting (`AgentCore`
    /// developer guide, "Troubleshoot AgentCore Runtime").
    pub mmdsv2: bool,
    /// [`APPLIED`](super::super::APPLIED), or why the last update failed.
    ///
    /// After a failed update the previous version still serves and, as a guess, `AgentCore` accepts another update. So what remains to do
    /// is a difference of fields, and it shows here.
    pub last_update: String,
    /// The user's labels.
    pub tags: BTreeMap<String, String>,
}

/// The code of a runtime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub enum Artifact<S: Stage> {
    /// An archive that `AgentCore` runs itself.
    Code(Code<S>),
    /// An image.
    Container(Container),
}

/// An archive in S3. `AgentCore` does not report its digest, so the key must change with the content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct Code<S: Stage> {
    /// The bucket's name.
    pub bucket: S::Ref<String>,
    /// The object's key.
    pub key: S::Ref<String>,
    /// The object's version; absent for the newest one.
    pub object_version: Option<S::Ref<String>>,
    /// The runtime's identifier, such as `PYTHON_3_13`.
    pub runtime: String,
    /// The file that runs, after the command that runs it if there is one.
    pub entry_point: Vec<String>,
}

/// An image in a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Container {
    /// Its address in the registry.
    pub uri: String,
}

/// The subnets and security groups that a runtime is attached to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// The subnets' ids.
    pub subnets: Vec<String>,
    /// The security groups' ids.
    pub security_groups: Vec<String>,
}

/// How long sessions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lifecycle {
    /// The seconds without a request after which a session ends.
    pub idle_timeout: u32,
    /// The seconds after which a session ends in any case.
    pub max_lifetime: u32,
}

impl Default for Lifecycle {
    /// The defaults of the service (`AgentCore` control API, `LifecycleConfiguration`).
    fn default() -> Self {
        Self {
            idle_timeout: 900,
            max_lifetime: 28_800,
        }
    }
}

/// The protocol that the code speaks, and where it listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Protocol {
    /// `HTTP`, `MCP`, `A2A` or `AGUI`.
    pub server: String,
    /// The port; the protocol's own when absent.
    pub port: Option<u16>,
    /// The path of requests; the protocol's own when absent.
    pub path: Option<String>,
}

impl Protocol {
    /// Returns the default port and path of the protocol (`AgentCore` control API, `ProtocolConfiguration`).
    pub fn defaults(&self) -> Option<(u16, &'static str)> {
        match self.server.as_str() {
            HTTP | "AGUI" => Some((8080, "/invocations")),
            "MCP" => Some((8000, "/mcp")),
            "A2A" => Some((9000, "/")),
            _ => None,
        }
    }

    /// Writes out the defaults, because it is not documented whether `AgentCore` reports them.
    fn canonical(mut self) -> Self {
        if let Some((port, path)) = self.defaults() {
            self.port = self.port.or(Some(port));
            self.path = self.path.or_else(|| Some(path.to_owned()));
        }
        self
    }
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            server: HTTP.to_owned(),
            port: None,
            path: None,
        }
        .canonical()
    }
}

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Filesystem {
    /// Storage that `AgentCore` keeps for each session.
    SessionStorage {
        /// The folder where it is mounted.
        mount_path: String,
    },
    /// An access point of S3 Files.
    S3Files {
        /// The access point's ARN.
        access_point: String,
        /// The folder where it is mounted.
        mount_path: String,
    },
    /// An access point of EFS.
    Efs {
        /// The access point's ARN.
        access_point: String,
        /// The folder where it is mounted.
        mount_path: String,
    },
    /// A volume of the capacity provider.
    CapacityProviderVolume {
        /// The volume's name.
        volume: String,
        /// The folder where it is mounted.
        mount_path: String,
    },
}

/// A range of ports; a single port is both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ports {
    /// The first port.
    pub from: u16,
    /// The last port.
    pub to: u16,
}

/// The outputs of a runtime, which only AWS can give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuntimeOutputs {
    /// See [`ID`].
    pub id: String,
    /// See [`ARN`].
    pub arn: String,
    /// See [`NAME`].
    pub name: String,
    /// See [`VERSION`].
    pub version: String,
    /// See [`COUNT`].
    pub count: u64,
}

impl<S: Stage> RuntimeSpec<S> {
    /// Turns equal specs into equal values.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        if let Some(network) = &mut self.network {
            sort_unique(&mut network.subnets);
            sort_unique(&mut network.security_groups);
        }
        self.protocol = self.protocol.canonical();
        self.authorizer = self.authorizer.map(Authorizer::canonical);
        sort_unique(&mut self.request_headers);
        sort_unique(&mut self.filesystems);
        sort_unique(&mut self.allowed_ports);
        self
    }
}
