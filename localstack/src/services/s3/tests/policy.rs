//! Bucket policies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::{answer, with_bucket};
use crate::testing::Client;
use crate::{Delays, Service};

const BUCKET: &str = "arn:aws:s3:::code";
const OBJECTS: &str = "arn:aws:s3:::code/*";

fn statement() -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "AWS": "111122223333" },
        "Action": "s3:GetObject",
        "Resource": OBJECTS,
    })
}

/// The statement with one member set, or taken out by null.
fn with(name: &str, value: Value) -> Value {
    let mut statement = statement();
    match value {
        Value::Null => statement.as_object_mut().unwrap().remove(name),
        value => statement
            .as_object_mut()
            .unwrap()
            .insert(name.to_owned(), value),
    };
    statement
}

async fn put(client: &Client, statement: Value) -> crate::testing::Reply {
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    client.put("/code?policy", policy.to_string()).await
}

#[tokio::test]
async fn a_policy_is_read_back_in_s3s_form_and_deleted() {
    let client = with_bucket().await;
    let none = answer(
        404,
        "NoSuchBucketPolicy",
        "The bucket policy does not exist",
    );
    assert_eq!(client.get("/code?policy").await.refusal(), none);
    let written = r#"{ "Version": "2012-10-17", "Statement": [ { "Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": ["s3:*"],
        "Resource": ["arn:aws:s3:::code", "arn:aws:s3:::code/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}} } ] }"#;
    assert_eq!(
        client.put("/code?policy", written).await.status.as_u16(),
        204
    );
    let read = client.get("/code?policy").await.ok();
    assert_eq!(
        (read.text(), read.header("content-type")),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::code","arn:aws:s3:::code/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#,
            Some("application/json")
        )
    );
    client.delete("/code?policy").await.ok();
    assert_eq!(client.get("/code?policy").await.refusal(), none);
}

#[tokio::test]
async fn a_policy_that_breaks_the_grammar_is_refused_in_s3s_words() {
    let client = with_bucket().await;
    let refused = |message: &str| answer(400, "MalformedPolicy", message);
    let not_json = "Policies must be valid JSON and the first byte must be '{'";
    assert_eq!(
        client.put("/code?policy", "[]").await.refusal(),
        refused(not_json)
    );
    for (statement, message) in [
        (
            with("Principal", Value::Null),
            "Missing required field Principal",
        ),
        (with("Action", Value::Null), "Missing required field Action"),
        (
            with("Resource", Value::Null),
            "Missing required field Resource",
        ),
        (with("Effect", Value::Null), "Missing required field Effect"),
        (with("Effect", json!("allow")), "Invalid effect: allow"),
        (with("Colour", json!("red")), "Unknown field Colour"),
        (
            with("Action", json!("lambda:GetFunction")),
            "Policy has invalid action",
        ),
        (
            with("Resource", json!("arn:aws:s3:::other/*")),
            "Policy has invalid resource",
        ),
        (
            with("Resource", json!(BUCKET)),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            with("Action", json!("s3:ListBucket")),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            with(
                "Principal",
                json!({ "AWS": "arn:aws:iam::111122223333:role/none" }),
            ),
            "Invalid principal in policy",
        ),
        (
            with("Condition", json!({ "Like": { "aws:SourceIp": "x" } })),
            "Invalid Condition type : Like",
        ),
        (
            with(
                "Condition",
                json!({ "StringEquals": { "kms:ViaService": "x" } }),
            ),
            "Policy has an invalid condition key",
        ),
    ] {
        assert_eq!(put(&client, statement).await.refusal(), refused(message));
    }
    for (name, value) in [
        ("Action", json!(["s3:Get*", "s3:PutObjectTagging"])),
        ("Resource", json!("arn:aws:s3:::co*")),
        (
            "Principal",
            json!({ "Service": "logging.s3.amazonaws.com" }),
        ),
        (
            "Condition",
            json!({ "ForAnyValue:StringLikeIfExists": { "s3:prefix": ["a/*"] } }),
        ),
    ] {
        put(&client, with(name, value)).await.ok();
    }
}

#[tokio::test]
async fn a_public_policy_is_refused_while_it_is_blocked() {
    let client = with_bucket().await;
    let public = |condition: Value| {
        let mut statement = with("Principal", json!("*"));
        statement["Condition"] = condition;
        statement
    };
    let message = "User: arn:aws:iam::111122223333:user/developer is not authorized to perform: s3:PutBucketPolicy on resource: \
                   \"arn:aws:s3:::code\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.";
    let blocked = answer(403, "AccessDenied", message);
    for condition in [
        json!({}),
        json!({ "StringLike": { "aws:PrincipalOrgID": "o-*" } }),
        json!({ "StringEqualsIfExists": { "aws:SourceVpc": "vpc-1" } }),
        json!({ "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } }),
        json!({ "Bool": { "aws:SecureTransport": "true" } }),
    ] {
        assert_eq!(put(&client, public(condition)).await.refusal(), blocked);
    }
    for condition in [
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } }),
        json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8"] } }),
    ] {
        put(&client, public(condition)).await.ok();
    }
    client.delete("/code?publicAccessBlock").await.ok();
    put(&client, public(json!({}))).await.ok();
}

