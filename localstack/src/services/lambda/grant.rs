//! The grant on a key with which a function's role decrypts its variables.
//!
//! Lambda makes it, with the permissions of who asks, under the customer's key or under the key that AWS manages for Lambda (Lambda developer
//! guide, "Securing Lambda environment variables"). As recorded answers of `ListGrants` show, it names a session of the role. It is bound to
//! the role's unique id: once the role is deleted it shows that id, and a role that is made again under the name is not meant by it, so that
//! invocations end with `KMSAccessDeniedException`.

use super::configuration::Configuration;
use super::state::{Function, Grant};
use crate::call::Call;
use crate::services::iam::state::State as Iam;
use crate::world::World;

impl Grant {
    /// Returns the grant that a function has with a configuration. `is_role_sent` says whether the request names the role.
    ///
    /// Guess: a request that names the role makes a new grant, also if the function has that role already, as does one that brings the
    /// first variables or another key. Guess: without variables there is none, and the one before does not stay.
    pub(super) fn after(
        call: &Call<'_>,
        world: &World,
        before: Option<&Self>,
        configuration: &Configuration,
        is_role_sent: bool,
    ) -> Option<Self> {
        let variables = configuration.environment.as_ref()?;
        if variables.is_empty() {
            return None;
        }
        let key = &configuration.kms_key_arn;
        if let Some(before) = before.filter(|before| before.key == *key && !is_role_sent) {
            return Some(before.clone());
        }
        let role = &configuration.role;
        Some(Self {
            id: hex::encode(call.entropy.bytes()),
            key: key.clone(),
            principal: world.iam.role_with_arn(role)?.id().to_owned(),
            role: role.clone(),
            created: call.now,
        })
    }

    /// Returns the session that may decrypt, as `ListGrants` shows it: with the role's unique id once the role is deleted.
    pub(crate) fn grantee(&self, call: &Call<'_>, iam: &Iam, function: &Function) -> String {
        let name = &function.name;
        let role = iam.role_with_arn(&self.role);
        match role.filter(|role| role.id() == self.principal) {
            Some(_) => {
                let (partition, account) = (call.partition(), call.account);
                let role = self.role.rsplit('/').next().unwrap_or_default();
                format!("arn:{partition}:sts::{account}:assumed-role/{role}/{name}")
            }
            None => format!("{}:{name}", self.principal),
        }
    }
}
