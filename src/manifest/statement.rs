//! IAM statements as users write them: those of a role's policy, so without `Principal`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::text::ValueError;
use super::text::form::text_form;

/// One statement: either `Action` or `NotAction`, and either `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Statement {
    /// A label for the statement.
    pub(super) sid: Option<StatementId>,
    /// Whether the statement allows or denies.
    pub(super) effect: Effect,
    /// The actions that the statement applies to.
    pub(super) action: Option<OneOrMore<ActionPattern>>,
    /// The actions that the statement does not apply to.
    pub(super) not_action: Option<OneOrMore<ActionPattern>>,
    /// The resources that the statement applies to.
    pub(super) resource: Option<OneOrMore<ResourcePattern>>,
    /// The resources that the statement does not apply to.
    pub(super) not_resource: Option<OneOrMore<ResourcePattern>>,
    /// When the statement applies: operator, key, values.
    pub(super) condition:
        Option<BTreeMap<Operator, BTreeMap<ConditionKey, OneOrMore<ConditionValue>>>>,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, even if another statement allows.
    Deny,
}

/// A single value, or a list of at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OneOrMore<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMoreVisitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> OneOrMoreVisitor<T> {
            fn one<D: Deserializer<'de>>(value: D) -> Result<OneOrMore<T>, D::Error> {
                T::deserialize(value).map(|value| OneOrMore(vec![value]))
            }
        }

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMoreVisitor<T> {
            type Value = OneOrMore<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("text or a list of texts")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Self::one(de::value::StrDeserializer::new(text))
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
                Self::one(de::value::BoolDeserializer::new(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
                Self::one(de::value::U64Deserializer::new(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
                Self::one(de::value::I64Deserializer::new(value))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
                Self::one(de::value::F64Deserializer::new(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
                let items = Vec::deserialize(SeqAccessDeserializer::new(items))?;
                if items.is_empty() {
                    return Err(de::Error::custom("must name at least one"));
                }
                Ok(OneOrMore(items))
            }
        }

        deserializer.deserialize_any(OneOrMoreVisitor(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OneOrMore{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<T>();
        json_schema!({
            "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }],
        })
    }
}

/// A value in a condition; IAM reads `true` and `"true"` alike, and so do numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConditionValue(pub(super) String);

impl<'de> Deserialize<'de> for ConditionValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;

        impl Visitor<'_> for ValueVisitor {
            type Value = ConditionValue;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("text, a number or true or false")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ConditionValue, E> {
                iam_characters(text).map_err(E::custom)?;
                Ok(ConditionValue(text.to_owned()))
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<ConditionValue, E> {
                Ok(ConditionValue(value.to_string()))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<ConditionValue, E> {
                Ok(ConditionValue(value.to_string()))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<ConditionValue, E> {
                Ok(ConditionValue(value.to_string()))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<ConditionValue, E> {
                Ok(ConditionValue(value.to_string()))
            }
        }

        deserializer.deserialize_any(ValueVisitor)
    }
}

impl JsonSchema for ConditionValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ConditionValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

text_form! {
    /// The label of a policy statement.
    pub(super) StatementId,
    "letters and digits",
    r"^[A-Za-z0-9]{1,128}$"
}

text_form! {
    /// An IAM action or a pattern of actions.
    pub(super) ActionPattern,
    "an action such as `s3:GetObject`, or `*`",
    r"^(\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+)$"
}

text_form! {
    /// The ARN of a resource, a pattern of ARNs, or `*`.
    pub(super) ResourcePattern,
    "an ARN, a pattern of ARNs, or `*`",
    r"^(\*|arn:[^\n]+)$",
    |text| {
        iam_characters(text)?;
        arn_form(text)
    }
}

text_form! {
    /// The operator of a condition. IAM user guide, "IAM JSON policy elements: Condition operators".
    pub(super) Operator,
    "an operator of IAM such as `StringEquals`, `ArnLike` or `ForAnyValue:StringLike`",
    r"^(Null|(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals|EqualsIgnoreCase|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?)$"
}

text_form! {
    /// The key of a condition. Keys of tags (`aws:PrincipalTag/team`) have the characters of tags.
    pub(super) ConditionKey,
    "a condition key such as `aws:SourceAccount`: a service, a colon and a name",
    r"^[A-Za-z0-9._/-]+:[A-Za-z0-9][A-Za-z0-9 _.:/=+@*$,{}-]*$"
}

/// Refuses the characters that IAM refuses (IAM API, `PutRolePolicy`: policyDocument).
fn iam_characters(text: &str) -> Result<(), ValueError> {
    let is_taken = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    match text.chars().find(|character| !is_taken(*character)) {
        Some(character) => Err(ValueError(format!(
            "must not hold `{}` (U+{:04X}): IAM takes characters up to U+00FF; write `*` or `?` in its place",
            character.escape_debug(),
            u32::from(character)
        ))),
        None => Ok(()),
    }
}

/// IAM user guide, "Amazon Resource Names (ARNs)".
fn arn_form(text: &str) -> Result<(), ValueError> {
    const PARTITIONS: [&str; 8] = [
        "aws",
        "aws-cn",
        "aws-us-gov",
        "aws-iso",
        "aws-iso-b",
        "aws-iso-e",
        "aws-iso-f",
        "aws-eusc",
    ];
    if text == "*" {
        return Ok(());
    }
    let refuse = |rule: &str| Err(ValueError::form(rule, text));
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, partition, service, region, account, resource] = parts.as_slice() else {
        return refuse("an ARN of six parts, `arn:aws:service:region:account:resource`");
    };
    if !PARTITIONS.contains(partition) {
        return refuse("an ARN of a partition of AWS, such as `arn:aws:…` or `arn:aws-cn:…`");
    }
    if service.is_empty() || service.contains(['*', '?']) {
        return refuse("an ARN that names its service in full");
    }
    if resource.is_empty() {
        return refuse("an ARN that names a resource after the account");
    }
    // An access point of S3 has a region and an account, a bucket has neither.
    let is_global = *service == "iam" || *service == "s3" && account.is_empty();
    if is_global && !region.is_empty() {
        return refuse("an ARN without a region, which buckets and what is of IAM do not have");
    }
    Ok(())
}