#[tokio::test(start_paused = true)]
async fn a_role_in_a_policy_turns_into_its_id_when_it_is_deleted() {
    let client = Client::new(&crate::testing::endpoint(Delays::real()));
    client.put("/code", super::XML).await.ok();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let created = client
        .query(
            Service::Iam,
            "CreateRole",
            &[("RoleName", "reader"), ("AssumeRolePolicyDocument", trust)],
        )
        .await
        .ok();
    let (arn, id) = (created.one("Arn"), created.one("RoleId"));
    let reading = || with("Principal", json!({ "AWS": arn }));
    assert_eq!(
        put(&client, reading()).await.refusal().2,
        "Invalid principal in policy"
    );
    tokio::time::advance(Delays::real().role_propagation).await;
    put(&client, reading()).await.ok();
    let principal = async || {
        client.get("/code?policy").await.ok().value()["Statement"][0]["Principal"]["AWS"].take()
    };
    assert_eq!(principal().await, json!(arn));
    let name = [("RoleName", "reader")];
    client.query(Service::Iam, "DeleteRole", &name).await.ok();
    assert_eq!(principal().await, json!(id));
}

fn denied(action: &str, resource: &str) -> (u16, String, String) {
    let message = format!(
        "User: arn:aws:iam::111122223333:user/developer is not authorized to perform: {action} on resource: \"{resource}\" \
         with an explicit deny in a resource-based policy"
    );
    answer(403, "AccessDenied", &message)
}

#[tokio::test]
async fn what_a_policy_denies_is_refused() {
    let client = with_bucket().await;
    client.put("/code/a", "one").await.ok();
    client.put("/code/kept/a", "one").await.ok();
    let mut statement = with("Effect", json!("Deny"));
    statement["Action"] = json!(["s3:DeleteObject", "s3:PutObject"]);
    statement["Resource"] = json!("arn:aws:s3:::code/kept/*");
    put(&client, statement).await.ok();
    let kept = "arn:aws:s3:::code/kept/a";
    assert_eq!(
        client.put("/code/kept/a", "two").await.refusal(),
        denied("s3:PutObject", kept)
    );
    assert_eq!(
        client.delete("/code/kept/a").await.refusal(),
        denied("s3:DeleteObject", kept)
    );
    assert_eq!(client.get("/code/kept/a").await.ok().text(), "one");
    let body = "<Delete><Object><Key>a</Key></Object><Object><Key>kept/a</Key></Object></Delete>";
    let digest = STANDARD.encode(Md5::digest(body));
    let headers = [("content-md5", digest.as_str())];
    let deleted = client.s3("POST", "/code?delete", &headers, body).await.ok();
    assert_eq!(
        (deleted.all("Key"), deleted.all("Code")),
        (
            vec!["a".to_owned(), "kept/a".to_owned()],
            vec!["AccessDenied".to_owned()]
        )
    );
    client.delete("/code?policy").await.ok();
    client.delete("/code/kept/a").await.ok();
}

#[tokio::test]
async fn a_deny_counts_only_where_its_conditions_hold() {
    let client = with_bucket().await;
    let deny = |condition: Value| {
        let mut statement = with("Effect", json!("Deny"));
        statement["Action"] = json!("s3:*");
        statement["Resource"] = json!([BUCKET, OBJECTS]);
        statement["Principal"] = json!("*");
        statement["Condition"] = condition;
        statement
    };
    // As agentctl and others forbid plain HTTP, for which the endpoint does not count.
    put(
        &client,
        deny(json!({ "Bool": { "aws:SecureTransport": "false" } })),
    )
    .await
    .ok();
    client.put("/code/a", "one").await.ok();
    let encrypted = json!({ "StringNotEquals": { "s3:x-amz-server-side-encryption": "AES256" } });
    let mut unencrypted = deny(encrypted);
    unencrypted["Action"] = json!("s3:PutObject");
    unencrypted["Resource"] = json!(OBJECTS);
    put(&client, unencrypted).await.ok();
    assert_eq!(
        client.put("/code/a", "two").await.refusal(),
        denied("s3:PutObject", "arn:aws:s3:::code/a")
    );
    let headers = [("x-amz-server-side-encryption", "AES256")];
    client.s3("PUT", "/code/a", &headers, "two").await.ok();
    let mut listing = deny(json!({ "StringNotLike": { "s3:prefix": "mine/*" } }));
    listing["Action"] = json!("s3:ListBucket");
    listing["Resource"] = json!(BUCKET);
    put(&client, listing).await.ok();
    assert_eq!(
        client.get("/code?list-type=2").await.refusal(),
        denied("s3:ListBucket", BUCKET)
    );
    client.get("/code?list-type=2&prefix=mine/a").await.ok();
}
