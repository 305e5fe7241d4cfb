use std::time::Duration;

use serde_json::{Value, json};

use crate::testing::{Client, Reply, endpoint};
use crate::{Config, Delays, Endpoint, Fault, FaultKind, Service};

const ACCOUNT: &str = "111122223333";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

async fn ask(client: &Client, operation: &str, input: Value) -> Reply {
    client.json(Service::Kms, operation, input).await
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

async fn new_key(client: &Client) -> (String, String) {
    let made = ok(client, "CreateKey", json!({})).await;
    let text = |name: &str| made["KeyMetadata"][name].as_str().unwrap().to_owned();
    (text("KeyId"), text("Arn"))
}

async fn state(client: &Client, id: &str) -> Value {
    ok(client, "DescribeKey", json!({ "KeyId": id })).await["KeyMetadata"]["KeyState"].clone()
}

async fn new_role(client: &Client, name: &str) -> String {
    let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
    client
        .query(Service::Iam, "CreateRole", &parameters)
        .await
        .ok()
        .one("Arn")
}

fn policy_for(principal: &str) -> String {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "root", "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Action": "kms:*", "Resource": "*" },
        { "Sid": "use", "Effect": "Allow", "Principal": { "AWS": [principal] }, "Action": ["kms:Decrypt"], "Resource": "*" },
    ]})
    .to_string()
}

fn slow() -> Client {
    Client::new(&endpoint(Delays {
        kms_visible: Duration::from_secs(2),
        role_propagation: Duration::from_secs(8),
        ..Delays::none()
    }))
}

#[tokio::test(start_paused = true)]
async fn a_key_made_without_parameters_is_described_with_aws_defaults() {
    let client = Client::of_new_endpoint();
    let made = ok(&client, "CreateKey", json!({})).await;
    let (id, material) = (
        made["KeyMetadata"]["KeyId"].clone(),
        made["KeyMetadata"]["CurrentKeyMaterialId"].clone(),
    );
    assert_eq!(material.as_str().unwrap().len(), 64);
    let described = ok(&client, "DescribeKey", json!({ "KeyId": id })).await;
    assert_eq!(described, made);
    assert_eq!(
        described["KeyMetadata"],
        json!({
            "AWSAccountId": ACCOUNT,
            "KeyId": id,
            "Arn": format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/{}", id.as_str().unwrap()),
            "CreationDate": 1_767_323_045.0,
            "Enabled": true,
            "Description": "",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": "Enabled",
            "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "MultiRegion": false,
            "CurrentKeyMaterialId": material,
        })
    );
}

