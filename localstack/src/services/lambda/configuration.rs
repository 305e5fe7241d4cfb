//! The configuration of a function: what AWS fills in, and how an update changes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shape::{FileSystemConfig, ImageConfig, LoggingConfig, Settings, VpcConfig};

/// How the code is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum PackageType {
    Zip,
    Image,
}

/// The configuration of `$LATEST` or a version, with AWS's defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Configuration {
    pub(super) package_type: PackageType,
    pub(super) architecture: String,
    pub(super) role: String,
    pub(super) runtime: Option<String>,
    pub(super) handler: Option<String>,
    pub(super) description: String,
    pub(super) timeout: i64,
    pub(super) memory_size: i64,
    pub(super) ephemeral_storage: i64,
    /// Absent until an environment is sent, if only an empty one.
    pub(super) environment: Option<BTreeMap<String, String>>,
    pub(super) kms_key_arn: Option<String>,
    pub(super) tracing_mode: String,
    pub(super) logging: LoggingConfig,
    pub(super) snap_start: String,
    pub(super) layers: Vec<String>,
    /// Absent until one is sent; one without subnets stays (recorded).
    pub(super) vpc: Option<VpcConfig>,
    pub(super) dead_letter_target: Option<String>,
    pub(super) file_systems: Vec<FileSystemConfig>,
    pub(super) image: Option<ImageConfig>,
}

impl Configuration {
    /// Makes what a function has of which nothing optional is said (Lambda API, `CreateFunction`: the defaults).
    pub(super) fn new(
        function: &str,
        package_type: PackageType,
        architecture: String,
        role: String,
    ) -> Self {
        Self {
            package_type,
            architecture,
            role,
            runtime: None,
            handler: None,
            description: String::new(),
            timeout: 3,
            memory_size: 128,
            ephemeral_storage: 512,
            environment: None,
            kms_key_arn: None,
            tracing_mode: "PassThrough".to_owned(),
            logging: LoggingConfig {
                log_format: Some("Text".to_owned()),
                log_group: Some(format!("/aws/lambda/{function}")),
                ..LoggingConfig::default()
            },
            snap_start: "None".to_owned(),
            layers: Vec::new(),
            vpc: None,
            dead_letter_target: None,
            file_systems: Vec::new(),
            image: None,
        }
    }

    /// Changes what is set; the rest is kept. An empty form clears.
    pub(super) fn apply(&mut self, settings: Settings) {
        if let Some(description) = settings.description {
            self.description = description;
        }
        self.handler = settings.handler.or(self.handler.take());
        self.runtime = settings.runtime.or(self.runtime.take());
        self.timeout = settings.timeout.unwrap_or(self.timeout);
        self.memory_size = settings.memory_size.unwrap_or(self.memory_size);
        if let Some(storage) = settings.ephemeral_storage {
            self.ephemeral_storage = storage.size;
        }
        if let Some(environment) = settings.environment {
            self.environment = Some(environment.variables);
        }
        if let Some(key) = settings.kms_key_arn {
            self.kms_key_arn = non_empty(key);
        }
        if let Some(mode) = settings.tracing_config.and_then(|tracing| tracing.mode) {
            self.tracing_mode = mode;
        }
        if let Some(logging) = settings.logging_config {
            self.logging.merge(logging);
        }
        if let Some(apply_on) = settings
            .snap_start
            .and_then(|snap_start| snap_start.apply_on)
        {
            self.snap_start = apply_on;
        }
        if let Some(layers) = settings.layers {
            self.layers = layers;
        }
        self.vpc = settings.vpc_config.or(self.vpc.take());
        if let Some(dead_letter) = settings.dead_letter_config {
            self.dead_letter_target = dead_letter.target_arn.and_then(non_empty);
        }
        if let Some(file_systems) = settings.file_system_configs {
            self.file_systems = file_systems;
        }
        self.image = settings.image_config.or(self.image.take());
    }

    /// Returns whether functions of it run in a VPC.
    pub(super) fn is_in_vpc(&self) -> bool {
        self.vpc
            .as_ref()
            .is_some_and(|vpc| !vpc.subnet_ids.is_empty())
    }
}

impl LoggingConfig {
    /// Changes what is set. Levels come and go with the JSON format, and are `INFO` where nothing is said (recorded).
    fn merge(&mut self, change: Self) {
        self.log_group = change.log_group.or(self.log_group.take());
        self.log_format = change.log_format.or(self.log_format.take());
        if self.is_json() {
            let info = || Some("INFO".to_owned());
            self.application_log_level = change
                .application_log_level
                .or(self.application_log_level.take())
                .or_else(info);
            self.system_log_level = change
                .system_log_level
                .or(self.system_log_level.take())
                .or_else(info);
        } else {
            self.application_log_level = None;
            self.system_log_level = None;
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.log_format.as_deref() == Some("JSON")
    }
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
