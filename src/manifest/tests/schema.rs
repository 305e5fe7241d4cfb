//! The JSON Schema agrees with the loader.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use proptest::prelude::*;
use proptest::string::string_regex;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::whole::EVERYTHING;
use super::*;

fn definition<'a>(schema: &'a Value, name: &str) -> &'a Value {
    let found = &schema["$defs"][name];
    assert!(found.is_object(), "no definition `{name}`");
    found
}

/// Collects the paths of all keys below a definition, through references: `spec.lambda.timeout`.
fn paths(schema: &Value, node: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(name) = node["$ref"].as_str() {
        paths(
            schema,
            definition(schema, name.rsplit('/').next().unwrap()),
            path,
            found,
        );
    }
    for variant in node["anyOf"].as_array().into_iter().flatten() {
        paths(schema, variant, path, found);
    }
    paths_of_items(schema, node, path, found);
    for (key, child) in node["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{key}");
        found.insert(path.clone());
        paths(schema, child, &format!("{path}."), found);
    }
}

fn paths_of_items(schema: &Value, node: &Value, path: &str, found: &mut BTreeSet<String>) {
    if node["items"].is_object() {
        paths(schema, &node["items"], path, found);
    }
}

#[test]
fn the_defaults_of_a_project_have_the_keys_of_an_agent() {
    let schema = schema();
    let mut project = BTreeSet::new();
    paths(
        &schema,
        definition(&schema, "ProjectDocument"),
        "",
        &mut project,
    );
    let mut agent = BTreeSet::new();
    paths(
        &schema,
        definition(&schema, "AgentSpec"),
        "spec.defaults.",
        &mut agent,
    );
    let own = project.difference(&agent).cloned().collect::<Vec<_>>();
    assert_eq!(
        own,
        [
            "apiVersion",
            "kind",
            "metadata",
            "metadata.name",
            "spec",
            "spec.account",
            "spec.defaults",
            "spec.region",
            "spec.regions",
        ]
    );
}

#[test]
fn the_schema_refuses_unknown_keys_and_describes_every_key() {
    fn walk(node: &Value, path: &str) {
        match node {
            Value::Object(map) => {
                if let Some(properties) = map.get("properties").and_then(Value::as_object) {
                    assert_eq!(
                        map.get("additionalProperties"),
                        Some(&Value::Bool(false)),
                        "{path}"
                    );
                    for (key, property) in properties {
                        assert!(
                            property["description"].is_string(),
                            "{path}/{key} has no description"
                        );
                    }
                }
                for (key, child) in map {
                    walk(child, &format!("{path}/{key}"));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path)),
            _ => {}
        }
    }
    walk(&schema(), "");
}

