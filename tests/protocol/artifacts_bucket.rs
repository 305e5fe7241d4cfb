//! The artifacts bucket with canned answers of S3.

use agentctl::kinds::artifacts_bucket::{
    ArtifactsBucket, ArtifactsBucketOutputs, ArtifactsBucketReader, ArtifactsBucketSpec,
    ArtifactsBucketWriter, NOT_EMPTY,
};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::document::{Document, Grant, Statement};
use agentctl::resource::fault::{Fault, FaultKind};
use agentctl::resource::kind::{Observed, Status};
use agentctl::resource::operation::{Operation, s3};
use agentctl::resource::owner::Ownership;
use agentctl::resource::provider::{Intent, Mutation, Reader, Reading, Writer};
use agentctl::resource::reference::Resolved;
use agentctl::resource::site::Site;
use wiremock::matchers::{any, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{
    ACCOUNT, body, clients, header, only_request, request_line, request_lines, site,
};

const BUCKET: &str = "agentctl-111122223333-us-east-1";

fn name() -> PhysicalName {
    PhysicalName::new(BUCKET)
}

fn policy() -> Document<Resolved> {
    let mut statement = Statement::allow(
        "TlsOnly",
        &["s3:*"],
        vec![
            format!("arn:aws:s3:::{BUCKET}"),
            format!("arn:aws:s3:::{BUCKET}/*"),
        ],
    )
    .to("AWS", vec!["*".into()])
    .when("Bool", "aws:SecureTransport", vec!["false".into()]);
    statement.effect = Grant::Deny;
    Document::new(vec![statement])
}

fn spec() -> ArtifactsBucketSpec<Resolved> {
    ArtifactsBucketSpec {
        versioning: true,
        encryption: "AES256".into(),
        public_access_blocked: true,
        policy: Some(policy()),
    }
}

fn observed(spec: ArtifactsBucketSpec<Resolved>, owner: Ownership) -> Observed<ArtifactsBucket> {
    Observed {
        spec,
        outputs: ArtifactsBucketOutputs {
            arn: format!("arn:aws:s3:::{BUCKET}"),
            name: BUCKET.into(),
        },
        status: Status::Ready,
        revision: None,
        owner,
    }
}

fn bare() -> ArtifactsBucketSpec<Resolved> {
    ArtifactsBucketSpec {
        versioning: false,
        encryption: "AES256".into(),
        public_access_blocked: false,
        policy: None,
    }
}

fn intent() -> Intent {
    Intent {
        owner: None,
        token: "t".into(),
    }
}

fn reader(server: &MockServer) -> ArtifactsBucketReader {
    ArtifactsBucketReader::new(clients(server), site())
}

fn writer(server: &MockServer) -> ArtifactsBucketWriter {
    ArtifactsBucketWriter::new(clients(server), site())
}

async fn read(server: &MockServer) -> Reading<Observed<ArtifactsBucket>> {
    reader(server).read(&[name()]).await.remove(0)
}

fn error(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(
        format!("<Error><Code>{code}</Code><Message>no</Message></Error>"),
        "application/xml",
    )
}

fn xml(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_owned(), "application/xml")
}

async fn head(server: &MockServer, answer: ResponseTemplate) {
    Mock::given(method("HEAD"))
        .and(path(format!("/{BUCKET}/")))
        .respond_with(answer)
        .mount(server)
        .await;
}

async fn part(server: &MockServer, part: &str, answer: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(format!("/{BUCKET}/")))
        .and(query_param(part, ""))
        .respond_with(answer)
        .mount(server)
        .await;
}

const ENCRYPTION: &str = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
    </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>";

async fn new_bucket(server: &MockServer) {
    head(
        server,
        ResponseTemplate::new(200).insert_header("x-amz-bucket-region", "us-east-1"),
    )
    .await;
    part(server, "versioning", xml("<VersioningConfiguration/>")).await;
    part(server, "encryption", xml(ENCRYPTION)).await;
    part(
        server,
        "publicAccessBlock",
        error(404, "NoSuchPublicAccessBlockConfiguration"),
    )
    .await;
    part(server, "policy", error(404, "NoSuchBucketPolicy")).await;
}

