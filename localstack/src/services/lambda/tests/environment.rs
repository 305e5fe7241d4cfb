//! Environment variables and the key that encrypts them.

use serde_json::{Value, json};
use tokio::time::advance;

use super::*;

impl Client {
    async fn kms(&self, operation: &str, input: Value) -> Value {
        let reply = self.json(Service::Kms, operation, input).await.ok();
        if reply.body.is_empty() {
            Value::Null
        } else {
            reply.value()
        }
    }

    /// Makes a key and gives its ARN.
    async fn make_key(&self) -> String {
        let key = self.kms("CreateKey", json!({})).await;
        key["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }
}

fn no_grant(code: &str, message: &str) -> (u16, String, String) {
    invalid(&format!(
        "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. \
         Please check your KMS key settings. KMS Exception: {code} KMS Message: {message}"
    ))
}

fn encrypted_with(arn: &str) -> Value {
    json!({ "KMSKeyArn": arn, "Environment": { "Variables": { "TOKEN": "secret" } } })
}

#[tokio::test(start_paused = true)]
async fn a_key_must_exist_and_be_enabled() {
    let client = Client::with_role(Delays::none()).await;
    let arn = client.make_key().await;
    let missing = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000000";
    let refused = client
        .create(with(least(), encrypted_with(missing)))
        .await
        .refusal();
    assert_eq!(
        refused,
        no_grant(
            "NotFoundException",
            &format!("Key '{missing}' does not exist")
        )
    );
    let alias = "arn:aws:kms:eu-west-1:111122223333:alias/agents";
    assert_eq!(
        client
            .create(with(least(), encrypted_with(alias)))
            .await
            .refusal(),
        no_grant(
            "InvalidArnException",
            "Key Aliases are not supported for this operation."
        )
    );
    client.kms("DisableKey", json!({ "KeyId": arn })).await;
    assert_eq!(
        client
            .create(with(least(), encrypted_with(&arn)))
            .await
            .refusal(),
        no_grant("DisabledException", &format!("{arn} is disabled."))
    );
    client.kms("EnableKey", json!({ "KeyId": arn })).await;
    let made = client
        .create(with(least(), encrypted_with(&arn)))
        .await
        .ok()
        .value();
    assert_eq!(
        pick(&made, &["KMSKeyArn", "Environment"]),
        encrypted_with(&arn)
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_refused_until_lambda_sees_it() {
    let delays = Delays::real();
    let client = Client::with_role(delays).await;
    let arn = client.make_key().await;
    assert_eq!(
        client
            .create(with(least(), encrypted_with(&arn)))
            .await
            .refusal()
            .0,
        400
    );
    advance(delays.kms_visible).await;
    client
        .create(with(least(), encrypted_with(&arn)))
        .await
        .ok();
}

#[tokio::test(start_paused = true)]
async fn variables_are_unreadable_while_their_key_is_of_no_use() {
    let client = Client::with_role(Delays::none()).await;
    let arn = client.make_key().await;
    client
        .create(with(least(), encrypted_with(&arn)))
        .await
        .ok();
    client
        .kms("ScheduleKeyDeletion", json!({ "KeyId": arn }))
        .await;
    let environment = client.configuration(None).await["Environment"].clone();
    assert_eq!(environment.get("Variables"), None);
    assert_eq!(
        environment["Error"]["ErrorCode"],
        "KMSInvalidStateException"
    );
    let message = environment["Error"]["Message"].as_str().unwrap();
    assert!(
        message.starts_with("Lambda was unable to decrypt your environment variables because")
            && message.ends_with(&format!("KMS Message: {arn} is pending deletion.")),
        "{message}"
    );
    client
        .kms("CancelKeyDeletion", json!({ "KeyId": arn }))
        .await;
    client.kms("EnableKey", json!({ "KeyId": arn })).await;
    assert_eq!(
        client.configuration(None).await["Environment"],
        json!({ "Variables": { "TOKEN": "secret" } })
    );
}

#[tokio::test(start_paused = true)]
async fn names_and_size_of_variables_are_limited() {
    let client = Client::with_role(Delays::none()).await;
    let create = async |variables: Value| {
        let environment = json!({ "Environment": { "Variables": variables } });
        client.create(with(least(), environment)).await
    };
    for name in ["A", "1AB", "A-B"] {
        assert_eq!(
            create(json!({ name: "secret" })).await.refusal(),
            violation(
                "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: \
                 [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]"
            )
        );
    }
    assert_eq!(
        create(json!({ "AWS_REGION": "x", "STAGE": "prod", "AWS_SESSION_TOKEN": "y" }))
            .await
            .refusal(),
        invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have provided \
             contains reserved keys that are currently not supported for modification. \
             Reserved keys used in this request: AWS_REGION, AWS_SESSION_TOKEN"
        )
    );
    // `{"AB":"…"}`: nine bytes around the value.
    let most = json!({ "AB": "x".repeat(4096 - 9) });
    let more = json!({ "AB": "x".repeat(4096 - 8) });
    assert_eq!(
        create(more.clone()).await.refusal(),
        invalid(&format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided \
             exceeded the 4KB limit. String measured: {more}"
        ))
    );
    create(most).await.ok();
}

#[tokio::test(start_paused = true)]
async fn a_grant_names_the_role_by_its_id_until_the_role_is_sent_again() {
    let client = Client::with_role(Delays::none()).await;
    let arn = client.make_key().await;
    client
        .create(with(least(), encrypted_with(&arn)))
        .await
        .ok();
    let grants = async |key: &str| {
        let listed = client.kms("ListGrants", json!({ "KeyId": key })).await;
        listed["Grants"].as_array().unwrap().clone()
    };
    let session = "arn:aws:sts::111122223333:assumed-role/exec/triage";
    let made = grants(&arn).await;
    assert_eq!(
        pick(
            &made[0],
            &[
                "KeyId",
                "Name",
                "GranteePrincipal",
                "Operations",
                "Constraints"
            ]
        ),
        json!({
            "KeyId": arn,
            "Name": "triage",
            "GranteePrincipal": session,
            "Operations": ["Decrypt", "RetireGrant"],
            "Constraints": { "EncryptionContextEquals": {
                "aws:lambda:FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:triage"
            } },
        })
    );
    let role = async |operation: &str| {
        let of_role = [("RoleName", "exec")];
        client.query(Service::Iam, operation, &of_role).await.ok()
    };
    let id = role("GetRole").await.one("RoleId");
    role("DeleteRole").await;
    let of_nobody = format!("{id}:triage");
    assert_eq!(grants(&arn).await[0]["GranteePrincipal"], of_nobody);
    client.make_role("exec", TRUST).await;
    assert_eq!(grants(&arn).await[0]["GranteePrincipal"], of_nobody);
    // A change that does not name the role leaves the grant.
    client.configure(json!({ "Timeout": 9 })).await.ok();
    assert_eq!(grants(&arn).await[0]["GranteePrincipal"], of_nobody);
    let again = json!({ "Role": "arn:aws:iam::111122223333:role/exec" });
    client.configure(again).await.ok();
    assert_eq!(grants(&arn).await[0]["GranteePrincipal"], session);
}

#[tokio::test(start_paused = true)]
async fn without_a_key_of_the_customer_the_grant_is_on_the_key_that_aws_manages() {
    let client = Client::with_role(Delays::none()).await;
    let alias = json!({ "KeyId": "alias/aws/lambda" });
    let unused = client
        .json(Service::Kms, "DescribeKey", alias.clone())
        .await;
    assert_eq!(unused.refusal().0, 501);
    let variables = json!({ "Environment": { "Variables": { "TOKEN": "secret" } } });
    client.create(with(least(), variables)).await.ok();
    let key = client.kms("DescribeKey", alias).await["KeyMetadata"].clone();
    assert_eq!(key["KeyManager"], "AWS");
    let of_key = json!({ "KeyId": key["KeyId"] });
    let listed = client.kms("ListGrants", of_key).await;
    assert_eq!(listed["Grants"][0]["Name"], "triage");
    client
        .configure(json!({ "Environment": { "Variables": {} } }))
        .await
        .ok();
    let unused = client.json(Service::Kms, "ListGrants", json!({ "KeyId": key["KeyId"] }));
    assert_eq!(unused.await.refusal().1, "NotFoundException");
}
