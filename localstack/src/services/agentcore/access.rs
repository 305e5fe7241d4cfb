//! What the service tries before it takes settings: the role, and the code or image; and what it finds in the code afterwards.

use bytes::Bytes;

use super::package;
use super::refusal::invalid;
use super::settings::{S3Location, Settings};
use crate::answer::Refusal;
use crate::behaviour::Inspection;
use crate::call::Call;
use crate::fault::Failure;
use crate::services::iam::caller::Context;
use crate::services::iam::decision::Request;
use crate::services::s3;
use crate::world::World;

const AGENTCORE: &str = "bedrock-agentcore.amazonaws.com";

/// What the service needs of the role to pull an image; the order is that of the sentence.
const PULL: [&str; 3] = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
];

/// Checks the role and the artifact of a runtime, and gives why making the version will fail, when it will.
pub(super) fn check(
    call: &Call<'_>,
    world: &World,
    settings: &Settings,
    runtime_arn: &str,
) -> Result<Option<Failure>, Refusal> {
    let role = &settings.role_arn;
    check_role(call, world, role, runtime_arn)?;
    let artifact = &settings.agent_runtime_artifact;
    if let Some(container) = &artifact.container_configuration {
        check_image(call, world, role, &container.container_uri)?;
    }
    let Some(code) = &artifact.code_configuration else {
        return Ok(None);
    };
    let Some(location) = &code.code.s3 else {
        return Ok(None);
    };
    let bytes = read_code(call, world, location)?;
    match (package::fault(&bytes, code), call.behaviour.inspection) {
        (None, _) => Ok(None),
        (Some(reason), Inspection::AtOnce) => Err(invalid(reason)),
        (Some(reason), Inspection::Afterwards) => Ok(Some(Failure {
            code: String::new(),
            reason,
        })),
    }
}

fn check_role(
    call: &Call<'_>,
    world: &World,
    role: &str,
    runtime_arn: &str,
) -> Result<(), Refusal> {
    // Developer guide, "IAM permissions for AgentCore Runtime", trust policy: the keys that the service sends.
    // Guess: that the ARN is the runtime's own already when it is created.
    let context = [
        ("aws:SourceAccount", call.account),
        ("aws:SourceArn", runtime_arn),
    ];
    world
        .iam
        .assumable(role, AGENTCORE, &context, call.now)
        .map_err(|_| {
            // Deployers match "Role validation failed". Guess: the exact rest, of which "trust policy allows assumption" was seen.
            invalid(format!(
                "Role validation failed for '{role}'. Please verify that the role exists and its trust policy allows assumption by this service"
            ))
        })
}

fn check_image(call: &Call<'_>, world: &World, role: &str, uri: &str) -> Result<(), Refusal> {
    // That the image exists is not checked, since ECR is not built.
    let Some(repository) = repository_arn(call, uri) else {
        return Ok(());
    };
    let context = Context::of_role(call, role);
    let allowed = PULL.iter().all(|action| {
        let resource = match *action {
            // ECR user guide, "Actions, resources, and condition keys": it names no repository.
            "ecr:GetAuthorizationToken" => "*",
            _ => &repository,
        };
        let request = Request {
            action,
            resource: Some(resource),
            context: &context.pairs(),
        };
        world.iam.allows(role, request, call.now)
    });
    if allowed {
        return Ok(());
    }
    // Seen.
    Err(invalid(format!(
        "Access denied while validating ECR URI '{uri}'. The execution role requires permissions for {}, {}, and {} operations.",
        PULL[0], PULL[1], PULL[2]
    )))
}

/// Gives the ARN of an image's repository; none for a public one.
fn repository_arn(call: &Call<'_>, uri: &str) -> Option<String> {
    let (registry, rest) = uri.split_once('/')?;
    let (account, place) = registry.split_once(".dkr.ecr.")?;
    let region = place.split('.').next()?;
    let name = rest.split(['@', ':']).next()?;
    Some(format!(
        "arn:{}:ecr:{region}:{account}:repository/{name}",
        call.partition()
    ))
}

/// Reads the object with the caller's permissions (developer guide, "Troubleshooting direct code deployment"). Guess: that a refusal of S3
/// is reported at once, and the sentence.
fn read_code(call: &Call<'_>, world: &World, location: &S3Location) -> Result<Bytes, Refusal> {
    let version = location.version_id.as_deref();
    s3::body(call, world, &location.bucket, &location.prefix, version).map_err(|refusal| {
        invalid(format!(
            "Unable to read s3://{}/{}: {}: {}",
            location.bucket, location.prefix, refusal.code, refusal.message
        ))
    })
}
