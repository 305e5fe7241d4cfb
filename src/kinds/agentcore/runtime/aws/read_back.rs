//! Turns the answer of `GetAgentRuntime` into a spec.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::types::{
    AgentRuntimeArtifact, AgentRuntimeStatus, AllowedPort, AuthorizerConfiguration,
    ClaimMatchValueType, Code as CodeLocation, CodeConfiguration, CustomClaimValidationType,
    CustomJwtAuthorizerConfiguration, FilesystemConfiguration, HostingEnvironment,
    LifecycleConfiguration, NetworkConfiguration, NetworkMode, PrivateEndpoint,
    ProtocolConfiguration, RequestHeaderConfiguration, RuntimeMetadataConfiguration,
    SelfManagedLatticeResource,
};
use serde_json::{Value, json};

use crate::kinds::agentcore::APPLIED;
use crate::kinds::agentcore::aws::{reason, unlike};
use crate::kinds::agentcore::runtime::authorizer::{Authorizer, Claim, ClaimMatch};
use crate::kinds::agentcore::runtime::{
    Artifact, Code, Container, Filesystem, Lifecycle, Network, PLATFORM, Ports, Protocol,
    RuntimeSpec,
};
use crate::resource::environment::Environment;
use crate::resource::fault::Fault;
use crate::resource::kind::Status;
use crate::resource::operation::agentcore;
use crate::resource::reference::Resolved;
use crate::resource::role_id;

/// Returns the spec of a runtime as AWS reports it, with defaults written out.
pub(super) fn spec_of(
    answer: &GetAgentRuntimeOutput,
    tags: BTreeMap<String, String>,
) -> Result<RuntimeSpec<Resolved>, Fault> {
    let artifact = answer.agent_runtime_artifact();
    let allowed_ports = answer.allowed_ports().iter().map(ports);
    let filesystems = answer.filesystem_configurations().iter().map(filesystem);
    let (description, role_id) = role_id::split(answer.description().unwrap_or_default());
    Ok(RuntimeSpec {
        artifact: artifact.map_or_else(|| Err(without("an artifact")), artifact_of)?,
        role: answer.role_arn().to_owned(),
        network: match answer.network_configuration() {
            Some(network) => network_of(network)?,
            None => None,
        },
        role_id,
        description,
        environment: environment_of(answer),
        lifecycle: lifecycle(answer.lifecycle_configuration())?,
        protocol: match answer.protocol_configuration() {
            Some(protocol) => protocol_of(protocol)?,
            None => Protocol::default(),
        },
        authorizer: answer
            .authorizer_configuration()
            .map(authorizer)
            .transpose()?,
        request_headers: match answer.request_header_configuration() {
            Some(RequestHeaderConfiguration::RequestHeaderAllowlist(headers)) => headers.clone(),
            Some(_) => return Err(unknown("a rule for request headers")),
            None => Vec::new(),
        },
        filesystems: filesystems.collect::<Result<_, _>>()?,
        allowed_ports: allowed_ports.collect::<Result<_, _>>()?,
        capacity_provider: answer
            .capacity_provider_configuration()
            .and_then(|provider| provider.capacity_provider_arn())
            .map(str::to_owned),
        platform_version: answer.platform_version().unwrap_or(PLATFORM).to_owned(),
        mmdsv2: answer
            .metadata_configuration()
            .is_some_and(RuntimeMetadataConfiguration::require_mmdsv2),
        last_update: match answer.status() {
            AgentRuntimeStatus::UpdateFailed => {
                format!("Failed: {}", reason_of(answer))
            }
            _ => APPLIED.to_owned(),
        },
        tags,
    })
}

/// Returns whether a runtime is ready.
///
/// A runtime whose creation or deletion failed must be created again: AWS does not report what is left of it. A failed update does not make
/// the runtime failed: see [`RuntimeSpec::last_update`].
pub(super) fn status_of(answer: &GetAgentRuntimeOutput) -> Result<Status, Fault> {
    Ok(match answer.status() {
        AgentRuntimeStatus::Ready | AgentRuntimeStatus::UpdateFailed => Status::Ready,
        status @ (AgentRuntimeStatus::Creating | AgentRuntimeStatus::Updating) => {
            Status::Settling(status.as_str().to_owned())
        }
        status @ AgentRuntimeStatus::Deleting => Status::Going(status.as_str().to_owned()),
        AgentRuntimeStatus::CreateFailed | AgentRuntimeStatus::DeleteFailed => {
            Status::Failed(reason_of(answer))
        }
        other => return Err(unknown(&format!("the status `{}`", other.as_str()))),
    })
}

