//! Turns a spec into the form that AWS takes.

use std::collections::HashMap;

use aws_sdk_bedrockagentcorecontrol::error::BuildError;
use aws_sdk_bedrockagentcorecontrol::types::{
    AgentManagedRuntimeType, AgentRuntimeArtifact, AllowedPort, AuthorizerConfiguration,
    AuthorizingClaimMatchValueType, CapacityProviderConfiguration,
    CapacityProviderVolumeConfiguration, ClaimMatchOperatorType, ClaimMatchValueType,
    Code as CodeLocation, CodeConfiguration, ContainerConfiguration, CustomClaimValidationType,
    CustomJwtAuthorizerConfiguration, EfsAccessPointConfiguration, FilesystemConfiguration,
    InboundTokenClaimValueType, LifecycleConfiguration, NetworkConfiguration, NetworkMode,
    PortRange, ProtocolConfiguration, RequestHeaderConfiguration, S3FilesAccessPointConfiguration,
    S3Location, ServerProtocol, SessionStorageConfiguration, VpcConfig,
};

use crate::kinds::agentcore::runtime::authorizer::{Authorizer, Claim, ClaimMatch};
use crate::kinds::agentcore::runtime::{
    Artifact, Filesystem, Lifecycle, Network, Ports, Protocol, RuntimeSpec,
};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::Operation;
use crate::resource::reference::Resolved;
use crate::resource::role_id;

/// The members that creation and update share. An absent or empty value is left out, which resets it in an update (`AgentCore` developer
/// guide, "How it works").
pub(super) struct Configuration {
    pub(super) artifact: AgentRuntimeArtifact,
    pub(super) network: NetworkConfiguration,
    pub(super) description: Option<String>,
    pub(super) authorizer: Option<AuthorizerConfiguration>,
    pub(super) request_headers: Option<RequestHeaderConfiguration>,
    pub(super) protocol: ProtocolConfiguration,
    pub(super) lifecycle: LifecycleConfiguration,
    pub(super) environment: Option<HashMap<String, String>>,
    pub(super) filesystems: Option<Vec<FilesystemConfiguration>>,
    pub(super) capacity_provider: Option<CapacityProviderConfiguration>,
    pub(super) allowed_ports: Option<Vec<AllowedPort>>,
}

impl Configuration {
    /// Fails for settings that can be read but not written here, and for numbers that `AgentCore` does not take.
    pub(super) fn of(operation: Operation, spec: &RuntimeSpec<Resolved>) -> Result<Self, Fault> {
        let environment = &spec.environment.0;
        let headers = &spec.request_headers;
        let authorizer = spec.authorizer.as_ref();
        Ok(Self {
            artifact: artifact(&spec.artifact),
            network: network(spec.network.as_ref()),
            description: Some(role_id::described(
                &spec.description,
                spec.role_id.as_deref(),
            ))
            .filter(|text| !text.is_empty()),
            authorizer: authorizer
                .map(|rules| sent_authorizer(operation, rules))
                .transpose()?,
            request_headers: (!headers.is_empty())
                .then(|| RequestHeaderConfiguration::RequestHeaderAllowlist(headers.clone())),
            protocol: protocol(&spec.protocol),
            lifecycle: lifecycle(operation, spec.lifecycle)?,
            environment: (!environment.is_empty())
                .then(|| environment.clone().into_iter().collect()),
            filesystems: unless_empty(spec.filesystems.iter().map(filesystem).collect()),
            capacity_provider: spec.capacity_provider.as_ref().map(|arn| {
                CapacityProviderConfiguration::builder()
                    .capacity_provider_arn(arn)
                    .build()
            }),
            allowed_ports: unless_empty(spec.allowed_ports.iter().copied().map(ports).collect()),
        })
    }
}

fn artifact(desired: &Artifact<Resolved>) -> AgentRuntimeArtifact {
    match desired {
        Artifact::Code(code) => {
            let place = S3Location::builder()
                .bucket(&code.bucket)
                .prefix(&code.key)
                .set_version_id(code.object_version.clone());
            let configuration = CodeConfiguration::builder()
                .code(CodeLocation::S3(built(place.build())))
                .runtime(AgentManagedRuntimeType::from(code.runtime.as_str()))
                .set_entry_point(Some(code.entry_point.clone()));
            AgentRuntimeArtifact::CodeConfiguration(built(configuration.build()))
        }
        Artifact::Container(container) => {
            let configuration = ContainerConfiguration::builder().container_uri(&container.uri);
            AgentRuntimeArtifact::ContainerConfiguration(built(configuration.build()))
        }
    }
}

fn network(desired: Option<&Network>) -> NetworkConfiguration {
    let builder = NetworkConfiguration::builder();
    let Some(network) = desired else {
        return built(builder.network_mode(NetworkMode::Public).build());
    };
    let vpc = VpcConfig::builder()
        .set_subnets(Some(network.subnets.clone()))
        .set_security_groups(Some(network.security_groups.clone()));
    let builder = builder.network_mode(NetworkMode::Vpc);
    built(builder.network_mode_config(built(vpc.build())).build())
}

