//! Where code comes from, and its digest.

use serde_json::{Value, json};

use super::*;

impl Client {
    async fn object_call(&self, method: &str, target: &str, body: Vec<u8>) -> Reply {
        self.rest(Service::S3, method, target, &[], body).await.ok()
    }

    /// Makes a bucket in the client's region.
    async fn code_bucket(&self, name: &str) {
        let body = format!(
            "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
            self.region
        );
        self.object_call("PUT", &format!("/{name}"), body.into())
            .await;
    }
}

fn from_s3(bucket: &str, key: &str) -> Value {
    with(
        least(),
        json!({ "Code": { "S3Bucket": bucket, "S3Key": key } }),
    )
}

#[tokio::test(start_paused = true)]
async fn code_in_s3_is_read_from_a_bucket_of_the_same_region() {
    let client = Client::with_role(Delays::none()).await;
    client.code_bucket("code-here").await;
    client
        .object_call("PUT", "/code-here/a.zip", package("one"))
        .await;
    client
        .object_call("PUT", "/code-here/a.txt", b"no zip".to_vec())
        .await;
    let elsewhere = client.in_region("us-west-2");
    elsewhere.code_bucket("code-there").await;
    elsewhere
        .object_call("PUT", "/code-there/a.zip", package("one"))
        .await;
    let refused = [
        (
            from_s3("code-here", "b.zip"),
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
        ),
        (
            from_s3("code-nowhere", "a.zip"),
            "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist",
        ),
        (
            from_s3("code-there", "a.zip"),
            "Error occurred while GetObject. S3 Error Code: PermanentRedirect. \
             S3 Error Message: The bucket is in this region: us-west-2. Please use this region to retry the request",
        ),
        (
            from_s3("code-here", "a.txt"),
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
    ];
    for (input, message) in refused {
        assert_eq!(client.create(input).await.refusal(), invalid(message));
    }
    let made = client
        .create(from_s3("code-here", "a.zip"))
        .await
        .ok()
        .value();
    assert_eq!(made["CodeSha256"], sha256("one"));
    // What was taken in stays when the object goes.
    client
        .object_call("DELETE", "/code-here/a.zip", Vec::new())
        .await;
    assert_eq!(
        client.configuration(None).await["CodeSha256"],
        sha256("one")
    );
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_returns_the_digest_and_changes_nothing() {
    let client = Client::with_function().await;
    let before = client.endpoint.dump().unwrap();
    let input = json!({ "ZipFile": encoded("two"), "DryRun": true });
    let answer = client.update_code(input).await.ok().value();
    assert_eq!(
        pick(&answer, &["CodeSha256", "LastUpdateStatus"]),
        json!({ "CodeSha256": sha256("two"), "LastUpdateStatus": "Successful" })
    );
    assert_eq!(client.endpoint.dump().unwrap(), before);
}

#[tokio::test(start_paused = true)]
async fn an_architecture_changes_with_the_code() {
    let client = Client::with_function().await;
    let input = json!({ "ZipFile": encoded("two"), "Architectures": ["arm64"] });
    let updated = client.update_code(input).await.ok().value();
    assert_eq!(updated["Architectures"], json!(["arm64"]));
}

#[tokio::test(start_paused = true)]
async fn code_comes_from_one_source() {
    let client = Client::with_role(Delays::none()).await;
    let refused = [
        (json!({}), "Please provide a source for function code."),
        (
            json!({ "ZipFile": encoded("one"), "S3Bucket": "bucket", "S3Key": "key" }),
            "Please do not provide other FunctionCode parameters when providing a ZipFile.",
        ),
    ];
    for (code, message) in refused {
        let input = with(least(), json!({ "Code": code }));
        assert_eq!(client.create(input).await.refusal(), invalid(message));
    }
}

#[tokio::test(start_paused = true)]
async fn more_than_50_mb_inline_is_refused() {
    let client = Client::with_role(Delays::none()).await;
    // Base64 of three bytes more than 50 MB, in a request that is not too large yet.
    let large = "A".repeat(69_905_072);
    let refusal = client
        .create(with(least(), json!({ "Code": { "ZipFile": large } })))
        .await
        .refusal();
    assert_eq!(
        refusal,
        answer(
            413,
            "RequestEntityTooLargeException",
            "Zipped size must be smaller than 52428800 bytes"
        )
    );
    let larger = "A".repeat(70_167_212);
    let refusal = client
        .create(with(least(), json!({ "Code": { "ZipFile": larger } })))
        .await
        .refusal();
    assert_eq!(
        refusal,
        answer(
            413,
            "RequestEntityTooLargeException",
            "Request must be smaller than 70167211 bytes for the CreateFunction operation"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn an_image_is_known_by_its_digest() {
    let client = Client::with_role(Delays::none()).await;
    let digest = "ab".repeat(32);
    let repository = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/agents";
    let uri = format!("{repository}@sha256:{digest}");
    let input = |uri: &str| {
        json!({
            "FunctionName": "triage",
            "Role": ROLE,
            "PackageType": "Image",
            "Code": { "ImageUri": uri },
            "ImageConfig": { "Command": ["main.handler"] },
        })
    };
    assert_eq!(
        client
            .create(input("docker.io/agents:latest"))
            .await
            .refusal(),
        invalid("Source image docker.io/agents:latest is not valid. Provide a valid source image.")
    );
    client.create(input(&uri)).await.ok();
    let reply = client.of("GET", "triage", Value::Null).await.ok().value();
    assert_eq!(
        pick(
            &reply["Configuration"],
            &[
                "PackageType",
                "CodeSha256",
                "CodeSize",
                "ImageConfigResponse"
            ]
        ),
        json!({
            "PackageType": "Image",
            "CodeSha256": digest,
            "CodeSize": 0,
            "ImageConfigResponse": { "ImageConfig": { "Command": ["main.handler"] } },
        })
    );
    assert_eq!(
        reply["Code"],
        json!({ "RepositoryType": "ECR", "ImageUri": uri, "ResolvedImageUri": uri })
    );
    assert_eq!(reply["Configuration"].get("RuntimeVersionConfig"), None);
    assert_eq!(
        client
            .update_code(json!({ "ZipFile": encoded("one") }))
            .await
            .refusal(),
        invalid("Please provide ImageUri when updating a function with packageType Image.")
    );
}
