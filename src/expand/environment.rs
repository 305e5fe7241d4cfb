//! The environment variables of an agent, with the names that its code expects.

use std::collections::BTreeMap;

use serde_json::json;

use super::artifact::{Files, Stored};
use super::context::Context;
use super::error::{ExpandError, Mistake};
use super::name;
use crate::kinds::lambda::configuration::{ENVIRONMENT_LIMIT, Environment};
use crate::kinds::s3_object;
use crate::manifest::{Agent, AgentCore, Lambda, OtelEnv, RuntimeArtifact, Side};
use crate::resource::reference::{Declared, Input, Part};

/// The name of the layers of the AWS distribution of `OpenTelemetry`, in every account and version.
const OTEL_LAYER: &str = ":layer:AWSOpenTelemetryDistro";

/// The command that reads the variables of `OpenTelemetry` on `AgentCore`. `aws-opentelemetry-distro` contains it.
const OTEL_COMMAND: &str = "opentelemetry-instrument";

/// The variable with the agent's prompt.
const PROMPT: &str = "PROMPT";

// AgentCore control API, EnvironmentVariablesMap.
const MOST_VARIABLES: usize = 50;
const LONGEST_NAME: usize = 100;

/// Collects the variables that agentctl sets and those that the manifest adds.
pub(super) fn environment(
    agent: &Agent,
    context: &Context<'_>,
    files: &Files,
) -> Result<Environment<Declared>, Vec<ExpandError>> {
    let mut variables = agent_variables(agent, files);
    variables.extend(observability_variables(agent));
    let mut errors = Vec::new();
    let of_side = match &agent.side {
        Side::Lambda(lambda) => lambda_variables(agent, lambda, context),
        Side::AgentCore(agentcore) => agentcore_variables(agent, agentcore, context),
    };
    match of_side {
        Ok(of_side) => variables.extend(of_side),
        Err(mistake) => {
            errors.push(ExpandError::new(
                agent,
                "spec.observability.otelEnv",
                mistake,
            ));
        }
    }
    for (name, value) in &agent.environment {
        if variables.contains_key(name.as_str()) {
            let path = format!("spec.environment.{name}");
            errors.push(ExpandError::new(
                agent,
                &path,
                Mistake::TakenVariable(name.to_string()),
            ));
        }
        variables.insert(name.as_str().to_owned(), value.expose().into());
    }
    let environment = Environment(variables);
    errors.extend(over_limits(agent, &environment));
    if errors.is_empty() {
        Ok(environment)
    } else {
        Err(errors)
    }
}

/// Compares the variables with the limits of the side.
fn over_limits(agent: &Agent, environment: &Environment<Declared>) -> Vec<ExpandError> {
    let mut errors = Vec::new();
    let mut report = |path: &str, mistake| errors.push(ExpandError::new(agent, path, mistake));
    let (service, size, limit) = match &agent.side {
        Side::Lambda(_) => ("Lambda", environment.known_size(), ENVIRONMENT_LIMIT),
        Side::AgentCore(agentcore) => {
            let (service, limit) = agentcore_limit(agentcore);
            (service, environment.known_bytes(), limit)
        }
    };
    if size > limit {
        let mistake = Mistake::Environment {
            service,
            size,
            limit,
        };
        report("spec.environment", mistake);
    }
    if let Side::AgentCore(_) = agent.side {
        let count = environment.0.len();
        if count > MOST_VARIABLES {
            let limit = MOST_VARIABLES;
            report("spec.environment", Mistake::Variables { count, limit });
        }
        for name in agent.environment.keys() {
            let (length, limit) = (name.as_str().len(), LONGEST_NAME);
            if length > limit {
                let path = format!("spec.environment.{name}");
                report(&path, Mistake::VariableName { length, limit });
            }
        }
        for (path, name, value) in given(agent) {
            // AgentCore refuses a runtime with it: "Environment variable value contains invalid control characters (0x00-0x1F, 0x7F)".
            if value.bytes().any(|byte| byte.is_ascii_control()) {
                report(&path, Mistake::ControlCharacter(name.to_owned()));
            }
        }
    }
    errors
}

/// Lists the variables whose values come from the manifest: the place in the manifest, the name and the value.
fn given(agent: &Agent) -> impl Iterator<Item = (String, &str, &str)> {
    let prompt = ("spec.prompt".to_owned(), PROMPT, agent.prompt.as_str());
    let variables = agent.environment.iter().map(|(name, value)| {
        let path = format!("spec.environment.{name}");
        (path, name.as_str(), value.expose())
    });
    std::iter::once(prompt).chain(variables)
}

/// AgentCore developer guide, "How it works": 4 KB for all variables together on platform V1; on V2 1.5 KB with an archive and 2.5 KB
/// with an image.
fn agentcore_limit(agentcore: &AgentCore) -> (&'static str, usize) {
    let is_v2 = agentcore
        .settings
        .platform_version
        .as_ref()
        .is_some_and(|version| version.as_str() == "V2");
    match (is_v2, &agentcore.artifact) {
        (false, _) => ("AgentCore", 4096),
        (true, RuntimeArtifact::Code { .. }) => ("AgentCore on platform V2 with an archive", 1536),
        (true, RuntimeArtifact::Image(_)) => ("AgentCore on platform V2 with an image", 2560),
    }
}

type Variables = BTreeMap<String, Input<String>>;

