//! A log group of CloudWatch Logs with its retention, encryption and masking.
//!
//! `AgentCore` makes the groups of a runtime by itself and again, without marks, under names that hold the runtime's id. Such a group is
//! whose its runtime is, and is claimed by our marks, so that it is known when the runtime is gone.

#[cfg(feature = "aws")]
mod aws;
pub mod data_protection;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use aws::{LogGroupReader, LogGroupWriter};
pub use spec::{LogGroupOutputs, LogGroupSpec};

use crate::resource::kind::{Effect, FieldRule, Kind};
use crate::resource::reference::{Declared, OutputField, Stage};
use data_protection::DataProtection;

/// The ARN that ends with `:*`, as policies and Step Functions want it.
pub const ARN: OutputField<String> = OutputField::new("arn");
/// The ARN of the group itself.
pub const GROUP_ARN: OutputField<String> = OutputField::new("groupArn");
/// The name.
pub const NAME: OutputField<String> = OutputField::new("name");
/// The account's retention policy that overrides the group's own retention, when there is one.
pub const RETENTION_POLICY: OutputField<Option<String>> = OutputField::new("retentionPolicy");

/// The class of a group that has all features, which is what a group is made as when nothing else is asked for.
pub const STANDARD: &str = "STANDARD";

/// Where the groups of functions are, whose names Lambda derives from theirs.
#[cfg(feature = "aws")]
const FUNCTION_FOLDER: &str = "/aws/lambda/";

/// Where `AgentCore` makes one group for each endpoint of a runtime (`AgentCore` developer guide, "Troubleshoot `AgentCore` Runtime").
pub const RUNTIME_FOLDER: &str = "/aws/bedrock-agentcore/runtimes/";

/// The kind of log groups.
#[derive(Debug, Clone, PartialEq)]
pub enum LogGroup {}

impl Kind for LogGroup {
    const NAME: &'static str = "log-group";
    type Spec<S: Stage> = LogGroupSpec<S>;
    type Outputs = LogGroupOutputs;
    const RULES: &'static [FieldRule] = &[
        FieldRule::new("/class", Effect::Replaces),
        FieldRule::new(
            "/retentionDays",
            Effect::ShrinkLoses("log events older than the new retention"),
        ),
    ];
    const REMADE_BY_SOURCE: bool = true;
    const HOLDS: Option<&'static str> = Some("its log events");

    fn canonical<S: Stage>(mut spec: Self::Spec<S>) -> Self::Spec<S> {
        spec.data_protection = spec.data_protection.map(DataProtection::canonical);
        spec
    }

    fn summary(spec: &Self::Spec<Declared>) -> String {
        let mut words = vec![spec.retention_days.map_or_else(
            || "retention without end".to_owned(),
            |days| format!("retention {days}d"),
        )];
        if spec.kms_key.is_some() {
            words.push("own key".to_owned());
        }
        match &spec.data_protection {
            Some(DataProtection::Masking(masking)) => words.push(format!(
                "masks {}",
                masking
                    .identifiers
                    .iter()
                    .chain(masking.custom_identifiers.keys())
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(" ")
            )),
            Some(DataProtection::Other(_)) => words.push("other data protection".to_owned()),
            None => {}
        }
        words.join(", ")
    }
}
