//! The calls with which another client changes a log group.

use agentctl::kinds::log_group::data_protection::DataProtection;
use agentctl::resource::reference::Resolved;
use serde_json::{Value, json};

use super::{Change, Leaf};
use crate::support::BUCKET;

const GROUP: &str = "/aws/lambda/triage";

pub(super) async fn change(leaf: &Leaf<'_>) -> Change {
    let clients = leaf.world.clients();
    let logs = &clients.logs;
    match leaf.path[..] {
        ["class"] => return Change::Cannot("a group keeps the class that it was made with"),
        ["retentionDays"] => {
            let request = logs.put_retention_policy().log_group_name(GROUP);
            request.retention_in_days(3).send().await.unwrap();
        }
        ["kmsKey"] => {
            let request = logs.disassociate_kms_key().log_group_name(GROUP);
            request.send().await.unwrap();
        }
        ["dataProtection", ref inner @ ..] => {
            let protection = match *inner {
                ["identifiers", index] => {
                    with(leaf, &format!("identifiers/{index}"), json!("IpAddress"))
                }
                ["customIdentifiers"] => {
                    with(leaf, "customIdentifiers", json!({ "Badge": "[0-9]{6}" }))
                }
                ["findings", "logGroup"] => {
                    with(leaf, "findings/logGroup", json!("other-findings"))
                }
                ["findings", "bucket"] => with(leaf, "findings/bucket", json!(BUCKET)),
                ["findings", "deliveryStream"] => {
                    return Change::Cannot("a stream must exist, and there is no Firehose here");
                }
                _ => panic!("no policy is known that changes {:?}", leaf.path),
            };
            let request = logs.put_data_protection_policy();
            let request = request.log_group_identifier(GROUP);
            let request = request.policy_document(protection.document("aws").unwrap());
            request.send().await.unwrap();
            return match *inner {
                ["customIdentifiers"] => Change::Entered("/dataProtection/customIdentifiers/Badge"),
                _ => Change::Made,
            };
        }
        ["deletionProtection"] => {
            let request = logs.put_log_group_deletion_protection();
            let request = request.log_group_identifier(GROUP);
            let request = request.deletion_protection_enabled(true);
            request.send().await.unwrap();
        }
        ["claimed"] => return Change::Cannot("a function's group without our marks is not ours"),
        ["tags", key] => {
            let arn = leaf.live.outputs["groupArn"].as_str().unwrap();
            let request = logs.tag_resource().resource_arn(arn);
            let request = request.tags(key.replace("~1", "/"), "other");
            request.send().await.unwrap();
        }
        _ => panic!("no call is known that changes {:?} of a group", leaf.path),
    }
    Change::Made
}

/// Returns the live policy with one field changed.
fn with(leaf: &Leaf<'_>, field: &str, value: Value) -> DataProtection<Resolved> {
    let mut protection = leaf.live.spec["dataProtection"].clone();
    *protection.pointer_mut(&format!("/{field}")).unwrap() = value;
    serde_json::from_value(protection).unwrap()
}