#[tokio::test(start_paused = true)]
async fn spec_and_usage_of_a_key_must_fit() {
    let client = Client::of_new_endpoint();
    let create = async |input| refused(&client, "CreateKey", input).await;
    assert_eq!(
        create(json!({ "KeySpec": "HMAC_256" })).await,
        says(
            "ValidationException",
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        )
    );
    assert_eq!(
        create(json!({ "KeySpec": "ECC_NIST_P256", "KeyUsage": "ENCRYPT_DECRYPT" })).await,
        says(
            "ValidationException",
            "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256"
        )
    );
    let (code, message) = create(json!({ "KeySpec": "X", "KeyUsage": "Y" })).await;
    assert_eq!(code, "ValidationException");
    assert!(
        message.starts_with("2 validation errors detected: Value 'X' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [RSA_2048,"),
        "{message}"
    );
    let input = json!({ "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY" });
    let made = ok(&client, "CreateKey", input).await;
    assert_eq!(
        made["KeyMetadata"]["SigningAlgorithms"][0],
        "RSASSA_PKCS1_V1_5_SHA_256"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_built_is_refused_by_name() {
    let client = Client::of_new_endpoint();
    for (input, name) in [
        (json!({ "XksKeyId": "x" }), "XksKeyId"),
        (json!({ "MultiRegion": true }), "MultiRegion"),
        (json!({ "Origin": "EXTERNAL" }), "Origin"),
        (json!({ "KeySpec": "SM2" }), "SM2"),
    ] {
        let (status, code, message) = ask(&client, "CreateKey", input).await.refusal();
        assert_eq!((status, code.as_str()), (501, "NotImplemented"));
        assert!(message.contains(name), "{message}");
    }
    assert_eq!(client.endpoint.dump().unwrap(), json!({}));
}

#[tokio::test(start_paused = true)]
async fn a_key_is_found_by_id_arn_alias_and_alias_arn_or_is_reported_as_missing() {
    let client = Client::of_new_endpoint();
    let (id, arn) = new_key(&client).await;
    let input = json!({ "AliasName": "alias/app/main", "TargetKeyId": arn });
    ok(&client, "CreateAlias", input).await;
    let here = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:");
    let alias_arn = format!("{here}alias/app/main");
    for name in [&id, &arn, "alias/app/main", &alias_arn] {
        let found = ok(&client, "DescribeKey", json!({ "KeyId": name })).await;
        assert_eq!(found["KeyMetadata"]["KeyId"], json!(id));
    }
    let other = "00000000-0000-4000-8000-000000000000";
    for (name, message) in [
        (
            other.to_owned(),
            format!("Key '{here}key/{other}' does not exist"),
        ),
        ("fake".to_owned(), "Invalid keyId 'fake'".to_owned()),
        (
            "alias/none".to_owned(),
            format!("Alias {here}alias/none is not found."),
        ),
        (
            arn.replace("eu-west-1", "eu-west-2"),
            "Invalid arn eu-west-2".to_owned(),
        ),
    ] {
        let refusal = refused(&client, "DescribeKey", json!({ "KeyId": name })).await;
        assert_eq!(refusal, says("NotFoundException", message));
    }
    let elsewhere = client.in_account("444455556666");
    let (code, _) = refused(&elsewhere, "DescribeKey", json!({ "KeyId": arn })).await;
    assert_eq!(code, "AccessDeniedException");
    // Operations on the key itself take no alias.
    let (code, _) = refused(
        &client,
        "GetKeyPolicy",
        json!({ "KeyId": "alias/app/main" }),
    )
    .await;
    assert_eq!(code, "NotFoundException");
}

#[tokio::test(start_paused = true)]
async fn a_new_key_and_a_new_alias_are_seen_after_the_delay() {
    let client = slow();
    let (id, arn) = new_key(&client).await;
    let described = refused(&client, "DescribeKey", json!({ "KeyId": id })).await;
    assert_eq!(
        described,
        says("NotFoundException", format!("Key '{arn}' does not exist"))
    );
    assert_eq!(
        ok(&client, "ListKeys", json!({})).await,
        json!({ "Keys": [], "Truncated": false })
    );
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(state(&client, &id).await, "Enabled");
    let alias = json!({ "AliasName": "alias/a", "TargetKeyId": id });
    ok(&client, "CreateAlias", alias.clone()).await;
    let by_alias = json!({ "KeyId": "alias/a" });
    let (code, _) = refused(&client, "DescribeKey", by_alias.clone()).await;
    assert_eq!(code, "NotFoundException");
    // The name is taken at once.
    let (code, _) = refused(&client, "CreateAlias", alias).await;
    assert_eq!(code, "AlreadyExistsException");
    tokio::time::advance(Duration::from_secs(2)).await;
    ok(&client, "DescribeKey", by_alias).await;
}

#[tokio::test(start_paused = true)]
async fn each_state_refuses_what_the_table_of_key_states_says() {
    let client = Client::of_new_endpoint();
    let (id, arn) = new_key(&client).await;
    let of_key = || json!({ "KeyId": id });
    let input = json!({ "AliasName": "alias/before", "TargetKeyId": id });
    ok(&client, "CreateAlias", input).await;
    assert_eq!(
        refused(&client, "CancelKeyDeletion", of_key()).await,
        says(
            "KMSInvalidStateException",
            format!("{arn} is not pending deletion.")
        )
    );

    ok(&client, "DisableKey", of_key()).await;
    let disabled = says("DisabledException", format!("{arn} is disabled."));
    for operation in ["EnableKeyRotation", "DisableKeyRotation"] {
        assert_eq!(refused(&client, operation, of_key()).await, disabled);
    }
    ok(&client, "DisableKey", of_key()).await;

    ok(&client, "ScheduleKeyDeletion", of_key()).await;
    let pending = says(
        "KMSInvalidStateException",
        format!("{arn} is pending deletion."),
    );
    for (operation, input) in [
        ("EnableKey", of_key()),
        ("DisableKey", of_key()),
        ("ScheduleKeyDeletion", of_key()),
        ("EnableKeyRotation", of_key()),
        ("DisableKeyRotation", of_key()),
        (
            "UpdateKeyDescription",
            json!({ "KeyId": id, "Description": "d" }),
        ),
        (
            "TagResource",
            json!({ "KeyId": id, "Tags": [{ "TagKey": "k", "TagValue": "v" }] }),
        ),
        ("UntagResource", json!({ "KeyId": id, "TagKeys": ["k"] })),
        (
            "CreateAlias",
            json!({ "AliasName": "alias/late", "TargetKeyId": id }),
        ),
        (
            "UpdateAlias",
            json!({ "AliasName": "alias/before", "TargetKeyId": id }),
        ),
    ] {
        assert_eq!(
            refused(&client, operation, input).await,
            pending,
            "{operation}"
        );
    }
    let policy = json!({ "KeyId": id, "Policy": policy_for(ACCOUNT) });
    ok(&client, "PutKeyPolicy", policy).await;
    for operation in [
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListKeyPolicies",
        "ListResourceTags",
    ] {
        ok(&client, operation, of_key()).await;
    }
    ok(
        &client,
        "DeleteAlias",
        json!({ "AliasName": "alias/before" }),
    )
    .await;
    let cancelled = ok(&client, "CancelKeyDeletion", of_key()).await;
    assert_eq!(cancelled, json!({ "KeyId": arn }));
    assert_eq!(state(&client, &id).await, "Disabled");
    ok(&client, "EnableKey", of_key()).await;
    assert_eq!(state(&client, &id).await, "Enabled");
}

#[tokio::test(start_paused = true)]
async fn a_key_past_its_deletion_date_leaves_no_trace() {
    let client = Client::of_new_endpoint();
    let (id, arn) = new_key(&client).await;
    let input = json!({ "AliasName": "alias/a", "TargetKeyId": id });
    ok(&client, "CreateAlias", input).await;
    for days in [6, 31] {
        let input = json!({ "KeyId": id, "PendingWindowInDays": days });
        let (code, _) = refused(&client, "ScheduleKeyDeletion", input).await;
        assert_eq!(code, "ValidationException");
    }
    let input = json!({ "KeyId": id, "PendingWindowInDays": 7 });
    let scheduled = ok(&client, "ScheduleKeyDeletion", input).await;
    let until = 1_767_323_045.0 + 7.0 * 86_400.0;
    assert_eq!(
        scheduled,
        json!({ "KeyId": arn, "DeletionDate": until, "KeyState": "PendingDeletion", "PendingWindowInDays": 7 })
    );
    tokio::time::advance(Duration::from_hours(7 * 24 - 1)).await;
    let described = ok(&client, "DescribeKey", json!({ "KeyId": "alias/a" })).await;
    assert_eq!(described["KeyMetadata"]["DeletionDate"], json!(until));
    assert_eq!(described["KeyMetadata"]["Enabled"], json!(false));
    tokio::time::advance(Duration::from_hours(1)).await;
    assert_eq!(client.endpoint.dump().unwrap(), json!({}));
    let (code, _) = refused(&client, "DescribeKey", json!({ "KeyId": id })).await;
    assert_eq!(code, "NotFoundException");
    assert_eq!(
        ok(&client, "ListAliases", json!({})).await,
        json!({ "Aliases": [], "Truncated": false })
    );
}

#[tokio::test(start_paused = true)]
async fn rotation_has_a_period_and_pauses_while_the_key_is_to_be_deleted() {
    let client = Client::of_new_endpoint();
    let (id, _) = new_key(&client).await;
    let of_key = || json!({ "KeyId": id });
    let off = json!({ "KeyId": id, "KeyRotationEnabled": false });
    assert_eq!(ok(&client, "GetKeyRotationStatus", of_key()).await, off);
    let input = json!({ "KeyId": id, "RotationPeriodInDays": 89 });
    assert_eq!(
        refused(&client, "EnableKeyRotation", input).await,
        says(
            "ValidationException",
            "1 validation error detected: Value '89' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value greater than or equal to 90"
        )
    );
    let input = json!({ "KeyId": id, "RotationPeriodInDays": 90 });
    ok(&client, "EnableKeyRotation", input).await;
    tokio::time::advance(Duration::from_hours(100 * 24)).await;
    let on = json!({
        "KeyId": id,
        "KeyRotationEnabled": true,
        "RotationPeriodInDays": 90,
        "NextRotationDate": 1_767_323_045.0 + 180.0 * 86_400.0,
    });
    assert_eq!(ok(&client, "GetKeyRotationStatus", of_key()).await, on);
    ok(&client, "DisableKey", of_key()).await;
    assert_eq!(ok(&client, "GetKeyRotationStatus", of_key()).await, on);
    ok(&client, "ScheduleKeyDeletion", of_key()).await;
    assert_eq!(ok(&client, "GetKeyRotationStatus", of_key()).await, off);
    ok(&client, "CancelKeyDeletion", of_key()).await;
    assert_eq!(ok(&client, "GetKeyRotationStatus", of_key()).await, on);

    let input = json!({ "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY" });
    let asymmetric = ok(&client, "CreateKey", input).await["KeyMetadata"]["KeyId"].clone();
    let (code, _) = refused(&client, "EnableKeyRotation", json!({ "KeyId": asymmetric })).await;
    assert_eq!(code, "UnsupportedOperationException");
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_name_a_role_once_it_is_known_and_shows_its_id_when_it_is_gone() {
    let client = slow();
    let (id, _) = new_key(&client).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    let role = new_role(&client, "exec").await;
    let policy = policy_for(&role);
    let input = json!({ "KeyId": id, "Policy": policy });
    let invalid = says(
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    );
    assert_eq!(
        refused(&client, "PutKeyPolicy", input.clone()).await,
        invalid
    );
    tokio::time::advance(Duration::from_secs(8)).await;
    ok(&client, "PutKeyPolicy", input).await;
    let read = async || {
        ok(&client, "GetKeyPolicy", json!({ "KeyId": id })).await["Policy"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(read().await, policy);
    client
        .query(Service::Iam, "DeleteRole", &[("RoleName", "exec")])
        .await
        .ok();
    let shown: Value = serde_json::from_str(&read().await).unwrap();
    let principal = shown["Statement"][1]["Principal"]["AWS"][0]
        .as_str()
        .unwrap();
    assert!(principal.starts_with("AROA"), "{principal}");
    new_role(&client, "exec").await;
    assert_eq!(read().await, shown.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_policy_must_let_the_caller_put_another_one() {
    let client = Client::of_new_endpoint();
    let allowing = |principal: &str, action: &str, condition: Value| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "AWS": principal }, "Action": action, "Resource": "*", "Condition": condition,
        }]})
        .to_string()
    };
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let locked_out = says(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    );
    for policy in [
        allowing(&root, "kms:Decrypt", json!({})),
        allowing("arn:aws:iam::444455556666:root", "kms:*", json!({})),
        allowing(
            &root,
            "kms:*",
            json!({ "StringEquals": { "kms:CallerAccount": "444455556666" } }),
        ),
    ] {
        let input = json!({ "Policy": policy });
        assert_eq!(refused(&client, "CreateKey", input).await, locked_out);
        let input = json!({ "Policy": policy, "BypassPolicyLockoutSafetyCheck": true });
        ok(&client, "CreateKey", input).await;
    }
    for policy in [
        allowing(ACCOUNT, "kms:Put*", json!({})),
        allowing(
            &root,
            "kms:*",
            json!({ "StringEquals": { "kms:CallerAccount": ACCOUNT } }),
        ),
        allowing(
            &format!("arn:aws:iam::{ACCOUNT}:user/developer"),
            "kms:PutKeyPolicy",
            json!({}),
        ),
    ] {
        ok(&client, "CreateKey", json!({ "Policy": policy })).await;
    }
    let (code, _) = refused(&client, "CreateKey", json!({ "Policy": "{" })).await;
    assert_eq!(code, "MalformedPolicyDocumentException");
}

#[tokio::test(start_paused = true)]
async fn a_key_has_the_default_policy_and_no_other() {
    let client = Client::of_new_endpoint();
    let (id, _) = new_key(&client).await;
    let names = ok(&client, "ListKeyPolicies", json!({ "KeyId": id })).await;
    assert_eq!(
        names,
        json!({ "PolicyNames": ["default"], "Truncated": false })
    );
    let read = ok(&client, "GetKeyPolicy", json!({ "KeyId": id })).await;
    assert_eq!(read["PolicyName"], "default");
    let policy: Value = serde_json::from_str(read["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(
        policy,
        json!({ "Version": "2012-10-17", "Id": "key-default-1", "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
            "Action": "kms:*",
            "Resource": "*",
        }]})
    );
    let input = json!({ "KeyId": id, "PolicyName": "other" });
    let missing = refused(&client, "GetKeyPolicy", input).await;
    assert_eq!(missing, says("NotFoundException", "No such policy exists"));
    let input = json!({ "KeyId": id, "PolicyName": "AWS_RAM", "Policy": policy.to_string() });
    assert_eq!(
        refused(&client, "PutKeyPolicy", input).await,
        says(
            "ValidationException",
            "The AWS_RAM policy can only be managed by the RAM service."
        )
    );
}

