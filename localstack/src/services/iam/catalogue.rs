//! The AWS managed policies that agents are likely to carry, with the actions they grant.

/// What follows `arn:<partition>:iam::aws:policy`, and the document (AWS managed policy reference).
const CATALOGUE: [(&str, &str); 7] = [
    (
        "/AdministratorAccess",
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
    ),
    (
        "/AmazonS3ReadOnlyAccess",
        r#"{"Statement": {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"], "Resource": "*"}}"#,
    ),
    (
        "/AWSXRayDaemonWriteAccess",
        r#"{"Statement": {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:GetSamplingStatisticSummaries"], "Resource": "*"}}"#,
    ),
    (
        "/CloudWatchLambdaApplicationSignalsExecutionRolePolicy",
        r#"{"Statement": [
            {"Effect": "Allow", "Action": "xray:PutTraceSegments", "Resource": "*"},
            {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "arn:aws:logs:*:*:log-group:/aws/application-signals/data:*"}
        ]}"#,
    ),
    (
        "/PowerUserAccess",
        r#"{"Statement": [
            {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
            {"Effect": "Allow", "Action": ["account:GetAccountInformation", "account:GetPrimaryEmail", "account:ListRegions", "iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles", "organizations:DescribeEffectivePolicy", "organizations:DescribeOrganization"], "Resource": "*"}
        ]}"#,
    ),
    (
        "/service-role/AWSLambdaBasicExecutionRole",
        r#"{"Statement": {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}}"#,
    ),
    (
        "/service-role/AWSLambdaVPCAccessExecutionRole",
        r#"{"Statement": {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"], "Resource": "*"}}"#,
    ),
];

/// Gives the document of a managed policy.
pub(super) fn document(arn: &str) -> Option<&'static str> {
    let path = path_and_name(arn)?;
    CATALOGUE
        .iter()
        .find(|(known, _)| *known == path)
        .map(|(_, document)| *document)
}

/// Takes path and name out of the ARN of a managed policy, with the slash in front.
pub(super) fn path_and_name(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _partition, "iam", "", _owner, resource] = parts.as_slice() else {
        return None;
    };
    resource
        .strip_prefix("policy")
        .filter(|path| path.starts_with('/'))
}
