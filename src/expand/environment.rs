//! The environment variables of an agent, under the names that its code expects.

use std::collections::BTreeMap;

use serde_json::json;

use super::artifact::{Files, Stored};
use super::error::{ExpandError, Mistake};
use super::{Context, name};
use crate::kinds::lambda::configuration::{ENVIRONMENT_LIMIT, Environment};
use crate::kinds::s3_object;
use crate::manifest::{Agent, OtelEnv};
use crate::resource::reference::{Declared, Input, Part};

/// How the layers of the AWS distribution of `OpenTelemetry` are called, whatever the account and version.
const OTEL_LAYER: &str = ":layer:AWSOpenTelemetryDistro";

/// Gathers what agentctl sets and what the manifest adds.
pub(super) fn environment(
    agent: &Agent,
    context: &Context<'_>,
    files: &Files,
) -> Result<Environment<Declared>, Vec<ExpandError>> {
    let mut variables = agent_variables(agent, files);
    variables.extend(observability_variables(agent));
    let has_layer = agent
        .lambda
        .layers
        .iter()
        .any(|layer| layer.as_str().contains(OTEL_LAYER));
    let mut errors = Vec::new();
    match (
        agent.observability.enabled,
        agent.observability.otel_env,
        has_layer,
    ) {
        // The wrapper is in the layer: without it Lambda cannot start the function.
        (true, OtelEnv::Explicit, false) => {
            errors.push(ExpandError::new(
                agent,
                "spec.observability.otelEnv",
                Mistake::NoOtelLayer,
            ));
        }
        (true, OtelEnv::Explicit | OtelEnv::Auto, true) => {
            variables.extend(otel_variables(agent, context));
        }
        _ => {}
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
    let size = environment.known_size();
    if size > ENVIRONMENT_LIMIT {
        let mistake = Mistake::Environment {
            size,
            limit: ENVIRONMENT_LIMIT,
        };
        errors.push(ExpandError::new(agent, "spec.environment", mistake));
    }
    if errors.is_empty() {
        Ok(environment)
    } else {
        Err(errors)
    }
}

fn agent_variables(agent: &Agent, files: &Files) -> BTreeMap<String, Input<String>> {
    let model = &agent.definition.model;
    let model_id = match model.cross_region {
        Some(cross_region) => format!("{}.{}", cross_region.as_str(), model.id),
        None => model.id.to_string(),
    };
    // The text is Python's; what is empty is false there.
    let expect_json = if agent.expect_json { "True" } else { "" };
    named([
        ("SYSTEM_PROMPT_S3_BUCKET_NAME", files.prompt.bucket()),
        ("SYSTEM_PROMPT_S3_KEY", files.prompt.key().into()),
        ("TOOLS_CONFIG", tools_config(&files.tools)),
        ("MODEL_ID", model_id.into()),
        ("INVOKE_TYPE", "batch".into()),
        ("PROMPT", agent.prompt.as_str().into()),
        ("EXPECT_JSON", expect_json.into()),
        ("LOG_LEVEL", "INFO".into()),
    ])
}

fn named<const N: usize>(variables: [(&str, Input<String>); N]) -> BTreeMap<String, Input<String>> {
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A JSON list of where each tool is.
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

fn observability_variables(agent: &Agent) -> BTreeMap<String, Input<String>> {
    if agent.observability.enabled {
        named([
            (
                "POWERTOOLS_METRICS_NAMESPACE",
                agent.observability.metric_namespace.as_str().into(),
            ),
            (
                "POWERTOOLS_SERVICE_NAME",
                agent.observability.service_name.as_str().into(),
            ),
        ])
    } else {
        named([
            ("POWERTOOLS_METRICS_DISABLED", "true".into()),
            ("POWERTOOLS_TRACE_DISABLED", "true".into()),
        ])
    }
}

fn otel_variables(agent: &Agent, context: &Context<'_>) -> BTreeMap<String, Input<String>> {
    let group = name::lambda_log_group(&context.owner);
    let service = agent.observability.service_name.as_str();
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
