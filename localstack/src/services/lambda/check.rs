//! The constraints of the service model on settings: lengths, ranges, patterns, closed lists. All violations are reported at once.

use std::ops::RangeInclusive;

use super::shape::{
    Environment, FileSystemConfig, ImageConfig, LoggingConfig, Settings, VpcConfig,
};
use crate::answer::Refusal;
use crate::call::Call;
use crate::pattern::Pattern;
use crate::validate::{Checks, constraint};

static ROLE: Pattern =
    Pattern::new(r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+");

static HANDLER: Pattern = Pattern::new(r"[^\s]+");

/// Also that of dead letter targets.
static KEY_ARN: Pattern = Pattern::new(r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()");

static LAYER_VERSION: Pattern = Pattern::new(
    r"((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))",
);

static ENVIRONMENT_NAME: Pattern = Pattern::new("[a-zA-Z]([a-zA-Z0-9_])+");

static SUBNET: Pattern = Pattern::new("subnet-[0-9a-z]*");

static SECURITY_GROUP: Pattern = Pattern::new("sg-[0-9a-zA-Z]*");

static LOG_GROUP: Pattern = Pattern::new(r"[\.\-_/#A-Za-z0-9]+");

/// Of EFS and of S3 Files.
static ACCESS_POINT: Pattern = Pattern::new(
    r"arn:aws[a-zA-Z-]*:elasticfilesystem:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}",
);

static MOUNT_PATH: Pattern = Pattern::new(r"/mnt/[a-zA-Z0-9-_.]+");

/// A version of a layer, as its ARN names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LayerVersion<'a> {
    /// Absent for AWS's own `awslayer` form.
    pub(super) region: Option<&'a str>,
    /// The ARN without the version.
    pub(super) layer: &'a str,
}

/// The parts of a layer version that an account published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LayerParts<'a> {
    pub(super) account: &'a str,
    pub(super) name: &'a str,
    pub(super) version: &'a str,
}

impl<'a> LayerVersion<'a> {
    /// Takes an ARN apart that was checked against the pattern.
    pub(super) fn of(arn: &'a str) -> Self {
        let region = arn.split(':').nth(3).filter(|region| !region.is_empty());
        let (layer, _version) = region
            .and_then(|_| arn.rsplit_once(':'))
            .unwrap_or((arn, ""));
        Self { region, layer }
    }

