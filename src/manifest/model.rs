//! The manifest as it is written: one type per map.
//!
//! Keys are optional where a default may supply them, and where a missing one must not hide what else is wrong.

pub(super) mod agentcore;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use self::agentcore::AgentCoreSpec;
use super::number::{EphemeralStorageSize, MemorySize, RetentionDays, Timeout};
use super::statement::Statement;
use super::text::{
    AccountId, AgentName, AliasName, BucketName, DataIdentifier, EntryPointWord, EnvironmentName,
    EnvironmentValue, FileReference, Handler, ImageUri, KeyArn, LabelKey, LabelValue,
    LayerVersionArn, LogGroupName, MetricNamespace, ModelId, ObjectKey, ObjectVersion, PolicyArn,
    ProjectName, RegionName, RoleArn, SecurityGroupId, ServiceName, SubnetId, ValueError,
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
    /// What the document describes.
    pub(super) kind: ProjectKind,
    /// The name of the project.
    pub(super) metadata: ProjectMetadata,
    /// Where the project is deployed, and what its agents have in common.
    pub(super) spec: Option<ProjectSpec>,
}

/// The name of the project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProjectMetadata {
    /// The owner of everything that the manifests declare.
    pub(super) name: ProjectName,
}

/// Where the project is deployed, and what its agents have in common.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProjectSpec {
    /// The region to deploy to; by default the one of the AWS configuration.
    pub(super) region: Option<RegionName>,
    /// The account to deploy to; credentials of any other are refused.
    pub(super) account: Option<AccountId>,
    /// The regions that may be deployed to; by default any.
    pub(super) regions: Option<Vec<RegionName>>,
    /// Keys that every agent takes unless it gives its own: maps merge, lists and scalars replace.
    pub(super) defaults: Option<AgentSpec>,
}

/// An agent that answers one event at a time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BatchAgentDocument {
    /// The version of the manifest format.
    pub(super) api_version: ApiVersion,
    /// What the document describes.
    pub(super) kind: BatchAgentKind,
    /// The name and labels of the agent.
    #[schemars(required)]
    pub(super) metadata: Option<AgentMetadata>,
    /// What the agent is made of.
    pub(super) spec: Option<AgentSpec>,
}

/// The name and labels of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AgentMetadata {
    /// The name, unique in the project.
    #[schemars(required)]
    pub(super) name: Option<AgentName>,
    /// Labels, which become tags of all resources that can have tags.
    pub(super) labels: Option<BTreeMap<LabelKey, LabelValue>>,
}

/// What an agent is made of.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AgentSpec {
    /// Where the agent runs (default `lambda`).
    pub(super) runtime: Option<Runtime>,
    /// What the agent is asked to do with each event.
    #[schemars(length(min = 1))]
    pub(super) prompt: Option<String>,
    /// Whether the answer must be JSON (default false).
    pub(super) expect_json: Option<bool>,
    /// The model, the system prompt and the tools.
    pub(super) definition: Option<DefinitionSpec>,
    /// The code that runs the agent.
    pub(super) code: Option<CodeSpec>,
    /// Environment variables of the agent; values are text.
    pub(super) environment: Option<BTreeMap<EnvironmentName, EnvironmentValue>>,
    /// How Lambda runs the agent.
    pub(super) lambda: Option<LambdaSpec>,
    /// How `AgentCore` runs the agent.
    pub(super) agentcore: Option<AgentCoreSpec>,
    /// The VPC the agent is in; by default none.
    pub(super) network: Option<NetworkSpec>,
    /// The role of the agent.
    pub(super) iam: Option<IamSpec>,
    /// The key that encrypts what the agent keeps.
    pub(super) encryption: Option<EncryptionSpec>,
    /// Logs, metrics and traces.
    pub(super) observability: Option<ObservabilitySpec>,
    /// What is masked in the logs; by default nothing.
    pub(super) data_protection: Option<DataProtectionSpec>,
    /// What becomes of the resources when the agent is destroyed (default `destroy`).
    pub(super) removal_policy: Option<RemovalPolicy>,
}

