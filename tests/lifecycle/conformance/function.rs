//! The calls with which another client changes a function.

use agentctl::resource::role_id::described;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder as Update;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    ApplicationLogLevel, Architecture, DeadLetterConfig, Environment, EphemeralStorage,
    FileSystemConfig, LogFormat, LoggingConfig, Runtime, SnapStart, SnapStartApplyOn,
    SystemLogLevel, TracingConfig, TracingMode, VpcConfig,
};
use localstack::{Failure, Fault, FaultKind, Service};
use serde_json::{Value, json};

use super::{Change, Leaf, SETTLED};
use crate::support::{ACCOUNT, REGION, archive};

pub(super) async fn change(leaf: &Leaf<'_>) -> Change {
    let clients = leaf.world.clients();
    let lambda = &clients.lambda;
    let request = lambda
        .update_function_configuration()
        .function_name("triage");
    let mut with: &'static [&'static str] = &[];
    let request = match leaf.path[..] {
        ["packageType"] => return Change::Cannot("a function keeps how its code is packed"),
        ["source"] => return Change::Cannot("Lambda does not return the origin of code"),
        ["architecture" | "codeSha256"] => {
            change_code(leaf).await;
            return Change::Made;
        }
        ["tags", key] => {
            let arn = leaf.live.outputs["arn"].as_str().unwrap();
            let request = lambda.tag_resource().resource(arn);
            let request = request.tags(key.replace("~1", "/"), "other");
            request.send().await.unwrap();
            return Change::Made;
        }
        ["lastUpdate"] => {
            let failure = Failure {
                code: "InternalError".to_owned(),
                reason: "An internal error occurred.".to_owned(),
            };
            let fault = Fault::new(FaultKind::FailLater(failure)).first(1);
            leaf.world
                .order(fault.on(Service::Lambda, "UpdateFunctionConfiguration"));
            request.timeout(300)
        }
        ["role"] => request.role(other_role(leaf).await),
        ["description" | "roleId"] => request.description(description(leaf)),
        ["logging", ref inner @ ..] => {
            if inner != ["logGroup"] {
                // Only JSON has levels.
                with = match *inner {
                    ["format"] => &["/logging/applicationLevel", "/logging/systemLevel"],
                    ["applicationLevel"] => &["/logging/format", "/logging/systemLevel"],
                    _ => &["/logging/applicationLevel", "/logging/format"],
                };
            }
            request.logging_config(logging(leaf, inner))
        }
        ["network", ref inner @ ..] => request.vpc_config(network(leaf, inner)),
        ["environment", name] => {
            let mut variables = leaf.live.spec["environment"].clone();
            variables[name] = json!("other");
            let variables = serde_json::from_value(variables).unwrap();
            let environment = Environment::builder().set_variables(Some(variables));
            request.environment(environment.build())
        }
        ["layers", index] => {
            let mut layers = leaf.live.spec["layers"].clone();
            layers[index.parse::<usize>().unwrap()] =
                json!(format!("arn:aws:lambda:{REGION}:{ACCOUNT}:layer:by-hand:1"));
            request.set_layers(serde_json::from_value(layers).unwrap())
        }
        ref path => plain(request, path),
    };
    request.send().await.unwrap();
    Change::MadeWith(with)
}

/// Changes a field that is not part of a block.
fn plain(request: Update, path: &[&str]) -> Update {
    match *path {
        ["runtime"] => request.runtime(Runtime::Python312),
        ["handler"] => request.handler("other.handler"),
        ["timeout"] => request.timeout(17),
        ["memorySize"] => request.memory_size(2048),
        ["ephemeralStorageSize"] => {
            let storage = EphemeralStorage::builder().size(1024).build().unwrap();
            request.ephemeral_storage(storage)
        }
        ["kmsKey"] => request.kms_key_arn(""),
        ["tracing"] => {
            let mode = TracingMode::PassThrough;
            request.tracing_config(TracingConfig::builder().mode(mode).build())
        }
        ["deadLetterTarget"] => {
            let target = "arn:aws:sqs:us-east-1:111122223333:dead";
            request.dead_letter_config(DeadLetterConfig::builder().target_arn(target).build())
        }
        ["snapStart"] => {
            let apply_on = SnapStartApplyOn::PublishedVersions;
            request.snap_start(SnapStart::builder().apply_on(apply_on).build())
        }
        ["fileSystems"] => {
            let access_point = "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-0123456789abcdef0";
            let mounted = FileSystemConfig::builder()
                .arn(access_point)
                .local_mount_path("/mnt/shared")
                .build()
                .unwrap();
            request.file_system_configs(mounted)
        }
        _ => panic!("no call is known that changes {path:?} of a function"),
    }
}

