//! The manifest as the user writes it: one type per map.
//!
//! A key is optional if a default can supply it, and if its absence must not hide other mistakes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::agentcore::AgentCoreSettings;
use super::code::CodeSpec;
use super::lambda::LambdaSettings;
use super::setting::{DataProtection, Encryption, Iam, Model, Network, Observability};
use super::statement::Statement;
use super::text::{
    AccountId, AgentName, EnvironmentName, EnvironmentValue, FileReference, LabelKey, LabelValue,
    ProjectName, RegionName,
};

/// The version of the manifest format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) enum ApiVersion {
    /// The only version so far.
    #[serde(rename = "agentctl.dev/v1alpha1")]
    V1Alpha1,
}

/// The kind of a project document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) enum ProjectKind {
    /// The document describes the project.
    Project,
}

/// The kind of an agent document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) enum BatchAgentKind {
    /// The document describes an agent that answers one event at a time.
    BatchAgent,
}

/// The project that owns all agents of the manifests.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProjectDocument {
    /// The version of the manifest format.
    pub(super) api_version: ApiVersion,
    /// The kind of the document.
    pub(super) kind: ProjectKind,
    /// The name of the project.
    pub(super) metadata: ProjectMetadata,
    /// The target of the project, and the defaults of its agents.
    #[serde(default)]
    pub(super) spec: ProjectSpec,
}

/// The name of the project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProjectMetadata {
    /// The owner of everything that the manifests declare.
    pub(super) name: ProjectName,
}

/// The target of the project, and the defaults of its agents.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ProjectSpec {
    /// The region to deploy to; by default the one of the AWS configuration.
    pub(super) region: Option<RegionName>,
    /// The account to deploy to; credentials of any other are refused.
    pub(super) account: Option<AccountId>,
    /// The regions that may be deployed to; by default any.
    pub(super) regions: Vec<RegionName>,
    /// Keys that every agent takes unless it gives its own: maps merge, lists and scalars replace.
    pub(super) defaults: Option<AgentSpec>,
}

/// An agent that answers one event at a time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BatchAgentDocument {
    /// The version of the manifest format.
    pub(super) api_version: ApiVersion,
    /// The kind of the document.
    pub(super) kind: BatchAgentKind,
    /// The name and labels of the agent.
    #[schemars(required)]
    pub(super) metadata: Option<AgentMetadata>,
    /// The parts of the agent.
    #[serde(default)]
    pub(super) spec: AgentSpec,
}

/// The name and labels of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AgentMetadata {
    /// The name, unique in the project.
    #[schemars(required)]
    pub(super) name: Option<AgentName>,
    /// Labels, which become tags of all resources that can have tags.
    #[serde(default)]
    pub(super) labels: BTreeMap<LabelKey, LabelValue>,
}

/// The parts of an agent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct AgentSpec {
    /// Where the agent runs.
    pub(super) runtime: Runtime,
    /// The task of the agent for each event.
    #[schemars(length(min = 1))]
    pub(super) prompt: Option<String>,
    /// Whether the answer must be JSON.
    pub(super) expect_json: bool,
    /// The model, the system prompt and the tools.
    pub(super) definition: DefinitionSpec,
    /// The code that runs the agent.
    pub(super) code: Option<CodeSpec>,
    /// Environment variables of the agent; values are text.
    pub(super) environment: BTreeMap<EnvironmentName, EnvironmentValue>,
    /// How Lambda runs the agent.
    pub(super) lambda: LambdaSettings,
    /// How `AgentCore` runs the agent.
    pub(super) agentcore: AgentCoreSettings,
    /// The VPC of the agent; by default none.
    pub(super) network: Option<Network>,
    /// The role of the agent.
    pub(super) iam: Iam,
    /// The key that encrypts the data of the agent.
    pub(super) encryption: Encryption,
    /// Logs, metrics and traces.
    pub(super) observability: Observability,
    /// The data that is masked in the logs; by default none.
    pub(super) data_protection: Option<DataProtection>,
    /// What happens to the resources when the agent is destroyed.
    pub(super) removal_policy: RemovalPolicy,
}

/// Where an agent runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub(super) enum Runtime {
    /// An AWS Lambda function.
    #[default]
    Lambda,
    /// An `AgentCore` runtime.
    #[serde(rename = "agentcore")]
    AgentCore,
}

/// The model, the system prompt and the tools of an agent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct DefinitionSpec {
    /// The model of the agent.
    pub(super) model: Model,
    /// The system prompt: a file beside the manifest, or `s3://bucket/key`.
    pub(super) system_prompt: Option<FileReference>,
    /// The tools: files, folders (stored as zip archives) or `s3://bucket/key`.
    pub(super) tools: Vec<FileReference>,
    /// Permissions of the tools in AWS, in addition to those that follow from the manifest.
    pub(super) policy_statements: Vec<Statement>,
}

/// What happens to the resources of a destroyed agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub(super) enum RemovalPolicy {
    /// They are deleted.
    #[default]
    Destroy,
}
