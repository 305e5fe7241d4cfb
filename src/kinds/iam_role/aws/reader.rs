//! Reads roles: a few one by one, many from the account's listings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, Role, RoleDetail, Tag};
use percent_encoding::percent_decode_str;

use crate::aws::{Clients, concurrently};
use crate::kinds::iam_role::{DEFAULT_SESSION_DURATION, IamRole, RoleOutputs, RoleSpec};
use crate::resource::address::PhysicalName;
use crate::resource::document::Document;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::operation::{Operation, iam};
use crate::resource::owner::{Owner, OwnerFilter, Ownership, labels_of};
use crate::resource::provider::{Candidate, Reader, Reading};
use crate::resource::reference::Resolved;

/// From this many names, the account's roles are listed. Reading one role takes four calls; the two listings together take two for every
/// thousand roles of the account.
const LIST_FROM: usize = 8;

/// The longest page of IAM's listings (IAM API, `MaxItems`).
const PAGE: i32 = 1_000;

/// The path that the paths of all owners begin with.
const ROOT_PATH: &str = "/agentctl/";

/// How many characters of an agent's name every role name keeps: names that are too long for IAM are cut at the end.
const NAME_KEPT: usize = 20;

/// Reads roles.
#[derive(Debug, Clone)]
pub struct RoleReader(Arc<Clients>);

