//! The content of an account, without what differs between two worlds after the same actions.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

/// Where a bucket has locks.
const LOCKS: &str = "locks/";

/// Where a bucket has records.
const RECORDS: &str = "records/";

/// Keys whose values are random in every world.
const DRAWN: &[&str] = &[
    "id",
    "etag",
    "material",
    "sequence",
    "agentctl:intent",
    "revision",
    // Client tokens of requests, each with its request.
    "answered",
];

/// Random parts of texts.
static DRAWN_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+0000)|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|AROA[A-Z0-9]{17}|\b(triage|live|DEFAULT)-[a-zA-Z0-9]{10}\b",
    )
    .unwrap()
});

/// Removes what differs between two worlds after the same actions.
pub(crate) fn skeleton(value: &Value) -> Value {
    stripped(value, &DRAWN_TEXT)
}

fn stripped(value: &Value, drawn: &Regex) -> Value {
    let text = |text: &str| drawn.replace_all(text, "<drawn>").into_owned();
    match value {
        Value::String(value) => text(value).into(),
        Value::Array(items) => items.iter().map(|item| stripped(item, drawn)).collect(),
        Value::Object(map) => {
            let mut bones = serde_json::Map::new();
            // State that applies only until a change has propagated or is done: its duration depends on time, not on the actions.
            let lasting = map.iter().filter(|(key, _)| *key != "before");
            for (key, value) in lasting {
                let value = match key.as_str() {
                    // How often a record is written depends on what settles at the same moment, and the key is random.
                    _ if key.starts_with(RECORDS) => json!("<kept>"),
                    _ if DRAWN.contains(&key.as_str()) => json!("<drawn>"),
                    // The digest of what a version was published from, which contains ids.
                    "content" if value.is_string() => json!("<drawn>"),
                    _ => stripped(value, drawn),
                };
                // Two entries with random names stay two.
                let mut key = text(key);
                while bones.contains_key(&key) {
                    key.push('\'');
                }
                bones.insert(key, value);
            }
            Value::Object(bones)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Removes all locks from an account. Returns whether there were any.
pub(crate) fn release(account: &mut Value) -> bool {
    take_objects(account, LOCKS)
}

/// Returns an account without agentctl's own data: locks and records.
pub(crate) fn bare(mut account: Value) -> Value {
    for folder in [LOCKS, RECORDS] {
        take_objects(&mut account, folder);
    }
    account
}

/// Removes all objects below a prefix from an account. Returns whether there were any.
fn take_objects(account: &mut Value, prefix: &str) -> bool {
    let Some(buckets) = account.pointer_mut("/global/s3/buckets") else {
        return false;
    };
    let mut is_any = false;
    for bucket in buckets.as_object_mut().unwrap().values_mut() {
        let objects = bucket["objects"].as_object_mut().unwrap();
        let all = objects.len();
        objects.retain(|key, _| !key.starts_with(prefix));
        is_any |= objects.len() < all;
    }
    is_any
}

/// Fails unless two values are equal, and shows the lines that differ.
#[track_caller]
pub(crate) fn assert_same(found: &Value, expected: &Value, when: &str) {
    let (found, expected) = (format!("{found:#}"), format!("{expected:#}"));
    let difference = similar::TextDiff::from_lines(&expected, &found);
    assert!(
        found == expected,
        "{when}\n{}",
        difference.unified_diff().context_radius(6)
    );
}
