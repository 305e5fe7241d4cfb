//! What a log group masks, and the policy document for it.
//!
//! The form of the document is that of CloudWatch Logs API, `PutDataProtectionPolicy`: one block audits and one masks the same identifiers.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::resource::reference::{Resolved, Stage};

/// The only version of the policy language.
const VERSION: &str = "2021-06-01";
/// The longest document in characters (CloudWatch Logs API, `PutDataProtectionPolicy`).
const LONGEST: usize = 30_720;

/// What a log group masks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", untagged)]
pub enum DataProtection<S: Stage> {
    /// Identifiers that are audited and masked alike.
    Masking(Masking<S>),
    /// A policy in another form, which somebody else wrote.
    Other(OtherPolicy),
}

/// Identifiers that are audited and masked alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct Masking<S: Stage> {
    /// Ids of AWS's identifiers, such as `EmailAddress`, or their ARNs.
    pub identifiers: Vec<String>,
    /// Custom regular expressions, by name.
    pub custom_identifiers: BTreeMap<String, String>,
    pub findings: Findings<S>,
}

/// Where findings are reported to. Each must exist before the policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct Findings<S: Stage> {
    /// A log group's name.
    pub log_group: Option<S::Ref<String>>,
    /// A bucket's name.
    pub bucket: Option<S::Ref<String>>,
    /// A Firehose stream's name.
    pub delivery_stream: Option<S::Ref<String>>,
}

/// A policy document in a form that agentctl does not write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OtherPolicy {
    /// The document.
    pub other: Value,
}

/// Why a policy cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataProtectionError {
    /// CloudWatch Logs would refuse it.
    #[error(
        "the data protection policy has {length} characters, CloudWatch Logs takes {LONGEST}: name fewer identifiers"
    )]
    TooLong {
        /// The number of characters.
        length: usize,
    },
}

impl<S: Stage> DataProtection<S> {
    /// Shortens the ARNs of AWS's identifiers to their ids, and sorts lists without an order.
    #[must_use]
    pub fn canonical(self) -> Self {
        match self {
            Self::Masking(masking) => Self::Masking(Masking {
                identifiers: masking
                    .identifiers
                    .into_iter()
                    .map(|identifier| {
                        managed_id(&identifier).map_or(identifier.clone(), str::to_owned)
                    })
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
                ..masking
            }),
            other @ Self::Other(_) => other,
        }
    }
}

impl DataProtection<Resolved> {
    /// Returns the policy document with the ARNs of a partition.
    pub fn document(&self, partition: &str) -> Result<String, DataProtectionError> {
        let document = match self {
            Self::Masking(masking) => masking.document(partition),
            Self::Other(policy) => policy.other.clone(),
        };
        let text = document.to_string();
        match text.chars().count() {
            0..=LONGEST => Ok(text),
            length => Err(DataProtectionError::TooLong { length }),
        }
    }

    /// Reads a policy document. Its name, description and statement ids have no meaning, and neither does any order.
    pub fn parse(document: Value) -> Self {
        match serde_json::from_value::<Policy>(document.clone())
            .ok()
            .and_then(Policy::masking)
        {
            Some(masking) => Self::Masking(masking).canonical(),
            None => Self::Other(OtherPolicy { other: document }),
        }
    }
}

impl Masking<Resolved> {
    fn document(&self, partition: &str) -> Value {
        let identifiers: Vec<String> = self
            .identifiers
            .iter()
            .map(|identifier| {
                if identifier.starts_with("arn:") {
                    identifier.clone()
                } else {
                    format!("arn:{partition}:dataprotection::aws:data-identifier/{identifier}")
                }
            })
            .chain(self.custom_identifiers.keys().cloned())
            .collect();
        let mut document = json!({
            "Name": "agentctl",
            "Version": VERSION,
            "Statement": [
                {
                    "Sid": "audit",
                    "DataIdentifier": identifiers,
                    "Operation": { "Audit": { "FindingsDestination": self.findings.destination() } },
                },
                {
                    "Sid": "mask",
                    "DataIdentifier": identifiers,
                    "Operation": { "Deidentify": { "MaskConfig": {} } },
                },
            ],
        });
        if !self.custom_identifiers.is_empty() {
            let custom: Vec<Value> = self
                .custom_identifiers
                .iter()
                .map(|(name, regex)| json!({ "Name": name, "Regex": regex }))
                .collect();
            document["Configuration"] = json!({ "CustomDataIdentifier": custom });
        }
        document
    }
}

