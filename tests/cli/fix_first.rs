//! A disabled key hides what it encrypts. It is enabled first, and both applies are reported as one.

use std::sync::Arc;

use agentctl::aws::{Access, Clients, config};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::served::Served;
use crate::support::TestEnvironment;

const ACCOUNT: &str = "111122223333";

/// The applied quickstart with a disabled key.
fn with_a_disabled_key() -> (TestEnvironment, Served) {
    let (environment, served) = (TestEnvironment::quickstart().signed_in(), Served::begin());
    served.run(&environment, "apply -y").exits(0);
    let config = config::local(&served.url, "us-east-1", ACCOUNT);
    let clients = Arc::new(Clients::new(&config, Access::Write));
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let key = clients.kms.describe_key();
        let key = key.key_id("alias/agentctl/quickstart/default/quickstart");
        let key = key.send().await.unwrap().key_metadata.unwrap().key_id;
        let disable = clients.kms.disable_key().key_id(key);
        disable.send().await.unwrap();
    });
    (environment, served)
}

/// The part of a summary about the key.
fn key_step(summary: &Value) -> Value {
    let steps = summary["steps"].as_array().unwrap();
    let of_key = |step: &&Value| step["address"] == json!("kms-key/quickstart");
    steps.iter().find(of_key).cloned().unwrap_or_default()
}

#[test]
fn a_key_that_was_enabled_first_is_in_the_ledger() {
    let (environment, served) = with_a_disabled_key();
    let end = served.run(&environment, "apply -y").exits(0);
    assert_snapshot!(end.stdout, @"
    updated 1
      kms-key/quickstart
    unchanged 9
    Done: 1 resource as planned.
    ");
}

#[test]
fn a_key_that_was_enabled_first_is_updated_in_the_summary() {
    let (environment, served) = with_a_disabled_key();
    let end = served.run(&environment, "apply -y --format json").exits(0);
    let lines = end.json_lines();
    let fixing = json!({ "event": "fixing_first", "unreadable": 5 });
    assert!(lines.contains(&fixing), "{lines:#?}");
    let summary = lines.last().unwrap();
    assert_eq!(
        (&summary["done"], &summary["unchanged"]),
        (&json!(true), &json!(9))
    );
    let step = key_step(summary);
    assert_eq!(
        (&step["action"], &step["outcome"]),
        (&json!("update"), &json!("done"))
    );
}
