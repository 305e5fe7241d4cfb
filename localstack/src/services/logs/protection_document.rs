//! What AWS demands of a data protection document (Logs API, `PutDataProtectionPolicy`; user guide, "Protect sensitive log data with
//! masking" and "Custom data identifiers").

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Logs API, `PutDataProtectionPolicy`: characters of a document.
const LONGEST: usize = 30_720;

const VERSION: &str = "2021-06-01";

/// User guide, "Custom data identifiers": constraints.
const MOST_CUSTOM: usize = 10;
const LONGEST_CUSTOM_NAME: usize = 128;
const LONGEST_REGEX: usize = 200;

/// The managed identifiers, each with its countries; one without a country has none (user guide, "Types of data that you can protect").
/// That page lists all but `PhoneNumber-JP`, which was seen in use.
const MANAGED: [(&str, &str); 45] = [
    ("Address", ""),
    ("AwsSecretKey", ""),
    ("BankAccountNumber", "DE ES FR GB IT US"),
    ("CepCode", "BR"),
    ("Cnpj", "BR"),
    ("CpfCode", "BR"),
    ("CreditCardExpiration", ""),
    ("CreditCardNumber", ""),
    ("CreditCardSecurityCode", ""),
    (
        "DriversLicense",
        "AT AU BE BG CA CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK US",
    ),
    ("DrugEnforcementAgencyNumber", "US"),
    ("ElectoralRollNumber", "GB"),
    ("EmailAddress", ""),
    ("HealthInsuranceCardNumber", "EU"),
    ("HealthInsuranceClaimNumber", "US"),
    ("HealthInsuranceNumber", "FR"),
    ("HealthcareProcedureCode", "US"),
    ("IndividualTaxIdentificationNumber", "US"),
    ("InseeCode", "FR"),
    ("IpAddress", ""),
    ("LatLong", ""),
    ("MedicareBeneficiaryNumber", "US"),
    ("Name", ""),
    ("NationalDrugCode", "US"),
    ("NationalIdentificationNumber", "DE ES IT"),
    ("NationalInsuranceNumber", "GB"),
    ("NationalProviderId", "US"),
    ("NhsNumber", "GB"),
    ("NieNumber", "ES"),
    ("NifNumber", "ES"),
    ("OpenSshPrivateKey", ""),
    ("PassportNumber", "CA DE ES FR GB IT US"),
    ("PermanentResidenceNumber", "CA"),
    ("PersonalHealthNumber", "CA"),
    ("PgpPrivateKey", ""),
    ("PhoneNumber", "BR DE ES FR GB IT JP US"),
    ("PkcsPrivateKey", ""),
    ("PostalCode", "CA"),
    ("PuttyPrivateKey", ""),
    ("RgNumber", "BR"),
    ("SocialInsuranceNumber", "CA"),
    ("Ssn", "ES US"),
    ("TaxId", "DE ES FR GB"),
    ("VehicleIdentificationNumber", ""),
    ("ZipCode", "US"),
];

/// What is wrong with a document. Guess: the sentences.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("The data protection policy document exceeds {LONGEST} characters.")]
    TooLong,
    #[error("The data protection policy document is invalid: {0}")]
    Shape(String),
    #[error("The data protection policy document has version {0}; the only version is {VERSION}.")]
    Version(String),
    #[error(
        "The data protection policy must have exactly two statements, one with an Audit and one with a Deidentify operation."
    )]
    Statements,
    #[error(
        "The first statement of the data protection policy must have an Audit operation with a FindingsDestination, and nothing else."
    )]
    Audit,
    #[error(
        "The second statement of the data protection policy must have a Deidentify operation with an empty MaskConfig, and nothing else."
    )]
    Deidentify,
    #[error(
        "The DataIdentifier arrays of the two statements must match exactly and must not be empty."
    )]
    Identifiers,
    #[error(
        "{0} is neither a managed data identifier nor the name of a custom one in this policy."
    )]
    Identifier(String),
    #[error("The custom data identifier {0} is invalid.")]
    Custom(String),
    #[error("A data protection policy can have at most {MOST_CUSTOM} custom data identifiers.")]
    TooManyCustom,
    #[error("FindingsDestination is invalid: {0}")]
    Destination(String),
}

/// Where findings are sent, as far as a document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Findings {
    LogGroup(String),
    Bucket(String),
    DeliveryStream(String),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the names say nothing, but they must be texts")]
