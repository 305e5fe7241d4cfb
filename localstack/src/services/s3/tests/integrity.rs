//! Bodies: checksums, hashes, chunks, conditions.

use super::{answer, inside, with_bucket, with_versions};
use crate::testing::Client;
use crate::{Fault, FaultKind, Service};

const CRC32: &str = "x-amz-checksum-crc32";
const SHA256: &str = "x-amz-checksum-sha256";
/// Of `hello`.
const SHA256_OF_HELLO: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
const CRC32_OF_HELLO: &str = "NhCmhg==";
const CRC64_OF_HELLO: &str = "M3eFcAZSQlc=";

#[tokio::test]
async fn a_checksum_is_verified_stored_and_returned_on_request() {
    let client = with_bucket().await;
    let headers = [(SHA256, SHA256_OF_HELLO)];
    let put = client.s3("PUT", "/code/a", &headers, "hello").await.ok();
    assert_eq!(
        (put.header(SHA256), put.header("x-amz-checksum-type")),
        (Some(SHA256_OF_HELLO), Some("FULL_OBJECT"))
    );
    let silent = client.s3("HEAD", "/code/a", &[], "").await.ok();
    assert_eq!(silent.header(SHA256), None);
    let mode = [("x-amz-checksum-mode", "ENABLED")];
    for method in ["HEAD", "GET"] {
        let answer = client.s3(method, "/code/a", &mode, "").await.ok();
        assert_eq!(answer.header(SHA256), Some(SHA256_OF_HELLO));
        assert_eq!(answer.header("x-amz-checksum-type"), Some("FULL_OBJECT"));
        assert_eq!(answer.header("content-length"), Some("5"));
    }
    let part = [("x-amz-checksum-mode", "ENABLED"), ("range", "bytes=0-1")];
    let part = client.s3("GET", "/code/a", &part, "").await.ok();
    assert_eq!(
        (
            part.status.as_u16(),
            part.text(),
            part.header(SHA256),
            part.header("content-range")
        ),
        (206, "he", None, Some("bytes 0-1/5"))
    );
}

#[tokio::test]
async fn an_object_without_a_checksum_gets_crc64nvme() {
    let client = with_bucket().await;
    let put = client.put("/code/a", "hello").await.ok();
    assert_eq!(put.header("x-amz-checksum-crc64nvme"), Some(CRC64_OF_HELLO));
    assert_eq!(
        client
            .get("/code?list-type=2")
            .await
            .ok()
            .one("ChecksumAlgorithm"),
        "CRC64NVME"
    );
}

#[tokio::test]
async fn a_digest_that_does_not_match_keeps_the_object_out() {
    let client = with_bucket().await;
    let refused = async |headers: &[(&str, &str)]| {
        client
            .s3("PUT", "/code/a", headers, "hallo")
            .await
            .refusal()
    };
    assert_eq!(
        refused(&[(CRC32, CRC32_OF_HELLO)]).await,
        answer(
            400,
            "BadDigest",
            "The CRC32 you specified did not match the calculated checksum."
        )
    );
    assert_eq!(
        refused(&[(CRC32, "NhCm")]).await,
        answer(
            400,
            "InvalidRequest",
            "Value for x-amz-checksum-crc32 header is invalid."
        )
    );
    assert_eq!(
        refused(&[("content-md5", "XUFAKrxLKna5cZ2REBfFkg==")]).await,
        answer(
            400,
            "BadDigest",
            "The Content-MD5 you specified did not match what we received."
        )
    );
    assert_eq!(refused(&[("content-md5", "?")]).await.1, "InvalidDigest");
    assert_eq!(
        refused(&[(CRC32, CRC32_OF_HELLO), (SHA256, SHA256_OF_HELLO)])
            .await
            .2,
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
    );
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(
        refused(&[("x-amz-content-sha256", empty)]).await,
        answer(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed."
        )
    );
    assert_eq!(
        refused(&[("x-amz-sdk-checksum-algorithm", "SHA512")])
            .await
            .0,
        501
    );
    assert_eq!(client.get("/code/a").await.refusal().1, "NoSuchKey");
}

#[tokio::test]
async fn a_checksum_in_the_trailer_of_a_chunked_body_counts() {
    let client = with_bucket().await;
    let chunked = async |checksum: &str| {
        let headers = [
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "5"),
            ("x-amz-trailer", CRC32),
            ("x-amz-sdk-checksum-algorithm", "CRC32"),
        ];
        let body = format!("3\r\nhel\r\n2\r\nlo\r\n0\r\n{CRC32}:{checksum}\r\n\r\n");
        client.s3("PUT", "/code/a", &headers, body).await
    };
    assert_eq!(chunked("AAAAAA==").await.refusal().1, "BadDigest");
    chunked(CRC32_OF_HELLO).await.ok();
    let read = client.get("/code/a").await.ok();
    assert_eq!(
        (read.text(), read.header("content-encoding")),
        ("hello", None)
    );
}

#[tokio::test]
async fn a_write_on_condition_that_nothing_is_there_respects_what_is() {
    let client = with_versions().await;
    let put = async |body: &'static str| {
        client
            .s3("PUT", "/code/a", &[("if-none-match", "*")], body)
            .await
    };
    put("1").await.ok();
    assert_eq!(
        put("2").await.refusal(),
        answer(
            412,
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold"
        )
    );
    client.delete("/code/a").await.ok();
    put("3").await.ok();
    assert_eq!(client.get("/code/a").await.ok().text(), "3");
    let other = [("if-none-match", "\"abc\"")];
    let reply = client.s3("PUT", "/code/a", &other, "4").await;
    assert_eq!(reply.refusal().0, 501);
}

