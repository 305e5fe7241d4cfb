//! `SimulatePrincipalPolicy`: what is decided, by what, and what is refused.

use serde_json::json;

use super::{ACCOUNT, answer, arn, trusting_lambda};
use crate::Service;
use crate::testing::{Client, Reply};

/// Allows to read what has the tag, and denies what is secret.
fn policy() -> String {
    json!({ "Version": "2012-10-17", "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:Get*",
            "Resource": "*",
            "Condition": { "StringEquals": { "aws:ResourceTag/team": "billing" } },
        },
        { "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/secret/*" },
    ] })
    .to_string()
}

const BILLING: [(&str, &str); 3] = [
    (
        "ContextEntries.member.1.ContextKeyName",
        "aws:ResourceTag/team",
    ),
    ("ContextEntries.member.1.ContextKeyType", "string"),
    (
        "ContextEntries.member.1.ContextKeyValues.member.1",
        "billing",
    ),
];

async fn with_role() -> Client {
    let client = Client::of_new_endpoint();
    client.create_role("exec", &trusting_lambda()).await.ok();
    client.put_policy("exec", "agent", &policy()).await.ok();
    client
}

async fn simulated(client: &Client, more: &[&[(&str, &str)]]) -> Reply {
    let source = arn("exec");
    let mut parameters = vec![
        ("PolicySourceArn", source.as_str()),
        ("ActionNames.member.1", "s3:GetObject"),
    ];
    parameters.extend(more.concat());
    client
        .query(Service::Iam, "SimulatePrincipalPolicy", &parameters)
        .await
}

/// Gives the decision of each resource, or of the action.
fn decisions(reply: &Reply) -> Vec<String> {
    match reply.all("EvalResourceDecision") {
        none if none.is_empty() => reply.all("EvalDecision"),
        each => each,
    }
}

#[tokio::test]
async fn a_simulation_decides_each_resource_with_the_keys_of_the_request_and_says_by_what() {
    let client = with_role().await;
    let resources = [
        ("ResourceArns.member.1", "arn:aws:s3:::b/a"),
        ("ResourceArns.member.2", "arn:aws:s3:::b/secret/a"),
    ];
    let reply = simulated(&client, &[&resources, &BILLING]).await.ok();
    assert_eq!(decisions(&reply), ["allowed", "explicitDeny"]);
    // The strictest of all is that of the action, with what decided it.
    assert_eq!(reply.all("EvalDecision"), ["explicitDeny"]);
    assert_eq!(reply.all("SourcePolicyId"), ["agent", "agent", "agent"]);
    assert_eq!(reply.all("SourcePolicyType"), ["role", "role", "role"]);
    assert!(
        reply
            .text()
            .contains("<EvalDecisionDetails></EvalDecisionDetails>")
    );

    let reply = simulated(&client, &[]).await.ok();
    assert_eq!(decisions(&reply), ["implicitDeny"]);
    assert_eq!(reply.one("EvalResourceName"), "*");
    let missing =
        "<MissingContextValues><member>aws:ResourceTag/team</member></MissingContextValues>";
    assert!(reply.text().contains(missing), "{}", reply.text());
    assert!(
        reply
            .text()
            .contains("<MatchedStatements></MatchedStatements>")
    );
    assert!(!reply.text().contains("EvalDecisionDetails"));
}

