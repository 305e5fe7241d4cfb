use std::time::Duration;

use serde_json::{Value, json};

use crate::testing::{Client, Reply, endpoint};
use crate::{Delays, Fault, FaultKind, Service};

const ACCOUNT: &str = "111122223333";
const PREFIX: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:";
const START_MILLISECONDS: i64 = 1_767_323_045_000;

async fn ask(client: &Client, operation: &str, input: Value) -> Reply {
    client.json(Service::Logs, operation, input).await
}

async fn ok(client: &Client, operation: &str, input: Value) -> Value {
    let reply = ask(client, operation, input).await.ok();
    if reply.body.is_empty() {
        Value::Null
    } else {
        reply.value()
    }
}

/// Gives code and message of a refusal with status 400.
async fn refused(client: &Client, operation: &str, input: Value) -> (String, String) {
    let (status, code, message) = ask(client, operation, input).await.refusal();
    assert_eq!(status, 400, "{code} {message}");
    (code, message)
}

fn says(code: &str, message: impl Into<String>) -> (String, String) {
    (code.to_owned(), message.into())
}

async fn new_group(client: &Client, name: &str) {
    ok(client, "CreateLogGroup", json!({ "logGroupName": name })).await;
}

async fn groups(client: &Client, input: Value) -> Value {
    ok(client, "DescribeLogGroups", input).await["logGroups"].clone()
}

/// Writes a key policy whose second statement lets a service do actions under a condition.
fn policy(service: &str, actions: &[&str], condition: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Action": "kms:*", "Resource": "*" },
        { "Effect": "Allow", "Principal": { "Service": service }, "Action": actions, "Resource": "*", "Condition": condition },
    ]})
    .to_string()
}

/// Writes the key policy of the user guide, for the groups that a pattern matches.
fn guide_policy(pattern: &str) -> String {
    let actions = [
        "kms:Encrypt*",
        "kms:Decrypt*",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
        "kms:Describe*",
    ];
    let condition = json!({ "ArnLike": { "kms:EncryptionContext:aws:logs:arn": format!("{PREFIX}{pattern}") } });
    policy("logs.eu-west-1.amazonaws.com", &actions, &condition)
}

