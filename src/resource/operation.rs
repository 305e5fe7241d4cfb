//! The operations of AWS that agentctl calls: one constant each, with all facts about it.
//!
//! The guard of the clients, their rates, the names in the journal and in faults, advice about permissions and the tests of the guide's
//! policies all use this table. An operation that is missing from it cannot be called.
//!
//! The Service Authorization Reference names the action of an operation, and S3 user guide, "Required permissions for Amazon S3 API
//! operations", those of S3. Rates are published per account and region; each service's module names the page.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    AgentCore,
    Iam,
    Kms,
    Lambda,
    Logs,
    S3,
    Sts,
    Tagging,
}

impl Service {
    /// Returns the service's name before an operation in messages, which is also its code in Service Quotas.
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

    /// Returns the service's name in sentences.
    pub const fn title(self) -> &'static str {
        match self {
            Self::AgentCore => "AgentCore",
            Self::Iam => "IAM",
            Self::Kms => "KMS",
            Self::Lambda => "Lambda",
            Self::Logs => "CloudWatch Logs",
            Self::S3 => "S3",
            Self::Sts => "STS",
            Self::Tagging => "Resource Groups Tagging",
        }
    }

    /// Returns the service id in the API's model, which is the SDK's name for the service.
    pub const fn sdk_id(self) -> &'static str {
        match self {
            Self::AgentCore => "Bedrock AgentCore Control",
            Self::Iam => "IAM",
            Self::Kms => "KMS",
            Self::Lambda => "Lambda",
            Self::Logs => "CloudWatch Logs",
            Self::S3 => "S3",
            Self::Sts => "STS",
            Self::Tagging => "Resource Groups Tagging API",
        }
    }

    /// Returns the prefix of the service's IAM actions.
    const fn action_prefix(self) -> &'static str {
        match self {
            Self::Tagging => "tag",
            other => other.name(),
        }
    }
}

/// What an operation does, and what clients can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Read,
    Write,
}

/// How many calls a second AWS accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub per_second: u32,
    /// The group of operations that share the rate; `None` when it limits the operation alone.
    pub group: Option<&'static str>,
}

impl Rate {
    const fn of_group(group: &'static str, per_second: u32) -> Self {
        Self {
            per_second,
            group: Some(group),
        }
    }
}

/// The IAM action that an operation requires.
#[derive(Debug, PartialEq, Eq)]
enum Action {
    /// The action with the operation's name.
    SameName,
    Other(&'static str),
    /// No action: every caller can make the call.
    None,
}

#[derive(Debug, PartialEq, Eq)]
struct Facts {
    service: Service,
    name: &'static str,
    access: Access,
    rate: Option<Rate>,
    action: Action,
    dependent_actions: &'static [&'static str],
}

impl Facts {
    const fn read(service: Service, name: &'static str) -> Self {
        Self::new(service, name, Access::Read)
    }

    const fn write(service: Service, name: &'static str) -> Self {
        Self::new(service, name, Access::Write)
    }

    const fn new(service: Service, name: &'static str, access: Access) -> Self {
        Self {
            service,
            name,
            access,
            rate: None,
            action: Action::SameName,
            dependent_actions: &[],
        }
    }

    /// Limits the operation alone.
    const fn per_second(self, per_second: u32) -> Self {
        self.rate(Some(Rate {
            per_second,
            group: None,
        }))
    }

    const fn rate(self, rate: Option<Rate>) -> Self {
        Self { rate, ..self }
    }

    const fn action(self, action: Action) -> Self {
        Self { action, ..self }
    }

    /// Adds the actions that AWS also checks for some of the requests.
    const fn also(self, dependent_actions: &'static [&'static str]) -> Self {
        Self {
            dependent_actions,
            ..self
        }
    }
}

/// An operation of a service. Only the constants of this module exist.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    facts: &'static Facts,
}

impl Operation {
    /// Returns all operations.
    pub fn all() -> impl Iterator<Item = Self> {
        let services = [
            agentcore::ALL,
            iam::ALL,
            kms::ALL,
            lambda::ALL,
            logs::ALL,
            s3::ALL,
            sts::ALL,
            tagging::ALL,
        ];
        services.into_iter().flatten().copied()
    }

    pub const fn service(self) -> Service {
        self.facts.service
    }

