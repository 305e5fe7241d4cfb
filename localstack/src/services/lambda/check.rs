//! The constraints of the service model on settings: lengths, ranges, patterns, closed lists. All violations are told at once.

use std::ops::RangeInclusive;

use super::arn::{is_account, is_name_character, is_partition, is_region};
use super::shape::{
    Environment, FileSystemConfig, ImageConfig, LoggingConfig, Settings, VpcConfig,
};
use crate::answer::Refusal;
use crate::call::Call;
use crate::validate::{Checks, Pattern};

const ROLE: Pattern = Pattern {
    text: r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
    matches: |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, rest] = parts.as_slice() else {
            return false;
        };
        is_partition(partition)
            && is_account(account)
            && rest.strip_prefix("role").is_some_and(|name| {
                !name.is_empty()
                    && name.chars().all(|character| {
                        character.is_ascii_alphanumeric() || "_+=,.@-/".contains(character)
                    })
            })
    },
};

const HANDLER: Pattern = Pattern {
    text: r"[^\s]+",
    matches: |text| !text.is_empty() && !text.contains(char::is_whitespace),
};

/// Also that of dead letter targets.
const KEY_ARN: Pattern = Pattern {
    text: r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()",
    matches: |text| {
        let parts: Vec<&str> = text.splitn(4, ':').collect();
        match parts.as_slice() {
            [""] => true,
            ["arn", partition, service, _] => {
                is_partition(partition)
                    && !service.is_empty()
                    && service.chars().all(|character| {
                        character.is_ascii_lowercase()
                            || character.is_ascii_digit()
                            || "-.".contains(character)
                    })
            }
            _ => false,
        }
    },
};

const LAYER_VERSION: Pattern = Pattern {
    text: r"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))",
    matches: |text| LayerVersion::parse(text).is_some(),
};

const ENVIRONMENT_NAME: &str = "[a-zA-Z]([a-zA-Z0-9_])+";

const SUBNET: Pattern = Pattern {
    text: "subnet-[0-9a-z]*",
    matches: |text| {
        text.strip_prefix("subnet-").is_some_and(|id| {
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
    },
};

const SECURITY_GROUP: Pattern = Pattern {
    text: "sg-[0-9a-zA-Z]*",
    matches: |text| {
        text.strip_prefix("sg-")
            .is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    },
};

const LOG_GROUP: Pattern = Pattern {
    text: r"[\.\-_/#A-Za-z0-9]+",
    matches: |text| {
        !text.is_empty()
            && text
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || ".-_/#".contains(character))
    },
};

/// The part of the model's pattern for EFS access points; S3 file systems are not built.
const ACCESS_POINT: Pattern = Pattern {
    text: r"arn:aws[a-zA-Z-]*:elasticfilesystem:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}",
    matches: |text| {
        let parts: Vec<&str> = text.split(':').collect();
        let [
            "arn",
            partition,
            "elasticfilesystem",
            region,
            account,
            resource,
        ] = parts.as_slice()
        else {
            return false;
        };
        partition.starts_with("aws")
            && is_partition(partition)
            && is_region(region)
            && is_account(account)
            && resource
                .strip_prefix("access-point/fsap-")
                .is_some_and(|id| {
                    id.len() == 17
                        && id
                            .bytes()
                            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
                })
    },
};

const MOUNT_PATH: Pattern = Pattern {
    text: r"/mnt/[a-zA-Z0-9-_.]+",
    matches: |text| {
        text.strip_prefix("/mnt/").is_some_and(|name| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|character| is_name_character(character) || character == '.')
        })
    },
};

/// A version of a layer, as its ARN names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LayerVersion<'a> {
    /// Absent for AWS's own `awslayer` form.
    pub(super) region: Option<&'a str>,
    /// The ARN without the version.
    pub(super) layer: &'a str,
}

