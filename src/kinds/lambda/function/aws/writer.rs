//! Creates, changes and deletes functions.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_lambda::types::{
    ApplicationLogLevel, Architecture, DeadLetterConfig, Environment as Variables,
    EphemeralStorage, FileSystemConfig, FunctionCode, LogFormat, LoggingConfig, PackageType,
    Runtime, SnapStart, SnapStartApplyOn, SystemLogLevel, TracingConfig, TracingMode, VpcConfig,
};

use crate::aws::Clients;
use crate::kinds::lambda::configuration::{CodeSource, FunctionSpec};
use crate::kinds::lambda::function::LambdaFunction;
use crate::resource::address::PhysicalName;
use crate::resource::environment::{Environment, redacted};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::field::TagChange;
use crate::resource::kind::Observed;
use crate::resource::operation::{Operation, Service, lambda};
use crate::resource::owner::Owner;
use crate::resource::provider::{Intent, Mutation, Outlook, Writer};
use crate::resource::reference::Resolved;
use crate::resource::role_id;
use crate::resource::unseen::Unseen;

/// Writes functions.
#[derive(Debug)]
pub struct FunctionWriter(Arc<Clients>);

impl FunctionWriter {
    /// Creates a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    /// Sends the whole configuration, so one call fixes all its fields.
    ///
    /// Lambda keeps what is left out (Lambda API, `UpdateFunctionConfiguration`), so absent values are sent in their empty form.
    async fn update_configuration(
        &self,
        name: &PhysicalName,
        now: &Observed<LambdaFunction>,
        spec: &FunctionSpec<Resolved>,
    ) -> Result<Mutation, Fault> {
        let request = self
            .0
            .lambda
            .update_function_configuration()
            .function_name(name.as_str())
            .set_revision_id(now.revision.clone())
            .role(&spec.role)
            .runtime(Runtime::from(spec.runtime.as_str()))
            .handler(&spec.handler)
            .description(role_id::described(
                &spec.description,
                spec.role_id.as_deref(),
            ))
            .timeout(size(lambda::UPDATE_FUNCTION_CONFIGURATION, spec.timeout)?)
            .memory_size(size(
                lambda::UPDATE_FUNCTION_CONFIGURATION,
                spec.memory_size,
            )?)
            .ephemeral_storage(storage(size(
                lambda::UPDATE_FUNCTION_CONFIGURATION,
                spec.ephemeral_storage_size,
            )?))
            .environment(variables(spec))
            .kms_key_arn(spec.kms_key.as_deref().unwrap_or_default())
            .tracing_config(tracing(spec))
            .logging_config(logging(spec))
            .set_layers(Some(spec.layers.clone()))
            .vpc_config(network(spec))
            .dead_letter_config(dead_letter(
                spec.dead_letter_target.as_deref().unwrap_or_default(),
            ))
            .snap_start(snap_start(spec))
            .set_file_system_configs(Some(file_systems(spec)));
        self.0
            .mutate(Box::pin(request.send()))
            .await
            .map_err(|fault| without_values(fault, &[&now.spec.environment, &spec.environment]))
    }

    async fn update_code(
        &self,
        name: &PhysicalName,
        now: &Observed<LambdaFunction>,
        spec: &FunctionSpec<Resolved>,
    ) -> Result<Mutation, Fault> {
        let source = source(lambda::UPDATE_FUNCTION_CODE, spec)?;
        self.0
            .mutate(
                self.0
                    .lambda
                    .update_function_code()
                    .function_name(name.as_str())
                    .set_revision_id(now.revision.clone())
                    .s3_bucket(&source.bucket)
                    .s3_key(&source.key)
                    .architectures(Architecture::from(spec.architecture.as_str()))
                    .send(),
            )
            .await
    }

    async fn tag(
        &self,
        now: &Observed<LambdaFunction>,
        change: TagChange,
    ) -> Result<Mutation, Fault> {
        let (lambda, arn) = (&self.0.lambda, &now.outputs.arn);
        match change {
            TagChange::Set(tags) => {
                let tags = tags.into_iter().collect();
                let request = lambda.tag_resource().resource(arn).set_tags(Some(tags));
                self.0.mutate(request.send()).await
            }
            TagChange::Remove(keys) => {
                let request = lambda
                    .untag_resource()
                    .resource(arn)
                    .set_tag_keys(Some(keys));
                self.0.mutate(request.send()).await
            }
        }
    }
}

