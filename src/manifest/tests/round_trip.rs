//! Properties of every manifest.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[derive(Debug, Clone)]
struct Pieces {
    name: String,
    prompt: String,
    expect_json: bool,
    environment: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    timeout: u32,
    memory_size: u32,
    storage: u32,
    alias: String,
    identifiers: Vec<String>,
    days: u16,
}

fn pieces() -> impl Strategy<Value = Pieces> {
    let days = prop::sample::select(vec![1_u16, 7, 365, 3653]);
    (
        "[a-z][a-z0-9-]{0,39}",
        "\\PC{1,200}".prop_filter("blank", |text| !text.trim().is_empty()),
        any::<bool>(),
        prop::collection::btree_map("X[A-Z0-9_]{1,20}", any::<String>(), 0..6),
        prop::collection::btree_map("[b-z][a-z ]{0,20}", "[A-Za-z0-9 _.:/=+@-]{0,256}", 0..6),
        (1..=900_u32, 128..=10_240_u32, 512..=10_240_u32),
        "[a-zA-Z_-][a-zA-Z0-9_-]{0,30}",
        prop::collection::hash_set("[A-Z][A-Za-z]{2,20}(-[A-Z]{2})?", 1..5),
        days,
    )
        .prop_map(
            |(
                name,
                prompt,
                expect_json,
                environment,
                labels,
                numbers,
                alias,
                identifiers,
                days,
            )| {
                Pieces {
                    name,
                    prompt,
                    expect_json,
                    environment,
                    labels,
                    timeout: numbers.0,
                    memory_size: numbers.1,
                    storage: numbers.2,
                    alias,
                    identifiers: identifiers.into_iter().collect(),
                    days,
                }
            },
        )
}

impl Pieces {
    fn manifest(&self) -> String {
        let escaped = |text: &String| text.replace("${", "$${");
        let environment: BTreeMap<_, _> = self
            .environment
            .iter()
            .map(|(name, value)| (name, escaped(value)))
            .collect();
        json!({
            "apiVersion": "agentctl.dev/v1alpha1",
            "kind": "BatchAgent",
            "metadata": { "name": self.name, "labels": self.labels },
            "spec": {
                "prompt": escaped(&self.prompt),
                "expectJson": self.expect_json,
                "definition": { "systemPrompt": "prompt.md" },
                "code": { "path": "../agents/triage", "handler": "batch.handler" },
                "environment": environment,
                "lambda": {
                    "timeout": format!("{}s", self.timeout),
                    "memorySize": self.memory_size,
                    "ephemeralStorageSize": self.storage,
                    "alias": self.alias,
                },
                "dataProtection": { "identifiers": self.identifiers },
                "observability": { "retentionDays": self.days },
            },
        })
        .to_string()
    }

    fn of(agent: &Agent) -> Self {
        let protection = agent.data_protection.as_ref().unwrap();
        let Side::Lambda(lambda) = &agent.side else {
            panic!("{:?}", agent.side);
        };
        Self {
            name: agent.name.to_string(),
            prompt: agent.prompt.clone(),
            expect_json: agent.expect_json,
            environment: agent
                .environment
                .iter()
                .map(|(name, value)| (name.to_string(), value.expose().to_owned()))
                .collect(),
            labels: agent
                .labels
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect(),
            timeout: lambda.settings.timeout.get(),
            memory_size: lambda.settings.memory_size.get(),
            storage: lambda.settings.ephemeral_storage_size.get(),
            alias: lambda.settings.alias.to_string(),
            identifiers: protection
                .identifiers
                .iter()
                .map(ToString::to_string)
                .collect(),
            days: agent.observability.retention_days.get(),
        }
    }
}

fn lossy_edit(text: &str, at: usize, insert: &str, remove: usize) -> String {
    let at = text.floor_char_boundary(at % text.len());
    let end = text.ceil_char_boundary((at + remove).min(text.len()));
    format!("{}{insert}{}", &text[..at], &text[end..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_valid_agent_loads_with_its_written_values(pieces in pieces()) {
        let files = Files::of("").with("deploy-plans/agent.json", pieces.manifest());
        let agent = files.agent();
        prop_assert_eq!(format!("{:?}", Pieces::of(&agent)), format!("{pieces:?}"));
    }

    #[test]
    fn no_text_makes_the_loader_panic_or_its_errors_unprintable(
        at in any::<usize>(),
        insert in "[\\PC\\n\\t]{0,12}",
        remove in 0..40_usize,
    ) {
        let text = lossy_edit(whole::EVERYTHING, at, &insert, remove);
        if let Err(errors) = Files::of(&text).load() {
            prop_assert!(rendered(&errors).contains("AC01"));
        }
    }

    #[test]
    fn a_time_reads_the_same_in_every_unit(minutes in 1..=15_u32) {
        let read = |time: serde_json::Value| serde_json::from_value::<Timeout>(time).unwrap();
        let seconds = minutes * 60;
        prop_assert_eq!(read(json!(format!("{minutes}m"))), read(json!(seconds)));
        prop_assert_eq!(read(json!(format!("{seconds}s"))), read(json!(seconds)));
    }
}
