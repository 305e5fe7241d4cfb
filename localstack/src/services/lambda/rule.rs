//! What Lambda demands of a whole configuration beyond the model's constraints on single members.

use super::check::LayerVersion;
use super::configuration::{Configuration, PackageType};
use super::environment;
use super::refusal::invalid;
use super::shape::LoggingConfig;
use crate::answer::Refusal;
use crate::call::Call;

/// Lambda API, `CreateFunction`: "the maximum allowed value is 1,800 seconds" (botocore 1.44.8); it was 900 before, and perhaps still is in
/// some regions.
const LONGEST_TIMEOUT: i64 = 1800;
/// Lambda developer guide, "Lambda quotas": the highest values outside of managed instances.
const MOST_MEMORY: i64 = 10_240;
const MOST_STORAGE: i64 = 10_240;
const MOST_LAYERS: usize = 5;

/// Runtimes that functions can be made with (Lambda developer guide, "Lambda runtimes"; the dates on which older ones are blocked move).
const RUNTIMES: [&str; 24] = [
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "nodejs26.x",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "java8.al2",
    "java8.al2023",
    "java11",
    "java11.al2023",
    "java17",
    "java17.al2023",
    "java21",
    "java25",
    "dotnet8",
    "dotnet10",
    "ruby3.3",
    "ruby3.4",
    "ruby4.0",
    "provided.al2023",
];

/// Runtimes that functions can no longer be created or updated with, and what to use instead.
const BLOCKED: [(&str, &str); 21] = [
    ("nodejs", "nodejs24.x"),
    ("nodejs4.3", "nodejs24.x"),
    ("nodejs6.10", "nodejs24.x"),
    ("nodejs8.10", "nodejs24.x"),
    ("nodejs10.x", "nodejs24.x"),
    ("nodejs12.x", "nodejs24.x"),
    ("nodejs14.x", "nodejs24.x"),
    ("nodejs16.x", "nodejs24.x"),
    ("nodejs18.x", "nodejs24.x"),
    ("python2.7", "python3.14"),
    ("python3.6", "python3.14"),
    ("python3.7", "python3.14"),
    ("python3.8", "python3.14"),
    ("python3.9", "python3.14"),
    ("dotnetcore2.1", "dotnet10"),
    ("dotnetcore3.1", "dotnet10"),
    ("dotnet6", "dotnet10"),
    ("ruby2.7", "ruby3.4"),
    ("ruby3.2", "ruby3.4"),
    ("go1.x", "provided.al2023"),
    ("java8", "java25"),
];

/// Lambda developer guide, "SnapStart": Java 11 and later, Python 3.12 and later, .NET 8 and later.
const SNAP_START: [&str; 12] = [
    "java11",
    "java11.al2023",
    "java17",
    "java17.al2023",
    "java21",
    "java25",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "dotnet8",
    "dotnet10",
];

/// Checks a configuration as it would be.
pub(super) fn check(call: &Call<'_>, configuration: &Configuration) -> Result<(), Refusal> {
    check_package(configuration)?;
    if let Some(runtime) = &configuration.runtime {
        check_runtime(runtime)?;
    }
    // Seen in public issues for accounts with a lower quota of memory; guess that the others are reported alike.
    at_most("Timeout", configuration.timeout, LONGEST_TIMEOUT)?;
    at_most("MemorySize", configuration.memory_size, MOST_MEMORY)?;
    at_most(
        "EphemeralStorage",
        configuration.ephemeral_storage,
        MOST_STORAGE,
    )?;
    if let Some(variables) = &configuration.environment {
        environment::check(variables)?;
    }
    check_layers(call, &configuration.layers)?;
    check_snap_start(configuration)?;
    check_network(configuration)?;
    check_dead_letters(configuration)
}

/// Refuses levels for a log format that has none.
pub(super) fn check_levels(
    change: Option<&LoggingConfig>,
    configuration: &Configuration,
) -> Result<(), Refusal> {
    let has_level = change.is_some_and(|change| {
        change.application_log_level.is_some() || change.system_log_level.is_some()
    });
    if has_level && !configuration.logging.is_json() {
        // Lambda developer guide, "Log-level filtering": only with the JSON format. Guess: the sentence.
        return Err(invalid(
            "ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is JSON.",
        ));
    }
    Ok(())
}

