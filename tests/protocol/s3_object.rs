//! Objects with canned answers of S3.

use std::path::Path;
use std::sync::Arc;

use agentctl::kinds::s3_object::{
    Content, ContentError, Contents, S3Object, S3ObjectOutputs, S3ObjectReader, S3ObjectSpec,
    S3ObjectWriter, physical_name,
};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::fault::FaultKind;
use agentctl::resource::kind::{Observed, Status};
use agentctl::resource::operation::s3;
use agentctl::resource::owner::{Owner, OwnerFilter, Ownership};
use agentctl::resource::provider::{Intent, Mutation, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use wiremock::matchers::{any, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{
    ACCOUNT, REGION, body, clients, header, only_request, request_line, request_lines, site,
};

const BUCKET: &str = "agentctl-111122223333-us-east-1";
const KEY: &str = "objects/claims/default/triage/code/0123.zip";
const KMS_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1";
const BYTES: &str = "packed bytes";
/// Of `BYTES`, by `openssl dgst -sha256 -binary | base64`.
const SHA256: &str = "P+xlYNq4dnqjRqmdZ/77/6KfSDcIN0YPWnVPqjPYK5o=";

fn name() -> PhysicalName {
    physical_name(BUCKET, KEY)
}

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: REGION.into(),
        agent: "triage".into(),
    }
}

fn spec() -> S3ObjectSpec<Resolved> {
    S3ObjectSpec {
        bucket: BUCKET.into(),
        digest: "0123".into(),
        kms_key: Some(KMS_KEY.into()),
        content_type: "application/zip".into(),
    }
}

fn observed(spec: S3ObjectSpec<Resolved>, version_id: &str, checksum: &str) -> Observed<S3Object> {
    Observed {
        spec,
        outputs: S3ObjectOutputs {
            bucket: BUCKET.into(),
            key: KEY.into(),
            version_id: version_id.into(),
            checksum: checksum.into(),
            arn: format!("arn:aws:s3:::{BUCKET}/{KEY}"),
        },
        status: Status::Ready,
        revision: None,
        owner: Ownership::Of(owner()),
    }
}

fn intent() -> Intent {
    Intent {
        owner: Some(owner()),
        token: "t".into(),
    }
}

/// Knows one content, whose bytes are in a file.
struct OneContent(tempfile::NamedTempFile);

struct InFile(tempfile::TempPath);

impl Contents for OneContent {
    fn pack(&self, digest: &str) -> Result<Box<dyn Content>, ContentError> {
        if digest != "0123" {
            return Err(ContentError::Unknown(digest.to_owned()));
        }
        let copy = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        std::fs::copy(self.0.path(), &copy).unwrap();
        Ok(Box::new(InFile(copy)))
    }
}

impl Content for InFile {
    fn path(&self) -> &Path {
        &self.0
    }

    fn size(&self) -> u64 {
        BYTES.len() as u64
    }

    fn sha256(&self) -> String {
        SHA256.to_owned()
    }
}

fn reader(server: &MockServer) -> S3ObjectReader {
    S3ObjectReader::new(clients(server), site())
}

fn writer(server: &MockServer) -> S3ObjectWriter {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), BYTES).unwrap();
    S3ObjectWriter::new(clients(server), site(), Arc::new(OneContent(file)))
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn stored() -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("content-type", "application/zip")
        .insert_header("etag", "\"e\"")
        .insert_header("x-amz-version-id", "v1")
        .insert_header("x-amz-server-side-encryption", "aws:kms")
        .insert_header("x-amz-server-side-encryption-aws-kms-key-id", KMS_KEY)
        .insert_header("x-amz-server-side-encryption-bucket-key-enabled", "true")
        .insert_header("x-amz-checksum-sha256", SHA256)
        .insert_header("x-amz-checksum-type", "FULL_OBJECT")
        .insert_header("x-amz-meta-agentctl-digest", "0123")
        .insert_header("x-amz-meta-agentctl-sha256", SHA256)
}

fn xml(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/xml")
}

fn error(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(
        format!("<Error><Code>{code}</Code><Message>no</Message></Error>"),
        "application/xml",
    )
}

