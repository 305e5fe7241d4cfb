//! The calls with which another client changes a role.

use aws_sdk_iam::types::Tag;

use super::{Change, Leaf};

const ROLE: &str = "triage-lambda-us-east-1";

pub(super) async fn change(leaf: &Leaf<'_>) -> Change {
    let clients = leaf.world.clients();
    let iam = &clients.iam;
    match leaf.path[..] {
        ["path"] => return Change::Cannot("IAM moves no role to another path"),
        ["trust", ..] => {
            let request = iam.update_assume_role_policy().role_name(ROLE);
            let request = request.policy_document(leaf.document("/trust"));
            request.send().await.unwrap();
        }
        ["policies", "added"] => {
            let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
            let request = iam.put_role_policy().role_name(ROLE).policy_name("added");
            request.policy_document(policy).send().await.unwrap();
        }
        ["policies", name, ..] => {
            let request = iam.put_role_policy().role_name(ROLE).policy_name(name);
            let request = request.policy_document(leaf.document(&format!("/policies/{name}")));
            request.send().await.unwrap();
        }
        ["managedPolicies"] => {
            let request = iam.attach_role_policy().role_name(ROLE);
            let request = request.policy_arn("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess");
            request.send().await.unwrap();
        }
        ["permissionsBoundary"] => {
            let request = iam.put_role_permissions_boundary().role_name(ROLE);
            let request = request.permissions_boundary("arn:aws:iam::aws:policy/PowerUserAccess");
            request.send().await.unwrap();
        }
        ["description"] => {
            let request = iam.update_role().role_name(ROLE).max_session_duration(3600);
            request.description("by hand").send().await.unwrap();
        }
        ["maxSessionDuration"] => {
            let request = iam.update_role().role_name(ROLE).max_session_duration(7200);
            let description = leaf.live.spec["description"].as_str().unwrap();
            request.description(description).send().await.unwrap();
        }
        ["tags", key] => {
            let key = key.replace("~1", "/");
            let tag = Tag::builder().key(key).value("other").build().unwrap();
            let request = iam.tag_role().role_name(ROLE).tags(tag);
            request.send().await.unwrap();
        }
        _ => panic!("no call is known that changes {:?} of a role", leaf.path),
    }
    Change::Made
}
