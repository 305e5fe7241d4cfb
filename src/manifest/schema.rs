//! The JSON Schema of manifests, for editors and for checks without agentctl.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::model::{BatchAgentDocument, ProjectDocument};

/// The definition of a text with references.
const REFERENCE: &str = "Reference";
/// The values without references: the documents themselves, and the names of agents and projects.
const CLOSED: [&str; 5] = [
    "AgentName",
    "BatchAgentDocument",
    "ProjectDocument",
    "ProjectMetadata",
    "ProjectName",
];

/// Returns the JSON Schema (draft 2020-12) of one manifest document.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator();
    let project = generator.subschema_for::<ProjectDocument>();
    let agent = generator.subschema_for::<BatchAgentDocument>();
    let mut definitions = generator.take_definitions(true);
    for (name, definition) in &mut definitions {
        if !CLOSED.contains(&name.as_str()) {
            open(definition);
        }
        relax(definition);
    }
    definitions.insert(
        REFERENCE.to_owned(),
        json!({
            "type": "string",
            "description": "A text with references: `${env:NAME}` is the value of an environment variable, `${var:NAME}` the value from `--var`.",
            "pattern": r"\$\{(env|var):[A-Za-z_][A-Za-z0-9_]*\}",
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "agentctl manifest",
        "description": "One document of a manifest: the project, or an agent.",
        "oneOf": [project, agent],
        "$defs": definitions,
    })
}

/// Allows a reference in place of every single value.
fn open(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    if is_bounded(map) {
        let mut bounded = std::mem::take(map);
        for key in ["description", "default"] {
            map.extend(bounded.remove(key).map(|note| (key.to_owned(), note)));
        }
        map.insert(
            "anyOf".to_owned(),
            json!([bounded, { "$ref": format!("#/$defs/{REFERENCE}") }]),
        );
        return;
    }
    for key in ["items", "additionalProperties"] {
        map.get_mut(key).into_iter().for_each(open);
    }
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(open);
    }
    if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
        branches.iter_mut().for_each(open);
    }
}

/// Allows every optional key to be empty, and keeps only those defaults that are single values.
fn relax(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(relax),
        Value::Object(map) => {
            let required = map.get("required").cloned().unwrap_or_default();
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                for (key, property) in properties {
                    if !required
                        .as_array()
                        .is_some_and(|keys| keys.contains(&json!(key)))
                    {
                        allow_empty(property);
                    }
                }
            }
            if let Some(Value::Null | Value::Array(_)) = map.get("default") {
                map.remove("default");
            }
            map.values_mut().for_each(relax);
        }
        _ => {}
    }
}

fn allow_empty(schema: &mut Value) {
    if takes_null(schema) {
        return;
    }
    let Value::Object(map) = schema else { return };
    let empty = json!({ "type": "null" });
    if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
        branches.push(empty);
    } else if let Some(Value::String(only)) = map.get("type") {
        let types = json!([only, "null"]);
        map.insert("type".to_owned(), types);
    } else {
        let mut full = std::mem::take(map);
        for key in ["description", "default"] {
            map.extend(full.remove(key).map(|note| (key.to_owned(), note)));
        }
        map.insert("anyOf".to_owned(), json!([full, empty]));
    }
}

fn takes_null(schema: &Value) -> bool {
    let is_null = |name: &Value| name == "null";
    let branches = schema["anyOf"].as_array();
    is_null(&schema["type"])
        || schema["type"]
            .as_array()
            .is_some_and(|types| types.iter().any(is_null))
        || branches.is_some_and(|branches| branches.iter().any(takes_null))
}

/// Returns whether a schema allows single values only, and not every text.
fn is_bounded(schema: &Map<String, Value>) -> bool {
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if types.iter().any(|name| ["object", "array"].contains(name)) {
        return false;
    }
    let takes_text = types.contains(&"string");
    let has_values = ["const", "enum", "oneOf", "pattern"]
        .iter()
        .any(|key| schema.contains_key(*key));
    has_values || (!types.is_empty() && !takes_text && types != ["null"])
}
