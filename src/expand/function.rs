//! The resources that run an agent on Lambda: the function, the published version, and the alias that callers use.

use super::artifact::Place;
use super::context::Context;
use super::permission::RoleToRun;
use crate::kinds::lambda::alias::{self, AliasSpec, LambdaAlias};
use crate::kinds::lambda::configuration::{
    APPLIED, CodeSource, Environment, FunctionSpec, Logging, Network, ZIP,
};
use crate::kinds::lambda::function::{self, LambdaFunction};
use crate::kinds::lambda::version::{self, LambdaVersion, VersionSpec};
use crate::kinds::{log_group, s3_object};
use crate::manifest::{Agent, Lambda};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::reference::{Declared, Input};

/// The parts of a function.
pub(super) struct Parts<'a> {
    pub(super) lambda: &'a Lambda,
    pub(super) code: &'a Place,
    pub(super) environment: Environment<Declared>,
    pub(super) key: Option<Input<String>>,
    pub(super) log_group: &'a Address,
    pub(super) role: RoleToRun,
}

/// Declares function, version and alias.
pub(super) fn resources(
    agent: &Agent,
    context: &Context<'_>,
    parts: Parts<'_>,
) -> Vec<DesiredResource> {
    let owner = &context.owner;
    let base = owner.base_name();
    let alias_name = parts.lambda.settings.alias.as_str();
    let spec = function_spec(agent, context, parts);
    let function = DesiredResource::new::<LambdaFunction>(
        &owner.agent,
        Some(owner),
        PhysicalName::new(&base),
        spec,
    );
    let version_spec = VersionSpec {
        function: function::NAME.of(&function.address),
        content: function::CONTENT.of(&function.address),
    };
    let version = DesiredResource::new::<LambdaVersion>(
        &owner.agent,
        Some(owner),
        PhysicalName::new(&base),
        version_spec,
    );
    let alias_spec = AliasSpec {
        function: function::NAME.of(&function.address),
        version: version::VERSION.of(&version.address),
        description: format!("{} the version that callers reach", alias::MARK),
        routing: std::collections::BTreeMap::new(),
    };
    let alias_slot = format!("{}.{alias_name}", owner.agent);
    let name = alias::physical_name(&base, alias_name);
    let alias = DesiredResource::new::<LambdaAlias>(&alias_slot, Some(owner), name, alias_spec);
    vec![function, version, alias]
}

fn function_spec(agent: &Agent, context: &Context<'_>, parts: Parts<'_>) -> FunctionSpec<Declared> {
    let lambda = parts.lambda;
    let settings = &lambda.settings;
    FunctionSpec {
        package_type: ZIP.to_owned(),
        runtime: lambda.language.on_lambda().to_owned(),
        handler: lambda.handler.to_string(),
        role: parts.role.arn,
        role_id: parts.role.id,
        description: context.owner.description(),
        timeout: settings.timeout.get(),
        memory_size: settings.memory_size.get(),
        ephemeral_storage_size: settings.ephemeral_storage_size.get(),
        architecture: settings.architecture.as_str().to_owned(),
        environment: parts.environment,
        kms_key: parts.key,
        tracing: if agent.observability.enabled {
            "Active"
        } else {
            "PassThrough"
        }
        .to_owned(),
        logging: Logging {
            log_group: log_group::NAME.of(parts.log_group),
            format: "Text".to_owned(),
            application_level: None,
            system_level: None,
        },
        layers: settings.layers.iter().map(ToString::to_string).collect(),
        network: agent.network.as_ref().map(|network| Network {
            subnets: network.subnets.iter().map(ToString::to_string).collect(),
            security_groups: network
                .security_groups
                .iter()
                .map(ToString::to_string)
                .collect(),
            ipv6: false,
        }),
        dead_letter_target: None,
        snap_start: "None".to_owned(),
        file_systems: Vec::new(),
        code_sha256: s3_object::CHECKSUM.of(&parts.code.address),
        source: Some(CodeSource {
            bucket: s3_object::BUCKET.of(&parts.code.address),
            key: s3_object::KEY.of(&parts.code.address),
        }),
        last_update: APPLIED.to_owned(),
        tags: context.tags.clone(),
    }
}
