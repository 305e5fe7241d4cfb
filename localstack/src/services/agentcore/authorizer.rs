//! Who may call a runtime with a token: `customJWTAuthorizer`, its shape and the model's constraints on it.
//!
//! Private endpoints and certificates are not built.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::count::{exactly_one, items};
use crate::pattern::Pattern;
use crate::validate::Checks;

static DISCOVERY: Pattern = Pattern::new(
    r"[^\s?#]+/\.well-known/(openid-configuration|oauth-authorization-server)(/[^\s?#]+)?",
);

static SCOPE: Pattern = Pattern::new(r"[\x21\x23-\x5B\x5D-\x7E]+");

/// `.-:` within the brackets is a range.
static CLAIM: Pattern = Pattern::new("[A-Za-z0-9_.-:]+");

static WORD: Pattern = Pattern::new("[A-Za-z0-9_.-]+");

/// Exactly one member, of which there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Authorizer {
    #[serde(
        rename = "customJWTAuthorizer",
        skip_serializing_if = "Option::is_none"
    )]
    custom_jwt: Option<CustomJwt>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CustomJwt {
    discovery_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_audience: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_clients: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_scopes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advertised_scope_mapping: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_claims: Option<Vec<Claim>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_workload_configuration: Option<AllowedWorkload>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Claim {
    inbound_token_claim_name: String,
    inbound_token_claim_value_type: String,
    authorizing_claim_match_value: ClaimMatch,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClaimMatch {
    claim_match_value: ClaimValue,
    claim_match_operator: String,
}

/// Exactly one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClaimValue {
    #[serde(skip_serializing_if = "Option::is_none")]
    match_value_string: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    match_value_string_list: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AllowedWorkload {
    #[serde(skip_serializing_if = "Option::is_none")]
    hosting_environments: Option<Vec<HostingEnvironment>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workload_identities: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HostingEnvironment {
    arn: String,
}

impl Authorizer {
    /// Checks it against the model.
    pub(super) fn check(&self, checks: &mut Checks) {
        let member = "authorizerConfiguration";
        exactly_one(checks, member, &[self.custom_jwt.is_some()]);
        if let Some(jwt) = &self.custom_jwt {
            jwt.check(checks, &format!("{member}.customJWTAuthorizer"));
        }
    }
}

impl CustomJwt {
    fn check(&self, checks: &mut Checks, member: &str) {
        let of = |name: &str| format!("{member}.{name}");
        checks.pattern(&of("discoveryUrl"), &self.discovery_url, &DISCOVERY);
        for (name, list) in [
            ("allowedAudience", &self.allowed_audience),
            ("allowedClients", &self.allowed_clients),
            ("allowedScopes", &self.allowed_scopes),
        ] {
            if let Some(list) = list {
                items(checks, &of(name), list.len(), &(1..=usize::MAX));
            }
        }
        for scope in self.allowed_scopes.iter().flatten() {
            text(checks, &of("allowedScopes"), scope, &SCOPE);
        }
        if let Some(mapping) = &self.advertised_scope_mapping {
            let member = of("advertisedScopeMapping");
            items(checks, &member, mapping.len(), &(1..=50));
            for scope in mapping.iter().flat_map(|(from, to)| [from, to]) {
                text(checks, &member, scope, &SCOPE);
            }
        }
        if let Some(claims) = &self.custom_claims {
            items(checks, &of("customClaims"), claims.len(), &(1..=usize::MAX));
            for claim in claims {
                claim.check(checks, &of("customClaims"));
            }
        }
        if let Some(workload) = &self.allowed_workload_configuration {
            workload.check(checks, &of("allowedWorkloadConfiguration"));
        }
    }
}

impl Claim {
    fn check(&self, checks: &mut Checks, member: &str) {
        let of = |name: &str| format!("{member}.{name}");
        text(
            checks,
            &of("inboundTokenClaimName"),
            &self.inbound_token_claim_name,
            &CLAIM,
        );
        checks.one_of(
            &of("inboundTokenClaimValueType"),
            &self.inbound_token_claim_value_type,
            &["STRING", "STRING_ARRAY"],
        );
        let matched = &self.authorizing_claim_match_value;
        checks.one_of(
            &of("authorizingClaimMatchValue.claimMatchOperator"),
            &matched.claim_match_operator,
            &["EQUALS", "CONTAINS", "CONTAINS_ANY"],
        );
        let value = &matched.claim_match_value;
        let member = of("authorizingClaimMatchValue.claimMatchValue");
        exactly_one(
            checks,
            &member,
            &[
                value.match_value_string.is_some(),
                value.match_value_string_list.is_some(),
            ],
        );
        if let Some(list) = &value.match_value_string_list {
            items(checks, &member, list.len(), &(1..=usize::MAX));
        }
        let listed = value.match_value_string_list.iter().flatten();
        for word in value.match_value_string.iter().chain(listed) {
            text(checks, &member, word, &WORD);
        }
    }
}

impl AllowedWorkload {
    fn check(&self, checks: &mut Checks, member: &str) {
        if let Some(environments) = &self.hosting_environments {
            let member = format!("{member}.hostingEnvironments");
            items(checks, &member, environments.len(), &(1..=10));
            for environment in environments {
                checks.length(&member, &environment.arn, &(20..=1011));
            }
        }
        if let Some(identities) = &self.workload_identities {
            let member = format!("{member}.workloadIdentities");
            items(checks, &member, identities.len(), &(1..=10));
            for identity in identities {
                checks
                    .length(&member, identity, &(3..=255))
                    .pattern(&member, identity, &WORD);
            }
        }
    }
}

fn text(checks: &mut Checks, member: &str, value: &str, pattern: &Pattern) {
    checks
        .length(member, value, &(1..=255))
        .pattern(member, value, pattern);
}