/// Where an agent runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
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
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DefinitionSpec {
    /// The model that thinks.
    pub(super) model: Option<ModelSpec>,
    /// The system prompt: a file beside the manifest, or `s3://bucket/key`.
    pub(super) system_prompt: Option<FileReference>,
    /// The tools: files, folders (stored as zip archives) or `s3://bucket/key`.
    pub(super) tools: Option<Vec<FileReference>>,
    /// What the tools may do in AWS beyond what follows from the manifest.
    pub(super) policy_statements: Option<Vec<Statement>>,
}

/// The model that thinks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ModelSpec {
    /// The Bedrock foundation model (default `anthropic.claude-sonnet-4-20250514-v1:0`).
    pub(super) id: Option<ModelId>,
    /// The inference profile that spreads calls over regions; by default none.
    pub(super) cross_region: Option<CrossRegion>,
}

/// The geography of a cross-region inference profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum CrossRegion {
    /// Regions in the United States.
    Us,
    /// Regions in Europe.
    Eu,
    /// Regions in Asia and the Pacific.
    Apac,
    /// Regions in Japan.
    Jp,
    /// All commercial regions.
    Global,
}

impl CrossRegion {
    /// Returns the prefix of the inference profile's id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
            Self::Apac => "apac",
            Self::Jp => "jp",
            Self::Global => "global",
        }
    }
}

/// The code that runs an agent: a folder or an object in S3, never both; on `AgentCore` an image may take their place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CodeSpec {
    /// A folder, relative to this manifest.
    #[schemars(length(min = 1))]
    pub(super) path: Option<String>,
    /// A zip archive that somebody else keeps in S3.
    pub(super) s3: Option<S3Spec>,
    /// An image in ECR, by its digest; for `AgentCore` only.
    pub(super) image: Option<ImageUri>,
    /// The function that Lambda calls, `module.function`; needed on Lambda.
    pub(super) handler: Option<Handler>,
    /// What `AgentCore` starts: a file of the code, `[main.py]`, behind a command of the code if need be; needed on `AgentCore`.
    #[schemars(length(min = 1, max = 2))]
    pub(super) entry_point: Option<Vec<EntryPointWord>>,
    /// The language runtime (default `python3.13`).
    pub(super) runtime: Option<CodeRuntime>,
}

/// A zip archive in S3.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct S3Spec {
    /// The bucket, in the region of the agent.
    pub(super) bucket: Option<BucketName>,
    /// The key of the archive.
    pub(super) key: Option<ObjectKey>,
    /// The version of the object; by default the newest.
    pub(super) version_id: Option<ObjectVersion>,
}

/// The language runtime of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum CodeRuntime {
    /// Python 3.10.
    #[serde(rename = "python3.10")]
    Python310,
    /// Python 3.11.
    #[serde(rename = "python3.11")]
    Python311,
    /// Python 3.12.
    #[serde(rename = "python3.12")]
    Python312,
    /// Python 3.13.
    #[default]
    #[serde(rename = "python3.13")]
    Python313,
    /// Python 3.14.
    #[serde(rename = "python3.14")]
    Python314,
    /// Node.js 22, on `AgentCore` only.
    #[serde(rename = "node22")]
    Node22,
}

impl CodeRuntime {
    /// Returns Lambda's identifier of the runtime.
    pub fn on_lambda(self) -> &'static str {
        match self {
            Self::Python310 => "python3.10",
            Self::Python311 => "python3.11",
            Self::Python312 => "python3.12",
            Self::Python313 => "python3.13",
            Self::Python314 => "python3.14",
            Self::Node22 => "nodejs22.x",
        }
    }

    /// Returns `AgentCore`'s identifier of the runtime.
    pub fn on_agentcore(self) -> &'static str {
        match self {
            Self::Python310 => "PYTHON_3_10",
            Self::Python311 => "PYTHON_3_11",
            Self::Python312 => "PYTHON_3_12",
            Self::Python313 => "PYTHON_3_13",
            Self::Python314 => "PYTHON_3_14",
            Self::Node22 => "NODE_22",
        }
    }
}

