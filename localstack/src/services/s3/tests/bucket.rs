//! Buckets: names, regions, owners, defaults, configuration.

use serde_json::json;

use super::{XML, answer, inside, state, with_bucket};
use crate::testing::{Client, endpoint};
use crate::{Config, Delays, Endpoint, Fault, FaultKind, Service};

#[tokio::test]
async fn a_new_bucket_is_encrypted_closed_to_the_public_and_without_versions() {
    let client = with_bucket().await;
    let encryption = client.get("/code?encryption").await.ok();
    assert_eq!(
        encryption.text().split_once('\n').unwrap().1,
        "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ApplyServerSideEncryptionByDefault>\
         <SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>\
         <BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>"
    );
    let block = client.get("/code?publicAccessBlock").await.ok();
    for setting in [
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    ] {
        assert_eq!(block.one(setting), "true");
    }
    let ownership = client.get("/code?ownershipControls").await.ok();
    assert_eq!(ownership.one("ObjectOwnership"), "BucketOwnerEnforced");
    assert_eq!(
        client.get("/code?versioning").await.ok().all("Status"),
        Vec::<String>::new()
    );
    assert_eq!(
        client.get("/code?tagging").await.refusal(),
        answer(404, "NoSuchTagSet", "The TagSet does not exist")
    );
}

#[tokio::test]
async fn the_location_constraint_must_be_the_region_asked_except_in_us_east_1() {
    let client = Client::of_new_endpoint();
    let incompatible = |constraint: &str| {
        let message = format!(
            "The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
        );
        answer(400, "IllegalLocationConstraintException", &message)
    };
    assert_eq!(
        client.put("/code", "").await.refusal(),
        incompatible("unspecified")
    );
    let elsewhere = client.in_region("eu-central-1");
    assert_eq!(
        elsewhere.put("/code", XML).await.refusal(),
        incompatible("eu-west-1")
    );
    let first = client.in_region("us-east-1");
    let named = XML.replace("eu-west-1", "us-east-1");
    assert_eq!(
        first.put("/code", named).await.refusal(),
        answer(
            400,
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid"
        )
    );
    let made = first.put("/code", XML).await.ok();
    assert_eq!(
        made.header("location"),
        Some("http://code.s3.amazonaws.com/")
    );
    let here = first.put("/first", "").await.ok();
    assert_eq!(here.header("location"), Some("/first"));
    let location = async |bucket: &str| {
        let reply = first.get(&format!("/{bucket}?location")).await.ok();
        inside(&reply, "LocationConstraint").to_owned()
    };
    assert_eq!(
        (location("code").await, location("first").await),
        ("eu-west-1".to_owned(), String::new())
    );
}

#[tokio::test]
async fn a_bucket_is_found_only_in_its_region() {
    let client = with_bucket().await;
    let head = client.s3("HEAD", "/code", &[], "").await.ok();
    assert_eq!(head.header("x-amz-bucket-region"), Some("eu-west-1"));
    let elsewhere = client
        .in_region("eu-central-1")
        .s3("HEAD", "/code", &[], "")
        .await;
    assert_eq!(
        (
            elsewhere.status.as_u16(),
            elsewhere.header("x-amz-bucket-region"),
            elsewhere.text()
        ),
        (301, Some("eu-west-1"), "")
    );
}

#[tokio::test]
async fn making_an_own_bucket_again_succeeds_only_in_us_east_1() {
    let client = with_bucket().await;
    let message =
        "Your previous request to create the named bucket succeeded and you already own it.";
    assert_eq!(
        client.put("/code", XML).await.refusal(),
        answer(409, "BucketAlreadyOwnedByYou", message)
    );
    let first = client.in_region("us-east-1");
    first.put("/first", "").await.ok();
    first.put("/first?tagging", TAGGING).await.ok();
    first.put("/first", "").await.ok();
    assert_eq!(first.get("/first?tagging").await.ok().one("Key"), "team");
    let tagged = "<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>";
    for body in [tagged, XML] {
        let refused = first.put("/first", body).await.refusal();
        assert_eq!(
            refused,
            answer(409, "BucketAlreadyOwnedByYou", message),
            "{body}"
        );
    }
}

const TAGGING: &str =
    "<Tagging><TagSet><Tag><Key>team</Key><Value>a = b</Value></Tag></TagSet></Tagging>";

