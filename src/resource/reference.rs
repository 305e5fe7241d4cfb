//! Values that are known now, or only once another resource exists.
//!
//! A spec is generic over its [`Stage`]: while `Declared`, a field of type `S::Ref<T>` can name another resource's output; once
//! `Resolved`, it is the plain value. Writers take resolved specs only.

use std::fmt::Debug;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::address::Address;

/// Any value that can be part of a spec and of a plan file.
pub trait Wire:
    Serialize + DeserializeOwned + Clone + PartialEq + Debug + Send + Sync + 'static
{
}
impl<T: Serialize + DeserializeOwned + Clone + PartialEq + Debug + Send + Sync + 'static> Wire
    for T
{
}

/// Whether the references in a spec are still symbolic, or already values.
pub trait Stage: Clone + PartialEq + Debug + Send + Sync + 'static {
    /// A value of type `T` in a spec of this stage.
    type Ref<T: Wire>: Wire;
}

/// The stage of what a manifest declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {}

/// The stage of what is read from AWS or sent to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {}

impl Stage for Declared {
    type Ref<T: Wire> = Input<T>;
}

impl Stage for Resolved {
    type Ref<T: Wire> = T;
}

/// A value in a declared spec.
#[derive(Debug, Clone, PartialEq)]
pub enum Input<T> {
    /// Known from the manifest.
    Literal(T),
    /// An output of another resource.
    Output(OutputRef<T>),
    /// A text with outputs of other resources inside it.
    Template(Vec<Part>),
}

impl<T> Input<T> {
    /// Returns the value when it is known from the manifest.
    pub fn as_literal(&self) -> Option<&T> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Output(_) | Self::Template(_) => None,
        }
    }
}

impl<T: Wire> Input<T> {
    /// Lists every output that the value refers to.
    pub fn sources(&self) -> Vec<Source> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Output(reference) => vec![reference.source.clone()],
            Self::Template(parts) => {
                let sources = parts.iter().filter_map(|part| match part {
                    Part::Output(source) => Some(source.clone()),
                    Part::Text(_) => None,
                });
                sources.collect()
            }
        }
    }

    /// Replaces the outputs that `lookup` knows, and keeps the others.
    #[must_use]
    pub fn with_known(&self, lookup: &impl Fn(&Source) -> Option<Value>) -> Self {
        if let Some(value) = self.resolve(lookup) {
            return Self::Literal(value);
        }
        match self {
            Self::Literal(_) | Self::Output(_) => self.clone(),
            Self::Template(parts) => Self::Template(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Output(source) => match lookup(source) {
                            Some(Value::String(text)) => Part::Text(text),
                            _ => part.clone(),
                        },
                        Part::Text(_) => part.clone(),
                    })
                    .collect(),
            ),
        }
    }

    /// Returns the value with every output replaced; `None` while `lookup` does not know one of them.
    pub fn resolve(&self, lookup: &impl Fn(&Source) -> Option<Value>) -> Option<T> {
        let known = match self {
            Self::Literal(value) => return Some(value.clone()),
            Self::Output(reference) => lookup(&reference.source)?,
            Self::Template(parts) => {
                let texts = parts.iter().map(|part| match part {
                    Part::Text(text) => Some(text.clone()),
                    Part::Output(source) => lookup(source)?.as_str().map(str::to_owned),
                });
                Value::String(texts.collect::<Option<String>>()?)
            }
        };
        serde_json::from_value(known).ok()
    }
}

impl<T> From<T> for Input<T> {
    fn from(value: T) -> Self {
        Self::Literal(value)
    }
}

impl From<&str> for Input<String> {
    fn from(value: &str) -> Self {
        Self::Literal(value.to_owned())
    }
}

/// Names one output of one resource, typed by its value.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputRef<T> {
    source: Source,
    of: PhantomData<fn() -> T>,
}

/// One output of one resource, of any type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// The resource.
    pub address: Address,
    /// The name of the output in the serialised form of the kind's outputs.
    pub output: String,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// A text output of another resource.
    Output(Source),
}

