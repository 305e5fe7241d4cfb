//! Listings: prefixes, delimiters, pages, encoding.

use super::{answer, set_versioning, with_bucket, with_versions};
use crate::testing::Client;

async fn with_keys(client: Client, keys: &[&str]) -> Client {
    for key in keys {
        client.put(&format!("/code/{key}"), "1").await.ok();
    }
    client
}

#[tokio::test]
async fn a_delimiter_gathers_keys_under_their_common_prefix() {
    let client = with_keys(with_bucket().await, &["a", "p/1", "p/2", "p/q/3", "z"]).await;
    let root = client.get("/code?list-type=2&delimiter=/").await.ok();
    assert_eq!(
        (root.all("Key"), root.one("KeyCount")),
        (vec!["a".to_owned(), "z".to_owned()], "3".to_owned())
    );
    assert_eq!(root.one("CommonPrefixes"), "<Prefix>p/</Prefix>");
    let below = client
        .get("/code?list-type=2&delimiter=/&prefix=p/")
        .await
        .ok();
    assert_eq!(
        (below.all("Key"), below.one("CommonPrefixes")),
        (
            vec!["p/1".to_owned(), "p/2".to_owned()],
            "<Prefix>p/q/</Prefix>".to_owned()
        )
    );
}

#[tokio::test]
async fn a_listing_of_objects_goes_on_from_page_to_page() {
    let client = with_keys(with_bucket().await, &["a", "p/1", "p/2", "q/1", "z"]).await;
    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let page = client
            .get(&format!("/code?list-type=2&delimiter=/&max-keys=2{token}"))
            .await
            .ok();
        pages.push((
            page.all("Key"),
            page.all("CommonPrefixes"),
            page.one("IsTruncated"),
        ));
        match page.all("NextContinuationToken").as_slice() {
            [next] => token = format!("&continuation-token={next}"),
            _ => break,
        }
    }
    let texts = |list: &[&str]| {
        list.iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        pages,
        [
            (
                texts(&["a"]),
                texts(&["<Prefix>p/</Prefix>"]),
                "true".to_owned()
            ),
            (
                texts(&["z"]),
                texts(&["<Prefix>q/</Prefix>"]),
                "false".to_owned()
            ),
        ]
    );
    let after = client.get("/code?list-type=2&start-after=p/1").await.ok();
    assert_eq!(after.all("Key"), ["p/2", "q/1", "z"]);
    assert_eq!(
        client
            .get("/code?list-type=2&continuation-token=x")
            .await
            .refusal(),
        answer(
            400,
            "InvalidArgument",
            "The continuation token provided is incorrect"
        )
    );
}

#[tokio::test]
async fn a_page_holds_at_most_a_thousand_keys() {
    let client = with_bucket().await;
    for number in 0..1001 {
        client.put(&format!("/code/{number:04}"), "").await.ok();
    }
    let page = client.get("/code?list-type=2&max-keys=5000").await.ok();
    assert_eq!(
        (
            page.one("MaxKeys"),
            page.one("KeyCount"),
            page.one("IsTruncated")
        ),
        ("1000".to_owned(), "1000".to_owned(), "true".to_owned())
    );
    let none = client.get("/code?list-type=2&max-keys=0").await.ok();
    assert_eq!(
        (none.one("KeyCount"), none.one("IsTruncated")),
        ("0".to_owned(), "false".to_owned())
    );
    assert_eq!(
        client
            .get("/code?list-type=2&max-keys=-1")
            .await
            .refusal()
            .1,
        "InvalidArgument"
    );
    assert_eq!(
        client.get("/code?list-type=2&max-keys=x").await.refusal().1,
        "InvalidArgument"
    );
}

