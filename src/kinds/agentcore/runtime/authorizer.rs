//! Who may call a runtime with a token: the rules that a JSON Web Token must meet.

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
    /// The audiences of which a token must name one; any when empty.
    pub audiences: Vec<String>,
    /// The clients of which one must have asked for the token; any when empty.
    pub clients: Vec<String>,
    /// The scopes of which a token must have one; any when empty.
    pub scopes: Vec<String>,
    /// Under which name a scope is advertised, where that is another than its own.
    pub advertised_scopes: BTreeMap<String, String>,
    /// What further claims of a token must say.
    pub claims: Vec<Claim>,
    /// What the service was told beyond that, by its own names. It cannot be wished for, but it shows as a difference.
    pub others: BTreeMap<String, Value>,
}

/// What one claim of a token must say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    /// The claim's name.
    pub name: String,
    /// `STRING` or `STRING_ARRAY`.
    pub value_type: String,
    /// `EQUALS`, `CONTAINS` or `CONTAINS_ANY`.
    pub operator: String,
    /// What it is held against.
    pub matches: ClaimMatch,
}

/// What a claim is held against.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimMatch {
    /// One text.
    Text(String),
    /// Any of several texts.
    AnyOf(Vec<String>),
}

impl Authorizer {
    /// Brings equal rules to equal values.
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
