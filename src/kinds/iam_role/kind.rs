//! The kind of roles.

use super::spec::{ID, POLICIES_SIZE_LIMIT, RoleOutputs, RoleSpec, policies_size};
use crate::resource::canonical::sort_unique;
use crate::resource::kind::{Effect, Excess, FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, Input, Stage};

/// The kind of IAM roles.
#[derive(Debug, Clone, PartialEq)]
pub struct IamRole;

impl Kind for IamRole {
    const NAME: &'static str = "iam-role";
    type Spec<S: Stage> = RoleSpec<S>;
    type Outputs = RoleOutputs;
    const RULES: &'static [FieldRule] = &[
        FieldRule::new("/path", Effect::Replaces),
        FieldRule::new("/trust", Effect::Permissions),
        FieldRule::new("/policies/*", Effect::Permissions),
    ];
    const IDENTITY: Option<&'static str> = Some(ID.name());
    // A role serves one side of an agent, and is deleted with it.
    const LEFTOVER: Leftover = Leftover::Delete;

    fn canonical<S: Stage>(mut spec: RoleSpec<S>) -> RoleSpec<S> {
        spec.trust = spec.trust.canonical();
        spec.policies = spec
            .policies
            .into_iter()
            .map(|(name, document)| (name, document.canonical()))
            .collect();
        sort_unique(&mut spec.managed_policies);
        spec
    }

    fn excess(spec: &RoleSpec<Declared>) -> Option<Excess> {
        let size = policies_size(&spec.policies);
        (size > POLICIES_SIZE_LIMIT).then_some(Excess {
            what: "the inline policies",
            size,
            limit: POLICIES_SIZE_LIMIT,
        })
    }

    fn summary(spec: &RoleSpec<Declared>) -> String {
        let mut principals: Vec<&str> = spec
            .trust
            .statement
            .iter()
            .filter_map(|statement| statement.principal.as_ref())
            .flat_map(|principal| principal.0.values())
            .flat_map(|values| &values.0)
            .map(|principal| match principal {
                Input::Literal(text) => text.as_str(),
                Input::Output(_) | Input::Template(_) => "a resource of this plan",
            })
            .collect();
        principals.dedup();
        let policies: Vec<&str> = spec.policies.keys().map(String::as_str).collect();
        match policies[..] {
            [] => format!("for {}, no policy", principals.join(" and ")),
            _ => format!(
                "for {}, policy {}",
                principals.join(" and "),
                policies.join(" and ")
            ),
        }
    }
}
