//! The kind of log groups.

use super::data_protection::DataProtection;
use super::spec::{LogGroupOutputs, LogGroupSpec};
use crate::resource::kind::{Effect, FieldRule, Kind};
use crate::resource::reference::{Declared, Stage};

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
