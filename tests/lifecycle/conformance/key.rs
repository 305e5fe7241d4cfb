//! The calls with which another client changes a key.

use aws_sdk_kms::types::Tag;
use serde_json::Value;

use super::{Change, Leaf};

pub(super) async fn change(leaf: &Leaf<'_>) -> Change {
    let clients = leaf.world.clients();
    let kms = &clients.kms;
    let id = leaf.live.outputs["id"].as_str().unwrap();
    match leaf.path[..] {
        ["description"] => {
            let request = kms.update_key_description().key_id(id);
            request.description("by hand").send().await.unwrap();
        }
        ["enabled"] => {
            kms.disable_key().key_id(id).send().await.unwrap();
            return Change::Locked(&[]);
        }
        ["pendingDeletion"] => {
            kms.schedule_key_deletion().key_id(id).send().await.unwrap();
            // A key that is pending deletion can be neither enabled nor rotated.
            return Change::Locked(&["/enabled", "/rotation"]);
        }
        ["rotation"] => {
            kms.disable_key_rotation().key_id(id).send().await.unwrap();
        }
        ["rotationPeriodDays"] => {
            let request = kms.enable_key_rotation().key_id(id);
            request.rotation_period_in_days(100).send().await.unwrap();
        }
        ["policy", "Statement", index, field, ..]
            if field != "Sid" && statement(leaf, index)["Sid"] == "Account" =>
        {
            return Change::Cannot("KMS refuses a policy that locks the account out");
        }
        ["policy", ..] => {
            let request = kms.put_key_policy().key_id(id);
            let request = request.policy(leaf.document("/policy"));
            request.send().await.unwrap();
        }
        ["tags", key] => {
            let key = key.replace("~1", "/");
            let tag = Tag::builder()
                .tag_key(key)
                .tag_value("other")
                .build()
                .unwrap();
            kms.tag_resource()
                .key_id(id)
                .tags(tag)
                .send()
                .await
                .unwrap();
        }
        _ => panic!("no call is known that changes {:?} of a key", leaf.path),
    }
    Change::Made
}

fn statement<'a>(leaf: &'a Leaf<'_>, index: &str) -> &'a Value {
    &leaf.live.spec["policy"]["Statement"][index.parse::<usize>().unwrap()]
}