#[tokio::test]
async fn between_accounts_both_sides_must_allow() {
    let client = with_role().await;
    let resource_policy = |principal: &str| {
        json!({ "Statement": {
            "Effect": "Allow",
            "Principal": { "AWS": principal },
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/*",
        } })
        .to_string()
    };
    let object = [("ResourceArns.member.1", "arn:aws:s3:::b/a")];
    let other = [("ResourceOwner", "444455556666")];
    let (exec, root) = (arn("exec"), format!("arn:aws:iam::{ACCOUNT}:root"));
    for (principal, has_identity, within, between) in [
        (None, true, "allowed", "implicitDeny"),
        (Some(exec.as_str()), true, "allowed", "allowed"),
        (Some(exec.as_str()), false, "allowed", "implicitDeny"),
        (Some(root.as_str()), true, "allowed", "allowed"),
        (Some(root.as_str()), false, "implicitDeny", "implicitDeny"),
    ] {
        let policy = principal.map(resource_policy);
        let policy: Vec<(&str, &str)> = policy
            .iter()
            .map(|text| ("ResourcePolicy", text.as_str()))
            .collect();
        let keys = if has_identity { &BILLING[..] } else { &[] };
        let within_it = simulated(&client, &[&object, keys, &policy]).await.ok();
        let between_them = simulated(&client, &[&object, keys, &policy, &other])
            .await
            .ok();
        assert_eq!(
            [within_it, between_them].map(|reply| decisions(&reply)),
            [[within], [between]],
            "{principal:?} {has_identity}"
        );
    }
    // An ARN that names its account needs no owner.
    let queue = [(
        "ResourceArns.member.1",
        "arn:aws:s3:eu-west-1:444455556666:accesspoint/a",
    )];
    let reply = simulated(&client, &[&queue, &BILLING]).await.ok();
    assert_eq!(decisions(&reply), ["implicitDeny"]);
    let details = "<entry><key>IAM Policy</key><value>allowed</value></entry>\
                   <entry><key>Resource Policy</key><value>implicitDeny</value></entry>";
    assert!(reply.text().contains(details), "{}", reply.text());
}

#[tokio::test]
async fn a_boundary_and_further_policies_take_part() {
    let client = with_role().await;
    let boundary = [(
        "PermissionsBoundaryPolicyInputList.member.1",
        r#"{"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}"#,
    )];
    let reply = simulated(&client, &[&BILLING, &boundary]).await.ok();
    assert_eq!(decisions(&reply), ["implicitDeny"]);
    assert_eq!(reply.one("AllowedByPermissionsBoundary"), "false");
    let further = [(
        "PolicyInputList.member.1",
        r#"{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}"#,
    )];
    let reply = simulated(&client, &[&further]).await.ok();
    assert_eq!(decisions(&reply), ["allowed"]);
    assert_eq!(reply.one("SourcePolicyId"), "PolicyInputList.1");
}

#[tokio::test]
async fn the_one_user_may_do_everything() {
    let client = Client::of_new_endpoint();
    let user = format!("arn:aws:iam::{ACCOUNT}:user/developer");
    let parameters = [
        ("PolicySourceArn", user.as_str()),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ActionNames.member.2", "iam:DeleteRole"),
        ("MaxItems", "1"),
    ];
    let reply = client
        .query(Service::Iam, "SimulatePrincipalPolicy", &parameters)
        .await
        .ok();
    assert_eq!(reply.all("EvalDecision"), ["allowed"]);
    assert_eq!(reply.one("SourcePolicyType"), "aws-managed");
    assert_eq!(reply.one("IsTruncated"), "true");
}

#[tokio::test]
async fn what_cannot_be_simulated_is_refused() {
    let client = with_role().await;
    for (parameter, value, message) in [
        (
            "ActionNames.member.2",
            "GetObject",
            "Invalid Action: GetObject",
        ),
        ("ActionNames.member.2", "s3:*", "Invalid Action: s3:*"),
        (
            "ResourceOwner",
            "somebody",
            "Invalid Resource Owner: somebody",
        ),
        (
            "CallerArn",
            "arn:aws:sts::111122223333:assumed-role/exec/session",
            "Invalid Caller Arn: arn:aws:sts::111122223333:assumed-role/exec/session",
        ),
        ("ResourcePolicy", "{", "Syntax errors in policy."),
        ("PolicyInputList.member.1", "[]", "Syntax errors in policy."),
    ] {
        let reply = simulated(&client, &[&[(parameter, value)]]).await;
        assert_eq!(reply.refusal(), answer(400, "InvalidInput", message));
    }
    let none = arn("nobody");
    let parameters = [
        ("PolicySourceArn", none.as_str()),
        ("ActionNames.member.1", "s3:GetObject"),
    ];
    let reply = client
        .query(Service::Iam, "SimulatePrincipalPolicy", &parameters)
        .await;
    let message = format!("The entity with ARN {none} cannot be found.");
    assert_eq!(reply.refusal(), answer(404, "NoSuchEntity", &message));
}
