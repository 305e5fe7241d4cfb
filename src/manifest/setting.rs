//! Settings that an agent has on either side.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::number::RetentionDays;
use super::text::{
    DataIdentifier, KeyArn, LogGroupName, MetricNamespace, ModelId, PolicyArn, RoleArn,
    SecurityGroupId, ServiceName, SubnetId, ValueError,
};

/// The model of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Model {
    /// The Bedrock foundation model.
    pub id: ModelId,
    /// The geography of the inference profile that spreads calls over regions; by default none.
    pub cross_region: Option<CrossRegion>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            id: "anthropic.claude-sonnet-4-20250514-v1:0"
                .parse()
                .expect("it is a legal id"),
            cross_region: None,
        }
    }
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

/// The VPC of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Network {
    /// The subnets.
    #[schemars(length(min = 1, max = 16))]
    pub subnets: Vec<SubnetId>,
    /// The security groups; on Lambda five at most.
    #[schemars(length(min = 1, max = 16))]
    pub security_groups: Vec<SecurityGroupId>,
}

/// The role of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Iam {
    /// An existing role; by default agentctl creates one with the least permissions that the agent needs.
    pub role: Option<RoleArn>,
    /// The permissions boundary of the role that agentctl creates.
    pub permissions_boundary: Option<PolicyArn>,
}

/// The key that encrypts the data of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Encryption {
    /// `managed` (a key of the agent's own, rotated yearly), `aws` (the keys of the services) or the ARN of a key.
    pub key: KeyChoice,
}

/// Which key encrypts the data of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum KeyChoice {
    /// A key of the agent's own, with rotation.
    #[default]
    Managed,
    /// The keys that AWS owns.
    Aws,
    /// An existing key.
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

impl fmt::Display for KeyChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Managed => formatter.write_str("managed"),
            Self::Aws => formatter.write_str("aws"),
            Self::Existing(arn) => arn.fmt(formatter),
        }
    }
}

impl Serialize for KeyChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for KeyChoice {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "KeyChoice".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "enum": ["managed", "aws"] }, generator.subschema_for::<KeyArn>()],
        })
    }
}

/// Logs, metrics and traces of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Observability {
    /// Whether the agent writes metrics and traces.
    pub enabled: bool,
    /// How many days logs are kept.
    pub retention_days: RetentionDays,
    /// The namespace of the metrics.
    pub metric_namespace: MetricNamespace,
    /// The service name in metrics and traces; by default the name of the agent.
    pub(super) service_name: Option<ServiceName>,
    /// Whether agentctl sets the `OpenTelemetry` variables always or only where they are needed.
    pub otel_env: OtelEnv,
}

impl Default for Observability {
    fn default() -> Self {
        Self {
            enabled: false,
            retention_days: RetentionDays::WEEK,
            metric_namespace: "agentctl".parse().expect("it is a legal namespace"),
            service_name: None,
            otel_env: OtelEnv::Auto,
        }
    }
}

/// When agentctl sets the `OpenTelemetry` variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum OtelEnv {
    /// Only where the service does not set them itself.
    Auto,
    /// Always.
    Explicit,
}

/// The data that is masked in the logs of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DataProtection {
    /// The masked data, with the names of the data protection catalogue of `CloudWatch` Logs.
    #[schemars(length(min = 1))]
    pub identifiers: Vec<DataIdentifier>,
    /// Where findings are written; by default nowhere.
    pub audit: Option<Audit>,
}

/// Where findings of the data protection are written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Audit {
    /// An existing log group.
    pub log_group: LogGroupName,
}
