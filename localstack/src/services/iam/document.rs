//! Policy documents: the grammar that all of them share (IAM user guide, "Grammar of the IAM JSON policy language").

use serde_json::{Map, Value};

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) principals: Option<Principals>,
    pub(crate) actions: Option<Selection>,
    pub(crate) resources: Option<Selection>,
    pub(crate) conditions: Vec<Condition>,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// `Principal` or `NotPrincipal`: kinds (`AWS`, `Service`, …) and values. A bare `"*"` is `AWS` with `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principals {
    pub(crate) negated: bool,
    pub(crate) values: Vec<(String, String)>,
}

/// Patterns of `Action` or `Resource`, or of their `Not` forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) negated: bool,
    pub(crate) patterns: Vec<String>,
}

/// One key of one operator of a `Condition` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) operator: String,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// What is wrong with a document; every service words it in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Not a JSON object.
    NotJson,
    /// A version other than the two that exist.
    Version(String),
    /// No statement.
    NoStatement,
    /// An element that does not exist.
    UnknownField(String),
    /// A statement without an effect.
    NoEffect,
    /// An effect other than `Allow` and `Deny`.
    Effect(String),
    /// An empty `Principal`.
    NoPrincipal,
    /// An operator that does not exist.
    Operator(String),
    /// A value of the wrong type, or an element beside its negation.
    Shape(&'static str),
}

const DOCUMENT_FIELDS: [&str; 3] = ["Version", "Id", "Statement"];

const STATEMENT_FIELDS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// IAM user guide, "IAM JSON policy elements: Condition operators", without `IfExists` and set prefixes.
const OPERATORS: [&str; 27] = [
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

impl Document {
    /// Parses a document and checks the shared grammar.
    pub(crate) fn parse(text: &str) -> Result<Self, Flaw> {
        let Ok(Value::Object(document)) = serde_json::from_str(text) else {
            return Err(Flaw::NotJson);
        };
        known_fields(&document, &DOCUMENT_FIELDS)?;
        match document.get("Version") {
            None => {}
            Some(Value::String(version)) if version == "2012-10-17" || version == "2008-10-17" => {}
            Some(other) => return Err(Flaw::Version(text_of(other).unwrap_or_default())),
        }
        if document.get("Id").is_some_and(|id| !id.is_string()) {
            return Err(Flaw::Shape("Id"));
        }
        let statements = match document.get("Statement") {
            None => return Err(Flaw::NoStatement),
            Some(Value::Array(statements)) => statements.as_slice(),
            Some(single) => std::slice::from_ref(single),
        };
        if statements.is_empty() {
            return Err(Flaw::NoStatement);
        }
        let statements = statements
            .iter()
            .map(Statement::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }

    /// Returns whether two statements have the same id.
    pub(crate) fn repeats_sid(&self) -> bool {
        let mut sids: Vec<_> = self
            .statements
            .iter()
            .filter_map(|statement| statement.sid.as_deref())
            .collect();
        let all = sids.len();
        sids.sort_unstable();
        sids.dedup();
        sids.len() < all
    }
}

impl Statement {
    fn parse(value: &Value) -> Result<Self, Flaw> {
        let fields = value.as_object().ok_or(Flaw::Shape("Statement"))?;
        known_fields(fields, &STATEMENT_FIELDS)?;
        let sid = match fields.get("Sid") {
            None => None,
            Some(Value::String(sid)) => Some(sid.clone()).filter(|sid| !sid.is_empty()),
            Some(_) => return Err(Flaw::Shape("Sid")),
        };
        let effect = match fields.get("Effect") {
            None => return Err(Flaw::NoEffect),
            Some(Value::String(effect)) if effect == "Allow" => Effect::Allow,
            Some(Value::String(effect)) if effect == "Deny" => Effect::Deny,
            Some(other) => return Err(Flaw::Effect(text_of(other).unwrap_or_default())),
        };
        Ok(Self {
            sid,
            effect,
            principals: Principals::parse(fields)?,
            actions: Selection::parse(fields, "Action", "NotAction")?,
            resources: Selection::parse(fields, "Resource", "NotResource")?,
            conditions: fields.get("Condition").map_or(Ok(Vec::new()), conditions)?,
        })
    }
}

impl Principals {
    fn parse(fields: &Map<String, Value>) -> Result<Option<Self>, Flaw> {
        let (negated, value) = match (fields.get("Principal"), fields.get("NotPrincipal")) {
            (None, None) => return Ok(None),
            (Some(value), None) => (false, value),
            (None, Some(value)) => (true, value),
            (Some(_), Some(_)) => return Err(Flaw::Shape("NotPrincipal")),
        };
        let kinds = match value {
            Value::String(any) if any == "*" => {
                let values = vec![("AWS".to_owned(), "*".to_owned())];
                return Ok(Some(Self { negated, values }));
            }
            Value::Object(kinds) => kinds,
            _ => return Err(Flaw::Shape("Principal")),
        };
        let mut values = Vec::new();
        for (kind, value) in kinds {
            let listed = texts(value).ok_or(Flaw::Shape("Principal"))?;
            values.extend(listed.into_iter().map(|value| (kind.clone(), value)));
        }
        if values.is_empty() {
            Err(Flaw::NoPrincipal)
        } else {
            Ok(Some(Self { negated, values }))
        }
    }
}

impl Selection {
    fn parse(
        fields: &Map<String, Value>,
        name: &'static str,
        not_name: &'static str,
    ) -> Result<Option<Self>, Flaw> {
        let (negated, value) = match (fields.get(name), fields.get(not_name)) {
            (None, None) => return Ok(None),
            (Some(value), None) => (false, value),
            (None, Some(value)) => (true, value),
            (Some(_), Some(_)) => return Err(Flaw::Shape(not_name)),
        };
        let patterns = texts(value).ok_or(Flaw::Shape(name))?;
        // An empty list says as little as a missing element.
        Ok(Some(Self { negated, patterns }).filter(|selection| !selection.patterns.is_empty()))
    }
}

fn conditions(value: &Value) -> Result<Vec<Condition>, Flaw> {
    let mut conditions = Vec::new();
    for (operator, keys) in value.as_object().ok_or(Flaw::Shape("Condition"))? {
        if !OPERATORS.contains(&bare_operator(operator)) {
            return Err(Flaw::Operator(operator.clone()));
        }
        for (key, value) in keys.as_object().ok_or(Flaw::Shape("Condition"))? {
            let listed = if let Value::Array(listed) = value {
                listed
            } else {
                std::slice::from_ref(value)
            };
            let values = listed.iter().map(text_of).collect::<Option<_>>();
            conditions.push(Condition {
                operator: operator.clone(),
                key: key.clone(),
                values: values.ok_or(Flaw::Shape("Condition"))?,
            });
        }
    }
    Ok(conditions)
}

/// Takes set prefix and `IfExists` off an operator.
pub(super) fn bare_operator(operator: &str) -> &str {
    let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
    let operator = operator.strip_prefix("ForAllValues:").unwrap_or(operator);
    operator.strip_suffix("IfExists").unwrap_or(operator)
}

fn known_fields(fields: &Map<String, Value>, known: &[&str]) -> Result<(), Flaw> {
    let unknown = fields.keys().find(|name| !known.contains(&name.as_str()));
    unknown.map_or(Ok(()), |name| Err(Flaw::UnknownField(name.clone())))
}

/// Reads a text or a list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

/// Reads a condition's value: numbers and booleans are read as text.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