#[tokio::test]
async fn a_name_belongs_to_one_account_until_its_bucket_is_deleted() {
    let client = with_bucket().await;
    let other = client.in_account("444455556666");
    let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. \
                   Please select a different name and try again.";
    assert_eq!(
        other.put("/code", XML).await.refusal(),
        answer(409, "BucketAlreadyExists", message)
    );
    let denied = answer(403, "AccessDenied", "Access Denied");
    assert_eq!(other.get("/code?list-type=2").await.refusal(), denied);
    assert_eq!(other.delete("/code").await.refusal(), denied);
    client.delete("/code").await.ok();
    other.put("/code", XML).await.ok();
}

#[tokio::test]
async fn a_refused_creation_leaves_the_name_free() {
    let client = Client::of_new_endpoint();
    let lock = [("x-amz-bucket-object-lock-enabled", "true")];
    let refused = client.s3("PUT", "/code", &lock, XML).await;
    assert_eq!(refused.refusal().0, 501);
    client
        .in_account("444455556666")
        .put("/code", XML)
        .await
        .ok();
}

#[tokio::test]
async fn names_stay_taken_when_an_endpoint_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config::in_folder(folder.path(), Delays::none());
    let first = Client::new(&Endpoint::new(config()).unwrap());
    first.put("/code", XML).await.ok();
    let again = Client::new(&Endpoint::new(config()).unwrap());
    again.s3("HEAD", "/code", &[], "").await.ok();
    let other = again.in_account("444455556666").put("/code", XML).await;
    assert_eq!(other.refusal().1, "BucketAlreadyExists");
}

#[tokio::test]
async fn the_expected_owner_is_compared_with_the_account() {
    let client = with_bucket().await;
    let expecting = async |owner| {
        let headers = [("x-amz-expected-bucket-owner", owner)];
        client.s3("GET", "/code?location", &headers, "").await
    };
    expecting("111122223333").await.ok();
    assert_eq!(
        expecting("444455556666").await.refusal(),
        answer(403, "AccessDenied", "Access Denied")
    );
    assert_eq!(
        expecting("me").await.refusal().1,
        "InvalidBucketOwnerAWSAccountID"
    );
}

#[tokio::test]
async fn a_bucket_with_anything_in_it_is_not_deleted() {
    let client = with_bucket().await;
    client.put("/code/a", "1").await.ok();
    assert_eq!(
        client.delete("/code").await.refusal(),
        answer(
            409,
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty"
        )
    );
    super::set_versioning(&client, "Enabled").await;
    client.delete("/code/a").await.ok();
    let marker = client.delete("/code/b").await.ok();
    let message =
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
    let refusal = answer(409, "BucketNotEmpty", message);
    assert_eq!(client.delete("/code").await.refusal(), refusal);
    let listed = client.get("/code?versions").await.ok();
    for (key, id) in listed.all("Key").iter().zip(listed.all("VersionId")) {
        assert_eq!(client.delete("/code").await.refusal(), refusal);
        client
            .delete(&format!("/code/{key}?versionId={id}"))
            .await
            .ok();
    }
    assert!(marker.header("x-amz-version-id").is_some());
    client.delete("/code").await.ok();
    assert_eq!(state(&client), json!(null));
}

#[tokio::test]
async fn tags_are_replaced_as_a_whole_and_checked() {
    let client = with_bucket().await;
    client.put("/code?tagging", TAGGING).await.ok();
    let other = TAGGING.replace("team", "stage");
    assert_eq!(
        client.put("/code?tagging", other).await.status.as_u16(),
        204
    );
    let read = client.get("/code?tagging").await.ok();
    assert_eq!(
        (read.all("Key"), read.one("Value")),
        (vec!["stage".to_owned()], "a = b".to_owned())
    );
    let refused = async |tags: &str| {
        let document = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
        let (status, code, message) = client.put("/code?tagging", document).await.refusal();
        (status, code, message)
    };
    let tag = |key: &str| format!("<Tag><Key>{key}</Key><Value/></Tag>");
    assert_eq!(
        refused(&tag("aws:x")).await,
        answer(
            400,
            "InvalidTag",
            "System tags cannot be added/updated by requester"
        )
    );
    assert_eq!(
        refused(&tag("a").repeat(2)).await,
        answer(
            400,
            "InvalidTag",
            "Cannot provide multiple Tags with the same key"
        )
    );
    let many: String = (0..51).map(|number| tag(&number.to_string())).collect();
    assert_eq!(
        refused(&many).await,
        answer(
            400,
            "BadRequest",
            "Bucket tag count cannot be greater than 50"
        )
    );
    assert_eq!(refused("<Tag><Key>a</Key></Tag>").await.1, "MalformedXML");
    client.delete("/code?tagging").await.ok();
    assert_eq!(
        client.get("/code?tagging").await.refusal().1,
        "NoSuchTagSet"
    );
}