async fn new_key(client: &Client, input: Value) -> String {
    let made = client.json(Service::Kms, "CreateKey", input).await.ok();
    made.value()["KeyMetadata"]["Arn"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn document(audit: &Value, identifiers: [&[&str]; 2]) -> Value {
    json!({
        "Name": "mask",
        "Version": "2021-06-01",
        "Statement": [
            { "Sid": "audit", "DataIdentifier": identifiers[0], "Operation": { "Audit": { "FindingsDestination": audit } } },
            { "Sid": "mask", "DataIdentifier": identifiers[1], "Operation": { "Deidentify": { "MaskConfig": {} } } },
        ],
    })
}

const EMAIL: &str = "arn:aws:dataprotection::aws:data-identifier/EmailAddress";
const SSN: &str = "arn:aws:dataprotection::aws:data-identifier/Ssn-US";

#[tokio::test(start_paused = true)]
async fn a_new_group_is_described_with_both_arns_and_aws_defaults() {
    let client = Client::of_new_endpoint();
    new_group(&client, "/app/a").await;
    assert_eq!(
        ok(&client, "DescribeLogGroups", json!({})).await,
        json!({ "logGroups": [{
            "logGroupName": "/app/a",
            "creationTime": START_MILLISECONDS,
            "arn": format!("{PREFIX}/app/a:*"),
            "logGroupArn": format!("{PREFIX}/app/a"),
            "logGroupClass": "STANDARD",
            "metricFilterCount": 0,
            "storedBytes": 0,
            "deletionProtectionEnabled": false,
        }]})
    );
    let again = refused(
        &client,
        "CreateLogGroup",
        json!({ "logGroupName": "/app/a" }),
    )
    .await;
    assert_eq!(
        again,
        says(
            "ResourceAlreadyExistsException",
            "The specified log group already exists"
        )
    );
    ok(
        &client,
        "DeleteLogGroup",
        json!({ "logGroupName": "/app/a" }),
    )
    .await;
    assert_eq!(client.endpoint.dump().unwrap(), json!({}));
    let gone = refused(
        &client,
        "DeleteLogGroup",
        json!({ "logGroupName": "/app/a" }),
    )
    .await;
    assert_eq!(
        gone,
        says(
            "ResourceNotFoundException",
            "The specified log group does not exist."
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_group_name_obeys_the_rules_of_aws() {
    let client = Client::of_new_endpoint();
    for (name, message) in [
        (
            "a".repeat(513),
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
        ),
        (
            "a b".to_owned(),
            r"1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        ),
        (
            "aws/mine".to_owned(),
            "Log groups starting with AWS/ are reserved for AWS.",
        ),
    ] {
        let refusal = refused(&client, "CreateLogGroup", json!({ "logGroupName": name })).await;
        assert_eq!(refusal, says("InvalidParameterException", message));
    }
    new_group(&client, &"a".repeat(512)).await;
    new_group(&client, "/aws/lambda/f#1_x.y-z").await;
}

#[tokio::test(start_paused = true)]
async fn groups_are_found_by_prefix_part_class_and_name_in_pages_of_fifty() {
    let client = Client::of_new_endpoint();
    for number in 0..51 {
        new_group(&client, &format!("/app/{number:02}")).await;
    }
    let input = json!({ "logGroupName": "/rare", "logGroupClass": "INFREQUENT_ACCESS" });
    ok(&client, "CreateLogGroup", input).await;
    let names = |groups: &Value| -> Vec<String> {
        let groups = groups.as_array().unwrap().iter();
        groups
            .map(|group| group["logGroupName"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = ok(
        &client,
        "DescribeLogGroups",
        json!({ "logGroupNamePrefix": "/app" }),
    )
    .await;
    assert_eq!(names(&first["logGroups"]).len(), 50);
    let input = json!({ "logGroupNamePrefix": "/app", "nextToken": first["nextToken"] });
    let second = ok(&client, "DescribeLogGroups", input).await;
    assert_eq!(
        (names(&second["logGroups"]), second.get("nextToken")),
        (vec!["/app/50".to_owned()], None)
    );
    let input = json!({ "logGroupNamePrefix": "/rare", "nextToken": first["nextToken"] });
    let (code, _) = refused(&client, "DescribeLogGroups", input).await;
    assert_eq!(code, "InvalidParameterException");

    let brief = groups(&client, json!({ "logGroupNamePattern": "pp/07" })).await;
    assert_eq!(
        brief,
        json!([{
            "logGroupName": "/app/07",
            "creationTime": START_MILLISECONDS,
            "arn": format!("{PREFIX}/app/07:*"),
            "logGroupArn": format!("{PREFIX}/app/07"),
            "logGroupClass": "STANDARD",
            "metricFilterCount": 0,
        }])
    );
    let rare = groups(&client, json!({ "logGroupClass": "ESSENTIALS" })).await;
    assert_eq!(names(&rare), ["/rare"]);
    let chosen = groups(
        &client,
        json!({ "logGroupIdentifiers": ["/rare", "/none", "/app/03"] }),
    )
    .await;
    assert_eq!(names(&chosen), ["/app/03", "/rare"]);
    let input = json!({ "logGroupNamePrefix": "/a", "logGroupNamePattern": "p" });
    assert_eq!(
        refused(&client, "DescribeLogGroups", input).await,
        says(
            "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    );
    let (code, _) = refused(&client, "DescribeLogGroups", json!({ "limit": 51 })).await;
    assert_eq!(code, "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn retention_is_one_of_the_numbers_of_aws() {
    let client = Client::of_new_endpoint();
    new_group(&client, "g").await;
    let put = |days: i64| json!({ "logGroupName": "g", "retentionInDays": days });
    ok(&client, "PutRetentionPolicy", put(3653)).await;
    assert_eq!(groups(&client, json!({})).await[0]["retentionInDays"], 3653);
    assert_eq!(
        refused(&client, "PutRetentionPolicy", put(8)).await,
        says(
            "InvalidParameterException",
            "1 validation error detected: Value '8' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]"
        )
    );
    ok(
        &client,
        "DeleteRetentionPolicy",
        json!({ "logGroupName": "g" }),
    )
    .await;
    assert_eq!(
        groups(&client, json!({})).await[0].get("retentionInDays"),
        None
    );
}

#[tokio::test(start_paused = true)]
async fn a_group_takes_a_key_whose_policy_lets_the_service_encrypt_that_group() {
    let client = Client::of_new_endpoint();
    new_group(&client, "/app/a").await;
    new_group(&client, "/other").await;
    let key = new_key(&client, json!({ "Policy": guide_policy("/app/*") })).await;
    let associate = |name: &str, key: &str| json!({ "logGroupName": name, "kmsKeyId": key });
    let input = json!({ "resourceIdentifier": format!("{PREFIX}/app/a"), "kmsKeyId": key });
    ok(&client, "AssociateKmsKey", input).await;
    let input = json!({ "logGroupNamePrefix": "/app" });
    assert_eq!(
        groups(&client, input.clone()).await[0]["kmsKeyId"],
        json!(key)
    );
    let sentence = |name: &str| {
        format!(
            "The specified KMS key does not exist or is not allowed to be used with Arn '{PREFIX}{name}'"
        )
    };
    assert_eq!(
        refused(&client, "AssociateKmsKey", associate("/other", &key)).await,
        says("AccessDeniedException", sentence("/other"))
    );
    ok(
        &client,
        "DisassociateKmsKey",
        json!({ "logGroupName": "/app/a" }),
    )
    .await;
    assert_eq!(groups(&client, input).await[0].get("kmsKeyId"), None);

    let all = ["kms:*"];
    for refusing in [
        policy("logs.amazonaws.com", &all, &json!({})),
        policy("logs.eu-west-2.amazonaws.com", &all, &json!({})),
        policy(
            "logs.eu-west-1.amazonaws.com",
            &["kms:Encrypt*", "kms:Describe*"],
            &json!({}),
        ),
        policy(
            "logs.eu-west-1.amazonaws.com",
            &all,
            &json!({ "ArnEquals": { "kms:EncryptionContext:aws:logs:arn": format!("{PREFIX}/app/b") } }),
        ),
        policy(
            "logs.eu-west-1.amazonaws.com",
            &all,
            &json!({ "StringEquals": { "aws:SourceAccount": "444455556666" } }),
        ),
    ] {
        let key = new_key(&client, json!({ "Policy": refusing })).await;
        assert_eq!(
            refused(&client, "AssociateKmsKey", associate("/app/a", &key)).await,
            says("AccessDeniedException", sentence("/app/a")),
            "{refusing}"
        );
    }
    // What the account's root may do is not what the service may do.
    let plain = new_key(&client, json!({})).await;
    let input = json!({ "logGroupName": "/app/new", "kmsKeyId": plain });
    let (code, _) = refused(&client, "CreateLogGroup", input).await;
    assert_eq!(code, "AccessDeniedException");
    let input = json!({ "logGroupName": "/app/new", "kmsKeyId": key });
    ok(&client, "CreateLogGroup", input).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_must_be_an_enabled_symmetric_one_named_by_its_arn() {
    let client = Client::of_new_endpoint();
    new_group(&client, "g").await;
    let key = new_key(&client, json!({ "Policy": guide_policy("*") })).await;
    let id = key.rsplit('/').next().unwrap();
    let input = json!({ "AliasName": "alias/a", "TargetKeyId": id });
    client.json(Service::Kms, "CreateAlias", input).await.ok();
    let disabled = new_key(&client, json!({ "Policy": guide_policy("*") })).await;
    let input = json!({ "KeyId": disabled });
    client.json(Service::Kms, "DisableKey", input).await.ok();
    let asymmetric = json!({ "Policy": guide_policy("*"), "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT" });
    let asymmetric = new_key(&client, asymmetric).await;
    let missing = key.replace(id, "00000000-0000-4000-8000-000000000000");
    let alias = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:alias/a");
    for unusable in [id, &alias, &disabled, &asymmetric, &missing] {
        let input = json!({ "logGroupName": "g", "kmsKeyId": unusable });
        let (code, _) = refused(&client, "AssociateKmsKey", input).await;
        assert_eq!(code, "InvalidParameterException", "{unusable}");
    }
    let input =
        json!({ "logGroupName": "g", "resourceIdentifier": format!("{PREFIX}g"), "kmsKeyId": key });
    let (code, _) = refused(&client, "AssociateKmsKey", input).await;
    assert_eq!(code, "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn a_changed_key_reaches_the_service_after_the_delay() {
    let client = Client::new(&endpoint(Delays {
        kms_visible: Duration::from_secs(2),
        ..Delays::none()
    }));
    new_group(&client, "g").await;
    let key = new_key(&client, json!({})).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    let input = json!({ "KeyId": key, "Policy": guide_policy("*") });
    client.json(Service::Kms, "PutKeyPolicy", input).await.ok();
    let input = json!({ "logGroupName": "g", "kmsKeyId": key });
    let (code, _) = refused(&client, "AssociateKmsKey", input.clone()).await;
    assert_eq!(code, "AccessDeniedException");
    tokio::time::advance(Duration::from_secs(2)).await;
    ok(&client, "AssociateKmsKey", input.clone()).await;
    let of_key = json!({ "KeyId": key });
    client.json(Service::Kms, "DisableKey", of_key).await.ok();
    ok(&client, "AssociateKmsKey", input.clone()).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    let (code, _) = refused(&client, "AssociateKmsKey", input).await;
    assert_eq!(code, "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn a_data_protection_policy_is_kept_and_read_back_as_text() {
    let client = Client::of_new_endpoint();
    new_group(&client, "g").await;
    let group = json!({ "logGroupIdentifier": "g" });
    assert_eq!(
        ok(&client, "GetDataProtectionPolicy", group.clone()).await,
        group
    );
    let text = format!(" {}", document(&json!({}), [&[EMAIL, SSN], &[SSN, EMAIL]]));
    let arn = format!("{PREFIX}g");
    let put = ok(
        &client,
        "PutDataProtectionPolicy",
        json!({ "logGroupIdentifier": arn, "policyDocument": text }),
    )
    .await;
    assert_eq!(
        put,
        json!({ "logGroupIdentifier": arn, "policyDocument": text, "lastUpdatedTime": START_MILLISECONDS })
    );
    let read = ok(&client, "GetDataProtectionPolicy", group.clone()).await;
    assert_eq!(
        read,
        json!({ "logGroupIdentifier": "g", "policyDocument": text, "lastUpdatedTime": START_MILLISECONDS })
    );
    let status = async || groups(&client, json!({})).await[0]["dataProtectionStatus"].clone();
    assert_eq!(status().await, "ACTIVATED");
    ok(&client, "DeleteDataProtectionPolicy", group.clone()).await;
    assert_eq!(status().await, "DELETED");
    assert_eq!(
        ok(&client, "GetDataProtectionPolicy", group).await,
        json!({ "logGroupIdentifier": "g" })
    );
}

#[tokio::test(start_paused = true)]
async fn a_data_protection_document_is_checked_whole() {
    let client = Client::of_new_endpoint();
    new_group(&client, "g").await;
    new_group(&client, "findings").await;
    let valid = || document(&json!({}), [&[EMAIL], &[EMAIL]]);
    let put = async |document: &Value| {
        let text = document
            .as_str()
            .map_or_else(|| document.to_string(), str::to_owned);
        let input = json!({ "logGroupIdentifier": "g", "policyDocument": text });
        let reply = ask(&client, "PutDataProtectionPolicy", input).await;
        (!reply.status.is_success()).then(|| reply.refusal().1)
    };
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut document = valid();
        change(&mut document);
        document
    };
    let custom = |name: &str, regex: &str| {
        let mut document = document(&json!({}), [&[EMAIL, "Ticket"], &[EMAIL, "Ticket"]]);
        document["Configuration"] =
            json!({ "CustomDataIdentifier": [{ "Name": name, "Regex": regex }] });
        document
    };
    for accepted in [
        valid(),
        document(
            &json!({ "CloudWatchLogs": { "LogGroup": "findings" } }),
            [&[EMAIL], &[EMAIL]],
        ),
        custom("Ticket", "T-[0-9]+"),
    ] {
        assert_eq!(put(&accepted).await, None, "{accepted}");
    }
    for refused in [
        json!("not json"),
        json!(format!("{}{}", valid(), " ".repeat(30_720))),
        changed(&|document| document["Version"] = json!("2012-10-17")),
        changed(&|document| document["Extra"] = json!(1)),
        changed(&|document| document["Statement"].as_array_mut().unwrap().truncate(1)),
        changed(&|document| document["Statement"].as_array_mut().unwrap().reverse()),
        changed(&|document| document["Statement"][0]["Operation"]["Audit"] = json!({})),
        changed(&|document| {
            document["Statement"][1]["Operation"]["Deidentify"]["MaskConfig"] = json!({ "a": 1 });
        }),
        document(&json!({}), [&[EMAIL], &[EMAIL, SSN]]),
        document(&json!({}), [&[], &[]]),
        document(&json!({}), [&["EmailAddress"], &["EmailAddress"]]),
        custom("Other", "T-[0-9]+"),
        custom("Ticket", ""),
        document(
            &json!({ "CloudWatchLogs": { "LogGroup": "none" } }),
            [&[EMAIL], &[EMAIL]],
        ),
        document(&json!({ "S3": { "Bucket": "none" } }), [&[EMAIL], &[EMAIL]]),
    ] {
        let code = put(&refused).await;
        assert_eq!(
            code.as_deref(),
            Some("InvalidParameterException"),
            "{refused}"
        );
    }
    let firehose = document(
        &json!({ "Firehose": { "DeliveryStream": "s" } }),
        [&[EMAIL], &[EMAIL]],
    );
    assert_eq!(put(&firehose).await.as_deref(), Some("NotImplemented"));

    let input = json!({ "logGroupName": "rare", "logGroupClass": "INFREQUENT_ACCESS" });
    ok(&client, "CreateLogGroup", input).await;
    let input = json!({ "logGroupIdentifier": "rare", "policyDocument": valid().to_string() });
    let (code, _) = refused(&client, "PutDataProtectionPolicy", input).await;
    assert_eq!(code, "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn an_identifier_is_a_name_or_an_arn_without_the_star() {
    let client = Client::of_new_endpoint();
    new_group(&client, "g").await;
    let starred = format!("{PREFIX}g:*");
    let refusal = refused(
        &client,
        "GetDataProtectionPolicy",
        json!({ "logGroupIdentifier": starred }),
    )
    .await;
    assert_eq!(
        refusal,
        says(
            "ValidationException",
            format!(
                r"1 validation error detected: Value '{starred}' at 'logGroupIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w#+=/:,.@-]*"
            )
        )
    );
    let (code, _) = refused(
        &client,
        "ListTagsForResource",
        json!({ "resourceArn": starred }),
    )
    .await;
    assert_eq!(code, "ValidationException");
    let elsewhere = format!("{PREFIX}g").replace("eu-west-1", "eu-west-2");
    let (code, _) = refused(
        &client,
        "ListTagsForResource",
        json!({ "resourceArn": elsewhere }),
    )
    .await;
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn a_protected_group_is_not_deleted_until_it_is_unprotected() {
    let client = Client::of_new_endpoint();
    let input = json!({ "logGroupName": "g", "deletionProtectionEnabled": true });
    ok(&client, "CreateLogGroup", input).await;
    let (code, _) = refused(&client, "DeleteLogGroup", json!({ "logGroupName": "g" })).await;
    assert_eq!(code, "ValidationException");
    let input =
        json!({ "logGroupIdentifier": format!("{PREFIX}g"), "deletionProtectionEnabled": false });
    ok(&client, "PutLogGroupDeletionProtection", input).await;
    ok(&client, "DeleteLogGroup", json!({ "logGroupName": "g" })).await;
}

#[tokio::test(start_paused = true)]
async fn tags_are_added_replaced_and_removed() {
    let client = Client::of_new_endpoint();
    let arn = format!("{PREFIX}g");
    let input = json!({ "logGroupName": "g", "tags": { "a": "1", "b": "1" } });
    ok(&client, "CreateLogGroup", input).await;
    let input = json!({ "resourceArn": arn, "tags": { "b": "2", "c": "" } });
    ok(&client, "TagResource", input).await;
    let input = json!({ "resourceArn": arn, "tagKeys": ["a", "never"] });
    ok(&client, "UntagResource", input).await;
    let listed = ok(
        &client,
        "ListTagsForResource",
        json!({ "resourceArn": arn }),
    )
    .await;
    assert_eq!(listed, json!({ "tags": { "b": "2", "c": "" } }));
    let many: Value = (0..49).map(|number| (format!("k{number}"), "")).collect();
    let reply = ask(
        &client,
        "TagResource",
        json!({ "resourceArn": arn, "tags": many }),
    )
    .await;
    assert_eq!(reply.refusal().1, "TooManyTagsException");
    assert_eq!(reply.value()["resourceName"], json!(arn));
    for tags in [json!({}), json!({ "aws:x": "1" }), json!({ "a\tb": "1" })] {
        let input = json!({ "resourceArn": arn, "tags": tags });
        let (code, _) = refused(&client, "TagResource", input).await;
        assert_eq!(code, "InvalidParameterException");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_of_changes_comes_on_order_and_changes_nothing() {
    let client = Client::of_new_endpoint();
    let conflict = FaultKind::Refuse {
        status: 400,
        code: "OperationAbortedException".to_owned(),
        message: "A conflicting operation is currently in progress against this resource. Please try again.".to_owned(),
    };
    client.endpoint.order_fault(
        Fault::new(conflict)
            .on(Service::Logs, "CreateLogGroup")
            .first(1),
    );
    let (code, _) = refused(&client, "CreateLogGroup", json!({ "logGroupName": "g" })).await;
    assert_eq!(code, "OperationAbortedException");
    assert_eq!(client.endpoint.dump().unwrap(), json!({}));
    new_group(&client, "g").await;
}
