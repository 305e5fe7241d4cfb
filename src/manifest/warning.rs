//! What a manifest says that has no effect, or that AWS may refuse. Nothing of it is an error.

use super::action;
use super::agent::{Agent, RuntimeArtifact, Scope, Side};
use super::setting::OtelEnv;
use super::source::Position;

/// Something that the user may want to know, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub position: Position,
    pub message: String,
}

/// The longest time limit of a function before AWS raised it. Lambda API, `CreateFunction`: `Timeout`.
const FORMER_TIMEOUT: u32 = 900;

/// The command that sets up `OpenTelemetry` in code for `AgentCore`.
const OTEL_COMMAND: &str = "opentelemetry-instrument";

impl Agent {
    /// Returns what the user may want to know of the agent.
    pub fn warnings(&self) -> Vec<Warning> {
        let of_side = match &self.side {
            Side::Lambda(lambda) => {
                let seconds = lambda.settings.timeout.get();
                (seconds > FORMER_TIMEOUT).then(|| {
                    let message = format!(
                        "`timeout` is {seconds} s; Lambda takes more than {FORMER_TIMEOUT} s only since November 2026, and perhaps not in every region yet"
                    );
                    ("spec.lambda.timeout", message)
                })
            }
            Side::AgentCore(agentcore) => {
                let command = match &agentcore.artifact {
                    RuntimeArtifact::Code { entry_point, .. } => entry_point.first(),
                    RuntimeArtifact::Image(_) => None,
                };
                let is_traced = command.is_none_or(|command| command.as_str() == OTEL_COMMAND);
                // `otelEnv: explicit` makes it an error.
                let is_silent = self.observability.enabled
                    && self.observability.otel_env == OtelEnv::Auto
                    && !is_traced;
                is_silent.then(|| {
                    let message = format!(
                        "nothing exports traces: start `code.entryPoint` with `{OTEL_COMMAND}`, and put `aws-opentelemetry-distro` into the code"
                    );
                    ("spec.observability.enabled", message)
                })
            }
        };
        let of_side = of_side.map(|(path, message)| (path.to_owned(), message));
        let mut found: Vec<(String, String)> = of_side.into_iter().collect();
        if let Side::AgentCore(_) = self.side
            && self.positions.contains("spec.lambda.layers[0]")
        {
            let message = "layers have no effect on AgentCore: put the libraries into the code";
            found.push(("spec.lambda.layers".to_owned(), message.to_owned()));
        }
        if !self.observability.enabled {
            for (key, path) in [
                ("metricNamespace", "spec.observability.metricNamespace"),
                ("serviceName", "spec.observability.serviceName"),
                ("otelEnv", "spec.observability.otelEnv"),
            ] {
                if self.positions.contains(path) {
                    let message =
                        format!("`{key}` has no effect without `observability.enabled: true`");
                    found.push((path.to_owned(), message));
                }
            }
        }
        found.extend(self.unknown_actions());
        found
            .into_iter()
            .map(|(path, message)| Warning {
                position: self.positions.find(&path).clone(),
                message,
            })
            .collect()
    }

    /// Returns the actions of policy statements that AWS may not have, each with its path.
    fn unknown_actions(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (index, statement) in self.definition.policy_statements.iter().enumerate() {
            let (key, actions) = match &statement.actions {
                Scope::Only(actions) => ("Action", actions),
                Scope::AllBut(actions) => ("NotAction", actions),
            };
            for (place, action) in actions.iter().enumerate() {
                if let Some(message) = action::unknown(action) {
                    let path = format!("spec.definition.policyStatements[{index}].{key}[{place}]");
                    found.push((path, message));
                }
            }
        }
        found
    }
}
