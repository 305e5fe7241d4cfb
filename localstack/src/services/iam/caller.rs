//! Who asks: the policies of the caller, and the condition keys that every request has (IAM user guide, "AWS global condition context
//! keys").

use super::catalogue;
use super::document::Document;
use crate::call::Call;

/// The managed policy of the one user of an account.
pub(super) const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Gives the policy of the one user of an account, who may do everything.
pub(crate) fn administrator() -> Document {
    let text = catalogue::document(ADMINISTRATOR).expect("is in the catalogue");
    Document::parse(text).expect("the catalogue has documents only")
}

/// The keys of a request and their values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    keys: Vec<(String, String)>,
}

impl Context {
    /// Gives the keys of a request by the caller, who is a user.
    pub(crate) fn of_caller(call: &Call<'_>) -> Self {
        Self::of_principal(call, call.caller_arn(), "User")
            .with("aws:userid", call.caller_id())
            .with("aws:username", "developer")
            .with("aws:ViaAWSService", "false")
    }

    /// Gives the keys of a request that a service makes with a role.
    pub(crate) fn of_role(call: &Call<'_>, role_arn: &str) -> Self {
        Self::of_principal(call, role_arn.to_owned(), "AssumedRole")
    }

    fn of_principal(call: &Call<'_>, arn: String, kind: &str) -> Self {
        Self::default()
            .with("aws:PrincipalArn", arn)
            .with("aws:PrincipalAccount", call.account)
            .with("aws:PrincipalType", kind)
            .with("aws:PrincipalIsAWSService", "false")
            .with("aws:ResourceAccount", call.account)
            .with("aws:RequestedRegion", call.region)
            .with(
                "aws:CurrentTime",
                call.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            )
            .with("aws:EpochTime", call.now.as_second().to_string())
            // The endpoint simulates one that is reached with TLS.
            .with("aws:SecureTransport", "true")
            .with("aws:SourceIp", "127.0.0.1")
    }

    /// Adds a key, or another value of one.
    pub(crate) fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.keys.push((key.into(), value.into()));
        self
    }

    /// Sets a key to one value.
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        self.keys.retain(|(name, _)| name != key);
        self.with(key, value)
    }

    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        let keys = self.keys.iter();
        keys.map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }
}
