//! The services that the endpoint knows, by the names with which clients sign.

use std::fmt;

/// An AWS service that the endpoint knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Bedrock `AgentCore`, its control plane.
    AgentCore,
    /// Identity and Access Management.
    Iam,
    /// Key Management Service.
    Kms,
    /// Lambda.
    Lambda,
    /// `CloudWatch` Logs.
    Logs,
    /// Simple Storage Service.
    S3,
    /// Security Token Service.
    Sts,
    /// Resource Groups Tagging API.
    Tagging,
}

impl Service {
    /// Every service, in the order of their names.
    pub const ALL: [Self; 8] = [
        Self::AgentCore,
        Self::Iam,
        Self::Kms,
        Self::Lambda,
        Self::Logs,
        Self::S3,
        Self::Sts,
        Self::Tagging,
    ];

    /// Gives the name with which clients sign requests to it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AgentCore => "bedrock-agentcore",
            Self::Iam => "iam",
            Self::Kms => "kms",
            Self::Lambda => "lambda",
            Self::Logs => "logs",
            Self::S3 => "s3",
            Self::Sts => "sts",
            Self::Tagging => "tagging",
        }
    }

    /// Finds a service by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