    /// Returns the name in the service's API, for example `CreateFunction`.
    pub const fn name(self) -> &'static str {
        self.facts.name
    }

    pub const fn access(self) -> Access {
        self.facts.access
    }

    /// Returns the published rate, if there is one.
    pub const fn rate(self) -> Option<Rate> {
        self.facts.rate
    }

    /// Returns the IAM action of the operation; `None` if it needs none.
    pub fn action(self) -> Option<Cow<'static, str>> {
        match self.facts.action {
            Action::SameName => {
                let prefix = self.service().action_prefix();
                Some(Cow::Owned(format!("{prefix}:{}", self.name())))
            }
            Action::Other(action) => Some(Cow::Borrowed(action)),
            Action::None => None,
        }
    }

    /// Returns the IAM actions that AWS also checks for some of the requests.
    pub const fn dependent_actions(self) -> &'static [&'static str] {
        self.facts.dependent_actions
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service().name(), self.name())
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Creates the constants of a service, and the list of them. `$rate` limits the operations without a rate of their own.
macro_rules! operations {
    ($service:ident, $rate:expr; $($name:ident = $access:ident $operation:literal $(.$method:ident($($argument:tt)*))*;)+) => {
        $(pub const $name: Operation = Operation {
            facts: &Facts::$access(Service::$service, $operation).rate($rate)$(.$method($($argument)*))*,
        };)+

        pub(super) const ALL: &[Operation] = &[$($name),+];
    };
}

/// Bedrock `AgentCore`, its control API.
///
/// Rates: `AgentCore` developer guide, "Quotas". Older editions have a tenth of them; these are the lower figures.
pub mod agentcore {
    use super::{Facts, Operation, Rate, Service};

    const GET: Option<Rate> = Some(Rate::of_group("get", 20));
    const LIST: Option<Rate> = Some(Rate::of_group("list", 5));
    const MUTATE: Option<Rate> = Some(Rate::of_group("mutate", 5));

    /// `AgentCore` creates a role of its own for the first runtime of an account, and for the first one in a VPC.
    const LINK_ROLE: &str = "iam:CreateServiceLinkedRole";

    operations! { AgentCore, None;
        CREATE_AGENT_RUNTIME = write "CreateAgentRuntime".rate(MUTATE).also(&[super::PASS_ROLE, LINK_ROLE, "bedrock-agentcore:TagResource"]);
        CREATE_AGENT_RUNTIME_ENDPOINT = write "CreateAgentRuntimeEndpoint".rate(MUTATE);
        DELETE_AGENT_RUNTIME = write "DeleteAgentRuntime".rate(MUTATE);
        DELETE_AGENT_RUNTIME_ENDPOINT = write "DeleteAgentRuntimeEndpoint".rate(MUTATE);
        GET_AGENT_RUNTIME = read "GetAgentRuntime".rate(GET);
        GET_AGENT_RUNTIME_ENDPOINT = read "GetAgentRuntimeEndpoint".rate(GET);
        LIST_AGENT_RUNTIMES = read "ListAgentRuntimes".rate(LIST);
        LIST_AGENT_RUNTIME_ENDPOINTS = read "ListAgentRuntimeEndpoints".rate(LIST);
        LIST_AGENT_RUNTIME_VERSIONS = read "ListAgentRuntimeVersions".rate(LIST);
        LIST_TAGS_FOR_RESOURCE = read "ListTagsForResource";
        TAG_RESOURCE = write "TagResource";
        UNTAG_RESOURCE = write "UntagResource";
        UPDATE_AGENT_RUNTIME = write "UpdateAgentRuntime".rate(MUTATE).also(&[super::PASS_ROLE, LINK_ROLE]);
        UPDATE_AGENT_RUNTIME_ENDPOINT = write "UpdateAgentRuntimeEndpoint".rate(MUTATE);
    }
}

/// Identity and Access Management. It publishes no rates; 20 a second is a guess.
pub mod iam {
    use super::{Facts, Operation, Rate, Service};

