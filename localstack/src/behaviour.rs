//! What services do that depends on the account or was seen to vary, for tests to choose.

/// Quotas, and behaviour of which deployers report more than one.
///
/// Take the default and change single fields where a test needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// Runtimes of an account in a region (`AgentCore` developer guide, "Quotas").
    pub runtimes: usize,
    /// Versions of a runtime (the same page).
    pub runtime_versions: usize,
    /// Endpoints of a runtime (the same page). Guess: the one named `DEFAULT` counts.
    pub runtime_endpoints: usize,
    /// Whether a runtime demands `MMDSv2` right after its creation.
    ///
    /// `CreateAgentRuntime` cannot say so. Deployers have seen both; without it a client has to follow with an update, which is the
    /// harder case and therefore the default.
    pub mmdsv2_on_create: bool,
    /// When Lambda publishes a version although nothing differs from the last one.
    pub republish: Republish,
    /// When `AgentCore` reports a fault in an archive.
    pub inspection: Inspection,
    /// What `GetResourcePolicy` of `AgentCore` answers for a resource without a policy.
    pub no_policy: NoPolicy,
    /// How calls report that a runtime or an endpoint is not there.
    pub missing: Missing,
}

/// How `AgentCore` reports a missing resource in calls that do not always return `ResourceNotFoundException`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// As the model has it.
    NotFound,
    /// As deployers report it: `AccessDeniedException` for the deletion of a runtime and for everything about endpoints.
    Denied,
}

/// What `PublishVersion` does after updates that left code and configuration as they were in the last version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Republish {
    /// Gives the last version again: "Lambda doesn't publish a version if the function's configuration and code haven't changed since the
    /// last version" (Lambda API, `PublishVersion`), and "If `$LATEST` is identical to a previously published version, you won't be able
    /// to create a new version" (Lambda developer guide, "Manage Lambda function versions"). Both are about what differs.
    WhenChanged,
    /// Publishes a new version, as other emulators do that were compared with AWS: "Use `UpdateFunctionCode` or
    /// `UpdateFunctionConfiguration` to update the function before publishing a version" (Lambda API, `PublishVersion`).
    AfterUpdate,
}

/// When `AgentCore` reports a fault in an archive: no entry point, no launcher, libraries for another machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inspection {
    /// The call is accepted, and the runtime fails with the reason, as several deployers report it.
    Afterwards,
    /// The call is refused with the reason, as the developer guide can be read ("the agent creation fails").
    AtOnce,
}

/// What is answered for a resource without a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPolicy {
    /// 200 without `policy`, as AWS's own Python SDK expects.
    Empty,
    /// `ResourceNotFoundException`, which the model lists.
    NotFound,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            runtimes: 1000,
            runtime_versions: 1000,
            runtime_endpoints: 10,
            mmdsv2_on_create: false,
            republish: Republish::WhenChanged,
            inspection: Inspection::Afterwards,
            no_policy: NoPolicy::Empty,
            missing: Missing::Denied,
        }
    }
}
