//! Agents and their project as the other modules use them: checked, with every default written out.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::agentcore::{AgentCoreSettings, JwtAuthorizerSettings};
use super::code::CodeRuntime;
use super::lambda::LambdaSettings;
use super::node::{Node, Path, Value};
use super::setting::{DataProtection, Encryption, Iam, Model, Network, Observability};
use super::source::Position;
use super::statement::Effect;
use super::text::{
    AccountId, AgentName, ClaimName, ClaimValue, EfsAccessPointArn, EntryPointWord,
    EnvironmentName, EnvironmentValue, Handler, ImageUri, LabelKey, LabelValue, MountPath,
    ObjectVersion, ProjectName, RegionName, S3FilesAccessPointArn, S3Location, ServiceName,
    VolumeName,
};

/// The owner of all agents of the manifests, and where they are deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// The owner of everything that the manifests declare.
    pub name: ProjectName,
    /// The region to deploy to, if the manifest names one.
    pub region: Option<RegionName>,
    /// The only account whose credentials are accepted, if the manifest names one.
    pub account: Option<AccountId>,
    /// The regions that can be deployed to; empty allows any.
    pub regions: Vec<RegionName>,
    /// All agents, in the order of the files.
    pub agents: Vec<Agent>,
    /// The files with the manifests, with symbolic links followed. They are never a part of an agent's files.
    pub manifests: BTreeSet<Utf8PathBuf>,
}

/// An agent, checked and with every default written out.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Unique in the project.
    pub name: AgentName,
    /// The labels, which become tags.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// The agent's task for each event.
    pub prompt: String,
    /// Whether the answer must be JSON.
    pub expect_json: bool,
    pub definition: Definition,
    /// The environment variables from the manifest.
    pub environment: BTreeMap<EnvironmentName, EnvironmentValue>,
    /// The side that the agent runs on, with its settings.
    pub side: Side,
    /// The VPC of the agent.
    pub network: Option<Network>,
    pub iam: Iam,
    /// The key that encrypts the agent's data.
    pub encryption: Encryption,
    pub observability: Observability,
    /// What is masked in the logs.
    pub data_protection: Option<DataProtection>,
    /// The place of the agent's name.
    pub source: Position,
    /// The places of its values.
    pub positions: Positions,
}

impl Agent {
    /// Returns the service name in metrics and traces.
    pub fn service_name(&self) -> &str {
        let given = self.observability.service_name.as_ref();
        given.map_or(self.name.as_str(), ServiceName::as_str)
    }
}

/// The model, the system prompt and the tools of an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    pub model: Model,
    pub system_prompt: FileSource,
    pub tools: Vec<FileSource>,
    /// What the tools can do in AWS beyond what follows from the manifest.
    pub policy_statements: Vec<PolicyStatement>,
}

/// Where a file of an agent comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    /// A file or folder of the project.
    Local(LocalPath),
    /// An object that somebody else stores.
    S3(S3Location),
}

/// A file or folder of the project. It existed inside the project when the manifest was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalPath {
    /// The path from the file system's root, with symbolic links followed.
    pub absolute: Utf8PathBuf,
    /// The path from the project root, as in the manifest.
    pub relative: Utf8PathBuf,
    pub kind: LocalKind,
}

/// Whether a local path is a file or a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LocalKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
}

/// A checked IAM statement of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStatement {
    /// A label for the statement.
    pub sid: Option<String>,
    /// Whether the statement allows or denies.
    pub effect: Effect,
    /// The actions that the statement applies to.
    pub actions: Scope,
    /// The resources that the statement applies to.
    pub resources: Scope,
    /// Values by operator and key.
    pub condition: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// What a part of a statement covers. The lists are never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// What the list names (`Action`, `Resource`).
    Only(Vec<String>),
    /// All except what the list names (`NotAction`, `NotResource`).
    AllBut(Vec<String>),
}

/// The side that an agent runs on, with the settings that only that side has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// An AWS Lambda function.
    Lambda(Lambda),
    /// An `AgentCore` runtime.
    AgentCore(Box<AgentCore>),
}

