//! Writes manifests again from the values that were read, so that tests can check that all of it was read on purpose.

use std::fmt::Write as _;

use camino::Utf8Path;
use serde_json::{Map, Number, Value as Json};

use super::load;
use super::node::{Node, Value};

/// Prints the documents of a text as JSON, each as one document of YAML; `None` if JSON cannot express them.
pub(crate) fn reprinted(text: &str) -> Option<String> {
    let mut errors = Vec::new();
    let nodes = load::parse(Utf8Path::new("reprinted.yaml"), text, &mut errors);
    let mut printed = String::new();
    for node in &nodes {
        printed.push_str("---\n");
        for character in json_of(node)?.to_string().chars() {
            // JSON can contain these unescaped; YAML (1.2.2, production 1) cannot.
            if character.is_control() {
                write!(printed, "\\u{:04x}", u32::from(character)).expect("a text takes all");
            } else {
                printed.push(character);
            }
        }
        printed.push('\n');
    }
    (errors.is_empty() && !nodes.is_empty()).then_some(printed)
}

fn json_of(node: &Node) -> Option<Json> {
    Some(match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::from(*value),
        Value::Integer(value) => Json::from(i64::try_from(*value).ok()?),
        Value::Float(value) => Json::from(Number::from_f64(*value)?),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Filled(filled) => Json::from(filled.written.as_str()),
        Value::List(items) => {
            let items = items.iter().map(|item| json_of(&item.node));
            Json::Array(items.collect::<Option<_>>()?)
        }
        Value::Map(entries) => {
            let entries = entries
                .iter()
                .map(|entry| Some((entry.key.clone(), json_of(&entry.node)?)));
            Json::Object(entries.collect::<Option<Map<_, _>>>()?)
        }
    })
}