impl Findings<Resolved> {
    fn destination(&self) -> Value {
        let kinds = [
            ("CloudWatchLogs", "LogGroup", &self.log_group),
            ("S3", "Bucket", &self.bucket),
            ("Firehose", "DeliveryStream", &self.delivery_stream),
        ];
        let destination: Map<String, Value> = kinds
            .into_iter()
            .filter_map(|(service, kind, name)| {
                Some((service.to_owned(), json!({ kind: name.as_ref()? })))
            })
            .collect();
        Value::Object(destination)
    }
}

/// Returns the id in the ARN of one of AWS's own identifiers.
fn managed_id(arn: &str) -> Option<&str> {
    let (partition, id) = arn
        .strip_prefix("arn:")?
        .split_once(":dataprotection::aws:data-identifier/")?;
    (!partition.contains(':')).then_some(id)
}

/// A policy document in agentctl's form, read as strictly as possible.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Policy {
    #[serde(rename = "Name", default)]
    _name: IgnoredAny,
    #[serde(rename = "Description", default)]
    _description: IgnoredAny,
    version: String,
    statement: [Block; 2],
    #[serde(default)]
    configuration: Configuration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Block {
    #[serde(rename = "Sid", default)]
    _sid: IgnoredAny,
    data_identifier: BTreeSet<String>,
    operation: Operation,
}

#[derive(Deserialize)]
enum Operation {
    Audit(Audit),
    Deidentify(Deidentify),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Audit {
    findings_destination: Destination,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deidentify {
    #[serde(rename = "MaskConfig")]
    _mask_config: Empty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Destination {
    cloud_watch_logs: Option<LogGroupDestination>,
    s3: Option<BucketDestination>,
    firehose: Option<StreamDestination>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LogGroupDestination {
    log_group: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BucketDestination {
    bucket: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StreamDestination {
    delivery_stream: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Configuration {
    #[serde(default)]
    custom_data_identifier: Vec<CustomIdentifier>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CustomIdentifier {
    name: String,
    regex: String,
}

impl Policy {
    /// Returns what the policy masks, or nothing when it does more or less than a masking policy of agentctl.
    fn masking(self) -> Option<Masking<Resolved>> {
        let [first, second] = self.statement;
        if self.version != VERSION || first.data_identifier != second.data_identifier {
            return None;
        }
        let destination = match (first.operation, second.operation) {
            (Operation::Audit(audit), Operation::Deidentify(_))
            | (Operation::Deidentify(_), Operation::Audit(audit)) => audit.findings_destination,
            (Operation::Audit(_), Operation::Audit(_))
            | (Operation::Deidentify(_), Operation::Deidentify(_)) => return None,
        };
        let (managed, custom): (Vec<String>, Vec<String>) = first
            .data_identifier
            .into_iter()
            .partition(|identifier| identifier.starts_with("arn:"));
        let configured = self.configuration.custom_data_identifier;
        let count = configured.len();
        let custom_identifiers: BTreeMap<String, String> = configured
            .into_iter()
            .map(|identifier| (identifier.name, identifier.regex))
            .collect();
        let every_one_is_used_once =
            custom_identifiers.len() == count && custom_identifiers.keys().eq(&custom);
        every_one_is_used_once.then(|| Masking {
            identifiers: managed,
            custom_identifiers,
            findings: Findings {
                log_group: destination.cloud_watch_logs.map(|to| to.log_group),
                bucket: destination.s3.map(|to| to.bucket),
                delivery_stream: destination.firehose.map(|to| to.delivery_stream),
            },
        })
    }
}
