//! Texts with a form: names, ARNs and ids are parsed once here and trusted afterwards.
//!
//! One pattern serves both the check and the JSON Schema, so the two cannot disagree.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::variable::is_variable_name;

/// Why a value was refused, as the end of a sentence that starts with the name of its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(pub(super) String);

impl ValueError {
    pub(super) fn form(rule: &str, text: &str) -> Self {
        Self(format!("must be {rule}, not `{}`", shortened(text)))
    }
}

/// Cuts a text to what fits into a message: a whole prompt in the wrong place would drown the rest.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 80;
    let shown = without_value(text);
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]).into(),
        None => shown,
    }
}

/// Leaves of `NAME=value` the name only: it was meant for `environment`, and the value may be a secret.
pub(super) fn without_value(text: &str) -> Cow<'_, str> {
    match text.split_once('=') {
        Some((name, _)) if is_variable_name(name) => format!("{name}=…").into(),
        _ => text.into(),
    }
}

type Check = fn(&str) -> Result<(), ValueError>;

/// Defines a text newtype: its documentation, its rule in words, its pattern and, after it, a further check.
macro_rules! text_form {
    ($(#[doc = $doc:literal])+ $visibility:vis $name:ident, $rule:literal, $pattern:literal $(, $check:expr)?) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        $visibility struct $name(String);

        impl TryFrom<String> for $name {
            type Error = ValueError;

            fn try_from(text: String) -> Result<Self, ValueError> {
                static FORM: LazyLock<Regex> =
                    LazyLock::new(|| Regex::new($pattern).expect("the pattern is a literal"));
                if !FORM.is_match(&text) {
                    return Err(ValueError::form($rule, &text));
                }
                $(
                    let check: Check = $check;
                    check(&text)?;
                )?
                Ok(Self(text))
            }
        }

        impl FromStr for $name {
            type Err = ValueError;

            fn from_str(text: &str) -> Result<Self, ValueError> {
                Self::try_from(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": concat!($($doc),+).trim(),
                    "pattern": $pattern,
                })
            }
        }
    };
}

