//! What may be wished of a runtime, and what only the service can tell of it.

use super::authorizer::Authorizer;
use crate::resource::canonical::sort_unique;
use crate::resource::environment::Environment;
use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The runtime's id: its name and ten characters that the service chose.
pub const ID: OutputField<String> = OutputField::new("id");

/// The runtime's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The runtime's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The number of the newest version, as text.
pub const VERSION: OutputField<String> = OutputField::new("version");

/// How many versions there are, or are at most.
pub const COUNT: OutputField<u64> = OutputField::new("count");

/// The platform that a runtime is made on when nothing else is asked for (`AgentCore` developer guide, "How it works").
pub const PLATFORM: &str = "V1";

/// The protocol that a runtime's code speaks when nothing else is asked for.
pub const HTTP: &str = "HTTP";

/// What may be wished of a runtime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct RuntimeSpec<S: Stage> {
    /// The code that runs.
    pub artifact: Artifact<S>,
    /// The ARN of the execution role.
    pub role: S::Ref<String>,
    /// The account's network that the runtime is in; absent when it is in none.
    pub network: Option<Network>,
    /// What the runtime is for, in words.
    pub description: String,
    /// The environment variables.
    pub environment: Environment<S>,
    /// How long sessions live.
    pub lifecycle: Lifecycle,
    /// What the code listens for.
    pub protocol: Protocol,
    /// Whose tokens callers must bring; absent when they sign their calls with IAM credentials.
    pub authorizer: Option<Authorizer>,
    /// The headers of a request that are passed on to the code.
    pub request_headers: Vec<String>,
    /// The file systems that are mounted.
    pub filesystems: Vec<Filesystem>,
    /// Further ports that a session's URL reaches.
    pub allowed_ports: Vec<Ports>,
    /// The ARN of the provider of instances that sessions run on; absent for the service's own microVMs.
    pub capacity_provider: Option<String>,
    /// The platform.
    ///
    /// The service keeps it when an update leaves it out, unlike everything else (`AgentCore` developer guide, "How it works"). It
    /// is wished for and sent all the same, so that a runtime does not depend on when it was made.
    pub platform_version: String,
    /// Whether the metadata of the microVM is told only to who brings a session token. Runtimes without it are not invoked
    /// (`AgentCore` developer guide, "Troubleshoot AgentCore Runtime").
    pub mmdsv2: bool,
    /// [`APPLIED`](super::super::APPLIED), or why the last update was given up.
    ///
    /// After a failed update the version before serves on and, by guess, another update is accepted: what is left to do is a
    /// difference, and this is where it shows.
    pub last_update: String,
    /// The user's labels.
    pub tags: BTreeMap<String, String>,
}

/// The code of a runtime.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub enum Artifact<S: Stage> {
    /// An archive that the service runs itself.
    Code(Code<S>),
    /// An image.
    Container(Container),
}

/// An archive in S3. The service does not tell its digest, so the key must change with the content.
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
    /// The file that is run, after the command that runs it when there is one.
    pub entry_point: Vec<String>,
}

/// An image in a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Container {
    /// Where it is.
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

/// How long sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lifecycle {
    /// After how many seconds without a request a session is ended.
    pub idle_timeout: u32,
    /// After how many seconds a session is ended in any case.
    pub max_lifetime: u32,
}

impl Default for Lifecycle {
    /// What the service fills in (`AgentCore` control API, `LifecycleConfiguration`).
    fn default() -> Self {
        Self {
            idle_timeout: 900,
            max_lifetime: 28_800,
        }
    }
}

/// What the code listens for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Protocol {
    /// `HTTP`, `MCP`, `A2A` or `AGUI`.
    pub server: String,
    /// The port; the protocol's own when absent.
    pub port: Option<u16>,
    /// The path that requests come in on; the protocol's own when absent.
    pub path: Option<String>,
}

impl Protocol {
    /// Returns the port and the path that the service takes when none are given (`AgentCore` control API, `ProtocolConfiguration`).
    pub fn defaults(&self) -> Option<(u16, &'static str)> {
        match self.server.as_str() {
            HTTP | "AGUI" => Some((8080, "/invocations")),
            "MCP" => Some((8000, "/mcp")),
            "A2A" => Some((9000, "/")),
            _ => None,
        }
    }

    /// Whether the service tells what it took by default is not documented, so it is written out.
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

/// A file system that is mounted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Filesystem {
    /// Storage that the service keeps for each session.
    SessionStorage {
        /// Where it is mounted.
        mount_path: String,
    },
    /// An access point of S3 Files.
    S3Files {
        /// The access point's ARN.
        access_point: String,
        /// Where it is mounted.
        mount_path: String,
    },
    /// An access point of EFS.
    Efs {
        /// The access point's ARN.
        access_point: String,
        /// Where it is mounted.
        mount_path: String,
    },
    /// A volume of the capacity provider.
    CapacityProviderVolume {
        /// The volume's name.
        volume: String,
        /// Where it is mounted.
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

/// What only the service can tell of a runtime.
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
    /// Brings equal specs to equal values.
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
