//! The execution role: Lambda must be able to assume it, and it must cover what the configuration makes Lambda do.

use super::configuration::Configuration;
use super::refusal::invalid;
use crate::answer::Refusal;
use crate::call::Call;
use crate::services::iam::caller::Context;
use crate::services::iam::decision::Request;
use crate::world::World;

const LAMBDA: &str = "lambda.amazonaws.com";

/// Checks the role of a configuration as it would be.
pub(super) fn check(
    call: &Call<'_>,
    world: &World,
    configuration: &Configuration,
) -> Result<(), Refusal> {
    let role = &configuration.role;
    let account = role.split(':').nth(4);
    if account.is_some_and(|account| account != call.account) {
        // Seen in public issues: roles of other accounts cannot be passed.
        return Err(Refusal::new(
            http::StatusCode::FORBIDDEN,
            "AccessDeniedException",
            "Cross-account pass role is not allowed.",
        ));
    }
    world
        .iam
        .assumable(
            role,
            LAMBDA,
            &[("aws:SourceAccount", call.account)],
            call.now,
        )
        .map_err(|_| invalid("The role defined for the function cannot be assumed by Lambda."))?;
    let context = Context::of_role(call, role);
    for (action, resource, call_name, service) in needs(configuration) {
        let request = Request {
            action,
            resource: Some(resource),
            context: &context.pairs(),
        };
        if !world.iam.allows(role, request, call.now) {
            return Err(invalid(format!(
                "The provided execution role does not have permissions to call {call_name} on {service}"
            )));
        }
    }
    Ok(())
}

/// Lists what Lambda tries with the role before it takes a configuration: action, resource, and the call and service that it names.
fn needs(configuration: &Configuration) -> Vec<(&'static str, &str, &'static str, &'static str)> {
    let mut needs = Vec::new();
    if configuration.is_in_vpc() {
        // Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC": required permissions.
        needs.extend([
            (
                "ec2:CreateNetworkInterface",
                "*",
                "CreateNetworkInterface",
                "EC2",
            ),
            (
                "ec2:DescribeNetworkInterfaces",
                "*",
                "DescribeNetworkInterfaces",
                "EC2",
            ),
            (
                "ec2:DeleteNetworkInterface",
                "*",
                "DeleteNetworkInterface",
                "EC2",
            ),
        ]);
    }
    if let Some(target) = &configuration.dead_letter_target {
        // Lambda developer guide, "Adding a dead-letter queue": `sqs:SendMessage`, `sns:Publish`.
        needs.push(if target.split(':').nth(2) == Some("sqs") {
            ("sqs:SendMessage", target.as_str(), "SendMessage", "SQS")
        } else {
            ("sns:Publish", target.as_str(), "Publish", "SNS")
        });
    }
    if configuration.tracing_mode == "Active" {
        // Lambda developer guide, "Visualize Lambda function invocations using AWS X-Ray": execution role permissions.
        needs.push(("xray:PutTraceSegments", "*", "PutTraceSegments", "XRAY"));
    }
    needs
}