#[tokio::test]
async fn a_write_on_condition_of_an_etag_needs_that_etag() {
    let client = with_bucket().await;
    let put = client.put("/code/a", "1").await.ok();
    let etag = put.header("etag").unwrap();
    assert_eq!(etag, "\"c4ca4238a0b923820dcc509a6f75849b\"");
    let write = async |method: &str, key: &str, etag: &str| {
        client.s3(method, key, &[("if-match", etag)], "2").await
    };
    assert_eq!(write("PUT", "/code/b", etag).await.refusal().1, "NoSuchKey");
    write("PUT", "/code/a", etag).await.ok();
    assert_eq!(write("PUT", "/code/a", etag).await.refusal().0, 412);
    let delete = async |etag: &str| {
        client
            .s3("DELETE", "/code/a", &[("if-match", etag)], "")
            .await
    };
    assert_eq!(delete(etag).await.refusal().0, 412);
    delete("*").await.ok();
    for tag in ["*", etag] {
        let missing = answer(404, "NoSuchKey", "The specified key does not exist.");
        assert_eq!(delete(tag).await.refusal(), missing);
    }
}

#[tokio::test]
async fn a_conditional_deletion_looks_at_the_newest_version() {
    let client = with_versions().await;
    let first = client.put("/code/a", "1").await.ok();
    let id = first.header("x-amz-version-id").unwrap();
    let etag = first.header("etag").unwrap();
    client.put("/code/a", "2").await.ok();
    let target = format!("/code/a?versionId={id}");
    let old = [("if-match", etag)];
    let refused = client.s3("DELETE", &target, &old, "").await.refusal();
    assert_eq!(refused.0, 412);
    client.delete("/code/a").await.ok();
    let any = [("if-match", "*")];
    let refused = client.s3("DELETE", "/code/a", &any, "").await.refusal();
    assert_eq!(refused.0, 412);
}

#[tokio::test]
async fn a_conflict_of_conditional_writes_can_be_ordered() {
    let client = with_bucket().await;
    let message = "The conditional request cannot succeed due to a conflicting operation against this resource.";
    let conflict = FaultKind::Refuse {
        status: 409,
        code: "ConditionalRequestConflict".to_owned(),
        message: message.to_owned(),
    };
    client
        .endpoint
        .order_fault(Fault::new(conflict).on(Service::S3, "PutObject").first(1));
    let put = async || {
        client
            .s3("PUT", "/code/a", &[("if-none-match", "*")], "1")
            .await
    };
    assert_eq!(
        put().await.refusal(),
        answer(409, "ConditionalRequestConflict", message)
    );
    put().await.ok();
}

#[tokio::test]
async fn conditions_of_reads_follow_the_etag_and_the_date() {
    let client = with_bucket().await;
    let put = client.put("/code/a", "1").await.ok();
    let etag = put.header("etag").unwrap();
    let get = async |name: &str, value: &str| {
        let reply = client.s3("GET", "/code/a", &[(name, value)], "").await;
        (reply.status.as_u16(), reply.text().len())
    };
    // The endpoint's time begins at 03:04:05 on this day.
    let (now, before) = (
        "Fri, 02 Jan 2026 03:04:05 GMT",
        "Fri, 02 Jan 2026 03:04:04 GMT",
    );
    assert_eq!(get("if-none-match", etag).await, (304, 0));
    assert_eq!(get("if-none-match", "\"x\"").await, (200, 1));
    assert_eq!(get("if-match", etag).await, (200, 1));
    assert_eq!(get("if-match", "\"x\"").await.0, 412);
    assert_eq!(get("if-modified-since", now).await, (304, 0));
    assert_eq!(get("if-modified-since", before).await, (200, 1));
    assert_eq!(get("if-unmodified-since", now).await, (200, 1));
    assert_eq!(get("if-unmodified-since", before).await.0, 412);
}

#[tokio::test]
async fn many_objects_are_deleted_only_with_a_digest_of_the_list() {
    let client = with_bucket().await;
    client.put("/code/a", "1").await.ok();
    let document = "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>";
    let bare = client.s3("POST", "/code?delete", &[], document).await;
    assert_eq!(
        bare.refusal(),
        answer(
            400,
            "InvalidRequest",
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        )
    );
    let deleted = delete_many(&client, document).await;
    assert_eq!(
        deleted,
        "<Deleted><Key>a</Key></Deleted><Deleted><Key>b</Key></Deleted>"
    );
    assert_eq!(client.get("/code/a").await.refusal().1, "NoSuchKey");
}

#[tokio::test]
async fn one_refused_object_does_not_keep_the_others_of_its_list() {
    let client = with_bucket().await;
    client.put("/code/a", "1").await.ok();
    client.put("/code/b", "1").await.ok();
    let document = "<Delete><Quiet>true</Quiet><Object><Key>a</Key><ETag>x</ETag></Object><Object><Key>b</Key></Object></Delete>";
    let answer = delete_many(&client, document).await;
    assert_eq!(
        answer,
        "<Error><Key>a</Key><Code>PreconditionFailed</Code>\
         <Message>At least one of the pre-conditions you specified did not hold</Message></Error>"
    );
    assert_eq!(client.get("/code?list-type=2").await.ok().all("Key"), ["a"]);
}

/// Returns the content of the answer.
async fn delete_many(client: &Client, document: &'static str) -> String {
    let checksum = super::super::checksum::Algorithm::Crc32.of(document.as_bytes());
    let headers = [(CRC32, checksum.value.as_str())];
    let reply = client
        .s3("POST", "/code?delete", &headers, document)
        .await
        .ok();
    inside(&reply, "DeleteResult").to_owned()
}
