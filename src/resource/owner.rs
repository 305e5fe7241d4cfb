//! The owner of a resource: project, environment, region and agent, and the marks that show it on the resource.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::address::fit;
use super::role_id;

/// The environment when none is given.
pub const DEFAULT_ENV: &str = "default";

/// The tag of resources that the projects of an account share.
pub const SHARED_TAG: &str = "agentctl:shared";

const PREFIX: &str = "agentctl:";

/// The longest name of an `AgentCore` runtime (AgentCore control API, `CreateAgentRuntime`: agentRuntimeName).
const RUNTIME: usize = 48;

/// The owner of an agent's resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Owner {
    pub project: String,
    /// The environment; [`DEFAULT_ENV`] when none was given.
    pub env: String,
    pub region: String,
    pub agent: String,
}

impl Owner {
    /// Returns the four tags that mark a resource as this owner's.
    pub fn tags(&self) -> BTreeMap<String, String> {
        [
            ("project", &self.project),
            ("env", &self.env),
            ("region", &self.region),
            ("agent", &self.agent),
        ]
        .into_iter()
        .map(|(key, value)| (format!("{PREFIX}{key}"), value.clone()))
        .collect()
    }

    /// Returns the IAM path of this owner's roles, shared by the agents of a project, environment and region.
    pub fn role_path(&self) -> String {
        format!("/agentctl/{}/{}/{}/", self.project, self.env, self.region)
    }

    /// Returns the key prefix of this owner's objects in the artifacts bucket of the region.
    pub fn object_prefix(&self) -> String {
        format!("objects/{}/{}/{}/", self.project, self.env, self.agent)
    }

    /// Returns the KMS alias of this owner's key.
    pub fn key_alias(&self) -> String {
        format!(
            "alias/agentctl/{}/{}/{}",
            self.project, self.env, self.agent
        )
    }

    /// Returns the prefix of the names of this owner's resources: the agent, and the environment if it is not the default one.
    pub fn base_name(&self) -> String {
        if self.env == DEFAULT_ENV {
            self.agent.clone()
        } else {
            format!("{}-{}", self.agent, self.env)
        }
    }

    /// Returns the description of this owner's resources, where a listing shows one. Anybody can write the same text, so it is no mark.
    pub fn description(&self) -> String {
        format!("agentctl: {self}")
    }

    /// Returns the name of this owner's `AgentCore` runtime, which cannot contain hyphens.
    pub fn runtime_name(&self) -> String {
        fit(&self.base_name().replace('-', "_"), RUNTIME, '_')
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "agent `{}` of project `{}` (env {}, {})",
            self.agent, self.project, self.env, self.region
        )
    }
}

/// What the marks of a resource say about its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ownership {
    /// The marks of this owner.
    Of(Owner),
    /// The mark of the account, for all projects.
    Shared,
    /// The owner of the resource that it is a part of.
    Parent,
    /// No marks: it belongs to somebody else.
    Unmarked,
}

impl Ownership {
    /// Returns whether a resource with these marks belongs to the owner; `None` means the whole account.
    pub fn is_of(&self, owner: Option<&Owner>) -> bool {
        match (self, owner) {
            (Self::Of(found), Some(owner)) => found == owner,
            (Self::Shared, None) | (Self::Parent, _) => true,
            _ => false,
        }
    }

    /// Reads the marks from a resource's tags.
    pub fn from_tags(tags: &BTreeMap<String, String>) -> Self {
        let tag = |key: &str| tags.get(&format!("{PREFIX}{key}")).cloned();
        if let (Some(project), Some(env), Some(region), Some(agent)) =
            (tag("project"), tag("env"), tag("region"), tag("agent"))
        {
            return Self::Of(Owner {
                project,
                env,
                region,
                agent,
            });
        }
        if tags.get(SHARED_TAG).is_some_and(|value| value == "true") {
            return Self::Shared;
        }
        Self::Unmarked
    }
}

