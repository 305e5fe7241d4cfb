//! What other clients do to the agent's resources, and the findings that a drift check must have then.

use agentctl::aws::Clients;
use aws_sdk_iam::types::Tag as RoleTag;
use aws_sdk_kms::types::Tag as KeyTag;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Environment;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use serde_json::Value;

use super::account::{Account, objects};
use super::edit::Declared;
use crate::support::{ACCOUNT, BUCKET, REGION, archive};

const GRANTS_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

const TRUSTS_ROOT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}"#;

/// What another client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outside {
    ResizesFunction,
    SetsVariables,
    UploadsCode,
    TagsFunction,
    PublishesVersion,
    MovesAlias,
    DeletesAlias,
    DeletesFunction,
    ShortensRetention,
    TakesKeyFromGroup,
    EndsMasking,
    TagsGroup,
    DeletesGroup,
    WidensPolicy,
    AddsPolicy,
    ChangesTrust,
    TagsRole,
    DeletesRole,
    RemakesRole,
    EndsRotation,
    DisablesKey,
    SchedulesKeyDeletion,
    DescribesKey,
    TagsKey,
    DeletesKeyAlias,
    Overwrites(Object),
    Deletes(Object),
    OpensBucket,
    DeletesBucketPolicy,
    SuspendsVersioning,
    ResetsRuntime,
    TagsRuntime,
    MovesEndpoint,
    DeletesEndpoint,
    DeletesRuntime,
}

/// One of the agent's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
    Code,
    Prompt,
    Tool,
}

/// A finding that a drift check must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) address: String,
    /// The prefix of the field's path; `None` if the resource is deleted.
    pub(super) field: Option<&'static str>,
}

/// The result.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) expected: Vec<Expected>,
    /// Whether callers may no longer be served.
    pub(super) hurts: bool,
}

impl Outside {
    pub(super) const ALL: &[Self] = &[
        Self::ResizesFunction,
        Self::SetsVariables,
        Self::UploadsCode,
        Self::TagsFunction,
        Self::PublishesVersion,
        Self::MovesAlias,
        Self::DeletesAlias,
        Self::DeletesFunction,
        Self::ShortensRetention,
        Self::TakesKeyFromGroup,
        Self::EndsMasking,
        Self::TagsGroup,
        Self::DeletesGroup,
        Self::WidensPolicy,
        Self::AddsPolicy,
        Self::ChangesTrust,
        Self::TagsRole,
        Self::DeletesRole,
        Self::RemakesRole,
        Self::EndsRotation,
        Self::DisablesKey,
        Self::SchedulesKeyDeletion,
        Self::DescribesKey,
        Self::TagsKey,
        Self::DeletesKeyAlias,
        Self::Overwrites(Object::Code),
        Self::Overwrites(Object::Prompt),
        Self::Overwrites(Object::Tool),
        Self::Deletes(Object::Code),
        Self::Deletes(Object::Prompt),
        Self::Deletes(Object::Tool),
        Self::OpensBucket,
        Self::DeletesBucketPolicy,
        Self::SuspendsVersioning,
        Self::ResetsRuntime,
        Self::TagsRuntime,
        Self::MovesEndpoint,
        Self::DeletesEndpoint,
        Self::DeletesRuntime,
    ];

    /// Makes the change. Returns `None` if its resource does not exist, or the service refuses.
    pub(super) async fn happen(
        self,
        clients: &Clients,
        account: &Account,
        declared: &Declared,
    ) -> Option<Done> {
        let scene = Scene {
            clients,
            account,
            declared,
        };
        match self {
            Self::ResizesFunction
            | Self::SetsVariables
            | Self::UploadsCode
            | Self::TagsFunction
            | Self::PublishesVersion
            | Self::MovesAlias
            | Self::DeletesAlias
            | Self::DeletesFunction => scene.on_function(self).await,
            Self::ShortensRetention
            | Self::TakesKeyFromGroup
            | Self::EndsMasking
            | Self::TagsGroup
            | Self::DeletesGroup => scene.on_group(self).await,
            Self::WidensPolicy
            | Self::AddsPolicy
            | Self::ChangesTrust
            | Self::TagsRole
            | Self::DeletesRole
            | Self::RemakesRole => scene.on_role(self).await,
            Self::EndsRotation
            | Self::DisablesKey
            | Self::SchedulesKeyDeletion
            | Self::DescribesKey
            | Self::TagsKey
            | Self::DeletesKeyAlias => scene.on_key(self).await,
            Self::Overwrites(object) | Self::Deletes(object) => scene.on_object(self, object).await,
            Self::OpensBucket | Self::DeletesBucketPolicy | Self::SuspendsVersioning => {
                scene.on_bucket(self).await
            }
            Self::ResetsRuntime
            | Self::TagsRuntime
            | Self::MovesEndpoint
            | Self::DeletesEndpoint
            | Self::DeletesRuntime => scene.on_runtime(self).await,
        }
    }
}