impl RoleReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn read_one(&self, name: &PhysicalName) -> Reading<Observed<IamRole>> {
        match self.observe(name.as_str()).await {
            Ok(Some(observed)) => Reading::Found(observed),
            Ok(None) => Reading::Absent,
            Err(fault) => Reading::Unreadable(fault),
        }
    }

    async fn observe(&self, name: &str) -> Result<Option<Observed<IamRole>>, Fault> {
        let (role, policies, managed) = futures::join!(
            self.role(name),
            self.inline_policies(name),
            self.attached_policies(name)
        );
        // The listings of a role that does not exist fail as well, so the role is checked first.
        match role {
            Ok(role) => observed(&role, policies?, managed?).map(Some),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn role(&self, name: &str) -> Result<Role, Fault> {
        let answer = self
            .0
            .call(self.0.iam.get_role().role_name(name).send())
            .await?;
        answer
            .role
            .ok_or_else(|| not_understood(iam::GET_ROLE, format!("no role `{name}` in the answer")))
    }

    async fn inline_policies(
        &self,
        role: &str,
    ) -> Result<BTreeMap<String, Document<Resolved>>, Fault> {
        let mut names = Vec::new();
        let mut marker = None;
        loop {
            let request = self.0.iam.list_role_policies().role_name(role);
            let page = self
                .0
                .call(request.set_marker(marker.take()).send())
                .await?;
            names.extend(page.policy_names);
            marker = page.marker;
            if marker.is_none() {
                break;
            }
        }
        let policies = names.into_iter().map(|name| self.inline_policy(role, name));
        let policies = concurrently(policies).await.into_iter();
        policies.filter_map(Result::transpose).collect()
    }

    /// Reads one policy. Returns `None` if it does not exist.
    ///
    /// IAM can list a policy before it can be read, or after it was deleted (IAM user guide, "Changes that I make are not always
    /// immediately visible").
    async fn inline_policy(
        &self,
        role: &str,
        name: String,
    ) -> Result<Option<(String, Document<Resolved>)>, Fault> {
        let request = self.0.iam.get_role_policy().role_name(role);
        let call = request.policy_name(name.as_str()).send();
        let answer = match self.0.call(call).await {
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            answer => answer?,
        };
        let document = policy_document(role, &name, &answer.policy_document)?;
        Ok(Some((name, document)))
    }

    async fn attached_policies(&self, role: &str) -> Result<Vec<String>, Fault> {
        let mut arns = Vec::new();
        let mut marker = None;
        loop {
            let request = self.0.iam.list_attached_role_policies().role_name(role);
            let page = self
                .0
                .call(request.set_marker(marker.take()).send())
                .await?;
            arns.extend(
                page.attached_policies
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|policy| policy.policy_arn),
            );
            marker = page.marker;
            if marker.is_none() {
                return Ok(arns);
            }
        }
    }

    async fn roles_below(&self, path: &str) -> Result<Vec<Role>, Fault> {
        let mut roles = Vec::new();
        let mut marker = None;
        loop {
            let request = self.0.iam.list_roles().path_prefix(path).max_items(PAGE);
            let page = self
                .0
                .call(request.set_marker(marker.take()).send())
                .await?;
            roles.extend(page.roles);
            marker = page.marker;
            if marker.is_none() {
                return Ok(roles);
            }
        }
    }

    async fn details(&self) -> Result<BTreeMap<String, RoleDetail>, Fault> {
        let mut details = BTreeMap::new();
        let mut marker = None;
        loop {
            let request = self.0.iam.get_account_authorization_details();
            let request = request.filter(EntityType::Role).max_items(PAGE);
            let page = self
                .0
                .call(request.set_marker(marker.take()).send())
                .await?;
            for detail in page.role_detail_list.unwrap_or_default() {
                details.insert(detail.role_name.clone().unwrap_or_default(), detail);
            }
            marker = page.marker;
            if marker.is_none() {
                return Ok(details);
            }
        }
    }

    /// Reads many roles from two listings, because neither has all the fields of a role.
    ///
    /// `GetAccountAuthorizationDetails` has no description and no session duration; `ListRoles` has no tags, no boundary and
    /// no policies (IAM API, `RoleDetail` and `ListRoles`).
    async fn read_listed(
        &self,
        names: &[PhysicalName],
    ) -> Result<Vec<Reading<Observed<IamRole>>>, Fault> {
        let (details, roles) = futures::try_join!(self.details(), self.roles_below(ROOT_PATH))?;
        let roles: BTreeMap<&str, &Role> = roles
            .iter()
            .map(|role| (role.role_name.as_str(), role))
            .collect();
        let readings = names.iter().map(|name| {
            let listed = (details.get(name.as_str()), roles.get(name.as_str()));
            async move {
                match listed {
                    (Some(detail), Some(role)) => match observed_of_listed(role, detail) {
                        Ok(observed) => Reading::Found(observed),
                        Err(fault) => Reading::Unreadable(fault),
                    },
                    (None, None) => Reading::Absent,
                    // A role of somebody else with that name, or one that was created or deleted between the listings.
                    _ => self.read_one(name).await,
                }
            }
        });
        Ok(concurrently(readings).await)
    }
}

impl Reader<IamRole> for RoleReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<IamRole>>> {
        if names.len() >= LIST_FROM {
            match self.read_listed(names).await {
                Ok(readings) => return readings,
                // Credentials that can read single roles need not be allowed to list them all.
                Err(fault) if fault.kind == FaultKind::Denied => {
                    tracing::debug!(%fault, "roles are read one by one");
                }
                Err(fault) => {
                    return names
                        .iter()
                        .map(|_| Reading::Unreadable(fault.clone()))
                        .collect();
                }
            }
        }
        concurrently(names.iter().map(|name| self.read_one(name))).await
    }

    /// Makes one listing for each path. The agents of a project, environment and region share a path.
    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let paths: BTreeSet<String> = filters.iter().map(role_path).collect();
        let listings = paths.iter().map(|path| self.roles_below(path));
        let mut candidates = Vec::new();
        for (path, roles) in paths.iter().zip(concurrently(listings).await) {
            candidates.extend(roles?.into_iter().filter_map(|role| {
                let is_asked_for = |filter: &&OwnerFilter| {
                    role_path(filter) == *path && may_be_named(&role.role_name, filter)
                };
                let filter = filters.iter().find(is_asked_for)?;
                Some(Candidate::new(PhysicalName::new(role.role_name), filter))
            }));
        }
        Ok(candidates)
    }
}