#[test]
fn each_document_is_identified_by_its_kind() {
    let schema = schema();
    let kinds: BTreeMap<_, _> = schema["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reference| {
            let name = reference["$ref"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap();
            let document = definition(&schema, name);
            let required = &document["required"];
            (
                document["properties"]["kind"]["oneOf"][0]["const"]
                    .clone()
                    .to_string(),
                required.to_string(),
            )
        })
        .collect();
    let required = r#"["apiVersion","kind","metadata"]"#.to_owned();
    assert_eq!(
        kinds,
        BTreeMap::from([
            (r#""BatchAgent""#.to_owned(), required.clone()),
            (r#""Project""#.to_owned(), required),
        ])
    );
    let metadata = &definition(&schema, "BatchAgentDocument")["properties"]["metadata"];
    assert_eq!(metadata["required"], serde_json::json!(["name"]));
}

/// Maps whose keys the user chooses.
const FREE: [&str; 3] = [
    "metadata.labels",
    "spec.environment",
    "spec.definition.policyStatements.Condition",
];

/// Collects the paths of all keys below a value of a manifest. The items of a list have the path of the list.
fn written(node: &node::Node, path: &str, found: &mut BTreeSet<String>) {
    for item in node.items() {
        written(&item.node, path, found);
    }
    if FREE.contains(&path) {
        return;
    }
    for entry in node.entries() {
        let path = format!("{path}.{}", entry.key);
        let path = path.trim_start_matches('.');
        found.insert(path.to_owned());
        written(&entry.node, path, found);
    }
}

#[test]
fn the_schema_has_exactly_the_keys_of_the_loader() {
    // The manifest with every key loads. It has no keys that exclude another.
    Files::of(EVERYTHING).load().unwrap();
    let documents = load::parse(Utf8Path::new("all.yaml"), EVERYTHING, &mut Vec::new());
    let mut expected = BTreeSet::from(["spec.code.path", "spec.iam.role"].map(str::to_owned));
    written(&documents[0], "", &mut expected);
    let schema = schema();
    let mut known = BTreeSet::new();
    let agent = definition(&schema, "BatchAgentDocument");
    paths(&schema, agent, "", &mut known);
    assert_eq!(known, expected);
}

/// Returns the defaults below a definition, in their maps.
fn defaults(schema: &Value, node: &Value) -> serde_json::Map<String, Value> {
    if let Some(name) = node["$ref"].as_str() {
        return defaults(schema, definition(schema, name.rsplit('/').next().unwrap()));
    }
    let mut found = serde_json::Map::new();
    for branch in node["anyOf"].as_array().into_iter().flatten() {
        found.extend(defaults(schema, branch));
    }
    for (key, child) in node["properties"].as_object().into_iter().flatten() {
        let below = defaults(schema, child);
        if !child["default"].is_null() {
            found.insert(key.clone(), child["default"].clone());
        } else if !below.is_empty() {
            found.insert(key.clone(), Value::Object(below));
        }
    }
    found
}

#[test]
fn the_schema_has_the_defaults_of_the_loader() {
    let schema = schema();
    let mut shown = defaults(&schema, definition(&schema, "AgentSpec"));
    assert_eq!(shown["lambda"]["timeout"], "10m");
    assert_eq!(
        shown["code"],
        serde_json::json!({ "runtime": "python3.13" })
    );
    for key in ["code", "definition"] {
        // The manifest has both already, with keys that have no default.
        let own = shown.remove(key).unwrap();
        let files = match key {
            "code" => AGENT.replace(
                "handler:",
                &format!("runtime: {}, handler:", own["runtime"]),
            ),
            _ => AGENT.replace(
                "systemPrompt:",
                &format!("model: {}, systemPrompt:", own["model"]),
            ),
        };
        assert_same_agent(&files);
    }
    let lines = shown
        .iter()
        .map(|(key, value)| format!("  {key}: {value}\n"));
    assert_same_agent(&agent_with(&lines.collect::<String>()));
}

/// Asserts that a manifest declares the same agent as the minimal one.
fn assert_same_agent(manifest: &str) {
    let files = Files::of(AGENT);
    let little = files.agent();
    let agent = files.with("deploy-plans/agent.yaml", manifest).agent();
    let positions = agent.positions.clone();
    assert_eq!(
        agent,
        Agent {
            positions,
            ..little
        }
    );
}

#[test]
fn the_schema_allows_every_optional_key_to_be_empty() {
    let schema = schema();
    let lambda = &definition(&schema, "LambdaSettings")["properties"];
    assert_eq!(
        lambda["memorySize"],
        serde_json::json!({
            "description": "The memory in megabytes.",
            "default": 1024,
            "anyOf": [
                { "type": "integer", "minimum": 128, "maximum": 10_240 },
                { "$ref": "#/$defs/Reference" },
                { "type": "null" },
            ],
        })
    );
    assert_eq!(
        lambda["alias"],
        serde_json::json!({
            "description": "The alias through which callers reach the agent.",
            "default": "live",
            "anyOf": [{ "$ref": "#/$defs/AliasName" }, { "type": "null" }],
        })
    );
    assert_eq!(
        lambda["layers"]["type"],
        serde_json::json!(["array", "null"])
    );
    let metadata = &definition(&schema, "BatchAgentDocument")["properties"]["metadata"];
    assert_eq!(metadata["type"], "object");
}

/// Asserts that the loader accepts every text that the schema allows.
fn holds<T: JsonSchema + FromStr<Err = ValueError>>() {
    let schema = T::json_schema(&mut SchemaGenerator::default());
    let pattern = schema.get("pattern").unwrap().as_str().unwrap();
    let inner = pattern.trim_start_matches('^').trim_end_matches('$');
    proptest!(ProptestConfig::with_cases(64), |(text in string_regex(inner).unwrap())| {
        let found = text.parse::<T>();
        prop_assert!(found.is_ok(), "{:?}", found.err());
    });
}

#[test]
fn the_loader_accepts_what_the_patterns_of_the_schema_allow() {
    holds::<AgentName>();
    holds::<ProjectName>();
    holds::<RegionName>();
    holds::<AccountId>();
    holds::<Handler>();
    holds::<AliasName>();
    holds::<RoleArn>();
    holds::<PolicyArn>();
    holds::<KeyArn>();
    holds::<LayerVersionArn>();
    holds::<SubnetId>();
    holds::<SecurityGroupId>();
    holds::<DataIdentifier>();
    holds::<ServiceName>();
    holds::<BucketName>();
    holds::<ObjectVersion>();
    holds::<LabelValue>();
    holds::<ImageUri>();
    holds::<HeaderName>();
    holds::<TokenScope>();
    holds::<ClaimName>();
    holds::<ClaimValue>();
    holds::<ServerPath>();
    holds::<PlatformVersion>();
    holds::<CapacityProviderArn>();
    holds::<EfsAccessPointArn>();
    holds::<S3FilesAccessPointArn>();
    holds::<MountPath>();
    holds::<VolumeName>();
}

#[test]
fn the_schema_allows_a_reference_for_every_single_value_except_names_and_versions() {
    let schema = schema();
    let has_reference = |node: &Value| node.to_string().contains("#/$defs/Reference");
    for property in ["memorySize", "timeout", "architecture"] {
        let lambda = &definition(&schema, "LambdaSettings")["properties"][property];
        assert!(has_reference(lambda), "{lambda}");
    }
    for name in ["RegionName", "AccountId", "RoleArn", "LabelValue"] {
        assert!(has_reference(definition(&schema, name)), "{name}");
    }
    for name in ["ProjectName", "BatchAgentDocument", "ProjectDocument"] {
        assert!(!has_reference(definition(&schema, name)), "{name}");
    }
    assert_eq!(
        definition(&schema, "Observability")["properties"]["enabled"],
        serde_json::json!({
            "description": "Whether the agent writes metrics and traces.",
            "default": false,
            "anyOf": [{ "type": "boolean" }, { "$ref": "#/$defs/Reference" }, { "type": "null" }],
        })
    );
}