#[tokio::test(start_paused = true)]
async fn an_alias_has_a_name_of_its_own_and_moves_only_between_like_keys() {
    let client = Client::of_new_endpoint();
    let (one, _) = new_key(&client).await;
    let (two, _) = new_key(&client).await;
    let point = |name: &str, key: &str| json!({ "AliasName": name, "TargetKeyId": key });
    for (name, code, message) in [
        (
            "main",
            "ValidationException",
            "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ),
        (
            "alias/a:b",
            "ValidationException",
            "alias/a:b contains invalid characters for an alias",
        ),
        (
            "alias/aws/mine",
            "InvalidAliasNameException",
            "alias/aws/mine starts with the reserved prefix alias/aws/",
        ),
        (
            "alias/a b",
            "ValidationException",
            "1 validation error detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
        ),
    ] {
        assert_eq!(
            refused(&client, "CreateAlias", point(name, &one)).await,
            says(code, message)
        );
    }
    // The errors of the other two do not depend on names: an alias of AWS that was never made does not exist.
    let absent = says(
        "NotFoundException",
        format!("Alias arn:aws:kms:eu-west-1:{ACCOUNT}:alias/aws/mine is not found."),
    );
    for (operation, input) in [
        ("UpdateAlias", point("alias/aws/mine", &one)),
        ("DeleteAlias", json!({ "AliasName": "alias/aws/mine" })),
    ] {
        assert_eq!(refused(&client, operation, input).await, absent);
    }
    ok(&client, "CreateAlias", point("alias/a", &one)).await;
    let arn = format!("arn:aws:kms:eu-west-1:{ACCOUNT}:alias/a");
    assert_eq!(
        refused(&client, "CreateAlias", point("alias/a", &two)).await,
        says(
            "AlreadyExistsException",
            format!("An alias with the name {arn} already exists")
        )
    );
    assert_eq!(
        refused(&client, "CreateAlias", point("alias/b", "alias/a")).await,
        says(
            "ValidationException",
            "Aliases must refer to keys. Not aliases"
        )
    );
    let input = json!({ "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT" });
    let unlike = ok(&client, "CreateKey", input).await["KeyMetadata"]["KeyId"].clone();
    let (code, _) = refused(
        &client,
        "UpdateAlias",
        point("alias/a", unlike.as_str().unwrap()),
    )
    .await;
    assert_eq!(code, "ValidationException");
    ok(&client, "UpdateAlias", point("alias/a", &two)).await;
    let empty = json!({ "Aliases": [], "Truncated": false });
    assert_eq!(
        ok(&client, "ListAliases", json!({ "KeyId": one })).await,
        empty
    );
    let entry = json!({
        "AliasName": "alias/a",
        "AliasArn": arn,
        "TargetKeyId": two,
        "CreationDate": 1_767_323_045.0,
        "LastUpdatedDate": 1_767_323_045.0,
    });
    assert_eq!(
        ok(&client, "ListAliases", json!({ "KeyId": two })).await,
        json!({ "Aliases": [entry], "Truncated": false })
    );
    ok(&client, "DeleteAlias", json!({ "AliasName": "alias/a" })).await;
    assert_eq!(
        refused(&client, "DeleteAlias", json!({ "AliasName": "alias/a" })).await,
        says("NotFoundException", format!("Alias {arn} is not found."))
    );
}

#[tokio::test(start_paused = true)]
async fn listings_come_in_pages_whose_marker_holds_for_that_listing_alone() {
    let client = Client::of_new_endpoint();
    let mut made = Vec::new();
    for _ in 0..101 {
        made.push(new_key(&client).await.0);
    }
    made.sort();
    let first = ok(&client, "ListKeys", json!({})).await;
    let marker = &first["NextMarker"];
    let second = ok(&client, "ListKeys", json!({ "Marker": marker })).await;
    let ids = |page: &Value| -> Vec<String> {
        let keys = page["Keys"].as_array().unwrap().iter();
        keys.map(|key| key["KeyId"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (ids(&first).len(), &first["Truncated"]),
        (100, &json!(true))
    );
    assert_eq!(
        (second.get("NextMarker"), &second["Truncated"]),
        (None, &json!(false))
    );
    assert_eq!([ids(&first), ids(&second)].concat(), made);
    let (code, _) = refused(&client, "ListAliases", json!({ "Marker": marker })).await;
    assert_eq!(code, "InvalidMarkerException");
    let (code, _) = refused(&client, "ListAliases", json!({ "Limit": 101 })).await;
    assert_eq!(code, "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn tags_are_added_replaced_and_removed() {
    let client = Client::of_new_endpoint();
    let tag = |key: &str, value: &str| json!({ "TagKey": key, "TagValue": value });
    let input = json!({ "Tags": [tag("a", "1"), tag("b", "1")] });
    let id = ok(&client, "CreateKey", input).await["KeyMetadata"]["KeyId"].clone();
    let input = json!({ "KeyId": id, "Tags": [tag("b", "2"), tag("c", "")] });
    ok(&client, "TagResource", input).await;
    let input = json!({ "KeyId": id, "TagKeys": ["a", "never"] });
    ok(&client, "UntagResource", input).await;
    let listed = ok(&client, "ListResourceTags", json!({ "KeyId": id })).await;
    assert_eq!(
        listed,
        json!({ "Tags": [tag("b", "2"), tag("c", "")], "Truncated": false })
    );
    for (tags, code) in [
        (vec![tag("aws:x", "")], "TagException"),
        (vec![tag("x", "1"), tag("x", "2")], "TagException"),
        (vec![tag("", "1")], "ValidationException"),
        (
            (0..49)
                .map(|number| tag(&format!("k{number}"), ""))
                .collect(),
            "LimitExceededException",
        ),
    ] {
        let input = json!({ "KeyId": id, "Tags": tags });
        assert_eq!(refused(&client, "TagResource", input).await.0, code);
    }
}

#[tokio::test(start_paused = true)]
async fn keys_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let opened =
        || Client::new(&Endpoint::new(Config::in_folder(folder.path(), Delays::none())).unwrap());
    let client = opened();
    let (id, _) = new_key(&client).await;
    ok(&client, "EnableKeyRotation", json!({ "KeyId": id })).await;
    let before = client.endpoint.dump().unwrap();
    let again = opened();
    assert_eq!(again.endpoint.dump().unwrap(), before);
    assert_eq!(state(&again, &id).await, "Enabled");
}

#[tokio::test(start_paused = true)]
async fn a_read_may_be_answered_from_before_the_last_write() {
    let client = Client::of_new_endpoint();
    let (id, _) = new_key(&client).await;
    ok(&client, "DisableKey", json!({ "KeyId": id })).await;
    let stale = Fault::new(FaultKind::StaleRead)
        .on(Service::Kms, "DescribeKey")
        .first(1);
    client.endpoint.order_fault(stale);
    assert_eq!(state(&client, &id).await, "Enabled");
    assert_eq!(state(&client, &id).await, "Disabled");
}