fn environment_of(answer: &GetAgentRuntimeOutput) -> Environment<Resolved> {
    Environment(sorted(answer.environment_variables()))
}

/// Returns the reason of a failure, without the values of variables.
fn reason_of(answer: &GetAgentRuntimeOutput) -> String {
    environment_of(answer).redacted(&reason(answer.failure_reason()))
}

fn artifact_of(answer: &AgentRuntimeArtifact) -> Result<Artifact<Resolved>, Fault> {
    match answer {
        AgentRuntimeArtifact::CodeConfiguration(code) => Ok(Artifact::Code(code_of(code)?)),
        AgentRuntimeArtifact::ContainerConfiguration(container) => {
            Ok(Artifact::Container(Container {
                uri: container.container_uri().to_owned(),
            }))
        }
        _ => Err(unknown("an artifact")),
    }
}

fn code_of(answer: &CodeConfiguration) -> Result<Code<Resolved>, Fault> {
    let Some(CodeLocation::S3(place)) = answer.code() else {
        return Err(unknown("a place of the code"));
    };
    Ok(Code {
        bucket: place.bucket().to_owned(),
        // The whole key, despite the member's name (bedrock-agentcore-starter-toolkit, `services/runtime.py`).
        key: place.prefix().to_owned(),
        object_version: place.version_id().map(str::to_owned),
        runtime: answer.runtime().as_str().to_owned(),
        entry_point: answer.entry_point().to_vec(),
    })
}

fn network_of(answer: &NetworkConfiguration) -> Result<Option<Network>, Fault> {
    match answer.network_mode() {
        NetworkMode::Public => Ok(None),
        NetworkMode::Vpc => {
            let network = answer
                .network_mode_config()
                .ok_or_else(|| without("the subnets of a network"))?;
            Ok(Some(Network {
                subnets: network.subnets().to_vec(),
                security_groups: network.security_groups().to_vec(),
            }))
        }
        other => Err(unknown(&format!("the network mode `{}`", other.as_str()))),
    }
}

fn lifecycle(answer: Option<&LifecycleConfiguration>) -> Result<Lifecycle, Fault> {
    let default = Lifecycle::default();
    let seconds = |answer: Option<i32>, default: u32| answer.map_or(Ok(default), number);
    Ok(Lifecycle {
        idle_timeout: seconds(
            answer.and_then(LifecycleConfiguration::idle_runtime_session_timeout),
            default.idle_timeout,
        )?,
        max_lifetime: seconds(
            answer.and_then(LifecycleConfiguration::max_lifetime),
            default.max_lifetime,
        )?,
    })
}

fn protocol_of(answer: &ProtocolConfiguration) -> Result<Protocol, Fault> {
    Ok(Protocol {
        server: answer.server_protocol().as_str().to_owned(),
        port: answer.port().map(number).transpose()?,
        path: answer.path().map(str::to_owned),
    })
}

fn authorizer(answer: &AuthorizerConfiguration) -> Result<Authorizer, Fault> {
    let AuthorizerConfiguration::CustomJwtAuthorizer(jwt) = answer else {
        return Err(unknown("an authorizer"));
    };
    let claims = jwt.custom_claims().iter().map(claim);
    Ok(Authorizer {
        discovery_url: jwt.discovery_url().to_owned(),
        audiences: jwt.allowed_audience().to_vec(),
        clients: jwt.allowed_clients().to_vec(),
        scopes: jwt.allowed_scopes().to_vec(),
        advertised_scopes: sorted(jwt.advertised_scope_mapping()),
        claims: claims.collect::<Result<_, _>>()?,
        others: others(jwt)?,
    })
}

fn claim(answer: &CustomClaimValidationType) -> Result<Claim, Fault> {
    let rule = answer
        .authorizing_claim_match_value()
        .ok_or_else(|| without("the value that a claim is compared with"))?;
    let matches = match rule.claim_match_value() {
        Some(ClaimMatchValueType::MatchValueString(text)) => ClaimMatch::Text(text.clone()),
        Some(ClaimMatchValueType::MatchValueStringList(texts)) => ClaimMatch::AnyOf(texts.clone()),
        Some(_) => return Err(unknown("a value of a claim")),
        None => return Err(without("the value of a claim")),
    };
    Ok(Claim {
        name: answer.inbound_token_claim_name().to_owned(),
        value_type: answer.inbound_token_claim_value_type().as_str().to_owned(),
        operator: rule.claim_match_operator().as_str().to_owned(),
        matches,
    })
}