/// Returns whether a role that the filter admits can have this name.
fn may_be_named(name: &str, filter: &OwnerFilter) -> bool {
    filter.agent.as_ref().is_none_or(|agent| {
        let kept: String = agent.chars().take(NAME_KEPT).collect();
        name.starts_with(&kept)
    })
}

/// Returns the path of the roles of a project, environment and region.
fn role_path(filter: &OwnerFilter) -> String {
    let owner = Owner {
        project: filter.project.clone(),
        env: filter.env.clone(),
        region: filter.region.clone(),
        agent: filter.agent.clone().unwrap_or_default(),
    };
    owner.role_path()
}

fn observed_of_listed(role: &Role, detail: &RoleDetail) -> Result<Observed<IamRole>, Fault> {
    let policies = detail
        .role_policy_list()
        .iter()
        .map(|policy| {
            let name = policy.policy_name().unwrap_or_default();
            let text = policy.policy_document().unwrap_or_default();
            policy_document(&role.role_name, name, text).map(|document| (name.to_owned(), document))
        })
        .collect::<Result<_, _>>()?;
    let managed = detail
        .attached_managed_policies()
        .iter()
        .filter_map(|policy| policy.policy_arn.clone())
        .collect();
    let mut role = role.clone();
    role.tags.clone_from(&detail.tags);
    role.permissions_boundary
        .clone_from(&detail.permissions_boundary);
    observed(&role, policies, managed)
}

fn observed(
    role: &Role,
    policies: BTreeMap<String, Document<Resolved>>,
    managed_policies: Vec<String>,
) -> Result<Observed<IamRole>, Fault> {
    let name = &role.role_name;
    let trust = role.assume_role_policy_document().unwrap_or_default();
    let trust = document(trust).map_err(|error| {
        not_understood(iam::GET_ROLE, format!("trust policy of `{name}`: {error}"))
    })?;
    let duration = role
        .max_session_duration()
        .map_or(Ok(DEFAULT_SESSION_DURATION), u32::try_from)
        .map_err(|_| {
            let text = format!("session duration of `{name}` is negative");
            not_understood(iam::GET_ROLE, text)
        })?;
    let tags = tags_of(role.tags());
    Ok(Observed {
        spec: RoleSpec {
            path: role.path.clone(),
            trust,
            policies,
            managed_policies,
            permissions_boundary: role
                .permissions_boundary()
                .and_then(|boundary| boundary.permissions_boundary_arn.clone()),
            description: role.description().unwrap_or_default().to_owned(),
            max_session_duration: duration,
            tags: labels_of(&tags),
        },
        outputs: RoleOutputs {
            arn: role.arn.clone(),
            id: role.role_id.clone(),
            name: name.clone(),
        },
        status: Status::Ready,
        revision: None,
        owner: Ownership::from_tags(&tags),
    })
}

fn policy_document(role: &str, policy: &str, text: &str) -> Result<Document<Resolved>, Fault> {
    document(text).map_err(|error| {
        let text = format!("policy `{policy}` of role `{role}`: {error}");
        not_understood(iam::GET_ROLE_POLICY, text)
    })
}

/// Parses a document as IAM returns it: percent-encoded as in RFC 3986, so that a plus is a plus (IAM API, `GetRolePolicy`).
fn document(text: &str) -> Result<Document<Resolved>, String> {
    let text = percent_decode_str(text)
        .decode_utf8()
        .map_err(|error| error.to_string())?;
    let document: Document<Resolved> =
        serde_json::from_str(&text).map_err(|error| error.to_string())?;
    Ok(document.canonical())
}

fn not_understood(operation: Operation, message: String) -> Fault {
    Fault::new(FaultKind::Service, operation, message)
}

fn tags_of(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter()
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect()
}