struct Document {
    name: Option<String>,
    description: Option<String>,
    version: Option<String>,
    configuration: Option<Configuration>,
    statement: Vec<Statement>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Configuration {
    #[serde(default)]
    custom_data_identifier: Vec<Custom>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Custom {
    name: String,
    regex: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(dead_code, reason = "the id says nothing, but it must be a text")]
struct Statement {
    sid: Option<String>,
    data_identifier: Vec<String>,
    operation: Operation,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Operation {
    audit: Option<Audit>,
    deidentify: Option<Deidentify>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Audit {
    findings_destination: Destinations,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Deidentify {
    mask_config: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Destinations {
    #[serde(rename = "CloudWatchLogs")]
    logs: Option<Logs>,
    #[serde(rename = "S3")]
    s3: Option<S3>,
    #[serde(rename = "Firehose")]
    firehose: Option<Firehose>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Logs {
    log_group: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct S3 {
    bucket: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Firehose {
    delivery_stream: String,
}

/// Checks a document and gives the destinations that it names.
pub(super) fn check(text: &str) -> Result<Vec<Findings>, Flaw> {
    if text.chars().count() > LONGEST {
        return Err(Flaw::TooLong);
    }
    let document: Document =
        serde_json::from_str(text).map_err(|error| Flaw::Shape(error.to_string()))?;
    if let Some(version) = document.version.filter(|version| version != VERSION) {
        return Err(Flaw::Version(version));
    }
    let custom = custom_names(document.configuration)?;
    let Ok([first, second]) = <[Statement; 2]>::try_from(document.statement) else {
        return Err(Flaw::Statements);
    };
    let (Some(audit), None) = (first.operation.audit, first.operation.deidentify) else {
        return Err(Flaw::Audit);
    };
    let (None, Some(deidentify)) = (second.operation.audit, second.operation.deidentify) else {
        return Err(Flaw::Deidentify);
    };
    if !deidentify.mask_config.is_empty() {
        return Err(Flaw::Deidentify);
    }
    // Guess: that the order of the two arrays is not compared.
    let audited: BTreeSet<&String> = first.data_identifier.iter().collect();
    if audited.is_empty() || audited != second.data_identifier.iter().collect() {
        return Err(Flaw::Identifiers);
    }
    let unknown = audited
        .into_iter()
        .find(|identifier| !is_managed(identifier) && !custom.contains(*identifier));
    if let Some(identifier) = unknown {
        return Err(Flaw::Identifier(identifier.clone()));
    }
    audit.findings_destination.list()
}

fn custom_names(configuration: Option<Configuration>) -> Result<BTreeSet<String>, Flaw> {
    let custom = configuration.map_or_else(Vec::new, |found| found.custom_data_identifier);
    if custom.len() > MOST_CUSTOM {
        return Err(Flaw::TooManyCustom);
    }
    let mut names = BTreeSet::new();
    for Custom { name, regex } in custom {
        let is_named = (1..=LONGEST_CUSTOM_NAME).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        let has_regex = (1..=LONGEST_REGEX).contains(&regex.chars().count());
        if !is_named || !has_regex || names.contains(&name) {
            return Err(Flaw::Custom(name));
        }
        names.insert(name);
    }
    Ok(names)
}

/// Returns whether a text is the ARN of a managed identifier.
fn is_managed(identifier: &str) -> bool {
    let parts: Vec<&str> = identifier.split(':').collect();
    let [
        "arn",
        "aws" | "aws-cn" | "aws-us-gov",
        "dataprotection",
        "",
        "aws",
        resource,
    ] = parts.as_slice()
    else {
        return false;
    };
    let id = resource.strip_prefix("data-identifier/");
    id.is_some_and(|id| {
        let (name, country) = id.split_once('-').unwrap_or((id, ""));
        let mut known = MANAGED.iter();
        known.any(|(known, countries)| {
            *known == name && countries.split(' ').any(|known| known == country)
        })
    })
}

impl Destinations {
    fn list(self) -> Result<Vec<Findings>, Flaw> {
        let named = |kind: &str, name: String| {
            if name.is_empty() {
                Err(Flaw::Destination(format!("{kind} must not be empty")))
            } else {
                Ok(name)
            }
        };
        let mut found = Vec::new();
        if let Some(logs) = self.logs {
            found.push(Findings::LogGroup(named("LogGroup", logs.log_group)?));
        }
        if let Some(s3) = self.s3 {
            found.push(Findings::Bucket(named("Bucket", s3.bucket)?));
        }
        if let Some(firehose) = self.firehose {
            let stream = named("DeliveryStream", firehose.delivery_stream)?;
            found.push(Findings::DeliveryStream(stream));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_identifiers_of_the_list_are_managed_each_with_its_countries() {
        for (id, expected) in [
            ("EmailAddress", true),
            ("Ssn-US", true),
            ("Ssn-DE", false),
            ("Ssn", false),
            ("EmailAddress-US", false),
            ("DriversLicense-FR", true),
            ("Phone", false),
            ("emailAddress", false),
        ] {
            let arn = format!("arn:aws:dataprotection::aws:data-identifier/{id}");
            assert_eq!(is_managed(&arn), expected, "{id}");
        }
        assert!(!is_managed("EmailAddress"));
    }
}
