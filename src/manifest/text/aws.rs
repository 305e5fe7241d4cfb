//! Names, ids and ARNs of AWS.

use super::form::{ValueError, text_type};

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
