//! The constraints of the service model on settings: lengths, ranges, patterns, closed lists, unions. All violations are reported at once.

use std::ops::RangeInclusive;

use super::count::{exactly_one, items};
use super::pattern::{
    BUCKET, CAPACITY_PROVIDER, EFS, HEADER, IMAGE, MOUNT_PATH, PATH, PLATFORM, ROLE, S3_FILES,
    SECURITY_GROUP, SUBNET, VOLUME,
};
use super::settings::{AllowedPort, Artifact, Filesystem, Network, Settings};
use crate::validate::Checks;

/// `LifecycleConfiguration` and `AllowedPort`.
const SECONDS: RangeInclusive<i64> = 60..=1_209_600;
const PORTS: RangeInclusive<i64> = 8000..=12_000;

/// Checks settings against the model.
pub(super) fn settings(checks: &mut Checks, settings: &Settings) {
    artifact(checks, &settings.agent_runtime_artifact);
    checks
        .length("roleArn", &settings.role_arn, &(1..=2048))
        .pattern("roleArn", &settings.role_arn, &ROLE);
    if let Some(of) = &settings.network_configuration {
        network(checks, of);
    }
    if let Some(description) = &settings.description {
        secret_length(checks, "description", description, &(1..=4096));
    }
    if let Some(authorizer) = &settings.authorizer_configuration {
        authorizer.check(checks);
    }
    if let Some(headers) = &settings.request_header_configuration {
        let member = "requestHeaderConfiguration";
        let list = &headers.request_header_allowlist;
        exactly_one(checks, member, &[list.is_some()]);
        if let Some(list) = list {
            let member = format!("{member}.requestHeaderAllowlist");
            items(checks, &member, list.len(), &(1..=20));
            for name in list {
                checks.pattern(&member, name, &HEADER);
            }
        }
    }
    protocol_and_ports(checks, settings);
    if let Some(lifecycle) = &settings.lifecycle_configuration {
        for (name, seconds) in [
            (
                "idleRuntimeSessionTimeout",
                lifecycle.idle_runtime_session_timeout,
            ),
            ("maxLifetime", lifecycle.max_lifetime),
        ] {
            if let Some(seconds) = seconds {
                let member = format!("lifecycleConfiguration.{name}");
                checks.range(&member, seconds, &SECONDS);
            }
        }
    }
    environment(checks, settings);
    if let Some(filesystems) = &settings.filesystem_configurations {
        let member = "filesystemConfigurations";
        items(checks, member, filesystems.len(), &(0..=5));
        for (at, of) in (1..).zip(filesystems) {
            filesystem(checks, &format!("{member}.{at}.member"), of);
        }
    }
    if let Some(provider) = &settings.capacity_provider_configuration {
        checks.pattern(
            "capacityProviderConfiguration.capacityProviderArn",
            &provider.capacity_provider_arn,
            &CAPACITY_PROVIDER,
        );
    }
    if let Some(platform) = &settings.platform_version {
        checks
            .length("platformVersion", platform, &(1..=128))
            .pattern("platformVersion", platform, &PLATFORM);
    }
}

fn artifact(checks: &mut Checks, artifact: &Artifact) {
    let member = "agentRuntimeArtifact";
    let (container, code) = (
        &artifact.container_configuration,
        &artifact.code_configuration,
    );
    exactly_one(checks, member, &[container.is_some(), code.is_some()]);
    if let Some(container) = container {
        let member = format!("{member}.containerConfiguration.containerUri");
        checks
            .length(&member, &container.container_uri, &(1..=1024))
            .pattern(&member, &container.container_uri, &IMAGE);
    }
    if let Some(code) = code {
        let member = format!("{member}.codeConfiguration");
        let location = &code.code.s3;
        exactly_one(checks, &format!("{member}.code"), &[location.is_some()]);
        if let Some(location) = location {
            let of = |name: &str| format!("{member}.code.s3.{name}");
            checks
                .pattern(&of("bucket"), &location.bucket, &BUCKET)
                .length(&of("prefix"), &location.prefix, &(1..=1024));
            if let Some(version) = &location.version_id {
                checks.length(&of("versionId"), version, &(3..=1024));
            }
        }
        checks.one_of(
            &format!("{member}.runtime"),
            &code.runtime,
            &[
                "PYTHON_3_10",
                "PYTHON_3_11",
                "PYTHON_3_12",
                "PYTHON_3_13",
                "PYTHON_3_14",
                "NODE_22",
            ],
        );
        let member = format!("{member}.entryPoint");
        items(checks, &member, code.entry_point.len(), &(1..=2));
        for word in &code.entry_point {
            checks.length(&member, word, &(1..=128));
        }
    }
}