impl Writer<LambdaFunction> for FunctionWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &FunctionSpec<Resolved>,
        intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let source = source(lambda::CREATE_FUNCTION, spec)?;
        let mut tags = spec.tags.clone();
        tags.extend(intent.owner.iter().flat_map(Owner::tags));
        let request = self
            .0
            .lambda
            .create_function()
            .function_name(name.as_str())
            .package_type(PackageType::from(spec.package_type.as_str()))
            .code(
                FunctionCode::builder()
                    .s3_bucket(&source.bucket)
                    .s3_key(&source.key)
                    .build(),
            )
            .publish(false)
            .role(&spec.role)
            .runtime(Runtime::from(spec.runtime.as_str()))
            .handler(&spec.handler)
            .description(role_id::described(
                &spec.description,
                spec.role_id.as_deref(),
            ))
            .timeout(size(lambda::CREATE_FUNCTION, spec.timeout)?)
            .memory_size(size(lambda::CREATE_FUNCTION, spec.memory_size)?)
            .ephemeral_storage(storage(size(
                lambda::CREATE_FUNCTION,
                spec.ephemeral_storage_size,
            )?))
            .architectures(Architecture::from(spec.architecture.as_str()))
            .environment(variables(spec))
            .set_kms_key_arn(spec.kms_key.clone())
            .tracing_config(tracing(spec))
            .logging_config(logging(spec))
            .set_layers(Some(spec.layers.clone()))
            .set_vpc_config(spec.network.is_some().then(|| network(spec)))
            .set_dead_letter_config(spec.dead_letter_target.as_deref().map(dead_letter))
            .snap_start(snap_start(spec))
            .set_file_system_configs(Some(file_systems(spec)))
            .set_tags(Some(tags.into_iter().collect()));
        self.0
            .mutate(Box::pin(request.send()))
            .await
            .map_err(|fault| without_values(fault, &[&spec.environment]))
    }

    /// Fixes the configuration before the code: new code may need the new environment, and both settle before a version is published.
    /// Labels come last.
    async fn update(
        &self,
        name: &PhysicalName,
        now: &Observed<LambdaFunction>,
        spec: &FunctionSpec<Resolved>,
        fields: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        let parts: BTreeSet<Part> = fields.iter().filter_map(|field| Part::of(field)).collect();
        let labels = TagChange::between(&now.spec.tags, &spec.tags);
        match (parts.first(), labels) {
            (Some(Part::Configuration), _) => self.update_configuration(name, now, spec).await,
            (Some(Part::Code), _) => self.update_code(name, now, spec).await,
            (Some(Part::Labels), Some(change)) => self.tag(now, change).await,
            (Some(Part::Labels), None) | (None, _) => Err(Fault::new(
                FaultKind::Invalid,
                lambda::UPDATE_FUNCTION_CONFIGURATION,
                format!("`{}` cannot be changed in place", fields.join("`, `")),
            )),
        }
    }

    /// Deletes the function. Lambda deletes its versions and aliases with it.
    async fn delete(
        &self,
        name: &PhysicalName,
        _: &Observed<LambdaFunction>,
    ) -> Result<Mutation, Fault> {
        self.0
            .mutate(
                self.0
                    .lambda
                    .delete_function()
                    .function_name(name.as_str())
                    .send(),
            )
            .await
    }

    async fn outlook(&self, spec: &FunctionSpec<Resolved>, refusal: &Fault) -> Outlook {
        let unseen = Unseen::of(Service::Lambda, refusal.code.as_deref(), &refusal.message);
        match (unseen, &spec.kms_key) {
            (Some(Unseen::Role | Unseen::Permission | Unseen::Principal), _) => {
                self.0.role_outlook(&spec.role, PRINCIPAL).await
            }
            // The grant for the key names no service.
            (Some(Unseen::Key), Some(key)) => self.0.key_outlook(key, None).await,
            (Some(Unseen::Key), None) | (Some(Unseen::Image) | None, _) => Outlook::MayPass,
        }
    }
}