/// How Lambda runs an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LambdaSpec {
    /// How long one run may take (default `10m`).
    pub(super) timeout: Option<Timeout>,
    /// The memory in megabytes (default 1024).
    pub(super) memory_size: Option<MemorySize>,
    /// The processor (default `arm64`).
    pub(super) architecture: Option<Architecture>,
    /// The size of `/tmp` in megabytes (default 512).
    pub(super) ephemeral_storage_size: Option<EphemeralStorageSize>,
    /// Layer versions, in the order in which they are laid over each other.
    #[schemars(length(max = 5))]
    pub(super) layers: Option<Vec<LayerVersionArn>>,
    /// The alias through which callers reach the agent (default `live`).
    pub(super) alias: Option<AliasName>,
}

/// The processor a function runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Architecture {
    /// AWS Graviton.
    #[default]
    #[serde(rename = "arm64")]
    Arm64,
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X8664,
}

impl Architecture {
    /// Returns Lambda's name of the architecture.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X8664 => "x86_64",
        }
    }
}

/// The VPC an agent is in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NetworkSpec {
    /// The subnets.
    #[schemars(length(min = 1, max = 16))]
    pub(super) subnets: Option<Vec<SubnetId>>,
    /// The security groups; on Lambda five at most.
    #[schemars(length(min = 1, max = 16))]
    pub(super) security_groups: Option<Vec<SecurityGroupId>>,
}

/// The role of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct IamSpec {
    /// A role that exists; by default one is made with the least that the agent needs.
    pub(super) role: Option<RoleArn>,
    /// The permissions boundary of the role that is made.
    pub(super) permissions_boundary: Option<PolicyArn>,
}

/// The key that encrypts what an agent keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EncryptionSpec {
    /// `managed` (a key of the agent's own, rotated yearly), `aws` (the keys of the services) or the ARN of a key; default `managed`.
    pub(super) key: Option<KeyChoice>,
}

/// Which key encrypts what an agent keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum KeyChoice {
    /// A key of the agent's own, with rotation.
    #[default]
    Managed,
    /// The keys that AWS owns.
    Aws,
    /// A key that exists.
    Existing(KeyArn),
}

impl TryFrom<String> for KeyChoice {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        match text.as_str() {
            "managed" => Ok(Self::Managed),
            "aws" => Ok(Self::Aws),
            arn if arn.starts_with("arn:") => Ok(Self::Existing(text.try_into()?)),
            _ => Err(ValueError::form(
                "`managed`, `aws` or the ARN of a KMS key",
                &text,
            )),
        }
    }
}

impl JsonSchema for KeyChoice {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KeyChoice".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{ "enum": ["managed", "aws"] }, generator.subschema_for::<KeyArn>()],
        })
    }
}

/// Logs, metrics and traces of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ObservabilitySpec {
    /// Whether metrics and traces are written (default false).
    pub(super) enabled: Option<bool>,
    /// For how many days logs are kept (default 7).
    pub(super) retention_days: Option<RetentionDays>,
    /// The namespace of the metrics (default `agentctl`).
    pub(super) metric_namespace: Option<MetricNamespace>,
    /// The name under which metrics and traces show the agent (default its name).
    pub(super) service_name: Option<ServiceName>,
    /// Whether the `OpenTelemetry` variables are set only where they are needed (default `auto`).
    pub(super) otel_env: Option<OtelEnv>,
}

/// When the `OpenTelemetry` variables are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum OtelEnv {
    /// Only where the service does not set them itself.
    #[default]
    Auto,
    /// Always.
    Explicit,
}

/// What is masked in the logs of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DataProtectionSpec {
    /// What is masked, by the names of the data protection catalogue of `CloudWatch` Logs.
    #[schemars(length(min = 1))]
    pub(super) identifiers: Option<Vec<DataIdentifier>>,
    /// Where findings are written; by default nowhere.
    pub(super) audit: Option<AuditSpec>,
}

/// Where findings of the data protection are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuditSpec {
    /// A log group that exists.
    pub(super) log_group: Option<LogGroupName>,
}

/// What becomes of the resources of a destroyed agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub(super) enum RemovalPolicy {
    /// They are deleted.
    #[default]
    Destroy,
}