/// The name of an output of a kind, with its type.
#[derive(Debug)]
pub struct OutputField<T> {
    name: &'static str,
    of: PhantomData<fn() -> T>,
}

impl<T> OutputField<T> {
    /// Names the output as it is spelt in the serialised form.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            of: PhantomData,
        }
    }

    /// Returns the field's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Refers to this output of the given resource.
    pub fn of(&self, address: &Address) -> Input<T> {
        Input::Output(OutputRef {
            source: self.source(address),
            of: PhantomData,
        })
    }

    /// Refers to this output inside a template.
    pub fn part(&self, address: &Address) -> Part {
        Part::Output(self.source(address))
    }

    fn source(&self, address: &Address) -> Source {
        Source {
            address: address.clone(),
            output: self.name.to_owned(),
        }
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

// The two marker keys of the serialised forms. Manifests cannot have keys that begin with `$`, so no literal can be mistaken for a marker.
const OUTPUT: &str = "$output";
const TEMPLATE: &str = "$template";

impl<T: Wire> Serialize for Input<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Literal(value) => value.serialize(serializer),
            Self::Output(reference) => reference.source.to_value().serialize(serializer),
            Self::Template(parts) => template_value(parts).serialize(serializer),
        }
    }
}

impl<'de, T: Wire> Deserialize<'de> for Input<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(source) = Source::from_value(&value) {
            return Ok(Self::Output(OutputRef {
                source,
                of: PhantomData,
            }));
        }
        if let Some(parts) = template_parts(&value) {
            return Ok(Self::Template(parts));
        }
        serde_json::from_value(value)
            .map(Self::Literal)
            .map_err(D::Error::custom)
    }
}

impl Source {
    fn to_value(&self) -> Value {
        json!({ OUTPUT: self.address, "output": self.output })
    }

    fn from_value(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        Some(Self {
            address: map.get(OUTPUT)?.as_str()?.parse().ok()?,
            output: map.get("output")?.as_str()?.to_owned(),
        })
    }
}

fn template_value(parts: &[Part]) -> Value {
    let parts: Vec<Value> = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => Value::from(text.as_str()),
            Part::Output(source) => source.to_value(),
        })
        .collect();
    json!({ TEMPLATE: parts })
}

fn template_parts(value: &Value) -> Option<Vec<Part>> {
    let parts = value.as_object()?.get(TEMPLATE)?.as_array()?;
    parts
        .iter()
        .map(|part| match part {
            Value::String(text) => Some(Part::Text(text.clone())),
            other => Source::from_value(other).map(Part::Output),
        })
        .collect()
}

/// Returns the first output that a value still waits for, when the value itself is a reference or a template.
pub fn pending(value: &Value) -> Option<Source> {
    if let Some(source) = Source::from_value(value) {
        return Some(source);
    }
    template_parts(value)?
        .into_iter()
        .find_map(|part| match part {
            Part::Output(source) => Some(source),
            Part::Text(_) => None,
        })
}

/// Lists every output that a serialised spec refers to.
pub fn sources(value: &Value) -> Vec<Source> {
    let mut found = Vec::new();
    collect_sources(value, &mut found);
    found
}

fn collect_sources(value: &Value, found: &mut Vec<Source>) {
    if let Some(source) = Source::from_value(value) {
        found.push(source);
        return;
    }
    match value {
        Value::Object(map) => map.values().for_each(|inner| collect_sources(inner, found)),
        Value::Array(items) => items.iter().for_each(|inner| collect_sources(inner, found)),
        _ => {}
    }
}

/// Replaces every output that `lookup` knows, and keeps the other references as they are.
///
/// A template whose outputs are all known becomes a text.
pub fn resolve(value: &Value, lookup: &impl Fn(&Source) -> Option<Value>) -> Value {
    if let Some(source) = Source::from_value(value) {
        return lookup(&source).unwrap_or_else(|| value.clone());
    }
    if let Some(parts) = template_parts(value) {
        return resolve_template(parts, lookup);
    }
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, inner)| (key.clone(), resolve(inner, lookup)))
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => {
            Value::Array(items.iter().map(|inner| resolve(inner, lookup)).collect())
        }
        other => other.clone(),
    }
}