/// Returns the user's tags: all but the marks.
pub fn labels_of(tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    // Tags that begin with `aws:` belong to AWS and cannot be written.
    tags.iter()
        .filter(|(key, _)| !key.starts_with(PREFIX) && !key.starts_with("aws:"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Selects the resources of some owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerFilter {
    pub project: String,
    pub env: String,
    pub region: String,
    /// One agent, or all agents when absent.
    pub agent: Option<String>,
}

impl fmt::Display for OwnerFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.owner() {
            Some(owner) => owner.fmt(f),
            None => write!(
                f,
                "all agents of project `{}` (env {}, {})",
                self.project, self.env, self.region
            ),
        }
    }
}

impl OwnerFilter {
    /// Selects everything of one owner.
    pub fn of(owner: &Owner) -> Self {
        Self {
            project: owner.project.clone(),
            env: owner.env.clone(),
            region: owner.region.clone(),
            agent: Some(owner.agent.clone()),
        }
    }

    /// Returns the marks that the resources of all selected owners share.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = Owner {
            project: self.project.clone(),
            env: self.env.clone(),
            region: self.region.clone(),
            agent: self.agent.clone().unwrap_or_default(),
        }
        .tags();
        if self.agent.is_none() {
            tags.remove(&format!("{PREFIX}agent"));
        }
        tags
    }

    /// Returns the selected owner, if the filter selects one agent.
    pub fn owner(&self) -> Option<Owner> {
        Some(Owner {
            project: self.project.clone(),
            env: self.env.clone(),
            region: self.region.clone(),
            agent: self.agent.clone()?,
        })
    }

    /// Returns whether a description is that of a selected owner, with the id of a role at its end or without.
    pub fn describes(&self, description: &str) -> bool {
        let (description, _) = role_id::split(description);
        let Some(text) = description.strip_prefix("agentctl: agent `") else {
            return false;
        };
        let agent = text.split('`').next().unwrap_or_default().to_owned();
        let owner = Owner {
            project: self.project.clone(),
            env: self.env.clone(),
            region: self.region.clone(),
            agent,
        };
        owner.description() == description && self.admits(&owner)
    }

    /// Returns whether the filter selects the owner.
    pub fn admits(&self, owner: &Owner) -> bool {
        self.project == owner.project
            && self.env == owner.env
            && self.region == owner.region
            && self
                .agent
                .as_ref()
                .is_none_or(|agent| *agent == owner.agent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner {
            project: "claims".into(),
            env: "default".into(),
            region: "us-east-1".into(),
            agent: "triage".into(),
        }
    }

    #[test]
    fn a_filter_describes_what_it_selects_and_nothing_else() {
        let everything = OwnerFilter {
            agent: None,
            ..OwnerFilter::of(&owner())
        };
        let described = [
            owner().description(),
            Owner {
                agent: "scan".into(),
                ..owner()
            }
            .description(),
            Owner {
                project: "other".into(),
                ..owner()
            }
            .description(),
            Owner {
                env: "prod".into(),
                ..owner()
            }
            .description(),
            Owner {
                region: "eu-west-1".into(),
                ..owner()
            }
            .description(),
            role_id::described(&owner().description(), Some("AROAQ226GLGDANR3OPICH")),
            format!("{} and more", owner().description()),
            "somebody else's function".to_owned(),
            String::new(),
        ];
        let one = OwnerFilter::of(&owner());
        assert_eq!(
            described.each_ref().map(|text| everything.describes(text)),
            [true, true, false, false, false, true, false, false, false]
        );
        assert_eq!(
            described.each_ref().map(|text| one.describes(text)),
            [true, false, false, false, false, true, false, false, false]
        );
    }

    #[test]
    fn the_marks_of_an_owner_are_read_as_that_owner() {
        let mut tags = owner().tags();
        tags.insert("team".into(), "billing".into());
        assert_eq!(Ownership::from_tags(&tags), Ownership::Of(owner()));
        assert_eq!(
            labels_of(&tags),
            BTreeMap::from([("team".to_owned(), "billing".to_owned())])
        );
    }

    #[test]
    fn a_runtime_is_named_without_hyphens_and_a_long_name_is_cut() {
        let of = |agent: &str, env: &str| {
            let (agent, env) = (agent.to_owned(), env.to_owned());
            let owner = Owner {
                env,
                agent,
                ..owner()
            };
            owner.runtime_name()
        };
        assert_eq!(of("invoice-triage", "prod"), "invoice_triage_prod");
        let (agent, env) = ("a".repeat(40), "b".repeat(20));
        assert_eq!(of(&agent, &env).len(), RUNTIME);
        assert!(!of(&agent, &env).contains('-'));
        assert_ne!(of(&agent, &env), of(&agent, "bbbbbbbbbbbbbbbbbbbc"));
    }

    #[test]
    fn a_filter_has_an_owner_only_when_it_selects_one_agent() {
        let one = OwnerFilter::of(&owner());
        assert_eq!(one.owner(), Some(owner()));
        assert_eq!(OwnerFilter { agent: None, ..one }.owner(), None);
    }

    #[test]
    fn a_resource_without_all_four_marks_is_unmarked() {
        for missing in owner().tags().keys() {
            let mut tags = owner().tags();
            tags.remove(missing);
            assert_eq!(Ownership::from_tags(&tags), Ownership::Unmarked);
        }
    }

    #[test]
    fn a_filter_has_the_marks_of_its_owners_and_of_no_agent_when_it_names_none() {
        let one = OwnerFilter::of(&owner());
        assert_eq!(one.tags(), owner().tags());
        let all = OwnerFilter { agent: None, ..one };
        let mut common = owner().tags();
        common.remove("agentctl:agent");
        assert_eq!(all.tags(), common);
    }

    #[test]
    fn two_environments_share_no_name_path_alias_or_prefix() {
        let (default, prod) = (
            owner(),
            Owner {
                env: "prod".into(),
                ..owner()
            },
        );
        assert_ne!(default.base_name(), prod.base_name());
        assert_ne!(default.role_path(), prod.role_path());
        assert_ne!(default.key_alias(), prod.key_alias());
        assert_ne!(default.object_prefix(), prod.object_prefix());
    }
}