#[tokio::test]
async fn all_fields_of_an_object_are_read_with_one_call() {
    let server = answering(stored()).await;
    assert_eq!(
        reader(&server).read(&[name()]).await,
        [Reading::Found(observed(spec(), "v1", SHA256))]
    );
    let request = only_request(&server).await;
    assert_eq!(request_line(&request), format!("HEAD /{BUCKET}/{KEY}"));
    assert_eq!(header(&request, "x-amz-checksum-mode"), "ENABLED");
    assert_eq!(header(&request, "x-amz-expected-bucket-owner"), ACCOUNT);
}

#[tokio::test]
async fn an_object_whose_bytes_somebody_else_wrote_reads_as_overwritten() {
    let plain = || {
        ResponseTemplate::new(200)
            .insert_header("x-amz-version-id", "v1")
            .insert_header("content-type", "text/plain")
    };
    let plain_spec = S3ObjectSpec {
        digest: "overwritten".into(),
        kms_key: None,
        content_type: "text/plain".into(),
        ..spec()
    };
    // With agentctl's metadata but other bytes, without metadata, and with metadata but without a checksum to compare.
    let cases = [
        (
            stored().insert_header("x-amz-checksum-sha256", "b3RoZXI="),
            S3ObjectSpec {
                digest: "overwritten".into(),
                ..spec()
            },
            "b3RoZXI=",
        ),
        (plain(), plain_spec.clone(), ""),
        (
            plain().insert_header("x-amz-meta-agentctl-digest", "0123"),
            plain_spec,
            "",
        ),
    ];
    for (answer, spec, checksum) in cases {
        let server = answering(answer).await;
        assert_eq!(
            reader(&server).read(&[name()]).await,
            [Reading::Found(observed(spec, "v1", checksum))]
        );
    }
}

#[tokio::test]
async fn an_object_below_a_delete_marker_reads_as_deleted() {
    let server = answering(
        ResponseTemplate::new(404)
            .insert_header("x-amz-delete-marker", "true")
            .insert_header("x-amz-version-id", "m1"),
    )
    .await;
    let spec = S3ObjectSpec {
        digest: "deleted".into(),
        kms_key: None,
        content_type: String::new(),
        ..spec()
    };
    assert_eq!(
        reader(&server).read(&[name()]).await,
        [Reading::Found(observed(spec, "m1", ""))]
    );
}