#[tokio::test]
async fn keys_are_encoded_only_when_asked() {
    let client = with_keys(with_bucket().await, &["a%20b(1)%2B%C3%A4/%26"]).await;
    let plain = client.get("/code?list-type=2").await.ok();
    assert_eq!(plain.one("Key"), "a b(1)+ä/&");
    let encoded = client
        .get("/code?list-type=2&encoding-type=url&prefix=a%20")
        .await
        .ok();
    assert_eq!(
        (
            encoded.one("Key"),
            encoded.one("Prefix"),
            encoded.one("EncodingType")
        ),
        (
            "a+b%281%29%2B%C3%A4/%26".to_owned(),
            "a+".to_owned(),
            "url".to_owned()
        )
    );
}

#[tokio::test]
async fn a_delete_marker_is_listed_only_among_versions() {
    let client = with_keys(with_versions().await, &["a", "b"]).await;
    client.delete("/code/a").await.ok();
    assert_eq!(client.get("/code?list-type=2").await.ok().all("Key"), ["b"]);
    let versions = client.get("/code?versions").await.ok();
    assert_eq!(
        (
            versions.all("Key"),
            versions.all("DeleteMarker").len(),
            versions.all("Version").len()
        ),
        (vec!["a".to_owned(), "a".to_owned(), "b".to_owned()], 1, 2)
    );
}

#[tokio::test]
async fn a_listing_of_versions_goes_on_though_its_marker_was_deleted() {
    let client = with_keys(with_versions().await, &["a", "a", "a", "a", "b"]).await;
    let all = client.get("/code?versions").await.ok().all("VersionId");
    let first = client.get("/code?versions&max-keys=2").await.ok();
    assert_eq!(first.all("VersionId"), all[..2]);
    let (key, id) = (first.one("NextKeyMarker"), first.one("NextVersionIdMarker"));
    assert_eq!((key.as_str(), &id), ("a", &all[1]));
    for id in &all[..2] {
        client.delete(&format!("/code/a?versionId={id}")).await.ok();
    }
    let second = client
        .get(&format!(
            "/code?versions&max-keys=2&key-marker={key}&version-id-marker={id}"
        ))
        .await
        .ok();
    assert_eq!(second.all("VersionId"), all[2..4]);
    let last = client.get("/code?versions&key-marker=a").await.ok();
    assert_eq!(
        (last.one("Key"), last.one("IsTruncated")),
        ("b".to_owned(), "false".to_owned())
    );
    assert_eq!(
        client
            .get(&format!("/code?versions&version-id-marker={id}"))
            .await
            .refusal()
            .2,
        "A version-id marker cannot be specified without a key marker."
    );
}

#[tokio::test]
async fn a_null_version_behind_a_deleted_marker_is_not_left_out() {
    let client = with_keys(with_bucket().await, &["a"]).await;
    set_versioning(&client, "Enabled").await;
    let client = with_keys(client, &["a"]).await;
    let page = client.get("/code?versions&max-keys=1").await.ok();
    let marker = page.one("NextVersionIdMarker");
    client
        .delete(&format!("/code/a?versionId={marker}"))
        .await
        .ok();
    let rest = client
        .get(&format!(
            "/code?versions&key-marker=a&version-id-marker={marker}"
        ))
        .await
        .ok();
    assert_eq!(rest.one("VersionId"), "null");
}

#[tokio::test]
async fn versions_are_gathered_under_common_prefixes_across_pages() {
    let client = with_keys(with_versions().await, &["a", "p/1", "p/2", "q"]).await;
    let first = client
        .get("/code?versions&delimiter=/&max-keys=2")
        .await
        .ok();
    assert_eq!(
        (
            first.all("Key"),
            first.one("NextKeyMarker"),
            first.all("NextVersionIdMarker")
        ),
        (vec!["a".to_owned()], "p/".to_owned(), Vec::new())
    );
    let second = client
        .get("/code?versions&delimiter=/&max-keys=2&key-marker=p/")
        .await
        .ok();
    assert_eq!(
        (second.all("Key"), second.all("CommonPrefixes")),
        (vec!["q".to_owned()], Vec::new())
    );
}
