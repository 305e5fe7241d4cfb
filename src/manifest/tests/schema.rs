//! The JSON Schema says what the loader does.

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

/// All paths of keys below a definition, through references, `spec.lambda.timeout`.
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
fn it_has_every_key_of_an_agent_and_no_other() {
    let schema = schema();
    let mut found = BTreeSet::new();
    paths(
        &schema,
        definition(&schema, "BatchAgentDocument"),
        "",
        &mut found,
    );
    let expected: BTreeSet<String> = "
        apiVersion kind metadata metadata.name metadata.labels spec spec.runtime spec.prompt spec.expectJson
        spec.definition spec.definition.model spec.definition.model.id spec.definition.model.crossRegion
        spec.definition.systemPrompt spec.definition.tools spec.definition.policyStatements
        spec.definition.policyStatements.Sid spec.definition.policyStatements.Effect
        spec.definition.policyStatements.Action spec.definition.policyStatements.NotAction
        spec.definition.policyStatements.Resource spec.definition.policyStatements.NotResource
        spec.definition.policyStatements.Condition
        spec.code spec.code.path spec.code.s3 spec.code.s3.bucket spec.code.s3.key spec.code.s3.versionId
        spec.code.image spec.code.handler spec.code.entryPoint spec.code.runtime spec.environment
        spec.lambda spec.lambda.timeout spec.lambda.memorySize spec.lambda.architecture
        spec.lambda.ephemeralStorageSize spec.lambda.layers spec.lambda.alias
        spec.agentcore spec.agentcore.deploymentMethod spec.agentcore.endpoint spec.agentcore.protocol
        spec.agentcore.port spec.agentcore.path
        spec.agentcore.lifecycle spec.agentcore.lifecycle.idleTimeout spec.agentcore.lifecycle.maxLifetime
        spec.agentcore.authorizer spec.agentcore.authorizer.customJWTAuthorizer
        spec.agentcore.authorizer.customJWTAuthorizer.discoveryUrl
        spec.agentcore.authorizer.customJWTAuthorizer.allowedAudience
        spec.agentcore.authorizer.customJWTAuthorizer.allowedClients
        spec.agentcore.authorizer.customJWTAuthorizer.allowedScopes
        spec.agentcore.authorizer.customJWTAuthorizer.customClaims
        spec.agentcore.authorizer.customJWTAuthorizer.customClaims.claim
        spec.agentcore.authorizer.customJWTAuthorizer.customClaims.equals
        spec.agentcore.authorizer.customJWTAuthorizer.customClaims.contains
        spec.agentcore.authorizer.customJWTAuthorizer.customClaims.containsAny spec.agentcore.requestHeaders
        spec.agentcore.filesystems spec.agentcore.filesystems.sessionStorage
        spec.agentcore.filesystems.sessionStorage.mountPath
        spec.agentcore.filesystems.efsAccessPoint spec.agentcore.filesystems.efsAccessPoint.arn
        spec.agentcore.filesystems.efsAccessPoint.mountPath
        spec.agentcore.filesystems.s3FilesAccessPoint spec.agentcore.filesystems.s3FilesAccessPoint.arn
        spec.agentcore.filesystems.s3FilesAccessPoint.mountPath
        spec.agentcore.filesystems.capacityProviderVolume
        spec.agentcore.filesystems.capacityProviderVolume.volumeName
        spec.agentcore.filesystems.capacityProviderVolume.mountPath
        spec.agentcore.allowedPorts spec.agentcore.platformVersion spec.agentcore.capacityProvider
        spec.network spec.network.subnets spec.network.securityGroups
        spec.iam spec.iam.role spec.iam.permissionsBoundary spec.encryption spec.encryption.key
        spec.observability spec.observability.enabled spec.observability.retentionDays
        spec.observability.metricNamespace spec.observability.serviceName spec.observability.otelEnv
        spec.dataProtection spec.dataProtection.identifiers spec.dataProtection.audit
        spec.dataProtection.audit.logGroup spec.removalPolicy
    "
    .split_whitespace()
    .map(ToOwned::to_owned)
    .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_defaults_of_a_project_take_what_an_agent_takes() {
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
fn it_refuses_unknown_keys_and_describes_every_key() {
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
fn each_document_is_told_by_its_kind() {
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

/// Tells whether keys lead to a value, in any of the items where there are several.
fn is_in(node: &node::Node, keys: &[&str]) -> bool {
    let Some((key, rest)) = keys.split_first() else {
        return true;
    };
    let mut items = node.items().iter();
    items.any(|item| is_in(&item.node, keys))
        || node.get(key).is_some_and(|found| is_in(found, rest))
}

#[test]
fn every_key_it_has_is_one_that_the_loader_takes() {
    // The manifest with every key loads, so what it holds is what the schema must name.
    Files::of(EVERYTHING).load().unwrap();
    let documents = load::parse(Utf8Path::new("all.yaml"), EVERYTHING, &mut Vec::new());
    let schema = schema();
    let mut known = BTreeSet::new();
    paths(
        &schema,
        definition(&schema, "BatchAgentDocument"),
        "",
        &mut known,
    );
    let is_written = |path: &&String| {
        let keys: Vec<&str> = path.split('.').collect();
        is_in(&documents[0], &keys)
    };
    let written = known.iter().filter(is_written).cloned().collect();
    let absent: Vec<_> = known.difference(&written).collect();
    assert_eq!(absent, ["spec.code.path", "spec.iam.role",]);
}

/// A text that the schema allows is a text that the loader takes.
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
fn what_its_patterns_allow_the_loader_takes() {
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