fn check_package(configuration: &Configuration) -> Result<(), Refusal> {
    match configuration.package_type {
        PackageType::Zip => {
            if configuration.runtime.is_none() || configuration.handler.is_none() {
                return Err(invalid(
                    "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
                ));
            }
            if configuration.image.is_some() {
                // Guess: the sentence.
                return Err(invalid(
                    "ImageConfig is not supported for functions created with deployment packages.",
                ));
            }
        }
        PackageType::Image => {
            let given = [
                ("Runtime", configuration.runtime.is_some()),
                ("Handler", configuration.handler.is_some()),
                ("Layers", !configuration.layers.is_empty()),
            ];
            if let Some((member, _)) = given.iter().find(|(_, given)| *given) {
                return Err(invalid(format!(
                    "Please don't provide {member} when the intended function PackageType is Image."
                )));
            }
        }
    }
    Ok(())
}

/// Returns whether there is or was such a runtime.
pub(super) fn is_runtime(name: &str) -> bool {
    RUNTIMES.contains(&name) || BLOCKED.iter().any(|(blocked, _)| *blocked == name)
}

fn check_runtime(runtime: &str) -> Result<(), Refusal> {
    if RUNTIMES.contains(&runtime) {
        return Ok(());
    }
    if let Some((_, instead)) = BLOCKED.iter().find(|(blocked, _)| *blocked == runtime) {
        // Recorded.
        return Err(invalid(format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. \
             We recommend you use the new runtime ({instead}) while creating or updating functions."
        )));
    }
    // Recorded, except which runtimes are listed and in which order.
    Err(invalid(format!(
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a valid ARN",
        RUNTIMES.join(", ")
    )))
}

fn at_most(member: &str, value: i64, most: i64) -> Result<(), Refusal> {
    if value <= most {
        return Ok(());
    }
    Err(invalid(format!(
        "'{member}' value failed to satisfy constraint: Member must have value less than or equal to {most}"
    )))
}

fn check_layers(call: &Call<'_>, layers: &[String]) -> Result<(), Refusal> {
    // The sentences of this function are recorded.
    if layers.len() > MOST_LAYERS {
        return Err(invalid(format!(
            "Cannot reference more than {MOST_LAYERS} layers."
        )));
    }
    for (position, arn) in layers.iter().enumerate() {
        let layer = LayerVersion::of(arn);
        if layer.region.is_some_and(|region| region != call.region) {
            return Err(invalid(format!(
                "Layers are not in the same region as the function. Layers are expected to be in region {}.",
                call.region
            )));
        }
        let same = |other: &&String| LayerVersion::of(other).layer == layer.layer;
        if let Some(other) = layers[..position].iter().find(same) {
            return Err(invalid(format!(
                "Two different versions of the same layer are not allowed to be referenced in the same function. \
                 {other} and {arn} are versions of the same layer."
            )));
        }
    }
    Ok(())
}

fn check_snap_start(configuration: &Configuration) -> Result<(), Refusal> {
    if configuration.snap_start != "PublishedVersions" {
        return Ok(());
    }
    let runtime = configuration.runtime.as_deref().unwrap_or_default();
    if !SNAP_START.contains(&runtime) {
        // Recorded.
        return Err(invalid(format!(
            "{runtime} is not supported for SnapStart enabled functions."
        )));
    }
    // Lambda developer guide, "SnapStart": neither EFS nor ephemeral storage beyond 512 MB. Guess: the sentences.
    if configuration.ephemeral_storage > 512 {
        return Err(invalid(
            "SnapStart does not support ephemeral storage greater than 512 MB.",
        ));
    }
    if !configuration.file_systems.is_empty() {
        return Err(invalid("SnapStart does not support Amazon EFS."));
    }
    Ok(())
}

fn check_network(configuration: &Configuration) -> Result<(), Refusal> {
    if let Some(vpc) = &configuration.vpc
        && vpc.subnet_ids.is_empty() != vpc.security_group_ids.is_empty()
    {
        return Err(invalid(
            "SubnetIds and SecurityIds must coexist or be both empty list.",
        ));
    }
    if !configuration.file_systems.is_empty() && !configuration.is_in_vpc() {
        // Lambda developer guide, "Configuring file system access": the function must be in the VPC. Guess: the sentence.
        return Err(invalid(
            "Function must be configured to execute in a VPC to reference access point(s).",
        ));
    }
    Ok(())
}

fn check_dead_letters(configuration: &Configuration) -> Result<(), Refusal> {
    let is_taken = |arn: &String| {
        let service = arn.split(':').nth(2);
        service.is_some_and(|service| ["sqs", "sns"].contains(&service))
    };
    match &configuration.dead_letter_target {
        // Lambda API, `DeadLetterConfig`: a queue or a topic. Guess: the sentence.
        Some(arn) if !is_taken(arn) => Err(invalid(format!(
            "The provided dead letter target {arn} is not an Amazon SQS queue or an Amazon SNS topic."
        ))),
        _ => Ok(()),
    }
}
