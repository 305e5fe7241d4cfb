//! The physical names of an agent's resources, within AWS's limits.

use crate::kinds::log_group::RUNTIME_FOLDER;
use crate::resource::address::fit;
use crate::resource::owner::Owner;

/// The longest role name (IAM API, `CreateRole`).
const ROLE: usize = 64;

/// Returns the name of the role that Lambda runs the agent as. IAM is global, so the region is part of the name.
pub(super) fn lambda_role(owner: &Owner) -> String {
    fit(
        &format!("{}-lambda-{}", owner.base_name(), owner.region),
        ROLE,
        '-',
    )
}

/// Returns the name of the role that `AgentCore` runs the agent as.
pub(super) fn agentcore_role(owner: &Owner) -> String {
    fit(
        &format!("{}-agentcore-{}", owner.base_name(), owner.region),
        ROLE,
        '-',
    )
}

/// Returns the name of the log group that the function writes to.
pub(super) fn lambda_log_group(owner: &Owner) -> String {
    format!("/aws/lambda/{}", owner.base_name())
}

/// Returns the pattern of the log groups that `AgentCore` creates for the agent, whose ids are not known in advance.
pub(super) fn agentcore_log_groups(owner: &Owner) -> String {
    format!("{RUNTIME_FOLDER}{}-*", owner.runtime_name())
}
