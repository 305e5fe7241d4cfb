//! Edits of the manifest and of its files.

use std::collections::BTreeMap;
use std::fmt;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Project, World};

/// A setting and its new value.
#[derive(Clone, Copy)]
pub(super) struct Edit {
    place: &'static str,
    value: &'static str,
}

impl Edit {
    /// Returns the edit that sets a value.
    pub(super) fn of(place: &'static str, value: &'static str) -> Self {
        Self { place, value }
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} becomes {}", self.place, self.value)
    }
}

/// The prefix of the path of a file.
const FILE: &str = "file ";

/// What is not part of the agent's spec.
const LABELS: &str = "labels";

/// Each setting with its values, first the one at the beginning of a life. `null` removes it from the manifest.
const SETTINGS: &[(&str, &[&str])] = &[
    (
        "/prompt",
        &[r#""Check this invoice.""#, r#""Check this invoice twice.""#],
    ),
    ("/expectJson", &["true", "false"]),
    (
        "/definition/model/crossRegion",
        &[r#""us""#, r#""eu""#, "null"],
    ),
    (
        "/definition/tools",
        &[
            r#"["tools/total.py"]"#,
            "[]",
            r#"["tools/total.py", "tools/more"]"#,
        ],
    ),
    (
        "/definition/policyStatements",
        &[
            "null",
            r#"[{"Sid": "Table", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}]"#,
        ],
    ),
    (
        "/environment",
        &[
            r#"{"MAX_TURNS": "8"}"#,
            r#"{"MAX_TURNS": "9", "STAGE": "prod"}"#,
        ],
    ),
    ("/code/runtime", &[r#""python3.13""#, r#""python3.12""#]),
    ("/lambda/timeout", &[r#""5m""#, r#""2m""#]),
    ("/lambda/memorySize", &["512", "1024"]),
    ("/lambda/ephemeralStorageSize", &["null", "1024"]),
    ("/lambda/architecture", &["null", r#""x86_64""#]),
    ("/lambda/alias", &["null", r#""serving""#]),
    (
        "/lambda/layers",
        &[
            "null",
            r#"["arn:aws:lambda:us-east-1:111122223333:layer:one:1"]"#,
        ],
    ),
    ("/agentcore/endpoint", &["null", r#""front""#]),
    (
        "/agentcore/lifecycle",
        &["null", r#"{"idleTimeout": "5m"}"#],
    ),
    (
        "/agentcore/requestHeaders",
        &["null", r#"["Authorization"]"#],
    ),
    ("/observability/enabled", &["true", "false"]),
    ("/observability/retentionDays", &["14", "30", "null"]),
    (
        "/dataProtection",
        &[
            r#"{"identifiers": ["EmailAddress", "CreditCardNumber"]}"#,
            r#"{"identifiers": ["EmailAddress"]}"#,
            "null",
        ],
    ),
    ("/encryption", &["null", r#"{"key": "aws"}"#]),
    (
        "/network",
        &[
            "null",
            r#"{"subnets": ["subnet-0123456789abcdef0"], "securityGroups": ["sg-0123456789abcdef0"]}"#,
        ],
    ),
    (
        LABELS,
        &[
            r#"{"team": "billing"}"#,
            "{}",
            r#"{"team": "claims", "cost": "42"}"#,
        ],
    ),
    (
        "file deploy-plans/prompts/system.md",
        &["You check invoices.\n", "You check every line.\n"],
    ),
    (
        "file deploy-plans/tools/total.py",
        &[
            "def total(lines):\n    return sum(lines)\n",
            "def total(lines):\n    return round(sum(lines), 2)\n",
        ],
    ),
    (
        "file deploy-plans/agent/batch.py",
        &[
            "def handler(event, context):\n    return event\n",
            "def handler(event, context):\n    return {}\n",
        ],
    ),
];

const SIDES: (&str, &[&str]) = ("/runtime", &[r#""lambda""#, r#""agentcore""#]);

/// Draws edits. Every sixth changes the side.
pub(super) fn edit() -> impl Strategy<Value = Edit> {
    let of = |(place, values): (&'static str, &'static [&'static str])| {
        prop::sample::select(values).prop_map(move |value| Edit { place, value })
    };
    prop_oneof![
        1 => of(SIDES),
        5 => prop::sample::select(SETTINGS).prop_flat_map(of),
    ]
}

/// A manifest with its files.
pub(super) struct Declared {
    pub(super) project: Project,
    files: BTreeMap<&'static str, &'static str>,
}

impl Declared {
    /// Declares an agent with the first value of each setting.
    pub(super) fn new(mut project: Project, side: &str) -> Self {
        // Further files and an empty block, so that each setting has a parent.
        project.write(
            "deploy-plans/tools/more/rate.py",
            "def rate():\n    return 1\n",
        );
        project.set("/agentcore", json!({}));
        let mut declared = Self {
            project,
            files: BTreeMap::new(),
        };
        for (place, values) in SETTINGS {
            let value = values[0];
            declared.edit(Edit { place, value });
        }
        declared.project.set("/runtime", json!(side));
        declared
    }

    /// Makes an edit. Returns whether anything differs from before.
    pub(super) fn edit(&mut self, Edit { place, value }: Edit) -> bool {
        if let Some(path) = place.strip_prefix(FILE) {
            self.project.write(path, value);
            return self.files.insert(place, value) != Some(value);
        }
        let before = self.project.agent.clone();
        let value: Value = serde_json::from_str(value).unwrap();
        if place == LABELS {
            self.project.agent["metadata"][LABELS] = value;
        } else {
            self.project.set(place, value);
        }
        self.project.agent != before
    }

    /// Declares the same in another account.
    pub(super) fn in_world(&self, world: &World) -> Self {
        let mut same = Self::new(world.triage(), "lambda");
        same.project.agent.clone_from(&self.project.agent);
        for (place, value) in &self.files {
            same.edit(Edit { place, value });
        }
        same
    }

    /// Returns the whole declaration as one text.
    pub(super) fn text(&self) -> String {
        format!("{} {:?}", self.project.agent, self.files)
    }

    /// Returns whether the agent is declared on Lambda.
    pub(super) fn is_on_lambda(&self) -> bool {
        self.project.agent["spec"]["runtime"] == "lambda"
    }

    /// Returns whether the agent has a key of its own.
    pub(super) fn has_key(&self) -> bool {
        self.project.agent["spec"]["encryption"].is_null()
    }
}