#[tokio::test]
async fn all_fields_of_a_bucket_are_read_and_each_call_names_the_account() {
    let server = MockServer::start().await;
    head(
        &server,
        ResponseTemplate::new(200).insert_header("x-amz-bucket-region", "us-east-1"),
    )
    .await;
    part(
        &server,
        "versioning",
        xml("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
    )
    .await;
    part(&server, "encryption", xml(ENCRYPTION)).await;
    part(
        &server,
        "publicAccessBlock",
        xml("<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
             <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"),
    )
    .await;
    // As S3 returns it: scalars for lists of one, another order of resources, the short form of any principal.
    part(
        &server,
        "policy",
        ResponseTemplate::new(200).set_body_string(format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"TlsOnly","Effect":"Deny","Principal":"*","Action":"s3:*",
            "Resource":["arn:aws:s3:::{BUCKET}/*","arn:aws:s3:::{BUCKET}"],"Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}]}}"#
        )),
    )
    .await;
    part(
        &server,
        "tagging",
        xml("<Tagging><TagSet><Tag><Key>cost</Key><Value>7</Value></Tag><Tag><Key>agentctl:shared</Key><Value>true</Value></Tag></TagSet></Tagging>"),
    )
    .await;
    assert_eq!(
        read(&server).await,
        Reading::Found(observed(spec(), Ownership::Shared))
    );
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 6);
    for request in &requests {
        assert_eq!(header(request, "x-amz-expected-bucket-owner"), ACCOUNT);
    }
}

#[tokio::test]
async fn a_bucket_without_the_mark_is_unmarked_with_or_without_tags() {
    let tagged = "<Tagging><TagSet><Tag><Key>team</Key><Value>web</Value></Tag></TagSet></Tagging>";
    for tags in [xml(tagged), error(404, "NoSuchTagSet")] {
        let server = MockServer::start().await;
        new_bucket(&server).await;
        part(&server, "tagging", tags).await;
        assert_eq!(
            read(&server).await,
            Reading::Found(observed(bare(), Ownership::Unmarked))
        );
    }
}

#[tokio::test]
async fn a_bucket_with_one_of_the_four_switches_off_counts_as_open() {
    let server = MockServer::start().await;
    part(
        &server,
        "publicAccessBlock",
        xml("<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
             <BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"),
    )
    .await;
    new_bucket(&server).await;
    part(&server, "tagging", error(404, "NoSuchTagSet")).await;
    assert_eq!(
        read(&server).await,
        Reading::Found(observed(bare(), Ownership::Unmarked))
    );
}

#[tokio::test]
async fn a_bucket_that_does_not_exist_is_absent_after_one_call() {
    let server = MockServer::start().await;
    head(&server, ResponseTemplate::new(404)).await;
    assert_eq!(read(&server).await, Reading::Absent);
    assert_eq!(request_lines(&server).await, [format!("HEAD /{BUCKET}/")]);
}

#[tokio::test]
async fn a_bucket_that_is_deleted_while_it_is_read_is_absent() {
    let server = MockServer::start().await;
    head(&server, ResponseTemplate::new(200)).await;
    Mock::given(method("GET"))
        .respond_with(error(404, "NoSuchBucket"))
        .mount(&server)
        .await;
    assert_eq!(read(&server).await, Reading::Absent);
}

#[tokio::test]
async fn another_accounts_bucket_is_unreadable_and_named() {
    let server = MockServer::start().await;
    head(&server, ResponseTemplate::new(403)).await;
    let Reading::Unreadable(fault) = read(&server).await else {
        panic!("it must not be taken for ours")
    };
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (
            FaultKind::Denied,
            "bucket `agentctl-111122223333-us-east-1` does not belong to account 111122223333, or these credentials may not see it"
        )
    );
}

#[tokio::test]
async fn a_bucket_of_another_region_is_unreadable_and_the_region_named() {
    for status in [200, 301] {
        let server = MockServer::start().await;
        head(
            &server,
            ResponseTemplate::new(status).insert_header("x-amz-bucket-region", "eu-west-1"),
        )
        .await;
        assert_eq!(
            read(&server).await,
            Reading::Unreadable(Fault::new(
                FaultKind::Invalid,
                s3::HEAD_BUCKET,
                "bucket `agentctl-111122223333-us-east-1` is in region eu-west-1, not in us-east-1"
            ))
        );
    }
}

#[tokio::test]
async fn a_denied_part_makes_the_bucket_unreadable() {
    let server = MockServer::start().await;
    new_bucket(&server).await;
    part(&server, "tagging", error(403, "AccessDenied")).await;
    let Reading::Unreadable(fault) = read(&server).await else {
        panic!("half of a bucket is no bucket")
    };
    assert_eq!(
        (fault.kind, fault.operation),
        (FaultKind::Denied, Some(s3::GET_BUCKET_TAGGING))
    );
}

#[tokio::test]
async fn the_first_region_takes_no_location_constraint() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let mutation = writer(&server).create(&name(), &spec(), &intent()).await;
    assert_eq!(mutation, Ok(Mutation(s3::CREATE_BUCKET)));
    let request = only_request(&server).await;
    assert_eq!(request_line(&request), format!("PUT /{BUCKET}/"));
    assert_eq!(
        body(&request),
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Tags><Tag><Key>agentctl:shared</Key><Value>true</Value></Tag></Tags></CreateBucketConfiguration>"
    );
}