/// The situation.
struct Scene<'a> {
    clients: &'a Clients,
    account: &'a Account,
    declared: &'a Declared,
}

/// A change of one field that does not affect callers.
#[expect(
    clippy::unnecessary_wraps,
    reason = "each thing that happens ends with what came of it"
)]
fn changed(address: impl Into<String>, field: &'static str) -> Option<Done> {
    let address = address.into();
    let field = Some(field);
    Some(Done {
        expected: vec![Expected { address, field }],
        hurts: false,
    })
}

/// The deletion of something that callers may need.
#[expect(
    clippy::unnecessary_wraps,
    reason = "each thing that happens ends with what came of it"
)]
fn gone(address: impl Into<String>) -> Option<Done> {
    let address = address.into();
    Some(Done {
        expected: vec![Expected {
            address,
            field: None,
        }],
        hurts: true,
    })
}

impl Scene<'_> {
    async fn on_function(&self, what: Outside) -> Option<Done> {
        const FUNCTION: &str = "lambda-function/triage";
        let lambda = &self.clients.lambda;
        let alias = self.account.alias();
        let function = self.account.functions().get("triage")?.clone();
        let configure = || {
            lambda
                .update_function_configuration()
                .function_name("triage")
        };
        match what {
            Outside::ResizesFunction => {
                configure().memory_size(2048).send().await.ok()?;
                changed(FUNCTION, "/memorySize")
            }
            Outside::SetsVariables => {
                let by_hand = Environment::builder().variables("BY_HAND", "1").build();
                configure().environment(by_hand).send().await.ok()?;
                changed(FUNCTION, "/environment")
            }
            Outside::UploadsCode => {
                let call = lambda.update_function_code().function_name("triage");
                let call = call.zip_file(Blob::new(archive("by hand")));
                call.send().await.ok()?;
                changed(FUNCTION, "/codeSha256")
            }
            Outside::TagsFunction => {
                let arn = function["arn"].as_str()?;
                let call = lambda.tag_resource().resource(arn).tags("by", "hand");
                call.send().await.ok()?;
                changed(FUNCTION, "/tags")
            }
            Outside::PublishesVersion => {
                let call = lambda.publish_version().function_name("triage");
                call.send().await.ok()?;
                Some(Done {
                    expected: Vec::new(),
                    hurts: false,
                })
            }
            Outside::MovesAlias => {
                let alias = alias?;
                let call = lambda.update_alias().function_name("triage").name(&alias);
                call.function_version("$LATEST").send().await.ok()?;
                changed(format!("lambda-alias/triage.{alias}"), "/version")
            }
            Outside::DeletesAlias => {
                let alias = alias?;
                let call = lambda.delete_alias().function_name("triage").name(&alias);
                call.send().await.ok()?;
                gone(format!("lambda-alias/triage.{alias}"))
            }
            _ => {
                let call = lambda.delete_function().function_name("triage");
                call.send().await.ok()?;
                gone(FUNCTION)
            }
        }
    }

    async fn on_group(&self, what: Outside) -> Option<Done> {
        let logs = &self.clients.logs;
        let (name, address) = if self.account.functions().contains_key("triage") {
            (
                "/aws/lambda/triage".to_owned(),
                "log-group/triage".to_owned(),
            )
        } else {
            let (id, endpoint) = self.account.runtime()?;
            let name = format!("/aws/bedrock-agentcore/runtimes/{id}-{endpoint}");
            (name, format!("log-group/triage.agentcore.{endpoint}"))
        };
        let group = self.account.groups().get(&name)?.clone();
        match what {
            Outside::ShortensRetention => {
                let call = logs.put_retention_policy().log_group_name(name);
                call.retention_in_days(3).send().await.ok()?;
                changed(address, "/retentionDays")
            }
            Outside::TakesKeyFromGroup => {
                group["key"].as_str()?;
                let call = logs.disassociate_kms_key().log_group_name(name);
                call.send().await.ok()?;
                changed(address, "/kmsKey")
            }
            Outside::EndsMasking => {
                group["data_protection"]["Active"].as_object()?;
                let call = logs.delete_data_protection_policy();
                call.log_group_identifier(name).send().await.ok()?;
                changed(address, "/dataProtection")
            }
            Outside::TagsGroup => {
                let call = logs.tag_resource().resource_arn(group["arn"].as_str()?);
                call.tags("by", "hand").send().await.ok()?;
                changed(address, "/tags")
            }
            _ => {
                let call = logs.delete_log_group().log_group_name(name);
                call.send().await.ok()?;
                gone(address)
            }
        }
    }

    async fn on_role(&self, what: Outside) -> Option<Done> {
        let iam = &self.clients.iam;
        let is_on_lambda = self.account.functions().contains_key("triage");
        let side = if is_on_lambda { "lambda" } else { "agentcore" };
        let (name, address) = (
            format!("triage-{side}-{REGION}"),
            format!("iam-role/triage.{side}"),
        );
        let role = self.account.roles().get(&name)?.clone();
        match what {
            Outside::WidensPolicy => {
                let call = iam.put_role_policy().role_name(name).policy_name("agent");
                call.policy_document(GRANTS_ALL).send().await.ok()?;
                changed(address, "/policies/agent")
            }
            Outside::AddsPolicy => {
                let call = iam.put_role_policy().role_name(name).policy_name("added");
                call.policy_document(GRANTS_ALL).send().await.ok()?;
                changed(address, "/policies/added")
            }
            Outside::ChangesTrust => {
                let call = iam.update_assume_role_policy().role_name(name);
                call.policy_document(TRUSTS_ROOT).send().await.ok()?;
                changed(address, "/trust")
            }
            Outside::TagsRole => {
                let tag = RoleTag::builder().key("by").value("hand").build().unwrap();
                let call = iam.tag_role().role_name(name);
                call.tags(tag).send().await.ok()?;
                changed(address, "/tags")
            }
            _ => {
                for policy in role["inline"].as_object()?.keys() {
                    let call = iam.delete_role_policy().role_name(&name);
                    call.policy_name(policy).send().await.ok()?;
                }
                iam.delete_role().role_name(&name).send().await.ok()?;
                if what == Outside::DeletesRole {
                    return gone(address);
                }
                self.make_again(&name, &role).await?;
                Some(Done {
                    expected: vec![Expected {
                        address,
                        field: Some(""),
                    }],
                    hurts: true,
                })
            }
        }
    }

    /// Creates a role like one that was deleted.
    async fn make_again(&self, name: &str, role: &Value) -> Option<()> {
        let iam = &self.clients.iam;
        let tags = role["tags"].as_object()?.iter().map(|(key, value)| {
            let value = value.as_str().unwrap();
            RoleTag::builder().key(key).value(value).build().unwrap()
        });
        let call = iam.create_role().role_name(name);
        let call = call
            .path(role["path"].as_str()?)
            .description(role["description"].as_str()?)
            .assume_role_policy_document(role["trust"]["policy"]["text"].as_str()?)
            .set_tags(Some(tags.collect()));
        call.send().await.ok()?;
        for (policy, document) in role["inline"].as_object()? {
            let call = iam.put_role_policy().role_name(name).policy_name(policy);
            let call = call.policy_document(document["text"].as_str()?);
            call.send().await.ok()?;
        }
        Some(())
    }

    async fn on_key(&self, what: Outside) -> Option<Done> {
        const KEY: &str = "kms-key/triage";
        let kms = &self.clients.kms;
        match what {
            Outside::EndsRotation => {
                let key = self.account.usable_key()?;
                kms.disable_key_rotation().key_id(key).send().await.ok()?;
                changed(KEY, "/rotation")
            }
            Outside::DisablesKey => {
                let key = self.account.usable_key()?;
                kms.disable_key().key_id(key).send().await.ok()?;
                changed(KEY, "/enabled")
            }
            Outside::SchedulesKeyDeletion => {
                let key = self.account.key()?;
                kms.schedule_key_deletion().key_id(key).send().await.ok()?;
                changed(KEY, "/pendingDeletion")
            }
            Outside::DescribesKey => {
                let key = self.account.usable_key()?;
                let call = kms.update_key_description().key_id(key);
                call.description("by hand").send().await.ok()?;
                changed(KEY, "/description")
            }
            Outside::TagsKey => {
                let key = self.account.usable_key()?;
                let tag = KeyTag::builder().tag_key("by").tag_value("hand");
                let call = kms.tag_resource().key_id(key).tags(tag.build().unwrap());
                call.send().await.ok()?;
                changed(KEY, "/tags")
            }
            _ => {
                let alias = self.declared.project.owner().key_alias();
                kms.delete_alias().alias_name(alias).send().await.ok()?;
                Some(Done {
                    expected: Vec::new(),
                    hurts: false,
                })
            }
        }
    }

    async fn on_object(&self, what: Outside, object: Object) -> Option<Done> {
        let s3 = &self.clients.s3;
        let address = match object {
            Object::Code => "s3-object/triage.code",
            Object::Prompt => "s3-object/triage.prompt",
            Object::Tool => "s3-object/triage.tools.total.py",
        };
        let key = objects(self.declared).remove(address)?;
        // Only an existing object can be removed.
        let versions = self.account.objects().remove(&key)?;
        versions[0]["content"]["Object"].as_object()?;
        if matches!(what, Outside::Overwrites(_)) {
            let call = s3.put_object().bucket(BUCKET).key(key);
            let call = call.body(ByteStream::from_static(b"by hand"));
            call.send().await.ok()?;
        } else {
            let call = s3.delete_object().bucket(BUCKET).key(key);
            call.send().await.ok()?;
        }
        let mut done = changed(address, "")?;
        done.hurts = object == Object::Prompt;
        Some(done)
    }

    async fn on_bucket(&self, what: Outside) -> Option<Done> {
        const BUCKET_ADDRESS: &str = "artifacts-bucket/shared";
        let s3 = &self.clients.s3;
        match what {
            Outside::OpensBucket => {
                let call = s3.delete_public_access_block().bucket(BUCKET);
                call.send().await.ok()?;
                changed(BUCKET_ADDRESS, "/publicAccessBlocked")
            }
            Outside::DeletesBucketPolicy => {
                s3.delete_bucket_policy().bucket(BUCKET).send().await.ok()?;
                changed(BUCKET_ADDRESS, "/policy")
            }
            _ => {
                let suspended = VersioningConfiguration::builder()
                    .status(BucketVersioningStatus::Suspended)
                    .build();
                let call = s3.put_bucket_versioning().bucket(BUCKET);
                call.versioning_configuration(suspended).send().await.ok()?;
                changed(BUCKET_ADDRESS, "/versioning")
            }
        }
    }

    async fn on_runtime(&self, what: Outside) -> Option<Done> {
        const RUNTIME: &str = "agentcore-runtime/triage";
        let agentcore = &self.clients.agentcore;
        let runtime = self.account.runtime();
        match what {
            Outside::ResetsRuntime => {
                // An update resets what it leaves out.
                let (id, _) = runtime?;
                let found = agentcore.get_agent_runtime().agent_runtime_id(&id);
                let found = found.send().await.ok()?;
                let call = agentcore.update_agent_runtime().agent_runtime_id(id);
                let call = call
                    .set_agent_runtime_artifact(found.agent_runtime_artifact)
                    .role_arn(found.role_arn)
                    .set_network_configuration(found.network_configuration)
                    .set_metadata_configuration(found.metadata_configuration);
                call.send().await.ok()?;
                changed(RUNTIME, "/environment")
            }
            Outside::TagsRuntime => {
                let (id, _) = runtime?;
                let arn = format!("arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/{id}");
                let call = agentcore.tag_resource().resource_arn(arn);
                call.tags("by", "hand").send().await.ok()?;
                changed(RUNTIME, "/tags")
            }
            Outside::MovesEndpoint => {
                let (id, endpoint) = runtime?;
                let runtimes = self.account.runtimes();
                let versions = runtimes[&id]["versions"].as_object()?;
                let target = &runtimes[&id]["endpoints"][&endpoint]["target"];
                // The first version has no metadata protection, so it cannot be invoked.
                let other = versions
                    .keys()
                    .find(|number| *number != "1" && number.parse().ok() != target.as_u64())?;
                let call = agentcore.update_agent_runtime_endpoint();
                let call = call.agent_runtime_id(id).endpoint_name(&endpoint);
                call.agent_runtime_version(other).send().await.ok()?;
                changed(format!("agentcore-endpoint/triage.{endpoint}"), "/version")
            }
            Outside::DeletesEndpoint => {
                let (id, endpoint) = runtime?;
                let call = agentcore.delete_agent_runtime_endpoint();
                let call = call.agent_runtime_id(id).endpoint_name(&endpoint);
                call.send().await.ok()?;
                gone(format!("agentcore-endpoint/triage.{endpoint}"))
            }
            _ => {
                let (id, endpoint) = runtime?;
                // Only a marked group is known once its runtime is deleted; the service sets no marks.
                let groups = self.account.groups();
                let prefix = format!("/aws/bedrock-agentcore/runtimes/{id}-");
                let mut made = groups.iter().filter(|(name, _)| name.starts_with(&prefix));
                if !made.all(|(_, group)| super::account::is_ours(group)) {
                    return None;
                }
                let call = agentcore.delete_agent_runtime_endpoint();
                let call = call.agent_runtime_id(&id).endpoint_name(&endpoint);
                call.send().await.ok()?;
                tokio::time::sleep(super::SETTLED).await;
                let call = agentcore.delete_agent_runtime().agent_runtime_id(id);
                call.send().await.ok()?;
                gone(RUNTIME)
            }
        }
    }
}