#[tokio::test]
async fn readings_are_independent_and_in_the_order_of_the_names() {
    let server = MockServer::start().await;
    for (key, answer) in [
        ("denied", ResponseTemplate::new(403)),
        ("absent", ResponseTemplate::new(404)),
    ] {
        Mock::given(method("HEAD"))
            .and(path(format!("/{BUCKET}/{key}")))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    Mock::given(path(format!("/{BUCKET}/{KEY}")))
        .respond_with(stored())
        .mount(&server)
        .await;
    let names = [
        physical_name(BUCKET, "absent"),
        name(),
        physical_name(BUCKET, "denied"),
        PhysicalName::new("no-key"),
    ];
    let readings = reader(&server).read(&names).await;
    assert_eq!(readings[0], Reading::Absent);
    assert_eq!(readings[1], Reading::Found(observed(spec(), "v1", SHA256)));
    let kinds: Vec<_> = readings[2..]
        .iter()
        .map(|reading| match reading {
            Reading::Unreadable(fault) => fault.kind,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [FaultKind::Denied, FaultKind::Invalid]);
}

#[tokio::test]
async fn an_object_that_cannot_be_decrypted_still_has_its_owner() {
    let server = answering(ResponseTemplate::new(400)).await;
    let reading = reader(&server).read(&[name()]).await.remove(0);
    let Reading::Obscured(object, fault) = reading else {
        panic!("it is there and not to be compared: {reading:?}");
    };
    assert_eq!(object.owner, observed(spec(), "v1", SHA256).owner);
    assert_eq!(fault.kind, FaultKind::Invalid);
}

#[tokio::test]
async fn a_new_object_is_uploaded_with_its_checksum_only_if_there_is_none() {
    let server = answering(ResponseTemplate::new(200)).await;
    let mutation = writer(&server).create(&name(), &spec(), &intent()).await;
    assert_eq!(mutation, Ok(Mutation(s3::PUT_OBJECT)));
    let request = only_request(&server).await;
    assert_eq!(request_line(&request), format!("PUT /{BUCKET}/{KEY}"));
    let sent = [
        "if-none-match",
        "content-type",
        "content-length",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-checksum-sha256",
        "x-amz-meta-agentctl-digest",
        "x-amz-meta-agentctl-sha256",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-bucket-key-enabled",
        "x-amz-expected-bucket-owner",
        "content-encoding",
        "x-amz-trailer",
    ]
    .map(|name| header(&request, name));
    assert_eq!(
        sent,
        [
            "*",
            "application/zip",
            "12",
            "SHA256",
            SHA256,
            "0123",
            SHA256,
            "aws:kms",
            KMS_KEY,
            "true",
            ACCOUNT,
            "",
            ""
        ]
    );
    assert_eq!(body(&request), BYTES);
}

#[tokio::test]
async fn an_object_that_differs_is_stored_again_without_condition_and_without_a_key_under_the_buckets_encryption()
 {
    let server = answering(ResponseTemplate::new(200)).await;
    let spec = S3ObjectSpec {
        kms_key: None,
        ..spec()
    };
    let mutation = writer(&server)
        .update(
            &name(),
            &observed(spec.clone(), "v1", "b3RoZXI="),
            &spec,
            &["/digest".to_owned()],
            &intent(),
        )
        .await;
    assert_eq!(mutation, Ok(Mutation(s3::PUT_OBJECT)));
    let request = only_request(&server).await;
    let absent = [
        "if-none-match",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-bucket-key-enabled",
    ]
    .map(|name| header(&request, name));
    assert_eq!(absent, [""; 4]);
    assert_eq!(body(&request), BYTES);
}

#[tokio::test]
async fn an_object_that_was_created_meanwhile_already_exists() {
    let server = answering(error(412, "PreconditionFailed")).await;
    let fault = writer(&server)
        .create(&name(), &spec(), &intent())
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::AlreadyExists);
}

#[tokio::test]
async fn an_upload_that_conflicts_with_another_is_busy() {
    let server = answering(error(409, "ConditionalRequestConflict")).await;
    let fault = writer(&server)
        .create(&name(), &spec(), &intent())
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Busy);
}

#[tokio::test]
async fn nothing_is_sent_for_a_missing_content() {
    let server = answering(ResponseTemplate::new(200)).await;
    let spec = S3ObjectSpec {
        digest: "4567".into(),
        ..spec()
    };
    let fault = writer(&server)
        .create(&name(), &spec, &intent())
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (FaultKind::Invalid, "no content has the digest `4567`")
    );
    assert_eq!(request_lines(&server).await, Vec::<String>::new());
}

fn listing(rest: &str) -> ResponseTemplate {
    xml(&format!(
        "<ListVersionsResult><Name>{BUCKET}</Name>{rest}</ListVersionsResult>"
    ))
}

fn version(key: &str, id: &str) -> String {
    format!("<Version><Key>{key}</Key><VersionId>{id}</VersionId></Version>")
}

fn marker(key: &str, id: &str) -> String {
    format!("<DeleteMarker><Key>{key}</Key><VersionId>{id}</VersionId></DeleteMarker>")
}

async fn with_versions(deletion: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(format!("/{BUCKET}/")))
        .and(query_param("versions", ""))
        .and(query_param("prefix", KEY))
        .respond_with(listing(&format!(
            "{}{}{}",
            marker(KEY, "m2"),
            version(KEY, "v1"),
            version(&format!("{KEY}.bak"), "v9")
        )))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path(format!("/{BUCKET}/")))
        .and(query_param("delete", ""))
        .respond_with(deletion)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn all_versions_and_markers_of_exactly_this_key_are_deleted_with_one_call() {
    let server = with_versions(xml("<DeleteResult/>")).await;
    let mutation = writer(&server)
        .delete(&name(), &observed(spec(), "v1", SHA256))
        .await;
    assert_eq!(mutation, Ok(Mutation(s3::DELETE_OBJECTS)));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        body(&requests[1]),
        format!(
            "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>{KEY}</Key><VersionId>v1</VersionId></Object>\
             <Object><Key>{KEY}</Key><VersionId>m2</VersionId></Object><Quiet>true</Quiet></Delete>"
        )
    );
    for request in &requests {
        assert_eq!(header(request, "x-amz-expected-bucket-owner"), ACCOUNT);
    }
}