async fn change_code(leaf: &Leaf<'_>) {
    let clients = leaf.world.clients();
    let request = clients
        .lambda
        .update_function_code()
        .function_name("triage");
    let request = if leaf.path == ["architecture"] {
        let objects = leaf.world.dump();
        let objects =
            &objects["111122223333"]["global"]["s3"]["buckets"][crate::support::BUCKET]["objects"];
        let is_code = |key: &&String| key.contains("/triage/code/");
        let code = objects.as_object().unwrap().keys().find(is_code).unwrap();
        let request = request.s3_bucket(crate::support::BUCKET).s3_key(code);
        request.architectures(Architecture::X8664)
    } else {
        let code = Blob::new(archive("by = 'hand'"));
        request.zip_file(code).architectures(Architecture::Arm64)
    };
    request.send().await.unwrap();
}

/// Creates a role with all permissions, and returns its ARN once Lambda sees it.
async fn other_role(leaf: &Leaf<'_>) -> String {
    let clients = leaf.world.clients();
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }] });
    let request = clients.iam.create_role().role_name("by-hand");
    let request = request.assume_role_policy_document(trust.to_string());
    let role = request.send().await.unwrap().role.unwrap();
    let request = clients.iam.attach_role_policy().role_name("by-hand");
    let request = request.policy_arn("arn:aws:iam::aws:policy/AdministratorAccess");
    request.send().await.unwrap();
    tokio::time::sleep(SETTLED).await;
    role.arn
}

fn logging(leaf: &Leaf<'_>, field: &[&str]) -> LoggingConfig {
    let group = match field {
        ["logGroup"] => "/by/hand",
        _ => leaf.live.spec["logging"]["logGroup"].as_str().unwrap(),
    };
    let logging = LoggingConfig::builder().log_group(group);
    match *field {
        ["logGroup"] => logging.log_format(LogFormat::Text),
        ["format"] => logging.log_format(LogFormat::Json),
        ["applicationLevel"] => logging
            .log_format(LogFormat::Json)
            .application_log_level(ApplicationLogLevel::Debug),
        ["systemLevel"] => logging
            .log_format(LogFormat::Json)
            .system_log_level(SystemLogLevel::Warn),
        _ => panic!(
            "no call is known that changes {:?} of a function",
            leaf.path
        ),
    }
    .build()
}

fn network(leaf: &Leaf<'_>, field: &[&str]) -> VpcConfig {
    let mut network = leaf.live.spec["network"].clone();
    match *field {
        ["subnets", index] => {
            network["subnets"][index.parse::<usize>().unwrap()] = json!("subnet-0123456789abcdef2");
        }
        ["securityGroups", index] => {
            network["securityGroups"][index.parse::<usize>().unwrap()] =
                json!("sg-0123456789abcdef1");
        }
        ["ipv6"] => network["ipv6"] = json!(true),
        _ => panic!(
            "no call is known that changes {:?} of a function",
            leaf.path
        ),
    }
    let list = |field: &Value| serde_json::from_value(field.clone()).unwrap();
    VpcConfig::builder()
        .set_subnet_ids(list(&network["subnets"]))
        .set_security_group_ids(list(&network["securityGroups"]))
        .ipv6_allowed_for_dual_stack(network["ipv6"] == json!(true))
        .build()
}

/// Returns a description with another text, or with the id of another role.
pub(super) fn description(leaf: &Leaf<'_>) -> String {
    let text = |key: &str| leaf.live.spec[key].as_str().unwrap();
    if leaf.path == ["roleId"] {
        described(text("description"), Some("AROAOTHEROTHEROTHER22"))
    } else {
        described("by hand", Some(text("roleId")))
    }
}