/// Leaves out the port and path if they are the protocol's defaults, which means the same and demands less of the service.
fn protocol(desired: &Protocol) -> ProtocolConfiguration {
    let (port, path) = desired.defaults().unzip();
    let builder = ProtocolConfiguration::builder()
        .server_protocol(ServerProtocol::from(desired.server.as_str()))
        .set_port(desired.port.filter(|own| Some(*own) != port).map(i32::from))
        .set_path(
            desired
                .path
                .clone()
                .filter(|own| Some(own.as_str()) != path),
        );
    built(builder.build())
}

fn lifecycle(operation: Operation, desired: Lifecycle) -> Result<LifecycleConfiguration, Fault> {
    let seconds = |desired: u32| {
        i32::try_from(desired).map_err(|_| {
            Fault::new(
                FaultKind::Invalid,
                operation,
                format!("`{desired}` seconds are more than `AgentCore` takes"),
            )
        })
    };
    Ok(LifecycleConfiguration::builder()
        .idle_runtime_session_timeout(seconds(desired.idle_timeout)?)
        .max_lifetime(seconds(desired.max_lifetime)?)
        .build())
}

fn sent_authorizer(
    operation: Operation,
    desired: &Authorizer,
) -> Result<AuthorizerConfiguration, Fault> {
    if let Some(other) = desired.others.keys().next() {
        return Err(Fault::new(
            FaultKind::Invalid,
            operation,
            format!("`{other}` of an authorizer cannot be set"),
        ));
    }
    let list = |texts: &[String]| unless_empty(texts.to_vec());
    let scopes = &desired.advertised_scopes;
    let builder = CustomJwtAuthorizerConfiguration::builder()
        .discovery_url(&desired.discovery_url)
        .set_allowed_audience(list(&desired.audiences))
        .set_allowed_clients(list(&desired.clients))
        .set_allowed_scopes(list(&desired.scopes))
        .set_advertised_scope_mapping(
            (!scopes.is_empty()).then(|| scopes.clone().into_iter().collect()),
        )
        .set_custom_claims(unless_empty(desired.claims.iter().map(claim).collect()));
    Ok(AuthorizerConfiguration::CustomJwtAuthorizer(built(
        builder.build(),
    )))
}

fn claim(desired: &Claim) -> CustomClaimValidationType {
    let value = match &desired.matches {
        ClaimMatch::Text(text) => ClaimMatchValueType::MatchValueString(text.clone()),
        ClaimMatch::AnyOf(texts) => ClaimMatchValueType::MatchValueStringList(texts.clone()),
    };
    let rule = AuthorizingClaimMatchValueType::builder()
        .claim_match_value(value)
        .claim_match_operator(ClaimMatchOperatorType::from(desired.operator.as_str()));
    let claim = CustomClaimValidationType::builder()
        .inbound_token_claim_name(&desired.name)
        .inbound_token_claim_value_type(InboundTokenClaimValueType::from(
            desired.value_type.as_str(),
        ))
        .authorizing_claim_match_value(built(rule.build()));
    built(claim.build())
}

fn filesystem(desired: &Filesystem) -> FilesystemConfiguration {
    match desired {
        Filesystem::SessionStorage { mount_path } => {
            let builder = SessionStorageConfiguration::builder().mount_path(mount_path);
            FilesystemConfiguration::SessionStorage(built(builder.build()))
        }
        Filesystem::S3Files {
            access_point,
            mount_path,
        } => {
            let builder = S3FilesAccessPointConfiguration::builder()
                .access_point_arn(access_point)
                .mount_path(mount_path);
            FilesystemConfiguration::S3FilesAccessPoint(built(builder.build()))
        }
        Filesystem::Efs {
            access_point,
            mount_path,
        } => {
            let builder = EfsAccessPointConfiguration::builder()
                .access_point_arn(access_point)
                .mount_path(mount_path);
            FilesystemConfiguration::EfsAccessPoint(built(builder.build()))
        }
        Filesystem::CapacityProviderVolume { volume, mount_path } => {
            let builder = CapacityProviderVolumeConfiguration::builder()
                .volume_name(volume)
                .mount_path(mount_path);
            FilesystemConfiguration::CapacityProviderVolume(built(builder.build()))
        }
    }
}

fn ports(desired: Ports) -> AllowedPort {
    if desired.from == desired.to {
        return AllowedPort::Port(desired.from.into());
    }
    let range = PortRange::builder()
        .from(desired.from.into())
        .to(desired.to.into());
    AllowedPort::PortRange(built(range.build()))
}

fn unless_empty<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

fn built<T>(part: Result<T, BuildError>) -> T {
    part.expect("the caller sets every required member")
}