#[tokio::test]
async fn a_version_that_cannot_be_deleted_fails_the_deletion() {
    let refusal = format!(
        "<DeleteResult><Error><Key>{KEY}</Key><VersionId>v1</VersionId><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>"
    );
    let server = with_versions(xml(&refusal)).await;
    let fault = writer(&server)
        .delete(&name(), &observed(spec(), "v1", SHA256))
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.code.as_deref(), fault.message),
        (
            FaultKind::Denied,
            Some("AccessDenied"),
            format!("`{KEY}`: Access Denied")
        )
    );
}

#[tokio::test]
async fn a_key_without_versions_is_missing_and_no_deletion_is_sent() {
    let server = answering(listing("")).await;
    let fault = writer(&server)
        .delete(&name(), &observed(spec(), "v1", SHA256))
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotFound);
    assert_eq!(request_lines(&server).await.len(), 1);
}

#[tokio::test]
async fn the_keys_of_an_agent_are_listed_once_each_on_all_pages_with_deleted_ones() {
    let server = MockServer::start().await;
    let prefix = "objects/claims/default/triage/";
    let list = |rest: &str| {
        Mock::given(method("GET"))
            .and(path(format!("/{BUCKET}/")))
            .and(query_param("prefix", prefix))
            .respond_with(listing(rest))
    };
    list(&format!(
        "<IsTruncated>true</IsTruncated><NextKeyMarker>{prefix}b</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker>{}{}",
        version(&format!("{prefix}a"), "v1"),
        version(&format!("{prefix}b"), "v2"),
    ))
    .up_to_n_times(1)
    .mount(&server)
    .await;
    Mock::given(method("GET"))
        .and(query_param("prefix", prefix))
        .and(query_param("key-marker", format!("{prefix}b")))
        .and(query_param("version-id-marker", "v2"))
        .respond_with(listing(&format!(
            "<IsTruncated>false</IsTruncated>{}{}",
            version(&format!("{prefix}b"), "v1"),
            marker(&format!("{prefix}c"), "m1"),
        )))
        .mount(&server)
        .await;
    let owned = crate::support::owned(&reader(&server), &OwnerFilter::of(&owner())).await;
    let keys = ["a", "b", "c"].map(|key| physical_name(BUCKET, &format!("{prefix}{key}")));
    assert_eq!(owned, Ok(keys.to_vec()));
}

#[tokio::test]
async fn all_agents_of_an_environment_share_one_listing() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(query_param("prefix", "objects/claims/default/"))
        .and(query_param_is_missing("key-marker"))
        .respond_with(listing(&version(KEY, "v1")))
        .mount(&server)
        .await;
    let filter = OwnerFilter {
        agent: None,
        ..OwnerFilter::of(&owner())
    };
    assert_eq!(
        crate::support::owned(&reader(&server), &filter).await,
        Ok(vec![name()])
    );
}

#[tokio::test]
async fn nothing_is_owned_without_a_bucket_or_in_another_region() {
    let server = answering(error(404, "NoSuchBucket")).await;
    assert_eq!(
        crate::support::owned(&reader(&server), &OwnerFilter::of(&owner())).await,
        Ok(Vec::new())
    );
    let elsewhere = OwnerFilter {
        region: "eu-west-1".into(),
        ..OwnerFilter::of(&owner())
    };
    assert_eq!(
        crate::support::owned(&reader(&server), &elsewhere).await,
        Ok(Vec::new())
    );
    assert_eq!(request_lines(&server).await.len(), 1);
}