#[tokio::test]
async fn every_other_region_is_the_location_constraint() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    let site = Site {
        region: "eu-west-1".into(),
        ..site()
    };
    ArtifactsBucketWriter::new(clients(&server), site)
        .create(&name(), &spec(), &intent())
        .await
        .unwrap();
    assert_eq!(
        body(&only_request(&server).await),
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <LocationConstraint>eu-west-1</LocationConstraint>\
         <Tags><Tag><Key>agentctl:shared</Key><Value>true</Value></Tag></Tags></CreateBucketConfiguration>"
    );
}

#[tokio::test]
async fn the_fault_for_an_existing_bucket_depends_on_its_owner() {
    let cases = [
        ("BucketAlreadyOwnedByYou", FaultKind::AlreadyExists),
        ("BucketAlreadyExists", FaultKind::Invalid),
    ];
    for (code, kind) in cases {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(error(409, code))
            .mount(&server)
            .await;
        let fault = writer(&server)
            .create(&name(), &spec(), &intent())
            .await
            .unwrap_err();
        assert_eq!((fault.kind, fault.code.as_deref()), (kind, Some(code)));
    }
}

#[tokio::test]
async fn each_field_is_fixed_with_one_call_and_public_access_is_blocked_first() {
    let xmlns = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    let steps: [(&[&str], Operation, &str, String); 4] = [
        (
            &[
                "/encryption",
                "/policy",
                "/publicAccessBlocked",
                "/versioning",
            ],
            s3::PUT_PUBLIC_ACCESS_BLOCK,
            "publicAccessBlock",
            format!(
                "<PublicAccessBlockConfiguration {xmlns}><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
                     <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
            ),
        ),
        (
            &["/encryption", "/policy/Statement/0/Effect", "/versioning"],
            s3::PUT_BUCKET_POLICY,
            "policy",
            serde_json::to_string(&policy()).unwrap(),
        ),
        (
            &["/encryption", "/versioning"],
            s3::PUT_BUCKET_VERSIONING,
            "versioning",
            format!(
                "<VersioningConfiguration {xmlns}><Status>Enabled</Status></VersioningConfiguration>"
            ),
        ),
        (
            &["/encryption"],
            s3::PUT_BUCKET_ENCRYPTION,
            "encryption",
            format!(
                "<ServerSideEncryptionConfiguration {xmlns}><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
                     </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
            ),
        ),
    ];
    for (fields, operation, query, sent) in steps {
        let server = MockServer::start().await;
        Mock::given(method("PUT"))
            .respond_with(ResponseTemplate::new(200))
            .mount(&server)
            .await;
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        let mutation = writer(&server)
            .update(
                &name(),
                &observed(bare(), Ownership::Shared),
                &spec(),
                &fields,
                &intent(),
            )
            .await;
        assert_eq!(mutation, Ok(Mutation(operation)));
        let requests = server.received_requests().await.unwrap();
        let puts: Vec<_> = requests
            .iter()
            .filter(|request| request.method.as_str() == "PUT")
            .collect();
        assert_eq!(puts.len(), 1);
        assert_eq!(request_line(puts[0]), format!("PUT /{BUCKET}/?{query}"));
        assert_eq!(header(puts[0], "x-amz-expected-bucket-owner"), ACCOUNT);
        assert_eq!(body(puts[0]), sent);
    }
}

#[tokio::test]
async fn a_policy_that_is_not_declared_is_deleted() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let mutation = writer(&server)
        .update(
            &name(),
            &observed(spec(), Ownership::Shared),
            &bare(),
            &["/policy".to_owned()],
            &intent(),
        )
        .await;
    assert_eq!(mutation, Ok(Mutation(s3::DELETE_BUCKET_POLICY)));
    assert_eq!(
        request_lines(&server).await,
        [format!("DELETE /{BUCKET}/?policy")]
    );
}

#[tokio::test]
async fn the_deletion_of_a_bucket_that_is_not_empty_is_refused_and_not_retried() {
    let server = MockServer::start().await;
    Mock::given(method("DELETE"))
        .and(path(format!("/{BUCKET}/")))
        .respond_with(error(409, "BucketNotEmpty"))
        .mount(&server)
        .await;
    let fault = writer(&server)
        .delete(&name(), &observed(spec(), Ownership::Shared))
        .await
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.code.as_deref()),
        (FaultKind::Invalid, Some(NOT_EMPTY))
    );
    assert_eq!(
        header(&only_request(&server).await, "x-amz-expected-bucket-owner"),
        ACCOUNT
    );
}

#[tokio::test]
async fn a_call_that_s3_slows_down_is_retried() {
    let server = MockServer::start().await;
    Mock::given(method("DELETE"))
        .respond_with(error(503, "SlowDown"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let mutation = writer(&server)
        .delete(&name(), &observed(spec(), Ownership::Shared))
        .await;
    assert_eq!(mutation, Ok(Mutation(s3::DELETE_BUCKET)));
    assert_eq!(request_lines(&server).await.len(), 2);
}
