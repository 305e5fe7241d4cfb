//! Resources that somebody else deletes and creates again, with the same names and marks: they are others than before to everything that was
//! granted to them or encrypted with them.

use agentctl::plan::drift::{DriftReport, Finding};
use aws_sdk_iam::types::Tag as RoleTag;
use aws_sdk_kms::types::Tag as KeyTag;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Project, REGION, World, assert_same, steps};

const ROLE: &str = "triage-lambda-us-east-1";

/// Longer than any change takes to be visible.
async fn settle() {
    tokio::time::sleep(std::time::Duration::from_mins(6)).await;
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Returns the id of the role that exists, and that of the role which can decrypt the function's variables.
fn roles(world: &World) -> [String; 2] {
    let account = &world.dump()[ACCOUNT];
    let role = &account["global"]["iam"]["roles"][ROLE]["id"];
    let grant = &account[REGION]["lambda"]["functions"]["triage"]["grant"]["principal"];
    [text(role).to_owned(), text(grant).to_owned()]
}

async fn delete_role(world: &World, name: &str) -> Value {
    let clients = world.clients();
    let iam = &clients.iam;
    let role = world.dump()[ACCOUNT]["global"]["iam"]["roles"][name].take();
    for policy in role["inline"].as_object().unwrap().keys() {
        let call = iam.delete_role_policy().role_name(name);
        call.policy_name(policy).send().await.unwrap();
    }
    iam.delete_role().role_name(name).send().await.unwrap();
    role
}

async fn make_role_again(world: &World, name: &str, role: &Value) {
    let clients = world.clients();
    let iam = &clients.iam;
    let tags = role["tags"].as_object().unwrap().iter();
    let tags = tags.map(|(key, value)| RoleTag::builder().key(key).value(text(value)).build());
    let call = iam.create_role().role_name(name).path(text(&role["path"]));
    let call = call
        .description(text(&role["description"]))
        .assume_role_policy_document(text(&role["trust"]["policy"]["text"]))
        .set_tags(Some(tags.collect::<Result<_, _>>().unwrap()));
    call.send().await.unwrap();
    for (policy, document) in role["inline"].as_object().unwrap() {
        let call = iam.put_role_policy().role_name(name).policy_name(policy);
        let call = call.policy_document(text(&document["text"]));
        call.send().await.unwrap();
    }
}

/// The resources that were created again, and the others that drifted.
fn findings(report: &DriftReport) -> [Vec<String>; 2] {
    let is_remade = |finding: &Finding| matches!(finding, Finding::Remade { .. });
    let of = |wanted: bool| {
        let drifted = report.drifted.iter();
        drifted
            .filter(|drifted| is_remade(&drifted.finding) == wanted)
            .map(|drifted| drifted.address.to_string())
            .collect()
    };
    [of(true), of(false)]
}

async fn assert_clean(project: &Project) {
    assert_eq!(steps(&project.diff().await), []);
    let found = findings(&project.drift().await).concat();
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_created_again_is_sent_to_the_function_again() {
    for key in [json!("managed"), json!("aws")] {
        let world = World::new();
        let mut project = world.triage();
        project.set("/encryption/key", key);
        project.apply().await;
        let [before, granted] = roles(&world);
        assert_eq!(before, granted);

        delete_role(&world, ROLE).await;
        settle().await;
        project.apply().await;
        let [after, granted] = roles(&world);
        assert_ne!(after, before);
        assert_eq!(after, granted);
        assert_clean(&project).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_somebody_else_creates_again_is_drift_and_the_next_apply_sends_it() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    let role = delete_role(&world, ROLE).await;
    make_role_again(&world, ROLE, &role).await;
    settle().await;
    let [other, granted] = roles(&world);
    assert_ne!(other, granted);

    let report = project.drift().await;
    let none: Vec<String> = Vec::new();
    assert_eq!(
        findings(&report),
        [vec!["iam-role/triage.lambda".to_owned()], none]
    );
    assert_eq!(
        steps(&project.diff().await),
        [
            ("lambda-function/triage".into(), "update"),
            ("lambda-version/triage".into(), "update"),
            ("lambda-alias/triage.live".into(), "update")
        ]
    );
    project.apply().await;
    assert_eq!(roles(&world), [other.clone(), other]);
    assert_clean(&project).await;
}

#[tokio::test(start_paused = true)]
async fn a_role_on_agentcore_that_somebody_else_creates_again_is_drift() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    let name = "triage-agentcore-us-east-1";
    let role = delete_role(&world, name).await;
    make_role_again(&world, name, &role).await;
    settle().await;
    let [remade, others] = findings(&project.drift().await);
    assert_eq!(remade, ["iam-role/triage.agentcore"]);
    assert_eq!(others, Vec::<String>::new());
    project.apply().await;
    assert_clean(&project).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_somebody_else_puts_behind_the_alias_is_drift_and_everything_is_encrypted_with_it()
 {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    let clients = world.clients();
    let kms = &clients.kms;
    let keys = world.dump()[ACCOUNT][REGION]["kms"]["keys"].take();
    let key = keys.as_object().unwrap().values().next().unwrap();
    let tags = key["tags"].as_object().unwrap().iter();
    let tags = tags.map(|(key, value)| {
        KeyTag::builder()
            .tag_key(key)
            .tag_value(text(value))
            .build()
    });
    let call = kms.create_key().description(text(&key["description"]));
    let call = call.set_tags(Some(tags.collect::<Result<_, _>>().unwrap()));
    let made = call
        .policy(text(&key["policy"]["value"]["text"]))
        .send()
        .await
        .unwrap();
    let made = made.key_metadata.unwrap();
    settle().await;
    kms.enable_key_rotation()
        .key_id(&made.key_id)
        .send()
        .await
        .unwrap();
    let alias = project.owner().key_alias();
    let call = kms.update_alias().alias_name(alias);
    call.target_key_id(&made.key_id).send().await.unwrap();
    settle().await;

    let [remade, others] = findings(&project.drift().await);
    assert_eq!(remade, ["kms-key/triage"]);
    assert_eq!(others, Vec::<String>::new());
    project.apply().await;
    let function = &world.dump()[ACCOUNT][REGION]["lambda"]["functions"]["triage"];
    let used = &function["latest"]["configuration"]["kms_key_arn"];
    assert_eq!(text(used), made.arn.unwrap());
    assert_clean(&project).await;
}

#[tokio::test(start_paused = true)]
async fn after_a_bucket_was_created_again_one_apply_stores_everything_again() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    let reference = world.skeleton();
    empty_and_delete_the_bucket(&world).await;
    project.apply().await;
    assert_same(&world.skeleton(), &reference, "the bucket is as before");
    assert_clean(&project).await;
}

async fn empty_and_delete_the_bucket(world: &World) {
    use aws_sdk_s3::types::{Delete, ObjectIdentifier};

    use crate::support::BUCKET;
    let clients = world.clients();
    let s3 = &clients.s3;
    let listed = s3
        .list_object_versions()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    let found = listed.versions().iter().map(|version| {
        let id = ObjectIdentifier::builder().set_key(version.key.clone());
        id.set_version_id(version.version_id.clone())
            .build()
            .unwrap()
    });
    let markers = listed.delete_markers().iter().map(|marker| {
        let id = ObjectIdentifier::builder().set_key(marker.key.clone());
        id.set_version_id(marker.version_id.clone())
            .build()
            .unwrap()
    });
    let all = Delete::builder().set_objects(Some(found.chain(markers).collect()));
    let call = s3
        .delete_objects()
        .bucket(BUCKET)
        .delete(all.build().unwrap());
    call.send().await.unwrap();
    s3.delete_bucket().bucket(BUCKET).send().await.unwrap();
    let made = s3.create_bucket().bucket(BUCKET).send().await;
    made.unwrap();
    let tag = aws_sdk_s3::types::Tag::builder()
        .key("agentctl:shared")
        .value("true")
        .build()
        .unwrap();
    let tags = aws_sdk_s3::types::Tagging::builder()
        .tag_set(tag)
        .build()
        .unwrap();
    let call = s3.put_bucket_tagging().bucket(BUCKET).tagging(tags);
    call.send().await.unwrap();
    settle().await;
}