/// Defines a text newtype that other modules read.
macro_rules! text_type {
    ($(#[doc = $doc:literal])+ $name:ident, $($form:tt)+) => {
        text_form! { $(#[doc = $doc])+ pub $name, $($form)+ }

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

// Below the macros, which it uses.
mod agentcore;

pub use agentcore::{
    CapacityProviderArn, ClaimName, ClaimValue, DiscoveryUrl, EfsAccessPointArn, EndpointName,
    EntryPointWord, HeaderName, ImageUri, MountPath, PlatformVersion, S3FilesAccessPointArn,
    ServerPath, TokenScope, VolumeName,
};

text_type! {
    /// The name of an agent, the base of the names of all its resources.
    AgentName,
    "lower-case letters, digits and hyphens, a letter first, 40 characters at most",
    r"^[a-z][a-z0-9-]{0,39}$"
}

text_type! {
    /// The name of a project, which owns everything that its manifests declare.
    ProjectName,
    "lower-case letters, digits and hyphens, a letter first, 32 characters at most",
    r"^[a-z][a-z0-9-]{0,31}$"
}

text_type! {
    /// An AWS region such as `us-east-1`.
    RegionName,
    "an AWS region such as `us-east-1`",
    r"^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$"
}

text_type! {
    /// An AWS account: twelve digits, in quotes.
    AccountId,
    "the twelve digits of an AWS account",
    r"^[0-9]{12}$"
}

text_type! {
    /// A Bedrock foundation model, without the prefix of a cross-region profile.
    ModelId,
    "a Bedrock model id such as `anthropic.claude-sonnet-4-20250514-v1:0`",
    r"^[a-z0-9-]{1,63}\.[a-z0-9][a-z0-9.:-]{0,126}$",
    refuse_profile_prefix
}

// Bedrock user guide, "Supported Regions and models for inference profiles".
const PROFILE_PREFIXES: [&str; 5] = ["us", "eu", "apac", "jp", "global"];

fn refuse_profile_prefix(text: &str) -> Result<(), ValueError> {
    match text.split_once('.') {
        Some((prefix, model)) if PROFILE_PREFIXES.contains(&prefix) => Err(ValueError(format!(
            "must be the model alone: write `id: {model}` and `crossRegion: {prefix}`"
        ))),
        _ => Ok(()),
    }
}

text_type! {
    /// The function that Lambda calls: `module.function`.
    Handler,
    "`module.function`, without spaces, 128 characters at most",
    r"^[A-Za-z0-9_./-]{1,64}\.[A-Za-z0-9_]{1,63}$"
}

text_type! {
    /// The name of a Lambda alias.
    AliasName,
    "letters, digits, `_` and `-`, not digits alone, 128 characters at most",
    r"^[0-9]{0,63}[A-Za-z_-][A-Za-z0-9_-]{0,64}$"
}

text_type! {
    /// The ARN of an IAM role.
    RoleArn,
    "the ARN of an IAM role, `arn:aws:iam::111122223333:role/name`",
    r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$"
}

text_type! {
    /// The ARN of an IAM managed policy.
    PolicyArn,
    "the ARN of an IAM policy, `arn:aws:iam::111122223333:policy/name`",
    r"^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+$"
}

text_type! {
    /// The ARN of a KMS key (not of an alias).
    KeyArn,
    "the ARN of a KMS key, `arn:aws:kms:us-east-1:111122223333:key/id`",
    r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"
}

text_type! {
    /// The ARN of one version of a Lambda layer.
    LayerVersionArn,
    "the ARN of a layer version, `arn:aws:lambda:us-east-1:111122223333:layer:name:1`",
    r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[A-Za-z0-9_-]+:[0-9]+$"
}

text_type! {
    /// The id of a VPC subnet.
    SubnetId,
    "a subnet id such as `subnet-0a1b2c3d`",
    r"^subnet-[0-9a-zA-Z]{8,17}$"
}

text_type! {
    /// The id of a VPC security group.
    SecurityGroupId,
    "a security group id such as `sg-0a1b2c3d`",
    r"^sg-[0-9a-zA-Z]{8,17}$"
}

text_type! {
    /// What `CloudWatch` Logs masks, by its name in the data protection catalogue.
    DataIdentifier,
    "a data identifier such as `EmailAddress` or `Ssn-US`",
    r"^[A-Z][A-Za-z0-9]{1,63}(-[A-Z]{2})?$"
}

text_type! {
    /// The name of a `CloudWatch` log group.
    LogGroupName,
    "a log group name: letters, digits and `.-_/#`, 512 characters at most",
    r"^[A-Za-z0-9._/#-]{1,512}$",
    |text| {
        // CloudWatch Logs API, CreateLogGroup: "Log group names can't start with the string `aws/`".
        if text.starts_with("aws/") {
            return Err(ValueError::form("a name that does not start with `aws/`", text));
        }
        Ok(())
    }
}

text_type! {
    /// A `CloudWatch` namespace for the agent's own metrics.
    MetricNamespace,
    "letters, digits, spaces and `._/#-`, 255 characters at most",
    r"^[A-Za-z0-9._/#-]([A-Za-z0-9._/# -]{0,253}[A-Za-z0-9._/#-])?$",
    |text| {
        // CloudWatch API, PutMetricData: namespaces that begin with `AWS/` belong to the services.
        if text.starts_with("AWS/") {
            return Err(ValueError::form("a namespace that does not start with `AWS/`", text));
        }
        Ok(())
    }
}

text_type! {
    /// The name under which traces and metrics show the agent.
    ServiceName,
    "letters, digits and `._-`, 128 characters at most",
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
}

text_type! {
    /// The name of an S3 bucket.
    BucketName,
    "a bucket name: lower-case letters, digits, `.` and `-`, 3 to 63 characters",
    r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
}

text_type! {
    /// The key of an S3 object.
    ObjectKey,
    "an object key of 1 to 1024 bytes",
    r"^.+$",
    |text| {
        // S3 user guide, "Naming Amazon S3 objects": 1,024 bytes of UTF-8.
        if text.len() > 1024 {
            return Err(ValueError::form("an object key of 1 to 1024 bytes", text));
        }
        Ok(())
    }
}

text_type! {
    /// The version of an S3 object.
    ObjectVersion,
    "the version id of an S3 object, 3 to 1024 characters",
    r"^[!-~]{3,1024}$"
}

text_type! {
    /// The key of a label, which becomes a tag.
    LabelKey,
    "letters, digits, spaces and `_.:/=+-@`, 128 characters at most",
    r"^[A-Za-z0-9 _.:/=+@-]{1,128}$",
    |text| {
        // AWS General Reference, "Tagging AWS resources": `aws:` in any case belongs to the services.
        let lower = text.to_ascii_lowercase();
        match ["aws:", "agentctl:"].into_iter().find(|prefix| lower.starts_with(prefix)) {
            Some(prefix) => Err(ValueError(format!("must not start with `{prefix}`, which is reserved"))),
            None => Ok(()),
        }
    }
}

text_type! {
    /// The value of a label.
    LabelValue,
    "letters, digits, spaces and `_.:/=+-@`, 256 characters at most",
    r"^[A-Za-z0-9 _.:/=+@-]{0,256}$"
}

text_type! {
    /// The name of an environment variable of the agent.
    EnvironmentName,
    "a variable name: a letter, then letters, digits and `_`, at least two characters",
    r"^[a-zA-Z][a-zA-Z0-9_]+$",
    |text| {
        if RESERVED_BY_LAMBDA.contains(&text) {
            return Err(ValueError("is set by Lambda itself and cannot be given".to_owned()));
        }
        Ok(())
    }
}

// Lambda developer guide, "Defined runtime environment variables", reserved ones. Those that start with `_`
// (`_HANDLER`, `_X_AMZN_TRACE_ID`) are refused by the form of names.
const RESERVED_BY_LAMBDA: [&str; 19] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

text_form! {
    /// The label of a policy statement.
    pub(super) StatementId,
    "letters and digits",
    r"^[A-Za-z0-9]{1,128}$"
}

text_form! {
    /// An IAM action or a pattern of actions.
    pub(super) ActionPattern,
    "an action such as `s3:GetObject`, or `*`",
    r"^(\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+)$"
}

text_form! {
    /// The ARN of a resource, a pattern of ARNs, or `*`.
    pub(super) ResourcePattern,
    "an ARN, a pattern of ARNs, or `*`",
    r"^(\*|arn:[^\n]+)$"
}

/// The value of an environment variable.
///
/// It may be a secret, so it shows in no debug output.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct EnvironmentValue(String);

impl EnvironmentValue {
    /// Returns the value itself, for the request that sets it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EnvironmentValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(sensitive)")
    }
}

/// A file named by an agent: a path relative to the manifest, or an object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum FileReference {
    /// A path as it was written.
    Path(String),
    /// An object that somebody else keeps.
    S3(S3Location),
}

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct S3Location {
    /// The bucket.
    pub bucket: BucketName,
    /// The key in the bucket.
    pub key: ObjectKey,
}

impl TryFrom<String> for FileReference {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        const RULE: &str = "a path, or `s3://bucket/key`";
        if let Some(location) = text.strip_prefix("s3://") {
            let Some((bucket, key)) = location.split_once('/') else {
                return Err(ValueError::form(RULE, &text));
            };
            return Ok(Self::S3(S3Location {
                bucket: bucket.parse()?,
                key: key.parse()?,
            }));
        }
        // Any other scheme is a slip rather than the name of a file.
        if text.is_empty() || text.contains("://") {
            return Err(ValueError::form(RULE, &text));
        }
        Ok(Self::Path(text))
    }
}

impl JsonSchema for FileReference {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FileReference".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "description": "A path relative to this manifest, or `s3://bucket/key`.",
        })
    }
}
