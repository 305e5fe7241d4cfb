//! The role of an agent: who can assume it, and the least permissions that the agent needs.

use std::collections::{BTreeMap, BTreeSet};

use super::artifact::{Files, Stored};
use super::context::Context;
use super::error::{ExpandError, Mistake};
use super::name;
use crate::kinds::iam_role::{self, IamRole, POLICIES_SIZE_LIMIT, RoleSpec, policies_size};
use crate::manifest::{
    Agent, AgentCore, CrossRegion, Effect, ImageUri, PolicyStatement, RuntimeArtifact, Scope,
};
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::document::{Document, Grant, Statement};
use crate::resource::reference::{Declared, Input};

/// The role that an agent runs as.
pub(super) struct RoleToRun {
    pub(super) arn: Input<String>,
    /// Its unique id; absent for a role of the user, which is not read.
    pub(super) id: Option<Input<String>>,
}

impl RoleToRun {
    /// Returns the user's role, or else the one that `declare` returns, which is then declared too.
    pub(super) fn of_agent(
        agent: &Agent,
        declare: impl FnOnce() -> Result<DesiredResource, Vec<ExpandError>>,
    ) -> Result<(Option<DesiredResource>, Self), Vec<ExpandError>> {
        if let Some(arn) = &agent.iam.role {
            let arn = Input::from(arn.as_str());
            return Ok((None, Self { arn, id: None }));
        }
        let role = declare()?;
        let run_as = Self {
            arn: iam_role::ARN.of(&role.address),
            id: Some(iam_role::ID.of(&role.address)),
        };
        Ok((Some(role), run_as))
    }
}

/// The name of the one inline policy.
const POLICY: &str = "agent";

/// The session length of a role. It does not limit the sessions that services create.
const SESSION_SECONDS: u32 = 3600;

/// Declares the role that Lambda runs the agent as.
pub(super) fn lambda_role(
    agent: &Agent,
    context: &Context<'_>,
    files: &Files,
    key: Option<&Input<String>>,
) -> Result<DesiredResource, Vec<ExpandError>> {
    let group = name::lambda_log_group(&context.owner);
    let streams = context.arn("logs", &format!("log-group:{group}:*"));
    let mut statements = vec![Statement::allow("Logs", WRITE_LOGS, vec![streams.into()])];
    statements.extend(on_either_side(agent, context, files, key));
    if agent.observability.enabled {
        statements.push(traces(&[]));
    }
    if agent.network.is_some() {
        statements.push(network_interfaces());
    }
    let side = RoleOfSide {
        side: "lambda",
        name: name::lambda_role(&context.owner),
        trust: trust(context, "lambda.amazonaws.com"),
        description: format!("agentctl: {} on Lambda", context.owner),
    };
    role(agent, context, side, statements)
}

/// Declares the role that `AgentCore` runs the agent as (`AgentCore` developer guide, "Permissions for AgentCore Runtime").
///
/// A network adds no permission: `AgentCore` creates the interfaces with its service-linked role.
pub(super) fn agentcore_role(
    agent: &Agent,
    agentcore: &AgentCore,
    context: &Context<'_>,
    files: &Files,
    key: Option<&Input<String>>,
) -> Result<DesiredResource, Vec<ExpandError>> {
    let mut statements = runtime_logs(context);
    match &agentcore.artifact {
        RuntimeArtifact::Code { .. } => statements.extend(files.code.as_ref().map(|code| {
            let bucket = context.site.artifacts_bucket();
            let object = format!("arn:{}:s3:::{bucket}/{}", context.site.partition, code.key);
            Statement::allow("Code", &["s3:GetObject"], vec![object.into()])
        })),
        RuntimeArtifact::Image(image) => statements.extend(image_pull(context, image)),
    }
    statements.extend(on_either_side(agent, context, files, key));
    statements.push(workload_identity(context));
    if agent.observability.enabled {
        let sampling = ["xray:GetSamplingRules", "xray:GetSamplingTargets"];
        statements.push(traces(&sampling));
        statements.push(
            // CloudWatch takes no resource-level permissions for it (service authorization reference, Amazon CloudWatch).
            Statement::allow("Metrics", &["cloudwatch:PutMetricData"], vec!["*".into()]).when(
                "StringEquals",
                "cloudwatch:namespace",
                vec!["bedrock-agentcore".into()],
            ),
        );
    }
    // The runtime's own ARN is not known before the runtime's creation.
    let runtimes = context.arn("bedrock-agentcore", "*");
    let mut trust = trust(context, "bedrock-agentcore.amazonaws.com");
    trust.statement = trust
        .statement
        .into_iter()
        .map(|statement| statement.when("ArnLike", "aws:SourceArn", vec![runtimes.as_str().into()]))
        .collect();
    let side = RoleOfSide {
        side: "agentcore",
        name: name::agentcore_role(&context.owner),
        trust,
        description: format!("agentctl: {} on AgentCore", context.owner),
    };
    role(agent, context, side, statements)
}

/// The differences between the roles of the two sides, besides their statements.
struct RoleOfSide {
    side: &'static str,
    name: String,
    trust: Document<Declared>,
    description: String,
}

