//! Objects: what is reported about them, ranges, encryption, and their bytes on disk.

use serde_json::json;

use super::{XML, answer, state, with_bucket};
use crate::testing::Client;
use crate::{Config, Delays, Endpoint, Service};

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let client = with_bucket().await;
    let headers = [
        ("content-type", "application/zip"),
        ("cache-control", "no-cache"),
        ("content-disposition", "attachment"),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("expires", "Fri, 02 Jan 2026 03:04:05 GMT"),
        ("x-amz-meta-owner", "agentctl"),
    ];
    client
        .s3("PUT", "/code/a%20b/c", &headers, "hello")
        .await
        .ok();
    let read = client.get("/code/a%20b/c").await.ok();
    assert_eq!(read.text(), "hello");
    for (name, value) in headers {
        assert_eq!(read.header(name), Some(value), "{name}");
    }
    assert_eq!(
        read.header("etag"),
        Some("\"5d41402abc4b2a76b9719d911017c592\"")
    );
    assert_eq!(
        read.header("last-modified"),
        Some("Fri, 02 Jan 2026 03:04:05 GMT")
    );
    assert_eq!(read.header("x-amz-server-side-encryption"), Some("AES256"));
    assert_eq!(read.header("x-amz-version-id"), None);
    client.put("/code/plain", "").await.ok();
    let plain = client.s3("HEAD", "/code/plain", &[], "").await.ok();
    assert_eq!(
        (plain.header("content-type"), plain.header("content-length")),
        (Some("binary/octet-stream"), Some("0"))
    );
}

#[tokio::test]
async fn a_range_beyond_the_object_is_refused() {
    let client = with_bucket().await;
    client.put("/code/a", "hello").await.ok();
    let reply = client
        .s3("GET", "/code/a", &[("range", "bytes=5-9")], "")
        .await;
    assert_eq!(
        reply.refusal(),
        answer(
            416,
            "InvalidRange",
            "The requested range is not satisfiable"
        )
    );
    let tail = client
        .s3("HEAD", "/code/a", &[("range", "bytes=-2")], "")
        .await
        .ok();
    assert_eq!(
        (
            tail.status.as_u16(),
            tail.header("content-length"),
            tail.header("content-range")
        ),
        (206, Some("2"), Some("bytes 3-4/5"))
    );
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused() {
    let client = with_bucket().await;
    let refused =
        async |headers: &[(&str, &str)]| client.s3("PUT", "/code/a", headers, "1").await.refusal();
    assert_eq!(
        refused(&[("x-amz-acl", "public-read")]).await,
        answer(
            400,
            "AccessControlListNotSupported",
            "The bucket does not allow ACLs"
        )
    );
    let long = "v".repeat(2048);
    assert_eq!(
        refused(&[("x-amz-meta-k", &long)]).await,
        answer(
            400,
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size"
        )
    );
    let customer = [("x-amz-server-side-encryption-customer-algorithm", "AES256")];
    assert_eq!(
        refused(&customer).await,
        answer(403, "AccessDenied", "Access Denied")
    );
    assert_eq!(refused(&[("x-amz-storage-class", "GLACIER")]).await.0, 501);
    assert_eq!(refused(&[("x-amz-tagging", "a=b")]).await.0, 501);
    let key = format!("/code/{}", "k".repeat(1025));
    assert_eq!(
        client.put(&key, "1").await.refusal(),
        answer(400, "KeyTooLongError", "Your key is too long")
    );
    assert_eq!(state(&client)["code"]["objects"], json!({}));
}

#[tokio::test]
async fn the_default_encryption_of_a_bucket_is_set_and_reset() {
    let client = with_bucket().await;
    let rule = |inside: &str| {
        format!(
            "<ServerSideEncryptionConfiguration><Rule>{inside}</Rule></ServerSideEncryptionConfiguration>"
        )
    };
    let default = |inside: &str| {
        format!("<ApplyServerSideEncryptionByDefault>{inside}</ApplyServerSideEncryptionByDefault>")
    };
    let key = "arn:aws:kms:eu-west-1:111122223333:key/11112222-3333-4444-5555-666677778888";
    let kms = default(&format!(
        "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{key}</KMSMasterKeyID>"
    ));
    let document = rule(&format!("{kms}<BucketKeyEnabled>true</BucketKeyEnabled>"));
    // S3 does not look at the key before an object is written.
    client.put("/code?encryption", document).await.ok();
    let read = client.get("/code?encryption").await.ok();
    assert_eq!(
        (
            read.one("KMSMasterKeyID"),
            read.one("BucketKeyEnabled"),
            read.one("EncryptionType")
        ),
        (key.to_owned(), "true".to_owned(), "SSE-C".to_owned())
    );
    let message = format!("Key '{key}' does not exist");
    assert_eq!(
        client.put("/code/a", "1").await.refusal(),
        answer(400, "KMS.NotFoundException", &message)
    );
    let wrong = default("<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>");
    assert_eq!(
        client
            .put("/code?encryption", rule(&wrong))
            .await
            .refusal()
            .1,
        "InvalidArgument"
    );
    assert_eq!(client.delete("/code?encryption").await.status.as_u16(), 204);
    let read = client.get("/code?encryption").await.ok();
    assert_eq!(
        (read.one("SSEAlgorithm"), read.all("KMSMasterKeyID")),
        ("AES256".to_owned(), Vec::new())
    );
}

#[tokio::test]
async fn the_bytes_leave_the_disk_with_the_last_version_that_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::in_folder(folder.path(), Delays::none());
    let client = Client::new(&Endpoint::new(config).unwrap());
    let blobs = || {
        let folder = folder.path().join("111122223333/blobs");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .map(|entries| {
                entries
                    .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                    .collect()
            })
            .unwrap_or_default();
        names.sort();
        names
    };
    client.put("/code", XML).await.ok();
    client.put("/code/a", "hello").await.ok();
    client.put("/code/b", "hello").await.ok();
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(blobs(), [hello]);
    client.delete("/code/a").await.ok();
    assert_eq!(blobs(), [hello]);
    client.put("/code/b", "").await.ok();
    assert_eq!(
        blobs(),
        ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
    );
    client.delete("/code/b").await.ok();
    assert_eq!(blobs(), Vec::<String>::new());
}