impl Side {
    /// Returns its name in manifests, addresses and output.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Lambda(_) => "lambda",
            Self::AgentCore(_) => "agentcore",
        }
    }
}

/// Where the code of an agent comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// A folder of the project.
    Local(LocalPath),
    /// A zip archive that somebody else stores.
    S3 {
        /// The archive.
        location: S3Location,
        /// The version of the object; absent for the newest.
        version: Option<ObjectVersion>,
    },
}

/// The parts of an agent on Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lambda {
    /// Where the code comes from.
    pub source: CodeSource,
    /// The function in the code that Lambda calls.
    pub handler: Handler,
    /// The language runtime.
    pub language: CodeRuntime,
    pub settings: LambdaSettings,
}

/// The parts of an agent on `AgentCore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentCore {
    /// What is deployed.
    pub artifact: RuntimeArtifact,
    /// Who can call; by default everybody whom IAM allows.
    pub authorizer: Option<JwtAuthorizer>,
    /// The file systems that are mounted into each session.
    pub filesystems: Vec<Filesystem>,
    pub settings: AgentCoreSettings,
}

/// What is deployed to `AgentCore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuntimeArtifact {
    /// A zip archive of code.
    Code {
        source: CodeSource,
        /// The command: one or two words, the last of which is a file of the code.
        entry_point: Vec<EntryPointWord>,
        /// The language runtime.
        language: CodeRuntime,
    },
    /// An image.
    Image(ImageUri),
}

/// The issuer of the callers' tokens, and what a token must contain. At least one of the lists is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtAuthorizer {
    /// The issuer, and the audiences, clients and scopes that can call.
    pub settings: JwtAuthorizerSettings,
    /// The rules for further claims.
    pub claims: Vec<Claim>,
}

/// The rule for a claim of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub name: ClaimName,
    pub rule: ClaimRule,
}

/// What a claim must be or contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimRule {
    /// It is this text.
    Equals(ClaimValue),
    /// It is a list with this text in it.
    Contains(ClaimValue),
    /// It is a list with at least one of these texts in it.
    ContainsAny(Vec<ClaimValue>),
}

/// A file system that is mounted into each session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filesystem {
    /// The folder where it is mounted.
    pub mount_path: MountPath,
    pub storage: Storage,
}

/// The kinds of file systems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// Storage that a session has again when it is resumed.
    Session,
    /// An access point of EFS.
    Efs(EfsAccessPointArn),
    /// An access point of S3 Files.
    S3Files(S3FilesAccessPointArn),
    /// A volume of the capacity provider.
    CapacityProviderVolume(VolumeName),
}

/// The place of each value of an agent, by its path in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Positions {
    document: Position,
    values: BTreeMap<String, Position>,
}

impl Positions {
    pub(super) fn of(document: &Node) -> Self {
        let mut values = BTreeMap::new();
        collect(document, &Path::default(), &mut values);
        Self {
            document: document.place.position(),
            values,
        }
    }

    /// Returns whether the manifest or the project's defaults have a value at a path. An empty key is none.
    pub fn contains(&self, path: &str) -> bool {
        self.values.contains_key(path)
    }

    /// Returns the place of a value such as `spec.iam.role`.
    ///
    /// For a value that only has its default, this is the innermost map around it that the manifest has.
    pub fn find(&self, path: &str) -> &Position {
        let mut path = path;
        loop {
            if let Some(position) = self.values.get(path) {
                return position;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return &self.document,
            }
        }
    }
}

fn collect(node: &Node, path: &Path, values: &mut BTreeMap<String, Position>) {
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                let path = path.key(&entry.key);
                values.insert(path.to_string(), entry.node.place.position());
                collect(&entry.node, &path, values);
            }
        }
        Value::List(items) => {
            for item in items {
                let path = path.index(item.index);
                values.insert(path.to_string(), item.node.place.position());
                collect(&item.node, &path, values);
            }
        }
        _ => {}
    }
}