/// Declares a role with the statements that the agent needs, and those of the manifest.
fn role(
    agent: &Agent,
    context: &Context<'_>,
    of_side: RoleOfSide,
    mut statements: Vec<Statement<Declared>>,
) -> Result<DesiredResource, Vec<ExpandError>> {
    statements.extend(agent.definition.policy_statements.iter().map(from_manifest));
    let refused = |mistake| {
        let path = "spec.definition.policyStatements";
        vec![ExpandError::new(agent, path, mistake)]
    };
    if let Some(sid) = repeated_sid(&statements) {
        return Err(refused(Mistake::RepeatedStatementId(sid)));
    }
    let policies = BTreeMap::from([(POLICY.to_owned(), Document::new(statements))]);
    let size = policies_size(&policies);
    if size > POLICIES_SIZE_LIMIT {
        let limit = POLICIES_SIZE_LIMIT;
        return Err(refused(Mistake::Policy { size, limit }));
    }
    let spec = RoleSpec {
        path: context.owner.role_path(),
        trust: of_side.trust,
        policies,
        managed_policies: Vec::new(),
        permissions_boundary: agent
            .iam
            .permissions_boundary
            .as_ref()
            .map(|arn| arn.as_str().to_owned()),
        description: of_side.description,
        max_session_duration: SESSION_SECONDS,
        tags: context.tags.clone(),
    };
    let slot = format!("{}.{}", context.owner.agent, of_side.side);
    let name = PhysicalName::new(of_side.name);
    Ok(DesiredResource::new::<IamRole>(
        &slot,
        Some(&context.owner),
        name,
        spec,
    ))
}

/// Returns a statement id that occurs twice, which IAM refuses.
fn repeated_sid(statements: &[Statement<Declared>]) -> Option<String> {
    let mut seen = BTreeSet::new();
    statements
        .iter()
        .filter_map(|statement| statement.sid.clone())
        .find(|sid| !seen.insert(sid.clone()))
}

/// Allows one service to assume the role, for this account only.
///
/// `aws:SourceArn` is left out: it is not known whether Lambda always sends it when it assumes a role.
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

/// The permissions that an agent needs on both sides: for its files, its key and its model.
fn on_either_side(
    agent: &Agent,
    context: &Context<'_>,
    files: &Files,
    key: Option<&Input<String>>,
) -> Vec<Statement<Declared>> {
    let mut statements = vec![objects(context)];
    statements.extend(foreign_objects(context, files));
    // What is under the key is written by the deployer and by CloudWatch Logs; the agent only reads it.
    statements.extend(key.map(|key| Statement::allow("Key", &["kms:Decrypt"], vec![key.clone()])));
    statements.extend(models(agent, context));
    statements
}

const WRITE_LOGS: &[&str] = &["logs:CreateLogStream", "logs:PutLogEvents"];

/// The permissions for the log groups of the runtime, which the service creates with the role, and for the agent's writes to them.
fn runtime_logs(context: &Context<'_>) -> Vec<Statement<Declared>> {
    let pattern = name::agentcore_log_groups(&context.owner);
    let groups = context.arn("logs", &format!("log-group:{pattern}"));
    let manage = [
        "logs:CreateLogGroup",
        "logs:DescribeLogStreams",
        "logs:PutResourcePolicy",
    ];
    let streams = format!("{groups}:log-stream:*");
    // It cannot be limited to some groups: the service filters the list only afterwards.
    let all = context.arn("logs", "log-group:*");
    vec![
        Statement::allow("Logs", WRITE_LOGS, vec![streams.into()]),
        Statement::allow("LogGroups", &manage, vec![groups.into()]),
        Statement::allow(
            "LogGroupList",
            &["logs:DescribeLogGroups"],
            vec![all.into()],
        ),
    ]
}

/// The permissions for an image of a private repository; public images need none.
fn image_pull(context: &Context<'_>, image: &ImageUri) -> Vec<Statement<Declared>> {
    let Some((registry, rest)) = image.as_str().split_once('/') else {
        return Vec::new();
    };
    // `<account>.dkr.ecr.<region>.amazonaws.com`
    let parts: Vec<&str> = registry.split('.').collect();
    let [account, "dkr", "ecr", region, ..] = parts[..] else {
        return Vec::new();
    };
    let repository = rest.split('@').next().unwrap_or(rest);
    let partition = &context.site.partition;
    let arn = format!("arn:{partition}:ecr:{region}:{account}:repository/{repository}");
    vec![
        Statement::allow(
            "Image",
            &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            vec![arn.into()],
        ),
        // ECR takes no resource-level permissions for it (service authorization reference, Amazon ECR).
        Statement::allow(
            "ImageToken",
            &["ecr:GetAuthorizationToken"],
            vec!["*".into()],
        ),
    ]
}

/// The permissions for the agent's own tokens. `GetWorkloadAccessTokenForUserId`, which does not verify the user's id, is not among them.
fn workload_identity(context: &Context<'_>) -> Statement<Declared> {
    let directory = "workload-identity-directory/default";
    let own = format!(
        "{directory}/workload-identity/{}-*",
        context.owner.runtime_name()
    );
    Statement::allow(
        "Identity",
        &[
            "bedrock-agentcore:GetWorkloadAccessToken",
            "bedrock-agentcore:GetWorkloadAccessTokenForJWT",
        ],
        vec![
            context.arn("bedrock-agentcore", directory).into(),
            context.arn("bedrock-agentcore", &own).into(),
        ],
    )
}

/// X-Ray takes no resource-level permissions for these (service authorization reference, AWS X-Ray).
fn traces(more: &[&str]) -> Statement<Declared> {
    let mut actions = vec!["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
    actions.extend(more);
    Statement::allow("Traces", &actions, vec!["*".into()])
}

/// The permission to read prompt and tools, by the agent's prefix, so that a version that still serves can read its own.
///
/// The code is not among them. Lambda copies it when the function is created or updated, with the permissions of the caller; on
/// `AgentCore` it has its own statement.
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

/// The permission to read prompt and tools that somebody else stores, each by its exact key.
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

/// The permissions for the one model; or for the inference profile and, only through it, the model in any region that the profile chooses.
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

/// The permissions that Lambda needs for a function in a VPC. None of them takes resources (Lambda developer guide, "Giving Lambda
/// functions access to resources in an Amazon VPC").
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