/// Collects the settings of an authorizer that cannot be declared.
fn others(jwt: &CustomJwtAuthorizerConfiguration) -> Result<BTreeMap<String, Value>, Fault> {
    let mut others = BTreeMap::new();
    let mut found = |name: &str, value: Value| others.insert(name.to_owned(), value);
    if let Some(endpoint) = jwt.private_endpoint() {
        found("privateEndpoint", private_endpoint(endpoint)?);
    }
    if !jwt.private_endpoint_overrides().is_empty() {
        let mut by_domain = BTreeMap::new();
        for over in jwt.private_endpoint_overrides() {
            let endpoint = over.private_endpoint().map(private_endpoint).transpose()?;
            by_domain.insert(over.domain(), endpoint);
        }
        found("privateEndpointOverrides", json!(by_domain));
    }
    if let Some(allowed) = jwt.allowed_workload_configuration() {
        let environments: Vec<&str> = allowed
            .hosting_environments()
            .iter()
            .map(HostingEnvironment::arn)
            .collect();
        found(
            "allowedWorkloadConfiguration",
            json!({
                "hostingEnvironments": environments,
                "workloadIdentities": allowed.workload_identities(),
            }),
        );
    }
    Ok(others)
}

fn private_endpoint(answer: &PrivateEndpoint) -> Result<Value, Fault> {
    match answer {
        PrivateEndpoint::ManagedVpcResource(vpc) => Ok(json!({ "managedVpcResource": {
            "vpcIdentifier": vpc.vpc_identifier(),
            "subnetIds": vpc.subnet_ids(),
            "endpointIpAddressType": vpc.endpoint_ip_address_type().as_str(),
            "securityGroupIds": vpc.security_group_ids(),
            "tags": sorted(vpc.tags()),
            "routingDomain": vpc.routing_domain(),
        }})),
        PrivateEndpoint::SelfManagedLatticeResource(
            SelfManagedLatticeResource::ResourceConfigurationIdentifier(id),
        ) => Ok(json!({ "selfManagedLatticeResource": id })),
        _ => Err(unknown("a private endpoint")),
    }
}

fn filesystem(answer: &FilesystemConfiguration) -> Result<Filesystem, Fault> {
    match answer {
        FilesystemConfiguration::SessionStorage(storage) => Ok(Filesystem::SessionStorage {
            mount_path: storage.mount_path().to_owned(),
        }),
        FilesystemConfiguration::S3FilesAccessPoint(point) => Ok(Filesystem::S3Files {
            access_point: point.access_point_arn().to_owned(),
            mount_path: point.mount_path().to_owned(),
        }),
        FilesystemConfiguration::EfsAccessPoint(point) => Ok(Filesystem::Efs {
            access_point: point.access_point_arn().to_owned(),
            mount_path: point.mount_path().to_owned(),
        }),
        FilesystemConfiguration::CapacityProviderVolume(volume) => {
            Ok(Filesystem::CapacityProviderVolume {
                volume: volume.volume_name().to_owned(),
                mount_path: volume.mount_path().to_owned(),
            })
        }
        _ => Err(unknown("a file system")),
    }
}

fn ports(answer: &AllowedPort) -> Result<Ports, Fault> {
    let (from, to) = match answer {
        AllowedPort::Port(port) => (*port, *port),
        AllowedPort::PortRange(range) => (range.from(), range.to()),
        _ => return Err(unknown("a rule for ports")),
    };
    Ok(Ports {
        from: number(from)?,
        to: number(to)?,
    })
}

fn sorted(map: Option<&HashMap<String, String>>) -> BTreeMap<String, String> {
    map.into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn number<T: TryFrom<i32>>(answer: i32) -> Result<T, Fault> {
    T::try_from(answer).map_err(|_| {
        unlike(
            agentcore::GET_AGENT_RUNTIME,
            format!("the answer holds the number `{answer}`, which is out of range"),
        )
    })
}

fn unknown(what: &str) -> Fault {
    unlike(
        agentcore::GET_AGENT_RUNTIME,
        format!("the answer holds {what} that this version of agentctl does not know"),
    )
}

fn without(what: &str) -> Fault {
    unlike(
        agentcore::GET_AGENT_RUNTIME,
        format!("the answer does not hold {what}"),
    )
}
