//! Versions and delete markers.

use super::{answer, set_versioning, state, with_bucket, with_versions};
use crate::testing::Client;

/// Lists `(key, version id, whether it is the latest)`.
async fn versions(client: &Client) -> Vec<(String, String, bool)> {
    let listed = client.get("/code?versions").await.ok();
    let (keys, ids) = (listed.all("Key"), listed.all("VersionId"));
    let latest = listed
        .all("IsLatest")
        .into_iter()
        .map(|text| text == "true");
    keys.into_iter()
        .zip(ids)
        .zip(latest)
        .map(|((key, id), latest)| (key, id, latest))
        .collect()
}

#[tokio::test]
async fn every_write_to_a_versioned_bucket_is_kept_under_its_id() {
    let client = with_versions().await;
    let mut ids = Vec::new();
    for body in ["1", "2"] {
        let put = client.put("/code/a", body).await.ok();
        ids.push(put.header("x-amz-version-id").unwrap().to_owned());
    }
    let a = || "a".to_owned();
    assert_eq!(
        versions(&client).await,
        [(a(), ids[1].clone(), true), (a(), ids[0].clone(), false)]
    );
    let first = client
        .get(&format!("/code/a?versionId={}", ids[0]))
        .await
        .ok();
    assert_eq!(
        (first.text(), first.header("x-amz-version-id")),
        ("1", Some(ids[0].as_str()))
    );
    assert_eq!(client.get("/code/a").await.ok().text(), "2");
}

#[tokio::test]
async fn a_delete_marker_hides_the_object_until_it_is_deleted() {
    let client = with_versions().await;
    client.put("/code/a", "1").await.ok();
    let deleted = client.delete("/code/a").await.ok();
    let id = deleted.header("x-amz-version-id").unwrap();
    assert_eq!(
        (
            deleted.status.as_u16(),
            deleted.header("x-amz-delete-marker")
        ),
        (204, Some("true"))
    );
    for (method, body_is_told) in [("GET", true), ("HEAD", false)] {
        let gone = client.s3(method, "/code/a", &[], "").await;
        assert_eq!(
            (
                gone.status.as_u16(),
                gone.header("x-amz-delete-marker"),
                gone.header("x-amz-version-id")
            ),
            (404, Some("true"), Some(id))
        );
        assert_eq!(!gone.body.is_empty(), body_is_told);
    }
    let target = format!("/code/a?versionId={id}");
    let marker = client.get(&target).await;
    assert_eq!(
        marker.refusal(),
        answer(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource."
        )
    );
    assert_eq!(
        (marker.header("allow"), marker.header("x-amz-delete-marker")),
        (Some("DELETE"), Some("true"))
    );
    let undeleted = client.delete(&target).await.ok();
    assert_eq!(
        (
            undeleted.header("x-amz-delete-marker"),
            undeleted.header("x-amz-version-id")
        ),
        (Some("true"), Some(id))
    );
    assert_eq!(client.get("/code/a").await.ok().text(), "1");
}

#[tokio::test]
async fn a_suspended_bucket_replaces_only_its_null_version() {
    let client = with_bucket().await;
    client.put("/code/a", "before").await.ok();
    set_versioning(&client, "Enabled").await;
    let kept = client.put("/code/a", "kept").await.ok();
    let kept = kept.header("x-amz-version-id").unwrap().to_owned();
    set_versioning(&client, "Suspended").await;
    client.put("/code/a", "after").await.ok();
    let a = || "a".to_owned();
    let null = || "null".to_owned();
    assert_eq!(
        versions(&client).await,
        [(a(), null(), true), (a(), kept.clone(), false)]
    );
    assert_eq!(
        client.get("/code/a?versionId=null").await.ok().text(),
        "after"
    );
    let deleted = client.delete("/code/a").await.ok();
    assert_eq!(
        (
            deleted.header("x-amz-version-id"),
            deleted.header("x-amz-delete-marker")
        ),
        (Some("null"), Some("true"))
    );
    assert_eq!(client.get("/code/a?versionId=null").await.refusal().0, 405);
    assert_eq!(
        client
            .get(&format!("/code/a?versionId={kept}"))
            .await
            .ok()
            .text(),
        "kept"
    );
}

#[tokio::test]
async fn a_missing_version_and_an_invalid_id_have_different_errors() {
    let client = with_versions().await;
    let put = client.put("/code/a", "1").await.ok();
    let id = put.header("x-amz-version-id").unwrap();
    let other = format!("/code/b?versionId={id}");
    assert_eq!(
        client.get(&other).await.refusal(),
        answer(
            404,
            "NoSuchVersion",
            "The specified version does not exist."
        )
    );
    assert_eq!(client.delete(&other).await.status.as_u16(), 204);
    assert_eq!(
        client.get("/code/a?versionId=x").await.refusal(),
        answer(400, "InvalidArgument", "Invalid version id specified")
    );
}

#[tokio::test]
async fn deleting_in_a_plain_bucket_leaves_no_trace_and_succeeds_twice() {
    let client = with_bucket().await;
    let before = state(&client);
    client.put("/code/a", "1").await.ok();
    for _ in 0..2 {
        let deleted = client.delete("/code/a").await;
        assert_eq!(
            (deleted.status.as_u16(), deleted.header("x-amz-version-id")),
            (204, None)
        );
    }
    assert_eq!(state(&client), before);
}
