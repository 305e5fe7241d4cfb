//! The role of an agent: who may assume it, and the least that the agent needs.

use std::collections::{BTreeMap, BTreeSet};

use super::artifact::{Files, Stored};
use super::error::{ExpandError, Mistake};
use super::{Context, name};
use crate::kinds::iam_role::{IamRole, POLICIES_SIZE_LIMIT, RoleSpec, policies_size};
use crate::manifest::{Agent, CrossRegion, Effect, PolicyStatement, Scope};
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::document::{Document, Grant, Statement};
use crate::resource::reference::{Declared, Input};

/// The name of the one inline policy.
const POLICY: &str = "agent";

/// The session length of a role, which does not bind the sessions that services take.
const SESSION_SECONDS: u32 = 3600;

/// Wishes for the role that Lambda runs the agent as.
pub(super) fn lambda_role(
    agent: &Agent,
    context: &Context<'_>,
    files: &Files,
    key: Option<&Input<String>>,
) -> Result<DesiredResource, Vec<ExpandError>> {
    let statements = statements(agent, context, files, key);
    if let Some(sid) = repeated_sid(&statements) {
        let mistake = Mistake::RepeatedStatementId(sid);
        return Err(vec![ExpandError::new(
            agent,
            "spec.definition.policyStatements",
            mistake,
        )]);
    }
    let policies = BTreeMap::from([(POLICY.to_owned(), Document::new(statements))]);
    let size = policies_size(&policies);
    if size > POLICIES_SIZE_LIMIT {
        let mistake = Mistake::Policy {
            size,
            limit: POLICIES_SIZE_LIMIT,
        };
        return Err(vec![ExpandError::new(
            agent,
            "spec.definition.policyStatements",
            mistake,
        )]);
    }
    let spec = RoleSpec {
        path: context.owner.role_path(),
        trust: trust(context, "lambda.amazonaws.com"),
        policies,
        managed_policies: Vec::new(),
        permissions_boundary: agent
            .iam
            .permissions_boundary
            .as_ref()
            .map(|arn| arn.as_str().to_owned()),
        description: format!("agentctl: {} on Lambda", context.owner),
        max_session_duration: SESSION_SECONDS,
        tags: context.tags.clone(),
    };
    let name = PhysicalName::new(name::lambda_role(&context.owner));
    let slot = format!("{}.lambda", context.owner.agent);
    Ok(DesiredResource::new::<IamRole>(
        &slot,
        Some(&context.owner),
        name,
        spec,
    ))
}

/// Finds a statement id that stands twice, which IAM refuses.
fn repeated_sid(statements: &[Statement<Declared>]) -> Option<String> {
    let mut seen = BTreeSet::new();
    statements
        .iter()
        .filter_map(|statement| statement.sid.clone())
        .find(|sid| !seen.insert(sid.clone()))
}

/// Lets one service assume the role, on behalf of this account only.
///
/// `aws:SourceArn` is left out: whether Lambda always sends it when it assumes a role is not established.
fn trust(context: &Context<'_>, service: &str) -> Document<Declared> {
    let statement = Statement::allow("Service", &["sts:AssumeRole"], Vec::new())
        .to("Service", vec![service.into()])
        .when(
            "StringEquals",
            "aws:SourceAccount",
            vec![context.site.account.as_str().into()],
        );
    Document::new(vec![statement])
}

fn statements(
    agent: &Agent,
    context: &Context<'_>,
    files: &Files,
    key: Option<&Input<String>>,
) -> Vec<Statement<Declared>> {
    let mut statements = vec![logs(context), objects(context)];
    statements.extend(foreign_objects(context, files));
    statements.extend(key.map(|key| {
        Statement::allow(
            "Key",
            &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            vec![key.clone()],
        )
    }));
    statements.extend(models(agent, context));
    if agent.observability.enabled {
        // X-Ray takes no resource-level permissions for these (service authorization reference, AWS X-Ray).
        let actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
        statements.push(Statement::allow("Traces", &actions, vec!["*".into()]));
    }
    if agent.network.is_some() {
        statements.push(network_interfaces());
    }
    statements.extend(agent.definition.policy_statements.iter().map(from_manifest));
    statements
}