    operations! { Iam, Some(Rate::of_group("all", 20));
        ATTACH_ROLE_POLICY = write "AttachRolePolicy";
        CREATE_ROLE = write "CreateRole".also(&["iam:TagRole"]);
        DELETE_ROLE = write "DeleteRole";
        DELETE_ROLE_PERMISSIONS_BOUNDARY = write "DeleteRolePermissionsBoundary";
        DELETE_ROLE_POLICY = write "DeleteRolePolicy";
        DETACH_ROLE_POLICY = write "DetachRolePolicy";
        GET_ACCOUNT_AUTHORIZATION_DETAILS = read "GetAccountAuthorizationDetails";
        GET_ROLE = read "GetRole";
        GET_ROLE_POLICY = read "GetRolePolicy";
        LIST_ATTACHED_ROLE_POLICIES = read "ListAttachedRolePolicies";
        LIST_ROLES = read "ListRoles";
        LIST_ROLE_POLICIES = read "ListRolePolicies";
        PUT_ROLE_PERMISSIONS_BOUNDARY = write "PutRolePermissionsBoundary";
        PUT_ROLE_POLICY = write "PutRolePolicy";
        TAG_ROLE = write "TagRole";
        UNTAG_ROLE = write "UntagRole";
        UPDATE_ASSUME_ROLE_POLICY = write "UpdateAssumeRolePolicy";
        UPDATE_ROLE = write "UpdateRole";
    }
}

/// Key Management Service. Rates: KMS developer guide, "Request quotas".
pub mod kms {
    use super::{Facts, Operation, Service};

    operations! { Kms, None;
        CANCEL_KEY_DELETION = write "CancelKeyDeletion";
        CREATE_ALIAS = write "CreateAlias".per_second(5);
        CREATE_KEY = write "CreateKey".per_second(5).also(&["kms:TagResource"]);
        DESCRIBE_KEY = read "DescribeKey";
        DISABLE_KEY = write "DisableKey";
        DISABLE_KEY_ROTATION = write "DisableKeyRotation";
        ENABLE_KEY = write "EnableKey";
        ENABLE_KEY_ROTATION = write "EnableKeyRotation".per_second(15);
        GET_KEY_POLICY = read "GetKeyPolicy";
        GET_KEY_ROTATION_STATUS = read "GetKeyRotationStatus";
        LIST_ALIASES = read "ListAliases";
        LIST_KEYS = read "ListKeys";
        LIST_RESOURCE_TAGS = read "ListResourceTags";
        PUT_KEY_POLICY = write "PutKeyPolicy".per_second(15);
        SCHEDULE_KEY_DELETION = write "ScheduleKeyDeletion".per_second(15);
        TAG_RESOURCE = write "TagResource";
        UNTAG_RESOURCE = write "UntagResource";
        UPDATE_KEY_DESCRIPTION = write "UpdateKeyDescription";
    }
}

/// Lambda. Rates: Lambda developer guide, "Lambda quotas" (control plane requests together, `GetFunction` apart).
pub mod lambda {
    use super::{Facts, Operation, Rate, Service};

    const CREATE: &[&str] = &[
        super::PASS_ROLE,
        "ec2:DescribeSecurityGroups", // for functions in a VPC
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "kms:CreateGrant", // for an environment under a customer managed key
        "kms:Encrypt",
        "lambda:GetLayerVersion",
        "lambda:TagResource",
    ];
    /// The same without tags, which only a new function takes.
    const CONFIGURE: &[&str] = CREATE.split_at(CREATE.len() - 1).0;

    operations! { Lambda, Some(Rate::of_group("control plane", 15));
        CREATE_ALIAS = write "CreateAlias";
        CREATE_FUNCTION = write "CreateFunction".also(CREATE);
        DELETE_ALIAS = write "DeleteAlias";
        DELETE_FUNCTION = write "DeleteFunction";
        GET_FUNCTION = read "GetFunction".per_second(100).also(&[super::DECRYPT]);
        LIST_ALIASES = read "ListAliases";
        LIST_FUNCTIONS = read "ListFunctions";
        LIST_TAGS = read "ListTags";
        LIST_VERSIONS_BY_FUNCTION = read "ListVersionsByFunction";
        PUBLISH_VERSION = write "PublishVersion";
        TAG_RESOURCE = write "TagResource";
        UNTAG_RESOURCE = write "UntagResource";
        UPDATE_ALIAS = write "UpdateAlias";
        UPDATE_FUNCTION_CODE = write "UpdateFunctionCode";
        UPDATE_FUNCTION_CONFIGURATION = write "UpdateFunctionConfiguration".also(CONFIGURE);
    }
}

/// CloudWatch Logs. Rates: CloudWatch Logs user guide, "CloudWatch Logs quotas".
pub mod logs {
    use super::{Facts, Operation, Rate, Service};

    const TAG: Option<Rate> = Some(Rate::of_group("tag", 5));