    /// Takes the ARN further apart; `None` for AWS's own `awslayer` form.
    pub(super) fn parts(arn: &'a str) -> Option<LayerParts<'a>> {
        let parts: Vec<&str> = arn.split(':').collect();
        match parts.as_slice() {
            ["arn", _, "lambda", _, account, "layer", name, version] => Some(LayerParts {
                account,
                name,
                version,
            }),
            _ => None,
        }
    }
}

/// Checks the role's form.
pub(super) fn role(checks: &mut Checks, role: &str) {
    checks
        .length("role", role, &(0..=10_000))
        .pattern("role", role, &ROLE);
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
    architecture_names(checks, "architectures", architectures);
}

/// Checks that architectures are known, under the name of their member.
pub(super) fn architecture_names(checks: &mut Checks, member: &str, architectures: &[String]) {
    if !architectures
        .iter()
        .all(|name| ["x86_64", "arm64"].contains(&name.as_str()))
    {
        // Recorded.
        checks.violate(
            member,
            list(architectures),
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
        );
    }
}

/// Checks the ARN of a layer version, under the name of its member.
pub(super) fn layer_version(checks: &mut Checks, member: &str, arn: &str) {
    checks
        .length(member, arn, &(1..=140))
        .pattern(member, arn, &LAYER_VERSION);
}

/// Checks an ARN of a KMS key by the model, under the name of its member.
pub(super) fn key_arn(checks: &mut Checks, member: &str, arn: &str) {
    checks
        .length(member, arn, &(0..=10_000))
        .pattern(member, arn, &KEY_ARN);
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
        each(checks, "layers", layers, &LAYER_VERSION, &(1..=2048));
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
            .pattern("handler", handler, &HANDLER);
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
    let mut names = environment.variables.keys();
    if !names.all(|name| ENVIRONMENT_NAME.matches(name)) {
        checks.violate_secretly(
            "environment.variables",
            format_args!(
                "Map keys must satisfy constraint: [{}, Member must not be null]",
                constraint(&ENVIRONMENT_NAME)
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
            .pattern("loggingConfig.logGroup", group, &LOG_GROUP);
    }
}

fn vpc(checks: &mut Checks, config: &VpcConfig) {
    most(checks, "vpcConfig.subnetIds", &config.subnet_ids, 16);
    each(
        checks,
        "vpcConfig.subnetIds",
        &config.subnet_ids,
        &SUBNET,
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
        &SECURITY_GROUP,
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
            .pattern(&member("arn"), &config.arn, &ACCESS_POINT)
            .length(
                &member("localMountPath"),
                &config.local_mount_path,
                &(0..=160),
            )
            .pattern(
                &member("localMountPath"),
                &config.local_mount_path,
                &MOUNT_PATH,
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

pub(super) fn most(checks: &mut Checks, member: &str, values: &[String], most: usize) {
    if values.len() > most {
        checks.violate(
            member,
            list(values),
            format_args!("Member must have length less than or equal to {most}"),
        );
    }
}

/// Checks the members of a list, of which AWS reports the whole list and all constraints.
fn each(
    checks: &mut Checks,
    member: &str,
    values: &[String],
    pattern: &Pattern,
    lengths: &RangeInclusive<usize>,
) {
    let fits = |value: &String| lengths.contains(&value.chars().count()) && pattern.matches(value);
    if !values.iter().all(fits) {
        // Recorded for layers; guess that subnets and groups are reported alike.
        checks.violate(
            member,
            list(values),
            format_args!(
                "Member must satisfy constraint: [Member must have length less than or equal to {}, \
                 Member must have length greater than or equal to {}, \
                 {}, Member must not be null]",
                lengths.end(),
                lengths.start(),
                constraint(pattern)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_matched_as_the_model_says() {
        let here = "eu-west-1:111122223333";
        let id = "0".repeat(17);
        for (pattern, text, expected) in [
            (
                &ACCESS_POINT,
                format!("arn:aws:elasticfilesystem:{here}:access-point/fsap-{id}"),
                true,
            ),
            (
                &ACCESS_POINT,
                format!("arn:aws:elasticfilesystem:{here}:access-point/fsap-{id}0"),
                false,
            ),
            (
                &ACCESS_POINT,
                format!("arn:aws:s3files:{here}:file-system/fs-{id}/access-point/fsap-{id}"),
                true,
            ),
            (
                &ACCESS_POINT,
                format!("arn:aws:s3files:{here}:file-system/fs-{id}"),
                false,
            ),
            (&ROLE, "arn:aws:iam::111122223333:role/a/b".to_owned(), true),
            (
                &ROLE,
                "arn:aws:iam::111122223333:role/a b".to_owned(),
                false,
            ),
            (&HANDLER, "agent.handler\u{a0}".to_owned(), true),
            (&HANDLER, "agent handler".to_owned(), false),
            (&KEY_ARN, String::new(), true),
            (&KEY_ARN, format!("arn:aws:kms:{here}:key/a"), true),
            (&KEY_ARN, format!("arn:aws:kms:{here}:key/a\n"), false),
            (
                &LAYER_VERSION,
                format!("arn:aws:lambda:{here}:layer:a:1"),
                true,
            ),
            (
                &LAYER_VERSION,
                format!("arn:aws:lambda:{here}:layer:a"),
                false,
            ),
            (
                &LAYER_VERSION,
                "arn:aws:lambda:::awslayer:a".to_owned(),
                true,
            ),
            (
                &LAYER_VERSION,
                "arn:a@s:lambda:::awslayer:a".to_owned(),
                false,
            ),
            (&ENVIRONMENT_NAME, "A1_".to_owned(), true),
            (&ENVIRONMENT_NAME, "A".to_owned(), false),
            (&MOUNT_PATH, "/mnt/a-b.c".to_owned(), true),
            (&MOUNT_PATH, "/mnt/a/b".to_owned(), false),
        ] {
            assert_eq!(pattern.matches(&text), expected, "{text}");
        }
    }

    #[test]
    fn an_arn_of_a_layer_gives_its_region_and_the_layer() {
        let version = "arn:aws:lambda:eu-west-1:111122223333:layer:a:1";
        assert_eq!(
            LayerVersion::of(version),
            LayerVersion {
                region: Some("eu-west-1"),
                layer: "arn:aws:lambda:eu-west-1:111122223333:layer:a",
            }
        );
        let of_aws = "arn:aws:lambda:::awslayer:a";
        assert_eq!(
            LayerVersion::of(of_aws),
            LayerVersion {
                region: None,
                layer: of_aws,
            }
        );
    }
}