/// The principal that assumes a function's role.
const PRINCIPAL: &str = "lambda.amazonaws.com";

/// The parts of a function that one call each can change, in the order in which they are fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Configuration,
    Code,
    Labels,
}

impl Part {
    /// Returns the part that a field belongs to; `None` for a field that only `CreateFunction` takes.
    fn of(field: &str) -> Option<Self> {
        match field.split('/').nth(1).unwrap_or_default() {
            "packageType" => None,
            // The architecture belongs to the code (Lambda API, UpdateFunctionCode).
            "codeSha256" | "source" | "architecture" => Some(Self::Code),
            "tags" => Some(Self::Labels),
            _ => Some(Self::Configuration),
        }
    }
}

fn source(
    operation: Operation,
    spec: &FunctionSpec<Resolved>,
) -> Result<&CodeSource<Resolved>, Fault> {
    spec.source.as_ref().ok_or_else(|| {
        Fault::new(
            FaultKind::Invalid,
            operation,
            "it is not said where the code is",
        )
    })
}

fn size(operation: Operation, desired: u32) -> Result<i32, Fault> {
    i32::try_from(desired).map_err(|_| {
        Fault::new(
            FaultKind::Invalid,
            operation,
            format!("`{desired}` is more than Lambda takes"),
        )
    })
}

fn storage(megabytes: i32) -> EphemeralStorage {
    EphemeralStorage::builder()
        .size(megabytes)
        .build()
        .expect("the only member that is required is set")
}

fn variables(spec: &FunctionSpec<Resolved>) -> Variables {
    Variables::builder()
        .set_variables(Some(spec.environment.0.clone().into_iter().collect()))
        .build()
}

fn tracing(spec: &FunctionSpec<Resolved>) -> TracingConfig {
    TracingConfig::builder()
        .mode(TracingMode::from(spec.tracing.as_str()))
        .build()
}

fn logging(spec: &FunctionSpec<Resolved>) -> LoggingConfig {
    let logging = &spec.logging;
    LoggingConfig::builder()
        .log_group(&logging.log_group)
        .log_format(LogFormat::from(logging.format.as_str()))
        .set_application_log_level(
            logging
                .application_level
                .as_deref()
                .map(ApplicationLogLevel::from),
        )
        .set_system_log_level(logging.system_level.as_deref().map(SystemLogLevel::from))
        .build()
}

fn network(spec: &FunctionSpec<Resolved>) -> VpcConfig {
    let builder = VpcConfig::builder();
    let Some(network) = &spec.network else {
        return builder
            .set_subnet_ids(Some(Vec::new()))
            .set_security_group_ids(Some(Vec::new()))
            .build();
    };
    builder
        .set_subnet_ids(Some(network.subnets.clone()))
        .set_security_group_ids(Some(network.security_groups.clone()))
        .ipv6_allowed_for_dual_stack(network.ipv6)
        .build()
}

fn dead_letter(target: &str) -> DeadLetterConfig {
    DeadLetterConfig::builder().target_arn(target).build()
}

fn snap_start(spec: &FunctionSpec<Resolved>) -> SnapStart {
    SnapStart::builder()
        .apply_on(SnapStartApplyOn::from(spec.snap_start.as_str()))
        .build()
}

fn file_systems(spec: &FunctionSpec<Resolved>) -> Vec<FileSystemConfig> {
    spec.file_systems
        .iter()
        .map(|mounted| {
            FileSystemConfig::builder()
                .arn(&mounted.arn)
                .local_mount_path(&mounted.mount_path)
                .build()
                .expect("both members that are required are set")
        })
        .collect()
}

/// Removes the values of variables from the message of a fault: Lambda repeats the whole environment when it is too large.
fn without_values(mut fault: Fault, environments: &[&Environment<Resolved>]) -> Fault {
    if let Some(start) = fault.message.find(" String measured:") {
        fault.message.truncate(start);
    }
    fault.message = redacted(environments, &fault.message);
    fault
}
