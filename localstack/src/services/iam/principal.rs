//! The principals of resource and trust policies: which exist, and what becomes of them when a role is deleted.
//!
//! AWS keeps a role in a policy by its unique id (IAM user guide, "IAM JSON policy elements: Principal"): when the role is gone, the
//! policy shows the id, also after a role with the same name was made again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::bound::Bound;
use super::document::Document;
use super::service::is_service;
use super::state::State;

/// A principal that does not exist, or does not yet for other services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownPrincipal {
    pub(crate) kind: String,
    pub(crate) value: String,
}

impl Bound {
    /// Binds the principals of a document of this account.
    pub(crate) fn bind(
        text: &str,
        document: &Document,
        iam: &State,
        account: &str,
        now: Timestamp,
    ) -> Result<Self, UnknownPrincipal> {
        let mut roles = BTreeMap::new();
        let principals = document
            .statements
            .iter()
            .filter_map(|statement| statement.principals.as_ref());
        for (kind, value) in principals.flat_map(|principals| &principals.values) {
            let exists = match kind.as_str() {
                "AWS" => match aws_principal(value, iam, account, now) {
                    Found::Role(id) => {
                        roles.insert(value.clone(), id);
                        true
                    }
                    Found::Other => true,
                    Found::Nothing => false,
                },
                "Service" => is_service(value),
                // Identity providers are not built; AWS checks that they exist.
                "Federated" | "CanonicalUser" => true,
                _ => false,
            };
            if !exists {
                return Err(UnknownPrincipal {
                    kind: kind.clone(),
                    value: value.clone(),
                });
            }
        }
        Ok(Self {
            text: text.to_owned(),
            roles,
        })
    }

    /// Gives the document as AWS shows it now: as it was written while all its roles are there, else with unique ids in their place.
    pub(crate) fn read_back(&self, iam: &State) -> String {
        let shown = |written: &str| {
            let id = self.roles.get(written)?;
            let shown = iam.role_with_id(id).map_or(id.as_str(), |role| &role.arn);
            (shown != written).then(|| shown.to_owned())
        };
        if self.roles.keys().all(|written| shown(written).is_none()) {
            return self.text.clone();
        }
        let mut document: Value =
            serde_json::from_str(&self.text).expect("was parsed before it was bound");
        for statement in members(document.get_mut("Statement")) {
            for name in ["Principal", "NotPrincipal"] {
                for value in members(
                    statement
                        .get_mut(name)
                        .and_then(|principal| principal.get_mut("AWS")),
                ) {
                    if let Some(shown) = value.as_str().and_then(shown) {
                        *value = Value::String(shown);
                    }
                }
            }
        }
        document.to_string()
    }
}

/// Returns the items of a list. A single item counts as a list of one.
fn members(value: Option<&mut Value>) -> Vec<&mut Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(list)) => list.iter_mut().collect(),
        Some(single) => vec![single],
    }
}

enum Found {
    /// A role of this account, by its unique id.
    Role(String),
    /// Something else that may exist.
    Other,
    Nothing,
}

fn aws_principal(value: &str, iam: &State, account: &str, now: Timestamp) -> Found {
    if value == "*" || is_account(value) {
        return Found::Other;
    }
    let known = |role: Option<&super::state::Role>| match role {
        // A role that was just made is not yet known elsewhere: the well-known "invalid principal" of deployers.
        Some(role) if role.known_from <= now => Found::Role(role.id.clone()),
        _ => Found::Nothing,
    };
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    let ["arn", _partition, service, "", owner, resource] = parts.as_slice() else {
        return known(iam.role_with_id(value));
    };
    match (*service, resource.split('/').next().unwrap_or_default()) {
        ("iam", "root") => Found::Other,
        // Whether another account has it cannot be seen from here.
        ("iam" | "sts", "role" | "user" | "assumed-role" | "federated-user")
            if *owner != account =>
        {
            Found::Other
        }
        ("iam", "role") => known(iam.role_with_arn(value)),
        // The one user of an account is its caller.
        ("iam", "user") if *resource == "user/developer" => Found::Other,
        ("sts", "assumed-role") => match resource
            .split('/')
            .nth(1)
            .and_then(|name| iam.role_named(name))
        {
            Some(_) => Found::Other,
            None => Found::Nothing,
        },
        _ => Found::Nothing,
    }
}

fn is_account(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit())
}
