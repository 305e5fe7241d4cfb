//! What a destroy does not need, and what it does not leave over.

use std::collections::BTreeSet;
use std::time::Duration;

use agentctl::outcome::Outcome;
use aws_sdk_s3::primitives::ByteStream;

use crate::support::{BUCKET, World, steps};

/// Returns the versions of agentctl's own data, each as its key.
async fn notes(world: &World) -> Vec<String> {
    let s3 = world.clients().s3.clone();
    let listed = s3.list_object_versions().bucket(BUCKET).send();
    let listed = listed.await.unwrap();
    let keys = listed.versions().iter().filter_map(|version| version.key());
    keys.filter(|key| !key.starts_with("objects/"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn only_one_version_of_a_record_is_kept_after_many_applies() {
    let world = World::new();
    let mut project = world.triage();
    for memory in [512, 1024, 2048] {
        project.set("/lambda/memorySize", memory.into());
        project.apply().await;
    }
    assert_eq!(
        notes(&world).await,
        [
            "records/claims/default/seal",
            "records/claims/default/triage.json"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn resources_that_can_no_longer_be_decrypted_are_destroyed() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    let kms = world.clients().kms.clone();
    let key = kms
        .describe_key()
        .key_id("alias/agentctl/claims/default/triage");
    let key = key.send().await.unwrap().key_metadata.unwrap().key_id;
    kms.disable_key().key_id(key).send().await.unwrap();
    tokio::time::sleep(Duration::from_mins(1)).await;
    // A hidden resource does not count as unchanged.
    let hidden: BTreeSet<String> = project
        .try_diff()
        .await
        .unwrap()
        .unreadable
        .into_iter()
        .map(|(address, _)| address.kind().to_owned())
        .collect();
    let expected = ["lambda-function", "lambda-version", "s3-object"];
    assert_eq!(hidden, BTreeSet::from(expected.map(str::to_owned)));

    let answer = project.destroy().await;

    let kept: Vec<String> = answer
        .outcomes()
        .steps
        .iter()
        .filter(|(_, outcome)| !matches!(outcome, Outcome::Done { remains: None }))
        .map(|(id, _)| id.to_string())
        .collect();
    assert_eq!(kept, ["kms-key/triage"]);
    let plan = project.plan_to_destroy().await;
    assert_eq!(steps(&plan), []);
}

#[tokio::test(start_paused = true)]
async fn records_that_a_killed_destroy_left_are_deleted_by_the_next() {
    let world = World::new();
    let (ours, theirs) = (world.triage(), world.project("payments", "intake"));
    ours.apply().await;
    theirs.apply().await;
    ours.destroy().await;
    let s3 = world.clients().s3.clone();
    let of_theirs = notes(&world).await;
    // Killed before it deleted the agent's records, or before it deleted the project's.
    for left in [
        &[
            "records/claims/default/triage.json",
            "records/claims/default/seal",
        ][..],
        &["records/claims/default/seal"][..],
    ] {
        for key in left {
            let put = s3.put_object().bucket(BUCKET).key(*key);
            let put = put.body(ByteStream::from_static(b"left")).send();
            put.await.unwrap();
        }
        let plan = ours.plan_to_destroy().await;
        assert_eq!(steps(&plan), []);

        ours.destroy().await;

        assert_eq!(notes(&world).await, of_theirs, "{left:?}");
    }
    // If nothing is left, nothing is sent.
    world.endpoint.log().clear();
    ours.destroy().await;
    assert_eq!(world.endpoint.log().writes(), 0);
}