impl<'a> LayerVersion<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let is_name = |name: &str| !name.is_empty() && name.chars().all(is_name_character);
        match parts.as_slice() {
            [
                "arn",
                partition,
                "lambda",
                region,
                account,
                "layer",
                name,
                version,
            ] => {
                let fits = is_partition(partition)
                    && is_region(region)
                    && is_account(account)
                    && is_name(name)
                    && !version.is_empty()
                    && version.bytes().all(|byte| byte.is_ascii_digit());
                let (layer, _) = text.rsplit_once(':')?;
                fits.then_some(Self {
                    region: Some(region),
                    layer,
                })
            }
            ["arn", _, "lambda", "", "", "awslayer", name] => is_name(name).then_some(Self {
                region: None,
                layer: text,
            }),
            _ => None,
        }
    }
}

/// Checks the role's form.
pub(super) fn role(checks: &mut Checks, role: &str) {
    checks
        .length("role", role, &(0..=10_000))
        .pattern("role", role, ROLE);
}

/// Checks `Architectures`.
pub(super) fn architectures(checks: &mut Checks, architectures: &[String]) {
    let listed = list(architectures);
    if architectures.len() != 1 {
        let bound = if architectures.is_empty() {
            "greater than or equal to 1"
        } else {
            "less than or equal to 1"
        };
        checks.violate(
            "architectures",
            &listed,
            format_args!("Member must have length {bound}"),
        );
    }
    if !architectures
        .iter()
        .all(|name| ["x86_64", "arm64"].contains(&name.as_str()))
    {
        // Recorded.
        checks.violate(
            "architectures",
            &listed,
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
        );
    }
}

/// Checks an ARN of a KMS key by the model, under the name of its member.
pub(super) fn key_arn(checks: &mut Checks, member: &str, arn: &str) {
    checks
        .length(member, arn, &(0..=10_000))
        .pattern(member, arn, KEY_ARN);
}

/// Checks everything that the model says of settings.
pub(super) fn settings(checks: &mut Checks, settings: &Settings) {
    scalars(checks, settings);
    if let Some(mode) = settings
        .tracing_config
        .as_ref()
        .and_then(|tracing| tracing.mode.as_deref())
    {
        checks.one_of("tracingConfig.mode", mode, &["Active", "PassThrough"]);
    }
    if let Some(apply_on) = settings
        .snap_start
        .as_ref()
        .and_then(|snap| snap.apply_on.as_deref())
    {
        checks.one_of(
            "snapStart.applyOn",
            apply_on,
            &["PublishedVersions", "None"],
        );
    }
    if let Some(config) = &settings.dead_letter_config
        && let Some(target) = &config.target_arn
    {
        key_arn(checks, "deadLetterConfig.targetArn", target);
    }
    if let Some(config) = &settings.logging_config {
        logging(checks, config);
    }
    if let Some(config) = &settings.environment {
        environment(checks, config);
    }
    if let Some(layers) = &settings.layers {
        each(checks, "layers", layers, LAYER_VERSION, &(1..=2048));
    }
    if let Some(config) = &settings.vpc_config {
        vpc(checks, config);
    }
    if let Some(configs) = &settings.file_system_configs {
        file_systems(checks, configs);
    }
    if let Some(config) = &settings.image_config {
        image(checks, config);
    }
}

fn scalars(checks: &mut Checks, settings: &Settings) {
    if let Some(description) = &settings.description {
        checks.length("description", description, &(0..=256));
    }
    if let Some(handler) = &settings.handler {
        checks
            .length("handler", handler, &(0..=128))
            .pattern("handler", handler, HANDLER);
    }
    if let Some(timeout) = settings.timeout {
        checks.range("timeout", timeout, &(1..=5400));
    }
    if let Some(size) = settings.memory_size {
        checks.range("memorySize", size, &(128..=32_768));
    }
    if let Some(storage) = &settings.ephemeral_storage {
        checks.range("ephemeralStorage.size", storage.size, &(512..=32_768));
    }
    if let Some(arn) = &settings.kms_key_arn {
        key_arn(checks, "kMSKeyArn", arn);
    }
}

fn environment(checks: &mut Checks, environment: &Environment) {
    let fits = |name: &String| {
        name.len() >= 2
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '_')
    };
    if !environment.variables.keys().all(fits) {
        checks.violate_secretly(
            "environment.variables",
            format_args!(
                "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: {ENVIRONMENT_NAME}, Member must not be null]"
            ),
        );
    }
}