fn logs(context: &Context<'_>) -> Statement<Declared> {
    let group = name::lambda_log_group(&context.owner);
    let streams = context.arn("logs", &format!("log-group:{group}:*"));
    Statement::allow(
        "Logs",
        &["logs:CreateLogStream", "logs:PutLogEvents"],
        vec![streams.into()],
    )
}

/// Prompt and tools by the agent's prefix, so that a version that still serves finds its own.
///
/// The code is not among them: Lambda copies it when the function is made or updated, with the rights of whoever does that.
fn objects(context: &Context<'_>) -> Statement<Declared> {
    let bucket = context.site.artifacts_bucket();
    let prefix = context.owner.object_prefix();
    let objects = |part: &str| {
        Input::from(format!(
            "arn:{}:s3:::{bucket}/{prefix}{part}/*",
            context.site.partition
        ))
    };
    Statement::allow(
        "Files",
        &["s3:GetObject"],
        vec![objects("prompt"), objects("tools")],
    )
}

/// Prompt and tools that somebody else keeps, each by its exact key.
fn foreign_objects(context: &Context<'_>, files: &Files) -> Option<Statement<Declared>> {
    let arn = |stored: &Stored| match stored {
        Stored::Foreign { bucket, key } => Some(Input::from(format!(
            "arn:{}:s3:::{bucket}/{key}",
            context.site.partition
        ))),
        Stored::Ours(_) => None,
    };
    let resources: Vec<Input<String>> = std::iter::once(&files.prompt)
        .chain(&files.tools)
        .filter_map(arn)
        .collect();
    (!resources.is_empty()).then(|| Statement::allow("ForeignFiles", &["s3:GetObject"], resources))
}

const INVOKE_MODEL: &[&str] = &[
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
];

/// The one model, or the inference profile and, through it only, the model in whichever region the profile chooses.
///
/// Bedrock user guide, "Prerequisites for inference profiles"; a global profile also calls the model without a region.
fn models(agent: &Agent, context: &Context<'_>) -> Vec<Statement<Declared>> {
    let partition = &context.site.partition;
    let model = agent.definition.model.id.as_str();
    let foundation = |region: &str| {
        Input::from(format!(
            "arn:{partition}:bedrock:{region}::foundation-model/{model}"
        ))
    };
    let Some(cross_region) = agent.definition.model.cross_region else {
        return vec![Statement::allow(
            "Model",
            INVOKE_MODEL,
            vec![foundation(&context.site.region)],
        )];
    };
    let profile = Input::from(context.arn(
        "bedrock",
        &format!("inference-profile/{}.{model}", cross_region.as_str()),
    ));
    let mut regions = vec![foundation("*")];
    if cross_region == CrossRegion::Global {
        regions.push(foundation(""));
    }
    vec![
        Statement::allow("Profile", INVOKE_MODEL, vec![profile.clone()]),
        Statement::allow("Model", INVOKE_MODEL, regions).when(
            "StringLike",
            "bedrock:InferenceProfileArn",
            vec![profile],
        ),
    ]
}

/// What Lambda needs for a function in a VPC; none of it takes resources (Lambda developer guide, "Giving Lambda functions access
/// to resources in an Amazon VPC").
fn network_interfaces() -> Statement<Declared> {
    let actions = [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    ];
    Statement::allow("NetworkInterfaces", &actions, vec!["*".into()])
}

fn from_manifest(statement: &PolicyStatement) -> Statement<Declared> {
    let mut made = Statement::<Declared>::allow("", &[], Vec::new());
    made.sid.clone_from(&statement.sid);
    made.effect = match statement.effect {
        Effect::Allow => Grant::Allow,
        Effect::Deny => Grant::Deny,
    };
    match &statement.actions {
        Scope::Only(actions) => made.action.clone_from(actions),
        Scope::AllBut(actions) => made.not_action.clone_from(actions),
    }
    let inputs = |texts: &[String]| {
        texts
            .iter()
            .map(|text| Input::from(text.as_str()))
            .collect()
    };
    match &statement.resources {
        Scope::Only(resources) => made.resource = inputs(resources),
        Scope::AllBut(resources) => made.not_resource = inputs(resources),
    }
    for (operator, keys) in &statement.condition {
        for (key, values) in keys {
            made = made.when(operator, key, inputs(values));
        }
    }
    made
}
