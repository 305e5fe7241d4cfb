//! The environment variables of an agent's code, which can be secret. Only values that are known not to be secret are shown.

use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::resource::reference::{Declared, Input, Part, Resolved, Stage};

/// The shortest value that is treated as a secret in a message.
const SHORTEST_SECRET: usize = 8;

/// The variables without secrets: agentctl sets their values, or the manifest has them in clear text.
pub const PLAIN_VARIABLES: &[&str] = &[
    "AGENT_OBSERVABILITY_ENABLED",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_EXEC_WRAPPER",
    "AWS_REGION",
    "EXPECT_JSON",
    "INVOKE_TYPE",
    "LOG_LEVEL",
    "MODEL_ID",
    "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_PYTHON_CONFIGURATOR",
    "OTEL_PYTHON_DISTRO",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_EXPORTER",
    "POWERTOOLS_METRICS_DISABLED",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_TRACE_DISABLED",
    "PROMPT",
    "SYSTEM_PROMPT_S3_BUCKET_NAME",
    "SYSTEM_PROMPT_S3_KEY",
    "TOOLS_CONFIG",
];

/// Environment variables. `Debug` shows the values of [`PLAIN_VARIABLES`] only.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", transparent)]
pub struct Environment<S: Stage>(pub BTreeMap<String, S::Ref<String>>);

impl Environment<Declared> {
    /// Measures the variables as Lambda does: as one JSON object without spaces. Outputs of other resources count as empty.
    ///
    /// Variables that exceed the service's limit in this measure are certain to be refused.
    #[must_use]
    pub fn known_size(&self) -> usize {
        let known: Map<String, Value> = self
            .0
            .iter()
            .map(|(name, value)| (name.clone(), known_text(value).into()))
            .collect();
        Value::Object(known).to_string().len()
    }

    /// Counts the bytes of names and values alone. Outputs of other resources count as empty. No measure can be smaller.
    #[must_use]
    pub fn known_bytes(&self) -> usize {
        self.0
            .iter()
            .map(|(name, value)| name.len() + known_text(value).len())
            .sum()
    }
}

impl Environment<Resolved> {
    /// Removes the values of secret variables from a message of the service.
    #[must_use]
    pub fn redacted(&self, message: &str) -> String {
        redacted(&[self], message)
    }
}

/// Removes the values of secret variables from a message of the service: some refusals repeat what was sent, or what was set before.
pub fn redacted(environments: &[&Environment<Resolved>], message: &str) -> String {
    let mut secrets: Vec<String> = environments
        .iter()
        .flat_map(|environment| &environment.0)
        .filter(|(name, _)| !PLAIN_VARIABLES.contains(&name.as_str()))
        .flat_map(|(_, value)| forms_of(value))
        // A shorter value is hardly a secret, and its removal would garble other words.
        .filter(|form| form.len() >= SHORTEST_SECRET)
        .collect();
    // The longest first: otherwise a value that contains another would be removed only in part.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(message.to_owned(), |text, secret| {
        text.replace(secret.as_str(), "(hidden)")
    })
}

/// Lists the forms in which a message can contain a value: as it is, as [`Fault`](crate::resource::fault::Fault)s write texts of several
/// lines, and with the escapes of JSON and URLs.
fn forms_of(value: &str) -> [String; 4] {
    let quoted = Value::from(value).to_string();
    [
        value.to_owned(),
        value.replace(char::is_control, " "),
        quoted[1..quoted.len() - 1].to_owned(),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
    ]
}

impl<S: Stage> fmt::Debug for Environment<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in &self.0 {
            if PLAIN_VARIABLES.contains(&name.as_str()) {
                map.entry(name, value);
            } else {
                map.entry(name, &format_args!("hidden"));
            }
        }
        map.finish()
    }
}

fn known_text(value: &Input<String>) -> String {
    match value {
        Input::Literal(text) => text.clone(),
        Input::Output(_) => String::new(),
        Input::Template(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Output(_) => "",
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::address::Address;
    use crate::resource::reference::OutputField;

    const ARN: OutputField<String> = OutputField::new("arn");

    #[test]
    fn an_environment_is_measured_as_the_json_that_lambda_measures() {
        let role = Address::new("iam-role", "triage");
        let environment = Environment(BTreeMap::from([
            ("AA".to_owned(), Input::from("say \"hi\"")),
            ("BB".to_owned(), ARN.of(&role)),
            (
                "CC".to_owned(),
                Input::Template(vec!["a".into(), ARN.part(&role), "é".into()]),
            ),
        ]));
        assert_eq!(
            environment.known_size(),
            r#"{"AA":"say \"hi\"","BB":"","CC":"aé"}"#.len()
        );
        assert_eq!(environment.known_bytes(), r#"AAsay "hi"BBCCaé"#.len());
    }

    #[test]
    fn only_secret_values_are_removed_from_a_message() {
        let environment = Environment::<Resolved>(BTreeMap::from([
            ("API_TOKEN".to_owned(), "hunter22".to_owned()),
            ("MODEL_ID".to_owned(), "anthropic.claude".to_owned()),
            ("STAGE".to_owned(), "prod".to_owned()),
        ]));
        assert_eq!(
            environment.redacted("hunter22 is too long for anthropic.claude in prod"),
            "(hidden) is too long for anthropic.claude in prod"
        );
    }

    #[test]
    fn a_secret_is_removed_from_a_message_in_all_its_forms() {
        let environment = Environment::<Resolved>(BTreeMap::from([
            ("A".to_owned(), "hunter22".to_owned()),
            ("B".to_owned(), "hunter22-and-more".to_owned()),
            ("KEY".to_owned(), "-- BEGIN\n\"abc/def\" --".to_owned()),
        ]));
        let redacted = |message: &str| environment.redacted(message);
        assert_eq!(
            redacted("hunter22-and-more, hunter22"),
            "(hidden), (hidden)"
        );
        assert_eq!(redacted("'-- BEGIN \"abc/def\" --'"), "'(hidden)'");
        assert_eq!(
            redacted(r#"{"KEY":"-- BEGIN\n\"abc/def\" --"}"#),
            r#"{"KEY":"(hidden)"}"#
        );
        assert_eq!(
            redacted("%2D%2D%20BEGIN%0A%22abc%2Fdef%22%20%2D%2D"),
            "(hidden)"
        );
    }
}
