//! Agents and their project as the rest of the program sees them: checked, with every default written out.

use std::collections::BTreeMap;

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

/// The owner of all agents of the manifests, and where it is deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// The owner of everything that the manifests declare.
    pub name: ProjectName,
    /// The region to deploy to, if the manifest names one.
    pub region: Option<RegionName>,
    /// The account whose credentials alone are accepted, if the manifest names one.
    pub account: Option<AccountId>,
    /// The regions that may be deployed to; empty when any may.
    pub regions: Vec<RegionName>,
    /// All agents, in the order of the files.
    pub agents: Vec<Agent>,
}

/// An agent, checked and with every default written out.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// The name, unique in the project.
    pub name: AgentName,
    /// What becomes tags.
    pub labels: BTreeMap<LabelKey, LabelValue>,
    /// What the agent is asked to do with each event.
    pub prompt: String,
    /// Whether the answer must be JSON.
    pub expect_json: bool,
    /// The model, the system prompt and the tools.
    pub definition: Definition,
    /// The environment variables that the user gives.
    pub environment: BTreeMap<EnvironmentName, EnvironmentValue>,
    /// Where the agent runs, and how.
    pub side: Side,
    /// The VPC the agent is in.
    pub network: Option<Network>,
    /// The role of the agent.
    pub iam: Iam,
    /// The key that encrypts what the agent keeps.
    pub encryption: Encryption,
    /// Logs, metrics and traces.
    pub observability: Observability,
    /// What is masked in the logs.
    pub data_protection: Option<DataProtection>,
    /// Where the agent's name is written.
    pub source: Position,
    /// Where each of its values is written.
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
    /// The model that thinks.
    pub model: Model,
    /// The system prompt.
    pub system_prompt: FileSource,
    /// The tools.
    pub tools: Vec<FileSource>,
    /// What the tools may do in AWS beyond what follows from the manifest.
    pub policy_statements: Vec<PolicyStatement>,
}

/// Where a file of an agent comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    /// A file or folder of the project.
    Local(LocalPath),
    /// An object that somebody else keeps.
    S3(S3Location),
}

/// A file or folder of the project: it existed, and lay inside the project, when the manifest was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalPath {
    /// The path from the file system's root, with symbolic links followed.
    pub absolute: Utf8PathBuf,
    /// The path from the project root, as it was written.
    pub relative: Utf8PathBuf,
    /// Whether it is a file or a folder.
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
    /// The actions the statement is about.
    pub actions: Scope,
    /// The resources the statement is about.
    pub resources: Scope,
    /// When the statement applies: operator, key, values.
    pub condition: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// What a part of a statement covers; the lists are never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// What is named (`Action`, `Resource`).
    Only(Vec<String>),
    /// All but what is named (`NotAction`, `NotResource`).
    AllBut(Vec<String>),
}

/// The side that an agent runs on, with what only that side takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// An AWS Lambda function.
    Lambda(Lambda),
    /// An `AgentCore` runtime.
    AgentCore(Box<AgentCore>),
}

impl Side {
    /// Returns the word for it in manifests, addresses and output.
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
    /// A zip archive that somebody else keeps.
    S3 {
        /// The archive.
        location: S3Location,
        /// The version of the object, or the newest.
        version: Option<ObjectVersion>,
    },
}

/// What runs an agent on Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lambda {
    /// Where the code comes from.
    pub source: CodeSource,
    /// The function in the code that Lambda calls.
    pub handler: Handler,
    /// The language runtime.
    pub language: CodeRuntime,
    /// How Lambda runs it.
    pub settings: LambdaSettings,
}

/// What runs an agent on `AgentCore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentCore {
    /// What is deployed.
    pub artifact: RuntimeArtifact,
    /// Who may call; by default everybody whom IAM allows.
    pub authorizer: Option<JwtAuthorizer>,
    /// What is mounted into each session.
    pub filesystems: Vec<Filesystem>,
    /// How `AgentCore` runs it.
    pub settings: AgentCoreSettings,
}

/// What is deployed to `AgentCore`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuntimeArtifact {
    /// A zip archive of code.
    Code {
        /// Where it comes from.
        source: CodeSource,
        /// What is started: one or two words, the last of which is a file of the code.
        entry_point: Vec<EntryPointWord>,
        /// The language runtime.
        language: CodeRuntime,
    },
    /// An image.
    Image(ImageUri),
}

/// The issuer of the tokens that callers show, and what a token must hold: at least one of the lists is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtAuthorizer {
    /// The issuer, and the audiences, clients and scopes that may call.
    pub settings: JwtAuthorizerSettings,
    /// What further claims must say.
    pub claims: Vec<Claim>,
}

/// What a claim of a token must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The name of the claim.
    pub name: ClaimName,
    /// What it must be or hold.
    pub rule: ClaimRule,
}

/// What a claim must be or hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimRule {
    /// It is this text.
    Equals(ClaimValue),
    /// It is a list with this text in it.
    Contains(ClaimValue),
    /// It is a list with at least one of these texts in it.
    ContainsAny(Vec<ClaimValue>),
}

/// Something that is mounted into each session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filesystem {
    /// Where it is mounted.
    pub mount_path: MountPath,
    /// What it is.
    pub storage: Storage,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// Storage that a session finds again when it is resumed.
    Session,
    /// An access point of EFS.
    Efs(EfsAccessPointArn),
    /// An access point of S3 Files.
    S3Files(S3FilesAccessPointArn),
    /// A volume of the capacity provider.
    CapacityProviderVolume(VolumeName),
}

/// Where each value of an agent is written, by its path in the document.
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

    /// Returns where a value such as `spec.iam.role` is written.
    ///
    /// For a value that only has its default it is the innermost map around it that is written.
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