fn logging(checks: &mut Checks, config: &LoggingConfig) {
    if let Some(format) = &config.log_format {
        checks.one_of("loggingConfig.logFormat", format, &["JSON", "Text"]);
    }
    if let Some(level) = &config.application_log_level {
        checks.one_of(
            "loggingConfig.applicationLogLevel",
            level,
            &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"],
        );
    }
    if let Some(level) = &config.system_log_level {
        checks.one_of(
            "loggingConfig.systemLogLevel",
            level,
            &["DEBUG", "INFO", "WARN"],
        );
    }
    if let Some(group) = &config.log_group {
        checks
            .length("loggingConfig.logGroup", group, &(1..=512))
            .pattern("loggingConfig.logGroup", group, LOG_GROUP);
    }
}

fn vpc(checks: &mut Checks, config: &VpcConfig) {
    most(checks, "vpcConfig.subnetIds", &config.subnet_ids, 16);
    each(
        checks,
        "vpcConfig.subnetIds",
        &config.subnet_ids,
        SUBNET,
        &(0..=1024),
    );
    most(
        checks,
        "vpcConfig.securityGroupIds",
        &config.security_group_ids,
        5,
    );
    each(
        checks,
        "vpcConfig.securityGroupIds",
        &config.security_group_ids,
        SECURITY_GROUP,
        &(0..=1024),
    );
}

fn file_systems(checks: &mut Checks, configs: &[FileSystemConfig]) {
    let arns: Vec<String> = configs.iter().map(|config| config.arn.clone()).collect();
    most(checks, "fileSystemConfigs", &arns, 1);
    for (number, config) in (1..).zip(configs) {
        let member = |name: &str| format!("fileSystemConfigs.{number}.member.{name}");
        checks
            .length(&member("arn"), &config.arn, &(0..=256))
            .pattern(&member("arn"), &config.arn, ACCESS_POINT)
            .length(
                &member("localMountPath"),
                &config.local_mount_path,
                &(0..=160),
            )
            .pattern(
                &member("localMountPath"),
                &config.local_mount_path,
                MOUNT_PATH,
            );
    }
}

fn image(checks: &mut Checks, config: &ImageConfig) {
    if let Some(command) = &config.command {
        most(checks, "imageConfig.command", command, 1500);
    }
    if let Some(entry_point) = &config.entry_point {
        most(checks, "imageConfig.entryPoint", entry_point, 1500);
    }
    if let Some(directory) = &config.working_directory {
        checks.length("imageConfig.workingDirectory", directory, &(0..=1000));
    }
}

fn most(checks: &mut Checks, member: &str, values: &[String], most: usize) {
    if values.len() > most {
        checks.violate(
            member,
            list(values),
            format_args!("Member must have length less than or equal to {most}"),
        );
    }
}

/// Checks the members of a list, of which AWS tells the whole list and all constraints.
fn each(
    checks: &mut Checks,
    member: &str,
    values: &[String],
    pattern: Pattern,
    lengths: &RangeInclusive<usize>,
) {
    let fits =
        |value: &String| lengths.contains(&value.chars().count()) && (pattern.matches)(value);
    if !values.iter().all(fits) {
        // Recorded for layers; guess that subnets and groups are told alike.
        checks.violate(
            member,
            list(values),
            format_args!(
                "Member must satisfy constraint: [Member must have length less than or equal to {}, \
                 Member must have length greater than or equal to {}, \
                 Member must satisfy regular expression pattern: {}, Member must not be null]",
                lengths.end(),
                lengths.start(),
                pattern.text
            ),
        );
    }
}

/// Writes a list as Java does.
fn list(values: &[String]) -> String {
    format!("[{}]", values.join(", "))
}

/// Checks a request that has settings and nothing else to check.
pub(super) fn finish(
    call: &Call<'_>,
    of: &Settings,
    role_arn: Option<&str>,
) -> Result<(), Refusal> {
    let mut checks = Checks::new();
    if let Some(arn) = role_arn {
        role(&mut checks, arn);
    }
    settings(&mut checks, of);
    checks.finish(call)
}
