//! The services: what each is called, which protocol it speaks, and its operations.

use std::fmt;

use http::StatusCode;

use crate::answer::Refusal;
use crate::protocol::Protocol;

pub(crate) mod agentcore;
pub(crate) mod iam;
pub(crate) mod kms;
pub(crate) mod lambda;
pub(crate) mod logs;
mod operation;
pub(crate) mod s3;
mod sts;
pub(crate) mod tagging;

pub(crate) use operation::{Operation, Run, read, write};

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

    pub(crate) fn api(self) -> &'static Api {
        match self {
            Self::AgentCore => &agentcore::API,
            Self::Iam => &iam::API,
            Self::Kms => &kms::API,
            Self::Lambda => &lambda::API,
            Self::Logs => &logs::API,
            Self::S3 => &s3::API,
            Self::Sts => &sts::API,
            Self::Tagging => &tagging::API,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How a service speaks: protocol, operations, and its words for the errors that every operation can meet.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) service: Service,
    pub(crate) protocol: Protocol,
    pub(crate) operations: &'static [Operation],
    /// Too many requests.
    pub(crate) throttled: Words,
    /// An internal error.
    pub(crate) failed: Words,
    /// A quota of the account is used up; for the operations that are marked as limited.
    pub(crate) limit: Option<Words>,
    /// No signature.
    pub(crate) unsigned: Words,
    /// Not authorized; the message is made by the frame.
    pub(crate) denied: (StatusCode, &'static str),
    /// The code, with status 400, of a violated constraint.
    pub(crate) invalid: &'static str,
}

impl Api {
    /// Makes the refusal of an operation for lack of a permission.
    pub(crate) fn denial(&self, operation: &Operation, caller: &str) -> Refusal {
        let action = operation.action(self.service);
        // IAM user guide, "Troubleshoot access denied error messages": implicit denial by identity-based policies.
        let message = format!(
            "User: {caller} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
        );
        Refusal::new(self.denied.0, self.denied.1, message)
    }
}

/// Status, code and message of an error that is always told alike.
#[derive(Debug)]
pub(crate) struct Words(
    pub(crate) StatusCode,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

impl Words {
    pub(crate) fn refusal(&self) -> Refusal {
        Refusal::new(self.0, self.1, self.2)
    }
}