/// `OpenTelemetry` is set up if the function has its layer.
fn lambda_variables(
    agent: &Agent,
    lambda: &Lambda,
    context: &Context<'_>,
) -> Result<Variables, Mistake> {
    let has_layer = lambda
        .settings
        .layers
        .iter()
        .any(|layer| layer.as_str().contains(OTEL_LAYER));
    match (
        agent.observability.enabled,
        agent.observability.otel_env,
        has_layer,
    ) {
        // The layer contains the wrapper: without the layer Lambda cannot start the function.
        (true, OtelEnv::Explicit, false) => Err(Mistake::NoOtelLayer),
        (true, OtelEnv::Explicit | OtelEnv::Auto, true) => Ok(otel_variables(agent, context)),
        (true, OtelEnv::Auto, false) | (false, _, _) => Ok(Variables::new()),
    }
}

/// The region, which code in a container does not learn otherwise, and the variables of `OpenTelemetry` if the manifest requires them.
///
/// The service itself sets the latter for code that starts with `opentelemetry-instrument`. agentctl never sets
/// `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_LOGS_HEADERS`: they name the log group, and so the runtime's id, which is known
/// only after the runtime's creation.
fn agentcore_variables(
    agent: &Agent,
    agentcore: &AgentCore,
    context: &Context<'_>,
) -> Result<Variables, Mistake> {
    let region = context.site.region.as_str();
    let mut variables = named([
        ("AWS_REGION", region.into()),
        ("AWS_DEFAULT_REGION", region.into()),
    ]);
    let observability = &agent.observability;
    if observability.enabled && observability.otel_env == OtelEnv::Explicit {
        let is_read = match &agentcore.artifact {
            RuntimeArtifact::Code { entry_point, .. } => entry_point
                .first()
                .is_some_and(|command| command.as_str() == OTEL_COMMAND),
            // agentctl does not know the command of an image.
            RuntimeArtifact::Image(_) => true,
        };
        if !is_read {
            return Err(Mistake::NoOtelCommand);
        }
        variables.extend(named([
            ("AGENT_OBSERVABILITY_ENABLED", "true".into()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".into()),
            ("OTEL_PYTHON_CONFIGURATOR", "aws_configurator".into()),
            ("OTEL_PYTHON_DISTRO", "aws_distro".into()),
            ("OTEL_SERVICE_NAME", agent.service_name().into()),
            ("OTEL_TRACES_EXPORTER", "otlp".into()),
        ]));
    }
    Ok(variables)
}

fn agent_variables(agent: &Agent, files: &Files) -> Variables {
    let model = &agent.definition.model;
    let model_id = match model.cross_region {
        Some(cross_region) => format!("{}.{}", cross_region.as_str(), model.id),
        None => model.id.to_string(),
    };
    // The text is for Python, where an empty text is false.
    let expect_json = if agent.expect_json { "True" } else { "" };
    named([
        ("SYSTEM_PROMPT_S3_BUCKET_NAME", files.prompt.bucket()),
        ("SYSTEM_PROMPT_S3_KEY", files.prompt.key().into()),
        ("TOOLS_CONFIG", tools_config(&files.tools)),
        ("MODEL_ID", model_id.into()),
        ("INVOKE_TYPE", "batch".into()),
        (PROMPT, agent.prompt.as_str().into()),
        ("EXPECT_JSON", expect_json.into()),
        ("LOG_LEVEL", "INFO".into()),
    ])
}

fn named<const N: usize>(variables: [(&str, Input<String>); N]) -> Variables {
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Returns a JSON list of the tools' locations.
fn tools_config(tools: &[Stored]) -> Input<String> {
    let mut parts = vec![Part::from("[")];
    for (index, tool) in tools.iter().enumerate() {
        let rest =
            json!({ "key": tool.key(), "isFile": !tool.is_archive(), "isZipArchive": tool.is_archive() })
                .to_string();
        parts.push(Part::Text(format!(
            "{}{{\"bucketName\":\"",
            if index == 0 { "" } else { "," }
        )));
        parts.push(match tool {
            Stored::Ours(place) => s3_object::BUCKET.part(&place.address),
            Stored::Foreign { bucket, .. } => Part::from(bucket.as_str()),
        });
        parts.push(Part::Text(format!("\",{}", &rest[1..])));
    }
    parts.push(Part::from("]"));
    Input::Template(parts)
}

fn observability_variables(agent: &Agent) -> Variables {
    if agent.observability.enabled {
        named([
            (
                "POWERTOOLS_METRICS_NAMESPACE",
                agent.observability.metric_namespace.as_str().into(),
            ),
            ("POWERTOOLS_SERVICE_NAME", agent.service_name().into()),
        ])
    } else {
        named([
            ("POWERTOOLS_METRICS_DISABLED", "true".into()),
            ("POWERTOOLS_TRACE_DISABLED", "true".into()),
        ])
    }
}

fn otel_variables(agent: &Agent, context: &Context<'_>) -> Variables {
    let group = name::lambda_log_group(&context.owner);
    let service = agent.service_name();
    let namespace = agent.observability.metric_namespace.as_str();
    let headers = format!(
        "x-aws-log-group={group},x-aws-log-stream=runtime-logs,x-aws-metric-namespace={namespace}"
    );
    named([
        ("AGENT_OBSERVABILITY_ENABLED", "true".into()),
        ("AWS_LAMBDA_EXEC_WRAPPER", "/opt/otel-instrument".into()),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", headers.into()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".into()),
        ("OTEL_PYTHON_CONFIGURATOR", "aws_configurator".into()),
        ("OTEL_PYTHON_DISTRO", "aws_distro".into()),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            format!("service.name={service},aws.log.group.names={group}").into(),
        ),
        ("OTEL_TRACES_EXPORTER", "otlp".into()),
    ])
}
