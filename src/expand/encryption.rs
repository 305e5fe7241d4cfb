//! The key of an agent, and who can use it.

use super::context::Context;
use super::name;
use crate::kinds::kms_key::{DEFAULT_ROTATION_PERIOD_DAYS, KeySpec, KmsKey};
use crate::manifest::{Agent, KeyChoice};
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::document::{Document, Statement};
use crate::resource::reference::{Declared, Input};

/// The key that encrypts an agent's environment, logs and objects.
#[derive(Debug, Clone)]
pub(super) struct Encryption {
    /// The key's ARN; absent if AWS's own keys are used.
    pub(super) arn: Option<Input<String>>,
    /// The key, if it is the agent's own.
    pub(super) resource: Option<DesiredResource>,
}

/// Returns the key that encrypts an agent's data, and declares it if it is the agent's own.
pub(super) fn encryption(agent: &Agent, context: &Context<'_>) -> Encryption {
    match &agent.encryption.key {
        KeyChoice::Aws => Encryption {
            arn: None,
            resource: None,
        },
        KeyChoice::Existing(arn) => Encryption {
            arn: Some(arn.as_str().into()),
            resource: None,
        },
        KeyChoice::Managed => {
            let spec = KeySpec {
                description: context.owner.description(),
                enabled: true,
                pending_deletion: false,
                rotation: true,
                rotation_period_days: DEFAULT_ROTATION_PERIOD_DAYS,
                policy: policy(context),
                tags: context.tags.clone(),
            };
            let name = PhysicalName::new(context.owner.key_alias());
            let key = DesiredResource::new::<KmsKey>(
                &context.owner.agent,
                Some(&context.owner),
                name,
                spec,
            );
            Encryption {
                arn: Some(crate::kinds::kms_key::ARN.of(&key.address)),
                resource: Some(key),
            }
        }
    }
}

/// Returns the key's policy. The account manages the key; CloudWatch Logs uses it for the log groups of this agent on both sides, and for
/// no others.
///
/// No role is named: roles get their permissions from their own policies. So a switch of sides never changes the key, and its policy
/// never names a deleted role.
fn policy(context: &Context<'_>) -> Document<Declared> {
    let site = context.site;
    let root = format!("arn:{}:iam::{}:root", site.partition, site.account);
    // In China the service principals of regional services end differently (CloudWatch Logs user guide, "Encrypt log data").
    let suffix = if site.partition == "aws-cn" {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    let groups = [
        name::lambda_log_group(&context.owner),
        name::agentcore_log_groups(&context.owner),
    ];
    let groups = groups
        .iter()
        .map(|group| Input::from(context.arn("logs", &format!("log-group:{group}"))))
        .collect();
    Document::new(vec![
        Statement::allow("Account", &["kms:*"], vec!["*".into()]).to("AWS", vec![root.into()]),
        // CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
        Statement::allow(
            "Logs",
            &[
                "kms:Encrypt*",
                "kms:Decrypt*",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:Describe*",
            ],
            vec!["*".into()],
        )
        .to(
            "Service",
            vec![format!("logs.{}.{suffix}", site.region).into()],
        )
        .when("ArnLike", "kms:EncryptionContext:aws:logs:arn", groups),
    ])
}