fn resolve_template(parts: Vec<Part>, lookup: &impl Fn(&Source) -> Option<Value>) -> Value {
    let parts: Vec<Part> = parts
        .into_iter()
        .map(|part| match part {
            Part::Output(source) => match lookup(&source) {
                Some(Value::String(text)) => Part::Text(text),
                _ => Part::Output(source),
            },
            text @ Part::Text(_) => text,
        })
        .collect();
    let mut text = String::new();
    for part in &parts {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Output(_) => return template_value(&parts),
        }
    }
    Value::String(text)
}

/// Returns whether the predicate holds for any text in a value.
pub fn any_text(value: &Value, is_meant: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => is_meant(text),
        Value::Array(items) => items.iter().any(|item| any_text(item, is_meant)),
        Value::Object(map) => map.values().any(|inner| any_text(inner, is_meant)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: OutputField<String> = OutputField::new("arn");

    fn role() -> Address {
        Address::new("iam-role", "triage.lambda")
    }

    fn known(source: &Source) -> Option<Value> {
        (source.address == role() && source.output == "arn")
            .then(|| Value::from("arn:aws:iam::1:role/x"))
    }

    #[test]
    fn an_input_survives_a_json_round_trip_in_each_of_its_forms() {
        let inputs: Vec<Input<String>> = vec![
            "plain".into(),
            ARN.of(&role()),
            Input::Template(vec!["a".into(), ARN.part(&role()), "/*".into()]),
        ];
        let text = serde_json::to_string(&inputs).unwrap();
        assert_eq!(
            serde_json::from_str::<Vec<Input<String>>>(&text).unwrap(),
            inputs
        );
    }

    #[test]
    fn a_known_output_becomes_a_value_and_an_unknown_one_stays_a_reference() {
        let other = Address::new("kms-key", "triage");
        let spec = json!({ "role": ARN.of(&role()), "key": ARN.of(&other) });
        let resolved = resolve(&spec, &known);
        assert_eq!(resolved["role"], json!("arn:aws:iam::1:role/x"));
        assert_eq!(
            pending(&resolved["key"]),
            Some(Source {
                address: other,
                output: "arn".to_owned()
            })
        );
    }

    #[test]
    fn a_template_is_a_text_only_when_all_of_it_is_known() {
        let whole = Input::<String>::Template(vec![ARN.part(&role()), "/*".into()]);
        assert_eq!(
            resolve(&json!(whole), &known),
            json!("arn:aws:iam::1:role/x/*")
        );
        let half = Input::<String>::Template(vec![
            ARN.part(&role()),
            ARN.part(&Address::new("kms-key", "k")),
        ]);
        assert_eq!(
            pending(&resolve(&json!(half), &known)).unwrap().address,
            Address::new("kms-key", "k")
        );
    }

    #[test]
    fn an_input_is_a_value_once_all_its_outputs_are_known() {
        let other = ARN.part(&Address::new("kms-key", "k"));
        let whole = Input::<String>::Template(vec![ARN.part(&role()), "/*".into()]);
        let half = Input::<String>::Template(vec![ARN.part(&role()), other]);
        let resolved = [&"plain".into(), &ARN.of(&role()), &whole, &half]
            .map(|input: &Input<String>| input.resolve(&known));
        let arn = "arn:aws:iam::1:role/x";
        assert_eq!(
            resolved,
            [
                Some("plain".to_owned()),
                Some(arn.to_owned()),
                Some(format!("{arn}/*")),
                None
            ]
        );
        assert_eq!(half.sources(), sources(&json!(half)));
        let known_half = Input::Template(vec![arn.into(), ARN.part(&Address::new("kms-key", "k"))]);
        assert_eq!(half.with_known(&known), known_half);
        assert_eq!(whole.with_known(&known), format!("{arn}/*").into());
    }

    #[test]
    fn sources_are_found_at_any_depth() {
        let spec = json!({ "a": [{ "b": ARN.of(&role()) }], "c": Input::<String>::Template(vec!["x".into(), ARN.part(&role())]) });
        assert_eq!(sources(&spec).len(), 2);
    }
}