fn network(checks: &mut Checks, network: &Network) {
    let member = "networkConfiguration";
    checks.one_of(
        &format!("{member}.networkMode"),
        &network.network_mode,
        &["PUBLIC", "VPC"],
    );
    let Some(vpc) = &network.network_mode_config else {
        return;
    };
    for (name, ids, pattern) in [
        ("securityGroups", &vpc.security_groups, &SECURITY_GROUP),
        ("subnets", &vpc.subnets, &SUBNET),
    ] {
        let member = format!("{member}.networkModeConfig.{name}");
        items(checks, &member, ids.len(), &(1..=16));
        for id in ids {
            checks.pattern(&member, id, pattern);
        }
    }
}

fn protocol_and_ports(checks: &mut Checks, settings: &Settings) {
    if let Some(protocol) = &settings.protocol_configuration {
        let member = "protocolConfiguration";
        checks.one_of(
            &format!("{member}.serverProtocol"),
            &protocol.server_protocol,
            &["MCP", "HTTP", "A2A", "AGUI"],
        );
        if let Some(port) = protocol.port {
            checks.range(&format!("{member}.port"), port, &PORTS);
        }
        if let Some(path) = &protocol.path {
            let member = format!("{member}.path");
            checks
                .length(&member, path, &(1..=2048))
                .pattern(&member, path, &PATH);
        }
    }
    if let Some(ports) = &settings.allowed_ports {
        let member = "allowedPorts";
        items(checks, member, ports.len(), &(1..=5));
        for (at, of) in (1..).zip(ports) {
            allowed_port(checks, &format!("{member}.{at}.member"), of);
        }
    }
}

fn allowed_port(checks: &mut Checks, member: &str, allowed: &AllowedPort) {
    exactly_one(
        checks,
        member,
        &[allowed.port.is_some(), allowed.port_range.is_some()],
    );
    if let Some(port) = allowed.port {
        checks.range(&format!("{member}.port"), port, &PORTS);
    }
    if let Some(range) = &allowed.port_range {
        checks
            .range(&format!("{member}.portRange.from"), range.from, &PORTS)
            .range(&format!("{member}.portRange.to"), range.to, &PORTS);
    }
}

fn environment(checks: &mut Checks, settings: &Settings) {
    let member = "environmentVariables";
    let Some(variables) = &settings.environment_variables else {
        return;
    };
    if variables.len() > 50 {
        checks.violate_secretly(member, "Member must have length less than or equal to 50");
    }
    for (name, value) in variables {
        secret_length(checks, member, name, &(1..=100));
        secret_length(checks, member, value, &(0..=5000));
    }
}

fn filesystem(checks: &mut Checks, member: &str, filesystem: &Filesystem) {
    let of = |name: &str| format!("{member}.{name}");
    let storage = &filesystem.session_storage;
    let points = [
        (
            "s3FilesAccessPoint",
            &filesystem.s3_files_access_point,
            &S3_FILES,
            256,
        ),
        ("efsAccessPoint", &filesystem.efs_access_point, &EFS, 128),
    ];
    let volume = &filesystem.capacity_provider_volume;
    exactly_one(
        checks,
        member,
        &[
            storage.is_some(),
            points[0].1.is_some(),
            points[1].1.is_some(),
            volume.is_some(),
        ],
    );
    if let Some(storage) = storage {
        mount_path(checks, &of("sessionStorage"), &storage.mount_path);
    }
    for (name, point, pattern, longest) in points {
        if let Some(point) = point {
            let member = of(&format!("{name}.accessPointArn"));
            checks
                .length(&member, &point.access_point_arn, &(0..=longest))
                .pattern(&member, &point.access_point_arn, pattern);
            mount_path(checks, &of(name), &point.mount_path);
        }
    }
    if let Some(volume) = volume {
        let member = of("capacityProviderVolume");
        checks.pattern(
            &format!("{member}.volumeName"),
            &volume.volume_name,
            &VOLUME,
        );
        mount_path(checks, &member, &volume.mount_path);
    }
}

fn mount_path(checks: &mut Checks, member: &str, path: &str) {
    let member = format!("{member}.mountPath");
    checks
        .length(&member, path, &(6..=200))
        .pattern(&member, path, &MOUNT_PATH);
}

/// Checks the length of what the model marks as sensitive.
fn secret_length(checks: &mut Checks, member: &str, value: &str, allowed: &RangeInclusive<usize>) {
    let length = value.chars().count();
    if length < *allowed.start() {
        let least = allowed.start();
        checks.violate_secretly(
            member,
            format_args!("Member must have length greater than or equal to {least}"),
        );
    } else if length > *allowed.end() {
        let most = allowed.end();
        checks.violate_secretly(
            member,
            format_args!("Member must have length less than or equal to {most}"),
        );
    }
}
