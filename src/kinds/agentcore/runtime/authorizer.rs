//! Who can call a runtime with a token: the rules for its JSON Web Token.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::canonical::sort_unique;

/// The rules for tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Authorizer {
    /// Where the issuer publishes its `OpenID` configuration or its authorization server's metadata.
    pub discovery_url: String,
    /// The audiences of which a token must name one; empty allows any.
    pub audiences: Vec<String>,
    /// The clients of which one must have requested the token; empty allows any.
    pub clients: Vec<String>,
    /// The scopes of which a token must have one; empty allows any.
    pub scopes: Vec<String>,
    /// The names under which scopes are advertised, where they differ from the scopes' own.
    pub advertised_scopes: BTreeMap<String, String>,
    /// The rules for further claims of a token.
    pub claims: Vec<Claim>,
    /// Other settings, by the names of the service. They cannot be declared, but show as a difference.
    pub others: BTreeMap<String, Value>,
}

/// The rule for one claim of a token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    pub name: String,
    /// `STRING` or `STRING_ARRAY`.
    pub value_type: String,
    /// `EQUALS`, `CONTAINS` or `CONTAINS_ANY`.
    pub operator: String,
    /// What the claim is compared with.
    pub matches: ClaimMatch,
}

/// What a claim is compared with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimMatch {
    /// One text.
    Text(String),
    /// One of several texts.
    AnyOf(Vec<String>),
}

impl Authorizer {
    /// Turns equal rules into equal values.
    #[must_use]
    pub(super) fn canonical(mut self) -> Self {
        sort_unique(&mut self.audiences);
        sort_unique(&mut self.clients);
        sort_unique(&mut self.scopes);
        for claim in &mut self.claims {
            if let ClaimMatch::AnyOf(texts) = &mut claim.matches {
                sort_unique(texts);
            }
        }
        sort_unique(&mut self.claims);
        self
    }
}
