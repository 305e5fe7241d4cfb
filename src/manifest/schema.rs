//! The JSON Schema of manifests, for editors and for checks without agentctl.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::model::{BatchAgentDocument, ProjectDocument};

/// Returns the JSON Schema (draft 2020-12) of one manifest document.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator();
    let project = generator.subschema_for::<ProjectDocument>();
    let agent = generator.subschema_for::<BatchAgentDocument>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "agentctl manifest",
        "description": "One document of a manifest: the project, or an agent.",
        "oneOf": [project, agent],
        "$defs": generator.take_definitions(true),
    })
}
