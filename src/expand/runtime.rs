//! The resources that run an agent on `AgentCore`: the runtime, of which every update is a version, and the endpoint that callers use.

use std::collections::BTreeMap;

use super::artifact::Place;
use super::context::Context;
use super::permission::RoleToRun;
use crate::kinds::agentcore::APPLIED;
use crate::kinds::agentcore::endpoint::{self, AgentcoreEndpoint, EndpointSpec};
use crate::kinds::agentcore::runtime::authorizer::{Authorizer, Claim, ClaimMatch};
use crate::kinds::agentcore::runtime::{
    self, AgentcoreRuntime, Artifact, Code, Container, Filesystem, Lifecycle, Network, PLATFORM,
    Ports, Protocol, RuntimeSpec,
};
use crate::kinds::s3_object;
use crate::manifest::{
    self, Agent, AgentCore, ClaimRule, JwtAuthorizer, PortRange, RuntimeArtifact, Storage,
};
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::environment::Environment;
use crate::resource::reference::Declared;

/// The parts of a runtime.
pub(super) struct Parts<'a> {
    pub(super) agentcore: &'a AgentCore,
    /// Absent when the agent runs an image.
    pub(super) code: Option<&'a Place>,
    pub(super) environment: Environment<Declared>,
    pub(super) role: RoleToRun,
}

/// Declares runtime and endpoint.
pub(super) fn resources(
    agent: &Agent,
    context: &Context<'_>,
    parts: Parts<'_>,
) -> [DesiredResource; 2] {
    let owner = &context.owner;
    let endpoint_name = parts.agentcore.settings.endpoint.as_str();
    let runtime_name = owner.runtime_name();
    let spec = runtime_spec(agent, context, parts);
    let runtime = DesiredResource::new::<AgentcoreRuntime>(
        &owner.agent,
        Some(owner),
        PhysicalName::new(&runtime_name),
        spec,
    )
    .knowing(runtime::NAME.name(), runtime_name.as_str());
    let endpoint_spec = EndpointSpec {
        runtime: runtime::ID.of(&runtime.address),
        version: runtime::VERSION.of(&runtime.address),
        description: format!("{} the version that callers reach", endpoint::MARK),
        last_update: APPLIED.to_owned(),
    };
    let endpoint = DesiredResource::new::<AgentcoreEndpoint>(
        &format!("{}.{endpoint_name}", owner.agent),
        Some(owner),
        endpoint::physical_name(&runtime.address, endpoint_name),
        endpoint_spec,
    )
    .knowing(endpoint::NAME.name(), endpoint_name);
    [runtime, endpoint]
}

fn runtime_spec(agent: &Agent, context: &Context<'_>, parts: Parts<'_>) -> RuntimeSpec<Declared> {
    let agentcore = parts.agentcore;
    let settings = &agentcore.settings;
    RuntimeSpec {
        artifact: artifact(&agentcore.artifact, parts.code),
        role: parts.role.arn,
        role_id: parts.role.id,
        network: agent.network.as_ref().map(|network| Network {
            subnets: texts(&network.subnets),
            security_groups: texts(&network.security_groups),
        }),
        description: context.owner.description(),
        environment: parts.environment,
        lifecycle: Lifecycle {
            idle_timeout: settings.lifecycle.idle_timeout().get(),
            max_lifetime: settings.lifecycle.max_lifetime.get(),
        },
        protocol: Protocol {
            server: settings.protocol.as_str().to_owned(),
            port: settings.port.map(manifest::ServerPort::get),
            path: settings.path.as_ref().map(ToString::to_string),
        },
        authorizer: agentcore.authorizer.as_ref().map(authorizer),
        request_headers: texts(&settings.request_headers),
        filesystems: agentcore.filesystems.iter().map(filesystem).collect(),
        allowed_ports: settings.allowed_ports.iter().copied().map(ports).collect(),
        capacity_provider: settings.capacity_provider.as_ref().map(ToString::to_string),
        platform_version: settings
            .platform_version
            .as_ref()
            .map_or_else(|| PLATFORM.to_owned(), ToString::to_string),
        mmdsv2: true,
        last_update: APPLIED.to_owned(),
        tags: context.tags.clone(),
    }
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

fn artifact(declared: &RuntimeArtifact, stored: Option<&Place>) -> Artifact<Declared> {
    match declared {
        RuntimeArtifact::Code {
            entry_point,
            language,
            ..
        } => {
            let code =
                stored.expect("no agent whose runtime takes an archive is digested without it");
            Artifact::Code(Code {
                bucket: s3_object::BUCKET.of(&code.address),
                key: s3_object::KEY.of(&code.address),
                // The key changes with the content, so it already determines the version of the object.
                object_version: None,
                runtime: language.on_agentcore().to_owned(),
                entry_point: texts(entry_point),
            })
        }
        RuntimeArtifact::Image(image) => Artifact::Container(Container {
            uri: image.to_string(),
        }),
    }
}

fn authorizer(authorizer: &JwtAuthorizer) -> Authorizer {
    let settings = &authorizer.settings;
    Authorizer {
        discovery_url: settings.discovery_url.to_string(),
        audiences: settings.allowed_audience.clone(),
        clients: settings.allowed_clients.clone(),
        scopes: texts(&settings.allowed_scopes),
        advertised_scopes: BTreeMap::new(),
        claims: authorizer.claims.iter().map(claim).collect(),
        others: BTreeMap::new(),
    }
}

/// AgentCore control API, `CustomClaimValidationType`: a text is compared as a whole, a list by its items.
fn claim(declared: &manifest::Claim) -> Claim {
    let (value_type, operator, matches) = match &declared.rule {
        ClaimRule::Equals(value) => ("STRING", "EQUALS", ClaimMatch::Text(value.to_string())),
        ClaimRule::Contains(value) => (
            "STRING_ARRAY",
            "CONTAINS",
            ClaimMatch::Text(value.to_string()),
        ),
        ClaimRule::ContainsAny(values) => (
            "STRING_ARRAY",
            "CONTAINS_ANY",
            ClaimMatch::AnyOf(texts(values)),
        ),
    };
    Claim {
        name: declared.name.to_string(),
        value_type: value_type.to_owned(),
        operator: operator.to_owned(),
        matches,
    }
}

fn filesystem(declared: &manifest::Filesystem) -> Filesystem {
    let mount_path = declared.mount_path.to_string();
    match &declared.storage {
        Storage::Session => Filesystem::SessionStorage { mount_path },
        Storage::Efs(arn) => Filesystem::Efs {
            access_point: arn.to_string(),
            mount_path,
        },
        Storage::S3Files(arn) => Filesystem::S3Files {
            access_point: arn.to_string(),
            mount_path,
        },
        Storage::CapacityProviderVolume(name) => Filesystem::CapacityProviderVolume {
            volume: name.to_string(),
            mount_path,
        },
    }
}

fn ports(declared: PortRange) -> Ports {
    Ports {
        from: declared.first(),
        to: declared.last(),
    }
}
