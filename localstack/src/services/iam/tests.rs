//! What IAM promises, asked through the endpoint.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde_json::json;

use super::decision::Request;
use super::state::NotAssumable;
use crate::testing::{Client, Reply, endpoint};
use crate::{Delays, Fault, FaultKind, Reset, Service};

mod simulation;

const ACCOUNT: &str = "111122223333";
const LAMBDA: &str = "lambda.amazonaws.com";
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::code/*"}]}"#;

fn answer(status: u16, code: &str, message: &str) -> (u16, String, String) {
    (status, code.to_owned(), message.to_owned())
}

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// A trust policy of one statement with this principal.
fn trusting(principal: &serde_json::Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }] }).to_string()
}

fn trusting_lambda() -> String {
    trusting(&json!({ "Service": LAMBDA }))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

impl Client {
    async fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Reply {
        self.query(Service::Iam, action, parameters).await
    }

    async fn create_role(&self, name: &str, trust: &str) -> Reply {
        self.iam(
            "CreateRole",
            &[("RoleName", name), ("AssumeRolePolicyDocument", trust)],
        )
        .await
    }

    async fn put_policy(&self, role: &str, name: &str, document: &str) -> Reply {
        self.iam(
            "PutRolePolicy",
            &[
                ("RoleName", role),
                ("PolicyName", name),
                ("PolicyDocument", document),
            ],
        )
        .await
    }

    async fn trust_of(&self, role: &str) -> String {
        decoded(
            &self
                .iam("GetRole", &[("RoleName", role)])
                .await
                .ok()
                .one("AssumeRolePolicyDocument"),
        )
    }

    fn assumable(&self, role: &str) -> Result<(), NotAssumable> {
        let now = self.endpoint.clock().now();
        self.endpoint.inspect(ACCOUNT, |world| {
            let context = [("aws:SourceAccount", ACCOUNT)];
            world.iam.assumable(&arn(role), LAMBDA, &context, now)
        })
    }

    fn allows(&self, role: &str, action: &str, resource: &str) -> bool {
        let now = self.endpoint.clock().now();
        self.endpoint.inspect(ACCOUNT, |world| {
            let request = Request {
                action,
                resource: Some(resource),
                context: &[],
            };
            world.iam.allows(&arn(role), request, now)
        })
    }
}

#[tokio::test]
async fn a_role_reads_back_with_the_fields_of_the_service() {
    let client = Client::of_new_endpoint();
    let created = client
        .iam(
            "CreateRole",
            &[
                ("RoleName", "exec"),
                ("Path", "/agents/"),
                ("AssumeRolePolicyDocument", &trusting_lambda()),
                ("Description", "runs <it>"),
                ("MaxSessionDuration", "7200"),
                (
                    "PermissionsBoundary",
                    "arn:aws:iam::aws:policy/PowerUserAccess",
                ),
                ("Tags.member.1.Key", "env"),
                ("Tags.member.1.Value", "prod"),
            ],
        )
        .await
        .ok();
    let id = created.one("RoleId");
    assert!(id.starts_with("AROA") && id.len() == 21, "{id}");
    let read = client.iam("GetRole", &[("RoleName", "exec")]).await.ok();
    let trust = "%7B%22Statement%22%3A%5B%7B%22Action%22%3A%22sts%3AAssumeRole%22%2C%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B\
                 %22Service%22%3A%22lambda.amazonaws.com%22%7D%7D%5D%2C%22Version%22%3A%222012-10-17%22%7D";
    let expected = format!(
        "<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult><Role>\
         <Path>/agents/</Path><RoleName>exec</RoleName><RoleId>{id}</RoleId><Arn>arn:aws:iam::{ACCOUNT}:role/agents/exec</Arn>\
         <CreateDate>2026-01-02T03:04:05Z</CreateDate><AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>\
         <Description>runs &lt;it&gt;</Description><MaxSessionDuration>7200</MaxSessionDuration>\
         <PermissionsBoundary><PermissionsBoundaryType>PermissionsBoundaryPolicy</PermissionsBoundaryType>\
         <PermissionsBoundaryArn>arn:aws:iam::aws:policy/PowerUserAccess</PermissionsBoundaryArn></PermissionsBoundary>\
         <Tags><member><Key>env</Key><Value>prod</Value></member></Tags><RoleLastUsed></RoleLastUsed></Role></GetRoleResult>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></GetRoleResponse>",
        read.one("RequestId")
    );
    assert_eq!(read.text(), expected);
}

#[tokio::test]
async fn an_inline_policy_comes_back_as_it_was_stored() {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    let document = "{\n  \"Statement\" : {\"Effect\":\"Allow\",\"Action\":\"s3:Get+é*\",\"Resource\":\"*\"}\n}";
    client.put_policy("exec", "read", document).await.ok();
    let read = client
        .iam(
            "GetRolePolicy",
            &[("RoleName", "exec"), ("PolicyName", "read")],
        )
        .await
        .ok();
    let encoded = read.one("PolicyDocument");
    assert!(
        encoded.starts_with("%7B%0A%20%20%22Statement%22%20%3A")
            && encoded.contains("Get%2B%C3%A9%2A"),
        "{encoded}"
    );
    assert_eq!(decoded(&encoded), document);
}

#[tokio::test]
async fn names_are_unique_without_regard_to_case() {
    let client = Client::of_new_endpoint();
    client.create_role("Exec", &trusting_lambda()).await.ok();
    let again = client.create_role("eXEC", &trusting_lambda()).await;
    assert_eq!(
        again.refusal(),
        answer(
            409,
            "EntityAlreadyExists",
            "Role with name eXEC already exists."
        )
    );
    let other = client.iam("GetRole", &[("RoleName", "exec")]).await;
    assert_eq!(
        other.refusal(),
        answer(
            404,
            "NoSuchEntity",
            "The role with name exec cannot be found."
        )
    );
}

#[tokio::test]
async fn violated_constraints_are_reported_in_the_words_of_aws() {
    let client = Client::of_new_endpoint();
    let trust = trusting_lambda();
    let long = "a".repeat(65);
    let cases: &[(&[(&str, &str)], &str)] = &[
        (
            &[],
            "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
        ),
        (
            &[("RoleName", "a/b")],
            "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            &[("RoleName", &long)],
            &format!(
                "1 validation error detected: Value '{long}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64"
            ),
        ),
        (
            &[("RoleName", "a"), ("Path", "a/")],
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        ),
        (
            &[
                ("RoleName", "a"),
                ("MaxSessionDuration", "60"),
                ("Description", "\u{1F600}"),
            ],
            "2 validation errors detected: Value '\u{1F600}' at 'description' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*; Value '60' at 'maxSessionDuration' failed to \
             satisfy constraint: Member must have value greater than or equal to 3600",
        ),
    ];
    for (parameters, message) in cases {
        let mut all = vec![("AssumeRolePolicyDocument", trust.as_str())];
        all.extend_from_slice(parameters);
        assert_eq!(
            client.iam("CreateRole", &all).await.refusal(),
            answer(400, "ValidationError", message)
        );
    }
}

#[tokio::test]
async fn a_malformed_trust_policy_is_refused_with_its_flaw() {
    let client = Client::of_new_endpoint();
    let statement =
        |fields: &str| format!(r#"{{"Version": "2012-10-17", "Statement": [{{{fields}}}]}}"#);
    let service = r#""Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole""#;
    let cases = [
        ("{".to_owned(), "This policy contains invalid Json"),
        (
            r#"{"Version": "2020-01-01", "Statement": []}"#.to_owned(),
            "The policy must contain a valid version string",
        ),
        (
            r#"{"Version": "2012-10-17"}"#.to_owned(),
            "Could not parse the policy: Statement is empty!",
        ),
        (
            statement(r#""Action": "sts:AssumeRole""#),
            "Missing required field Effect",
        ),
        (statement(r#""Effect": "Permit""#), "Invalid effect: Permit"),
        (
            statement(r#""Effect": "Allow", "Action": "sts:AssumeRole""#),
            "Missing required field Principal",
        ),
        (
            statement(
                r#""Effect": "Allow", "Principal": {"Service": []}, "Action": "sts:AssumeRole""#,
            ),
            "Missing required field Principal cannot be empty!",
        ),
        (
            statement(r#""Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}"#),
            "Missing required field Action",
        ),
        (
            statement(
                r#""Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "s3:*""#,
            ),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            statement(&format!(r#"{service}, "Resource": "*""#)),
            "Has prohibited field Resource",
        ),
        (
            statement(&format!(
                r#"{service}, "Condition": {{"StringSame": {{"a:b": "c"}}}}"#
            )),
            "Invalid Condition type : StringSame",
        ),
        (
            trusting(&json!({ "Service": "lambda" })),
            "Invalid principal in policy: \"SERVICE\":\"lambda\"",
        ),
        (
            trusting(&json!({ "Service": "agentcore.amazonaws.com" })),
            "Invalid principal in policy: \"SERVICE\":\"agentcore.amazonaws.com\"",
        ),
        (
            trusting(&json!({ "CanonicalUser": "ab" })),
            "Invalid principal in policy: \"CanonicalUser\"",
        ),
        (
            trusting(&json!({ "AWS": arn("nobody") })),
            "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:role/nobody\"",
        ),
    ];
    for (document, message) in cases {
        assert_eq!(
            client.create_role("exec", &document).await.refusal(),
            answer(400, "MalformedPolicyDocument", message)
        );
    }
    let long = trusting(&json!({ "Service": vec![LAMBDA; 100] }));
    assert_eq!(
        client.create_role("exec", &long).await.refusal(),
        answer(
            409,
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048"
        )
    );
}

#[tokio::test]
async fn a_malformed_inline_policy_is_refused_with_its_flaw() {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    let statement = |fields: &str| {
        format!(r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {fields}}}]}}"#)
    };
    let on = |resource: &str| {
        statement(&format!(
            r#""Action": "s3:GetObject", "Resource": "{resource}""#
        ))
    };
    let cases = [
        ("[]".to_owned(), "Syntax errors in policy."),
        (
            statement(r#""Action": "s3:*", "Resources": "*""#),
            "Syntax errors in policy.",
        ),
        (
            r#"{"Statement": {"Effect": "allow", "Action": "s3:*", "Resource": "*"}}"#.to_owned(),
            "The policy failed legacy parsing",
        ),
        (
            statement(r#""Principal": "*", "Action": "s3:*", "Resource": "*""#),
            "Policy document should not specify a principal.",
        ),
        (
            statement(r#""Sid": "a-b", "Action": "s3:*", "Resource": "*""#),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        ),
        (
            statement(r#""Action": [], "Resource": "*""#),
            "Policy statement must contain actions.",
        ),
        (
            statement(r#""Action": "s3:*""#),
            "Policy statement must contain resources.",
        ),
        (
            statement(r#""Action": "GetObject", "Resource": "*""#),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            statement(r#""Action": "s3:a:b", "Resource": "*""#),
            "Actions/Condition can contain only one colon.",
        ),
        (on("code"), "Resource code must be in ARN format or \"*\"."),
        (
            on("arn:amazon:s3:::code"),
            "Partition \"amazon\" is not valid for resource \"arn:amazon:s3:::code\".",
        ),
        (
            on("arn:aws:*:::code"),
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            on("arn:aws:s3:eu-west-1::code"),
            "Resource arn:aws:s3:eu-west-1::code can not contain region information.",
        ),
        (on("arn:aws:s3"), "The policy failed legacy parsing"),
    ];
    for (document, message) in cases {
        assert_eq!(
            client.put_policy("exec", "p", &document).await.refusal(),
            answer(400, "MalformedPolicyDocument", message),
            "{document}"
        );
    }
}

#[tokio::test]
async fn inline_policies_together_may_have_10240_characters_without_white_space() {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    let of_length = |length: usize| {
        let frame =
            r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::"}}"#.len();
        format!(
            r#"{{ "Statement":{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{}"}}}}"#,
            "k".repeat(length - frame)
        )
    };
    client
        .put_policy("exec", "first", &of_length(240))
        .await
        .ok();
    client
        .put_policy("exec", "second", &of_length(10_000))
        .await
        .ok();
    let over = client.put_policy("exec", "third", &of_length(100)).await;
    assert_eq!(
        over.refusal(),
        answer(
            409,
            "LimitExceeded",
            "Maximum policy size of 10240 bytes exceeded for role exec"
        )
    );
    assert_eq!(
        client
            .iam("ListRolePolicies", &[("RoleName", "exec")])
            .await
            .all("member"),
        ["first", "second"]
    );
}

#[tokio::test]
async fn a_role_is_deleted_only_when_nothing_hangs_on_it() {
    let client = Client::of_new_endpoint();
    let role = ("RoleName", "exec");
    let managed = (
        "PolicyArn",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    );
    client.create_role("exec", &trusting_lambda()).await.ok();
    client.put_policy("exec", "read", POLICY).await.ok();
    client.iam("AttachRolePolicy", &[role, managed]).await.ok();
    client.iam("AttachRolePolicy", &[role, managed]).await.ok();
    let conflict = |message| answer(409, "DeleteConflict", message);
    assert_eq!(
        client.iam("DeleteRole", &[role]).await.refusal(),
        conflict("Cannot delete entity, must detach all policies first.")
    );
    client.iam("DetachRolePolicy", &[role, managed]).await.ok();
    let twice = client.iam("DetachRolePolicy", &[role, managed]).await;
    assert_eq!(
        twice.refusal(),
        answer(
            404,
            "NoSuchEntity",
            &format!("Policy {} was not found.", managed.1)
        )
    );
    assert_eq!(
        client.iam("DeleteRole", &[role]).await.refusal(),
        conflict("Cannot delete entity, must delete policies first.")
    );
    client
        .iam("DeleteRolePolicy", &[role, ("PolicyName", "read")])
        .await
        .ok();
    client.iam("DeleteRole", &[role]).await.ok();
    assert_eq!(
        client.iam("DeleteRole", &[role]).await.refusal(),
        answer(
            404,
            "NoSuchEntity",
            "The role with name exec cannot be found."
        )
    );
}

#[tokio::test]
async fn managed_policies_must_exist() {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    let role = ("RoleName", "exec");
    let own = "arn:aws:iam::111122223333:policy/mine";
    assert_eq!(
        client
            .iam("AttachRolePolicy", &[role, ("PolicyArn", own)])
            .await
            .refusal(),
        answer(
            404,
            "NoSuchEntity",
            &format!("Policy {own} does not exist or is not attachable.")
        )
    );
    assert_eq!(
        client
            .iam(
                "PutRolePermissionsBoundary",
                &[role, ("PermissionsBoundary", own)]
            )
            .await
            .refusal(),
        answer(
            404,
            "NoSuchEntity",
            &format!("Scope ARN: {own} does not exist or is not attachable.")
        )
    );
    let unknown = "arn:aws:iam::aws:policy/AmazonLexFullAccess";
    assert_eq!(
        client
            .iam("AttachRolePolicy", &[role, ("PolicyArn", unknown)])
            .await
            .refusal(),
        answer(
            501,
            "NotImplemented",
            &format!("managed policy `{unknown}` is not built")
        )
    );
}

#[tokio::test]
async fn a_deleted_role_shows_as_its_unique_id_also_after_it_is_made_again() {
    let client = Client::of_new_endpoint();
    let id = client
        .create_role("agent", &trusting_lambda())
        .await
        .ok()
        .one("RoleId");
    let trust = trusting(&json!({ "AWS": [arn("agent"), "444455556666"], "Service": LAMBDA }));
    client.create_role("exec", &trust).await.ok();
    assert_eq!(client.trust_of("exec").await, trust);
    client
        .iam("DeleteRole", &[("RoleName", "agent")])
        .await
        .ok();
    let gone = trusting(&json!({ "AWS": [id, "444455556666"], "Service": LAMBDA }));
    assert_eq!(client.trust_of("exec").await, gone);
    client.create_role("agent", &trusting_lambda()).await.ok();
    assert_eq!(client.trust_of("exec").await, gone);
    let saved = client
        .iam(
            "UpdateAssumeRolePolicy",
            &[("RoleName", "exec"), ("PolicyDocument", &gone)],
        )
        .await;
    assert_eq!(
        saved.refusal(),
        answer(
            400,
            "MalformedPolicyDocument",
            &format!("Invalid principal in policy: \"AWS\":\"{id}\"")
        )
    );
    client
        .iam(
            "UpdateAssumeRolePolicy",
            &[("RoleName", "exec"), ("PolicyDocument", &trust)],
        )
        .await
        .ok();
    assert_eq!(client.trust_of("exec").await, trust);
}

#[tokio::test(start_paused = true)]
async fn a_new_role_is_read_at_once_and_assumed_and_named_only_after_its_propagation() {
    let client = Client::new(&endpoint(Delays::real()));
    client.create_role("exec", &trusting_lambda()).await.ok();
    assert_eq!(client.trust_of("exec").await, trusting_lambda());
    assert_eq!(client.assumable("exec"), Err(NotAssumable::NotYet));
    assert_eq!(
        client
            .create_role("other", &trusting(&json!({ "AWS": arn("exec") })))
            .await
            .refusal()
            .1,
        "MalformedPolicyDocument"
    );
    tokio::time::advance(Duration::from_millis(7999)).await;
    assert_eq!(client.assumable("exec"), Err(NotAssumable::NotYet));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(client.assumable("exec"), Ok(()));
    client
        .create_role("other", &trusting(&json!({ "AWS": arn("exec") })))
        .await
        .ok();
}

#[tokio::test(start_paused = true)]
async fn a_changed_trust_policy_counts_after_its_propagation_and_the_old_one_until_then() {
    let client = Client::new(&endpoint(Delays::real()));
    let states = trusting(&json!({ "Service": "states.amazonaws.com" }));
    client.create_role("exec", &states).await.ok();
    tokio::time::advance(Duration::from_secs(8)).await;
    assert_eq!(client.assumable("exec"), Err(NotAssumable::NotTrusted));
    client
        .iam(
            "UpdateAssumeRolePolicy",
            &[("RoleName", "exec"), ("PolicyDocument", &trusting_lambda())],
        )
        .await
        .ok();
    assert_eq!(client.trust_of("exec").await, trusting_lambda());
    assert_eq!(client.assumable("exec"), Err(NotAssumable::NotTrusted));
    tokio::time::advance(Duration::from_secs(8)).await;
    assert_eq!(client.assumable("exec"), Ok(()));
    client
        .iam(
            "UpdateAssumeRolePolicy",
            &[("RoleName", "exec"), ("PolicyDocument", &states)],
        )
        .await
        .ok();
    assert_eq!(client.assumable("exec"), Ok(()));
    assert_eq!(client.assumable("nobody"), Err(NotAssumable::NoSuchRole));
}

#[tokio::test(start_paused = true)]
async fn a_changed_inline_policy_counts_after_its_propagation_and_the_old_one_until_then() {
    let client = Client::new(&endpoint(Delays::real()));
    let (object, other) = ("arn:aws:s3:::code/a.zip", "s3:PutObject");
    client.create_role("exec", &trusting_lambda()).await.ok();
    client.put_policy("exec", "p", POLICY).await.ok();
    tokio::time::advance(Duration::from_secs(8)).await;
    let changed = POLICY.replace("s3:GetObject", other);
    client.put_policy("exec", "p", &changed).await.ok();
    let may = |client: &Client| {
        ["s3:GetObject", other].map(|action| client.allows("exec", action, object))
    };
    assert_eq!(may(&client), [true, false]);
    tokio::time::advance(Duration::from_secs(8)).await;
    assert_eq!(may(&client), [false, true]);
}

#[tokio::test(start_paused = true)]
async fn what_a_role_may_do_follows_from_its_inline_and_managed_policies_within_its_boundary() {
    let client = Client::new(&endpoint(Delays::real()));
    let role = ("RoleName", "exec");
    client.create_role("exec", &trusting_lambda()).await.ok();
    client.put_policy("exec", "read", POLICY).await.ok();
    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    client
        .iam("AttachRolePolicy", &[role, ("PolicyArn", basic)])
        .await
        .ok();
    assert!(!client.allows("exec", "s3:GetObject", "arn:aws:s3:::code/a.zip"));
    tokio::time::advance(Duration::from_secs(8)).await;
    let may = |client: &Client| {
        [
            client.allows("exec", "s3:GetObject", "arn:aws:s3:::code/a.zip"),
            client.allows("exec", "s3:GetObject", "arn:aws:s3:::other/a.zip"),
            client.allows(
                "exec",
                "logs:PutLogEvents",
                "arn:aws:logs:eu-west-1:111122223333:log-group:/a:*",
            ),
        ]
    };
    assert_eq!(may(&client), [true, false, true]);
    let boundary = (
        "PermissionsBoundary",
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    );
    client
        .iam("PutRolePermissionsBoundary", &[role, boundary])
        .await
        .ok();
    assert_eq!(may(&client), [true, false, false]);
    client
        .iam("DeleteRolePermissionsBoundary", &[role])
        .await
        .ok();
    assert_eq!(may(&client), [true, false, true]);
}

#[tokio::test]
async fn roles_are_listed_in_pages_below_a_path_without_tags() {
    let client = Client::of_new_endpoint();
    for name in ["c", "A", "b"] {
        let parameters = [
            ("RoleName", name),
            ("Path", "/x/"),
            ("AssumeRolePolicyDocument", &trusting_lambda()),
            ("Tags.member.1.Key", "k"),
            ("Tags.member.1.Value", "v"),
        ];
        client.iam("CreateRole", &parameters).await.ok();
    }
    client.create_role("d", &trusting_lambda()).await.ok();
    let below = ("PathPrefix", "/x/");
    let first = client
        .iam("ListRoles", &[below, ("MaxItems", "2")])
        .await
        .ok();
    assert_eq!(
        (
            first.all("RoleName"),
            first.one("IsTruncated"),
            first.all("Tags")
        ),
        (vec!["A".into(), "b".into()], "true".into(), vec![])
    );
    let marker = first.one("Marker");
    let second = client
        .iam("ListRoles", &[below, ("Marker", &marker)])
        .await
        .ok();
    assert_eq!(
        (
            second.all("RoleName"),
            second.one("IsTruncated"),
            second.all("Marker")
        ),
        (vec!["c".into()], "false".into(), vec![])
    );
    let elsewhere = client.iam("ListRoles", &[("Marker", &marker)]).await;
    assert_eq!(
        elsewhere.refusal(),
        answer(400, "ValidationError", "Invalid Marker.")
    );
}

#[tokio::test]
async fn authorization_details_have_everything_about_each_role() {
    let client = Client::of_new_endpoint();
    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    for name in ["first", "second"] {
        client.create_role(name, &trusting_lambda()).await.ok();
        client.put_policy(name, "read", POLICY).await.ok();
        client
            .iam(
                "AttachRolePolicy",
                &[("RoleName", name), ("PolicyArn", basic)],
            )
            .await
            .ok();
        client
            .iam(
                "TagRole",
                &[
                    ("RoleName", name),
                    ("Tags.member.1.Key", "k"),
                    ("Tags.member.1.Value", name),
                ],
            )
            .await
            .ok();
    }
    let roles = ("Filter.member.1", "Role");
    let first = client
        .iam(
            "GetAccountAuthorizationDetails",
            &[roles, ("MaxItems", "1")],
        )
        .await
        .ok();
    assert_eq!(first.one("RoleName"), "first");
    assert_eq!(
        decoded(&first.one("AssumeRolePolicyDocument")),
        trusting_lambda()
    );
    assert_eq!(
        (
            first.all("PolicyName"),
            decoded(&first.one("PolicyDocument"))
        ),
        (
            vec!["read".into(), "AWSLambdaBasicExecutionRole".into()],
            POLICY.into()
        )
    );
    let second = client
        .iam(
            "GetAccountAuthorizationDetails",
            &[roles, ("Marker", &first.one("Marker"))],
        )
        .await
        .ok();
    assert_eq!(
        (
            second.one("RoleName"),
            second.one("Value"),
            second.one("IsTruncated")
        ),
        ("second".into(), "second".into(), "false".into())
    );
    assert_eq!(
        client
            .iam("GetAccountAuthorizationDetails", &[])
            .await
            .status,
        501
    );
}

#[tokio::test]
async fn tag_keys_are_compared_without_regard_to_case() {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    let tagged = async |tags: &[(&str, &str)]| {
        let names: Vec<_> = (1..)
            .map(|n| {
                (
                    format!("Tags.member.{n}.Key"),
                    format!("Tags.member.{n}.Value"),
                )
            })
            .take(tags.len())
            .collect();
        let mut parameters = vec![("RoleName", "exec")];
        for ((key_name, value_name), (key, value)) in names.iter().zip(tags) {
            parameters.extend([(key_name.as_str(), *key), (value_name.as_str(), *value)]);
        }
        client.iam("TagRole", &parameters).await
    };
    tagged(&[("Env", "dev"), ("a", "")]).await.ok();
    tagged(&[("env", "prod")]).await.ok();
    let listed = client
        .iam("ListRoleTags", &[("RoleName", "exec")])
        .await
        .ok();
    assert_eq!(
        (listed.all("Key"), listed.all("Value")),
        (
            vec!["a".into(), "env".into()],
            vec![String::new(), "prod".into()]
        )
    );
    let twice = tagged(&[("x", "1"), ("X", "2")]).await;
    assert_eq!(
        twice.refusal(),
        answer(
            400,
            "InvalidInput",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    );
    let reserved = tagged(&[("aws:x", "1")]).await;
    assert_eq!(
        reserved.refusal(),
        answer(
            400,
            "InvalidInput",
            "Tag keys starting with 'aws:' are reserved for system use"
        )
    );
    let empty = tagged(&[("x", "1"), ("", "1")]).await;
    let message = "1 validation error detected: Value '' at 'tags.2.member.key' failed to satisfy constraint: \
                   Member must have length greater than or equal to 1";
    assert_eq!(empty.refusal(), answer(400, "ValidationError", message));
    client
        .iam(
            "UntagRole",
            &[
                ("RoleName", "exec"),
                ("TagKeys.member.1", "ENV"),
                ("TagKeys.member.2", "none"),
            ],
        )
        .await
        .ok();
    assert_eq!(
        client
            .iam("ListRoleTags", &[("RoleName", "exec")])
            .await
            .all("Key"),
        ["a"]
    );
    let many: Vec<_> = (0..50).map(|number| format!("k{number}")).collect();
    let many: Vec<_> = many.iter().map(|key| (key.as_str(), "v")).collect();
    assert_eq!(
        tagged(&many).await.refusal(),
        answer(
            409,
            "LimitExceeded",
            "The number of tags has reached the maximum limit."
        )
    );
}

#[tokio::test]
async fn an_update_without_a_duration_sets_it_to_one_hour() {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    let role = ("RoleName", "exec");
    client
        .iam(
            "UpdateRole",
            &[role, ("Description", "d"), ("MaxSessionDuration", "7200")],
        )
        .await
        .ok();
    client.iam("UpdateRole", &[role]).await.ok();
    let read = client.iam("GetRole", &[role]).await.ok();
    assert_eq!(
        (read.one("Description"), read.one("MaxSessionDuration")),
        ("d".into(), "3600".into())
    );
}

#[tokio::test]
async fn a_refused_write_changes_nothing() {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    let before = client.endpoint.dump().unwrap();
    let extra = client
        .iam(
            "UpdateRole",
            &[
                ("RoleName", "exec"),
                ("Description", "new"),
                ("Colour", "red"),
            ],
        )
        .await;
    assert_eq!(
        extra.refusal(),
        answer(
            501,
            "NotImplemented",
            "parameter `Colour` of `UpdateRole` is not built"
        )
    );
    assert_eq!(client.endpoint.dump().unwrap(), before);
}

#[tokio::test]
async fn a_stale_read_answers_from_before_the_last_write() {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    client
        .endpoint
        .order_fault(Fault::new(FaultKind::StaleRead).first(1));
    let role = ("RoleName", "exec");
    assert_eq!(
        client.iam("GetRole", &[role]).await.refusal().1,
        "NoSuchEntity"
    );
    client.iam("GetRole", &[role]).await.ok();
}

#[tokio::test]
async fn a_reset_after_the_effect_leaves_it_and_one_before_does_not() {
    let client = Client::of_new_endpoint();
    client
        .endpoint
        .order_fault(Fault::new(FaultKind::ResetBefore).on_writes().nth(1));
    client
        .endpoint
        .order_fault(Fault::new(FaultKind::ResetAfter).on_writes().nth(2));
    let parameters = [
        ("RoleName", "exec"),
        ("AssumeRolePolicyDocument", &*trusting_lambda()),
    ];
    assert_eq!(
        client
            .try_query(Service::Iam, "CreateRole", &parameters)
            .await
            .unwrap_err(),
        Reset
    );
    assert_eq!(
        client.iam("GetRole", &[("RoleName", "exec")]).await.status,
        404
    );
    assert_eq!(
        client
            .try_query(Service::Iam, "CreateRole", &parameters)
            .await
            .unwrap_err(),
        Reset
    );
    client.iam("GetRole", &[("RoleName", "exec")]).await.ok();
    assert_eq!(
        (
            client.endpoint.log().count(Service::Iam, "CreateRole"),
            client.endpoint.log().writes()
        ),
        (2, 2)
    );
}

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    let other = client.in_account("444455556666");
    assert_eq!(
        other.iam("ListRoles", &[]).await.ok().all("member"),
        Vec::<String>::new()
    );
    // IAM is global: every region shows the same roles.
    client
        .in_region("us-west-2")
        .iam("GetRole", &[("RoleName", "exec")])
        .await
        .ok();
}
