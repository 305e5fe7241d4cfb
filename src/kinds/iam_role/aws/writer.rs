//! Writes roles, one call at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_iam::types::Tag;

use crate::aws::Clients;
use crate::kinds::iam_role::change::{RoleChange, next_change};
use crate::kinds::iam_role::{IamRole, RoleSpec};
use crate::resource::address::PhysicalName;
use crate::resource::document::Document;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::field::TagChange;
use crate::resource::kind::Observed;
use crate::resource::operation::{Operation, iam};
use crate::resource::provider::{Intent, Mutation, Writer};
use crate::resource::reference::Resolved;

/// Writes roles.
#[derive(Debug, Clone)]
pub struct RoleWriter(Arc<Clients>);

impl RoleWriter {
    /// Creates a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn put_policy(
        &self,
        role: &str,
        name: &str,
        document: &Document<Resolved>,
    ) -> Result<Mutation, Fault> {
        let request = self.0.iam.put_role_policy();
        let request = request.role_name(role).policy_name(name);
        let request = request.policy_document(text_of(document));
        self.0.mutate(request.send()).await
    }

    async fn delete_policy(&self, role: &str, name: &str) -> Result<Mutation, Fault> {
        let request = self.0.iam.delete_role_policy();
        let request = request.role_name(role).policy_name(name);
        self.0.mutate(request.send()).await
    }

    async fn detach(&self, role: &str, arn: &str) -> Result<Mutation, Fault> {
        let request = self.0.iam.detach_role_policy();
        let request = request.role_name(role).policy_arn(arn);
        self.0.mutate(request.send()).await
    }

    async fn set_boundary(&self, role: &str, arn: Option<&str>) -> Result<Mutation, Fault> {
        let iam = &self.0.iam;
        if let Some(arn) = arn {
            let request = iam.put_role_permissions_boundary().role_name(role);
            let request = request.permissions_boundary(arn);
            let sent = request.send();
            return self.0.mutate(sent).await;
        }
        let sent = iam
            .delete_role_permissions_boundary()
            .role_name(role)
            .send();
        self.0.mutate(sent).await
    }

    async fn change_tags(&self, role: &str, change: TagChange) -> Result<Mutation, Fault> {
        let iam = &self.0.iam;
        match change {
            TagChange::Set(tags) => {
                let request = iam.tag_role().role_name(role);
                let request = request.set_tags(Some(to_tags(&tags)));
                self.0.mutate(request.send()).await
            }
            TagChange::Remove(keys) => {
                let request = iam.untag_role().role_name(role);
                let request = request.set_tag_keys(Some(keys));
                self.0.mutate(request.send()).await
            }
        }
    }
}

impl Writer<IamRole> for RoleWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &RoleSpec<Resolved>,
        intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let owner = intent.owner.as_ref().ok_or_else(|| {
            Fault::new(
                FaultKind::Invalid,
                iam::CREATE_ROLE,
                format!("role `{name}` has no owner"),
            )
        })?;
        let mut tags = owner.tags();
        tags.extend(spec.tags.clone());
        let request = self.0.iam.create_role();
        let request = request
            .role_name(name.as_str())
            .path(&spec.path)
            .assume_role_policy_document(text_of(&spec.trust))
            .set_permissions_boundary(spec.permissions_boundary.clone())
            .max_session_duration(duration_of(spec, iam::CREATE_ROLE)?)
            .set_description((!spec.description.is_empty()).then(|| spec.description.clone()))
            .set_tags(Some(to_tags(&tags)));
        self.0.mutate(request.send()).await
    }

    async fn update(
        &self,
        name: &PhysicalName,
        now: &Observed<IamRole>,
        spec: &RoleSpec<Resolved>,
        fields: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        let (iam, role) = (&self.0.iam, name.as_str());
        let change = next_change(&now.spec, spec, fields).ok_or_else(|| {
            let fields = fields.join(", ");
            Fault::new(
                FaultKind::Invalid,
                iam::UPDATE_ROLE,
                format!("`{fields}` of role `{role}` cannot be changed in place"),
            )
        })?;
        match change {
            RoleChange::Trust => {
                let request = iam.update_assume_role_policy().role_name(role);
                let request = request.policy_document(text_of(&spec.trust));
                let sent = request.send();
                self.0.mutate(sent).await
            }
            RoleChange::PutPolicy(policy, document) => {
                self.put_policy(role, policy, document).await
            }
            RoleChange::DeletePolicy(policy) => self.delete_policy(role, policy).await,
            RoleChange::Attach(arn) => {
                let request = iam.attach_role_policy().role_name(role).policy_arn(arn);
                self.0.mutate(request.send()).await
            }
            RoleChange::Detach(arn) => self.detach(role, arn).await,
            RoleChange::Boundary(arn) => self.set_boundary(role, arn).await,
            RoleChange::Settings => {
                let request = iam.update_role().role_name(role);
                let request = request
                    .description(&spec.description)
                    .max_session_duration(duration_of(spec, iam::UPDATE_ROLE)?);
                self.0.mutate(request.send()).await
            }
            RoleChange::Tags(change) => self.change_tags(role, change).await,
        }
    }

    /// Makes the next of the calls that delete a role: IAM deletes no role that still has policies (IAM API, `DeleteRole`).
    async fn delete(
        &self,
        name: &PhysicalName,
        now: &Observed<IamRole>,
    ) -> Result<Mutation, Fault> {
        let role = name.as_str();
        if let Some(policy) = now.spec.policies.keys().next() {
            return self.delete_policy(role, policy).await;
        }
        if let Some(arn) = now.spec.managed_policies.first() {
            return self.detach(role, arn).await;
        }
        let request = self.0.iam.delete_role().role_name(role);
        self.0.mutate(request.send()).await
    }
}

fn text_of(document: &Document<Resolved>) -> String {
    serde_json::to_string(document).expect("documents have text keys only, so they serialise")
}

fn duration_of(spec: &RoleSpec<Resolved>, operation: Operation) -> Result<i32, Fault> {
    let seconds = spec.max_session_duration;
    i32::try_from(seconds).map_err(|_| {
        Fault::new(
            FaultKind::Invalid,
            operation,
            format!("`{seconds}` is no session duration"),
        )
    })
}

fn to_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder()
                .key(key)
                .value(value)
                .build()
                .expect("key and value were set in the lines above")
        })
        .collect()
}