#[tokio::test]
async fn an_object_encrypted_with_a_key_needs_that_key() {
    let client = with_bucket().await;
    let key = client
        .json(Service::Kms, "CreateKey", json!({}))
        .await
        .ok()
        .value();
    let arn = key["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let id = arn.rsplit('/').next().unwrap();
    let headers = [
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", id),
        ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
    ];
    let put = client.s3("PUT", "/code/a", &headers, "hello").await.ok();
    assert_ne!(
        put.header("etag"),
        Some("\"5d41402abc4b2a76b9719d911017c592\"")
    );
    let checksum = [("x-amz-checksum-mode", "ENABLED")];
    let head = async |headers: &[(&str, &str)]| client.s3("HEAD", "/code/a", headers, "").await;
    let read = head(&[]).await.ok();
    assert_eq!(
        (
            read.header(headers[0].0),
            read.header(headers[1].0),
            read.header(headers[2].0)
        ),
        (Some("aws:kms"), Some(arn.as_str()), Some("true"))
    );
    let name = json!({ "KeyId": arn });
    client
        .json(Service::Kms, "DisableKey", name.clone())
        .await
        .ok();
    let disabled = answer(400, "KMS.DisabledException", &format!("{arn} is disabled."));
    assert_eq!(client.get("/code/a").await.refusal(), disabled);
    assert_eq!(
        client
            .s3("PUT", "/code/b", &headers, "hello")
            .await
            .refusal(),
        disabled
    );
    head(&[]).await.ok();
    assert_eq!(head(&checksum).await.status.as_u16(), 400);
    client
        .json(Service::Kms, "ScheduleKeyDeletion", name)
        .await
        .ok();
    assert_eq!(
        client.get("/code/a").await.refusal().1,
        "KMS.KMSInvalidStateException"
    );
}

#[tokio::test]
async fn the_managed_key_of_s3_is_refused_by_name() {
    let client = with_bucket().await;
    let headers = [("x-amz-server-side-encryption", "aws:kms")];
    let refused = client.s3("PUT", "/code/a", &headers, "1").await.refusal();
    let message = "parameter `x-amz-server-side-encryption: aws:kms with the AWS managed key` of `PutObject` is not built";
    assert_eq!(refused, answer(501, "NotImplemented", message));
}