#[tokio::test]
async fn buckets_are_listed_in_pages_and_by_prefix() {
    let client = with_bucket().await;
    client.in_region("us-east-1").put("/first", "").await.ok();
    let all = client.get("/").await.ok();
    assert_eq!(
        (all.all("Name"), all.all("BucketRegion")),
        (vec!["code".to_owned(), "first".to_owned()], Vec::new())
    );
    let page = client.get("/?max-buckets=1").await.ok();
    assert_eq!(
        (page.one("Name"), page.one("BucketRegion")),
        ("code".to_owned(), "eu-west-1".to_owned())
    );
    let next = page.one("ContinuationToken");
    let rest = client
        .get(&format!("/?max-buckets=1&continuation-token={next}"))
        .await
        .ok();
    assert_eq!(
        (rest.one("Name"), rest.all("ContinuationToken")),
        ("first".to_owned(), Vec::new())
    );
    assert_eq!(client.get("/?prefix=fi").await.ok().one("Name"), "first");
    assert_eq!(
        client
            .get("/?bucket-region=eu-west-1")
            .await
            .ok()
            .one("Name"),
        "code"
    );
    assert_eq!(
        client.get("/?continuation-token=x").await.refusal().1,
        "InvalidArgument"
    );
}

#[tokio::test]
async fn an_operation_that_is_not_built_is_not_taken_for_the_plain_one() {
    let client = with_bucket().await;
    client.put("/code/a", "1").await.ok();
    for (method, target, headers, name) in [
        ("PUT", "/code?acl", &[][..], "PutBucketAcl"),
        ("DELETE", "/code?lifecycle", &[], "DeleteBucketLifecycle"),
        ("GET", "/code?cors", &[], "GetBucketCors"),
        ("GET", "/code", &[], "ListObjects"),
        ("GET", "/code/a?tagging", &[], "GetObjectTagging"),
        ("PUT", "/code/a?partNumber=1&uploadId=u", &[], "UploadPart"),
        ("POST", "/code/a?uploads", &[], "CreateMultipartUpload"),
        (
            "PUT",
            "/code/b",
            &[("x-amz-copy-source", "code/a")],
            "CopyObject",
        ),
    ] {
        let reply = client.s3(method, target, headers, "").await;
        let named = format!("operation `{name}` of `s3` is not built");
        assert_eq!(reply.refusal(), answer(501, "NotImplemented", &named));
    }
    let encoded = "<VersioningConfiguration><Status>Enabled</Status><Colour>red</Colour></VersioningConfiguration>";
    assert_eq!(
        client.put("/code?versioning", encoded).await.refusal(),
        answer(
            501,
            "NotImplemented",
            "parameter `Colour` of `PutBucketVersioning` is not built"
        )
    );
}

#[tokio::test]
async fn the_configuration_of_a_bucket_may_be_read_stale() {
    let client = with_bucket().await;
    super::set_versioning(&client, "Enabled").await;
    client.endpoint.order_fault(
        Fault::new(FaultKind::StaleRead)
            .on_service(Service::S3)
            .first(1),
    );
    let read = async || client.get("/code?versioning").await.ok().all("Status");
    assert_eq!(
        (read().await, read().await),
        (Vec::new(), vec!["Enabled".to_owned()])
    );
}

#[tokio::test]
async fn the_block_of_public_access_is_set_as_a_whole() {
    let client = Client::new(&endpoint(Delays::none()));
    client.put("/code", XML).await.ok();
    let document = "<PublicAccessBlockConfiguration><BlockPublicAcls>TRUE</BlockPublicAcls></PublicAccessBlockConfiguration>";
    client.put("/code?publicAccessBlock", document).await.ok();
    let block = client.get("/code?publicAccessBlock").await.ok();
    assert_eq!(
        (block.one("BlockPublicAcls"), block.one("BlockPublicPolicy")),
        ("true".to_owned(), "false".to_owned())
    );
    client.delete("/code?publicAccessBlock").await.ok();
    assert_eq!(
        client.get("/code?publicAccessBlock").await.refusal(),
        answer(
            404,
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found"
        )
    );
}