    /// For findings that are delivered to another group.
    const DELIVER: &[&str] = &[
        "logs:CreateLogDelivery",
        "logs:DescribeResourcePolicies",
        "logs:PutResourcePolicy",
    ];

    operations! { Logs, None;
        ASSOCIATE_KMS_KEY = write "AssociateKmsKey";
        CREATE_LOG_GROUP = write "CreateLogGroup".per_second(10).also(&["logs:TagResource"]);
        DELETE_DATA_PROTECTION_POLICY = write "DeleteDataProtectionPolicy".per_second(5);
        DELETE_LOG_GROUP = write "DeleteLogGroup".per_second(10);
        DELETE_RETENTION_POLICY = write "DeleteRetentionPolicy";
        DESCRIBE_LOG_GROUPS = read "DescribeLogGroups".per_second(10);
        DISASSOCIATE_KMS_KEY = write "DisassociateKmsKey";
        GET_DATA_PROTECTION_POLICY = read "GetDataProtectionPolicy".per_second(5);
        LIST_TAGS_FOR_RESOURCE = read "ListTagsForResource".per_second(5);
        PUT_DATA_PROTECTION_POLICY = write "PutDataProtectionPolicy".per_second(5).also(DELIVER);
        PUT_LOG_GROUP_DELETION_PROTECTION = write "PutLogGroupDeletionProtection";
        PUT_RETENTION_POLICY = write "PutRetentionPolicy".per_second(5);
        TAG_RESOURCE = write "TagResource".rate(TAG);
        UNTAG_RESOURCE = write "UntagResource".rate(TAG);
    }
}

/// Simple Storage Service. Its rates are far above agentctl's needs.
pub mod s3 {
    use super::{Action, Facts, Operation, Service};

    operations! { S3, None;
        CREATE_BUCKET = write "CreateBucket".also(&["s3:TagResource"]);
        DELETE_BUCKET = write "DeleteBucket";
        DELETE_BUCKET_POLICY = write "DeleteBucketPolicy";
        // Every request of agentctl names the versions; without them, the action would be `s3:DeleteObject`.
        DELETE_OBJECTS = write "DeleteObjects".action(Action::Other("s3:DeleteObjectVersion"));
        GET_BUCKET_ENCRYPTION = read "GetBucketEncryption".action(Action::Other("s3:GetEncryptionConfiguration"));
        GET_BUCKET_POLICY = read "GetBucketPolicy";
        GET_BUCKET_TAGGING = read "GetBucketTagging";
        GET_BUCKET_VERSIONING = read "GetBucketVersioning";
        GET_OBJECT = read "GetObject";
        GET_PUBLIC_ACCESS_BLOCK = read "GetPublicAccessBlock".action(Action::Other("s3:GetBucketPublicAccessBlock"));
        HEAD_BUCKET = read "HeadBucket".action(Action::Other("s3:ListBucket"));
        // The checksum of an object is encrypted with the object.
        HEAD_OBJECT = read "HeadObject".action(Action::Other("s3:GetObject")).also(&[super::DECRYPT]);
        LIST_OBJECT_VERSIONS = read "ListObjectVersions".action(Action::Other("s3:ListBucketVersions"));
        PUT_BUCKET_ENCRYPTION = write "PutBucketEncryption".action(Action::Other("s3:PutEncryptionConfiguration"));
        PUT_BUCKET_POLICY = write "PutBucketPolicy";
        PUT_BUCKET_VERSIONING = write "PutBucketVersioning";
        PUT_OBJECT = write "PutObject".also(&["kms:GenerateDataKey"]);
        PUT_PUBLIC_ACCESS_BLOCK = write "PutPublicAccessBlock".action(Action::Other("s3:PutBucketPublicAccessBlock"));
    }
}

/// Security Token Service.
pub mod sts {
    use super::{Action, Facts, Operation, Service};

    operations! { Sts, None;
        // IAM user guide: every caller can read its own identity.
        GET_CALLER_IDENTITY = read "GetCallerIdentity".action(Action::None);
    }
}

/// Resource Groups Tagging API.
pub mod tagging {
    use super::{Facts, Operation, Service};

    operations! { Tagging, None;
        GET_RESOURCES = read "GetResources";
    }
}

/// For the role of a function or a runtime.
const PASS_ROLE: &str = "iam:PassRole";

/// For what is encrypted with a customer managed key.
const DECRYPT: &str = "kms:Decrypt";

#[cfg(test)]
mod tests;
