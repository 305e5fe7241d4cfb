//! The physical names of an agent's resources, within AWS's limits.

use sha2::{Digest, Sha256};

use crate::resource::owner::Owner;

/// The longest role name (IAM API, `CreateRole`).
const ROLE: usize = 64;

/// How many characters of the digest stand at the end of a name that was cut.
const TAIL: usize = 8;

/// Names the role that Lambda runs the agent as. IAM is global, so the region is part of the name.
pub(super) fn lambda_role(owner: &Owner) -> String {
    fit(
        &format!("{}-lambda-{}", owner.base_name(), owner.region),
        ROLE,
    )
}

/// Names the role that `AgentCore` runs the agent as.
pub(super) fn agentcore_role(owner: &Owner) -> String {
    fit(
        &format!("{}-agentcore-{}", owner.base_name(), owner.region),
        ROLE,
    )
}

/// Names the log group that the function writes to.
pub(super) fn lambda_log_group(owner: &Owner) -> String {
    format!("/aws/lambda/{}", owner.base_name())
}

/// What the names of the log groups begin with that `AgentCore` makes; the runtime's id, a hyphen and the endpoint follow.
pub(super) const AGENTCORE_LOG_GROUPS: &str = "/aws/bedrock-agentcore/runtimes/";

/// Gives the pattern of the log groups that `AgentCore` makes for the agent, whose ids are not known before.
pub(super) fn agentcore_log_groups(owner: &Owner) -> String {
    format!(
        "/aws/bedrock-agentcore/runtimes/{}-*",
        owner.base_name().replace('-', "_")
    )
}

/// Cuts a name to a length, with a digest of the whole at its end so that different names stay different.
fn fit(name: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    let digest = hex::encode(Sha256::digest(name.as_bytes()));
    let head: String = name.chars().take(limit - TAIL - 1).collect();
    format!("{}-{}", head.trim_end_matches('-'), &digest[..TAIL])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_within_the_limit_is_left_alone() {
        assert_eq!(
            fit("triage-lambda-us-east-1", ROLE),
            "triage-lambda-us-east-1"
        );
    }

    #[test]
    fn a_long_name_is_cut_and_stays_unlike_its_neighbours() {
        let long = |end: &str| fit(&format!("{}-{end}", "a".repeat(70)), ROLE);
        assert_eq!(long("x").len(), ROLE);
        assert_ne!(long("x"), long("y"));
    }
}
