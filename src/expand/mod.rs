//! Expands an agent into its resources: specs with every default written out, and digested artefacts.
//!
//! One file per subject: `context` has what all resources share, `bucket` the artifacts bucket, `artifact` the stored files, `encryption`
//! the key, `permission` the roles, `environment` the variables, `observability` the log groups, `function` the resources that run the
//! agent on Lambda and `runtime` those on `AgentCore`, `name` the physical names, and `place` compares regions and accounts.

mod artifact;
mod bucket;
mod context;
mod encryption;
mod environment;
mod error;
mod function;
mod name;
mod observability;
mod permission;
mod place;
mod runtime;
#[cfg(test)]
mod tests;

use camino::Utf8Path;

pub use artifact::Artifacts;
pub use bucket::bucket_address;
pub use error::{ExpandError, Mistake};
pub use place::Destination;

use self::artifact::{Digested, Files, Shelf, Sources};
use self::context::Context;
use self::encryption::Encryption;
use self::permission::RoleToRun;
use crate::manifest::{Agent, AgentCore, Lambda, Project, Side};
use crate::resource::desired::Desired;
use crate::resource::owner::Owner;
use crate::resource::site::Site;

/// The resources of agents, and the contents that they need.
#[derive(Debug, Default)]
pub struct Expansion {
    /// The desired resources.
    pub desired: Desired,
    /// The contents that may have to be uploaded.
    pub artifacts: Artifacts,
}

/// Returns the owner of an agent's resources.
pub fn owner_of(project: &Project, agent: &Agent, site: &Site, env: &str) -> Owner {
    Owner {
        project: project.name.to_string(),
        env: env.to_owned(),
        region: site.region.clone(),
        agent: agent.name.to_string(),
    }
}

/// Agents whose files are digested and checked, or not read. Needs no account.
#[derive(Debug)]
pub struct Prepared<'a> {
    project: &'a Project,
    agents: Vec<(&'a Agent, Digested)>,
}

/// Digests the files of the given agents. Returns the errors of all of them.
pub fn prepare<'a>(
    root: &Utf8Path,
    project: &'a Project,
    agents: impl IntoIterator<Item = &'a Agent>,
) -> Result<Prepared<'a>, Vec<ExpandError>> {
    let (mut prepared, mut errors) = (Vec::new(), Vec::new());
    let sources = Sources {
        root,
        manifests: &project.manifests,
    };
    for agent in agents {
        match artifact::digest(sources, agent) {
            Ok(digested) => prepared.push((agent, digested)),
            Err(mut more) => errors.append(&mut more),
        }
    }
    if errors.is_empty() {
        Ok(Prepared {
            project,
            agents: prepared,
        })
    } else {
        Err(errors)
    }
}

/// Prepares the given agents without their files, which need not exist.
///
/// The names and owners of their resources are right. Nothing depends on the content of the files, and no object is declared.
pub fn prepare_names<'a>(
    project: &'a Project,
    agents: impl IntoIterator<Item = &'a Agent>,
) -> Prepared<'a> {
    let unread = |agent| (agent, Digested::unread(agent));
    Prepared {
        project,
        agents: agents.into_iter().map(unread).collect(),
    }
}

impl Prepared<'_> {
    /// Compares what the agents name with where they are deployed.
    pub fn check_places(&self, destination: Destination<'_>) -> Result<(), Vec<ExpandError>> {
        let errors: Vec<ExpandError> = self
            .agents
            .iter()
            .flat_map(|(agent, _)| place::mistakes(agent, destination))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// Expands the agents into their resources in an account and region.
    pub fn expand(&self, site: &Site, env: &str) -> Result<Expansion, Vec<ExpandError>> {
        let (mut expansion, mut errors) = (Expansion::default(), Vec::new());
        let regions = &self.project.regions;
        if !regions.is_empty() && !regions.iter().any(|region| region.as_str() == site.region) {
            let region = site.region.clone();
            errors.push(ExpandError {
                position: None,
                mistake: Mistake::Region { region },
            });
        }
        for (agent, digested) in &self.agents {
            let tags = agent
                .labels
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .collect();
            let context = Context {
                site,
                owner: owner_of(self.project, agent, site, env),
                tags,
            };
            match expand_agent(agent, digested, &context) {
                Ok(mut one) => {
                    expansion.desired.append(&mut one.desired);
                    expansion.artifacts.append(one.artifacts);
                }
                Err(mut more) => errors.append(&mut more),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        if !expansion.desired.is_empty() {
            expansion.desired.insert(0, bucket::bucket(site));
        }
        Ok(expansion)
    }
}

/// The resources that an agent has on both sides, with the same addresses: a switch of sides does not change them.
struct Shared {
    encryption: Encryption,
    files: Files,
}

fn expand_agent(
    agent: &Agent,
    digested: &Digested,
    context: &Context<'_>,
) -> Result<Expansion, Vec<ExpandError>> {
    let encryption = encryption::encryption(agent, context);
    let bucket = context.site.artifacts_bucket();
    let shelf = Shelf {
        owner: &context.owner,
        bucket: &bucket,
        kms_key: encryption.arn.clone(),
    };
    let files = artifact::files(digested, &shelf);
    let mut shared = Shared { encryption, files };
    let mut of_side = match &agent.side {
        Side::Lambda(lambda) => lambda_agent(agent, lambda, &shared, context)?,
        Side::AgentCore(agentcore) => agentcore_agent(agent, agentcore, &shared, context)?,
    };
    let mut desired: Desired = shared.encryption.resource.into_iter().collect();
    desired.append(&mut shared.files.objects);
    desired.append(&mut of_side);
    Ok(Expansion {
        desired,
        artifacts: shared.files.artifacts,
    })
}

/// Declares the resources that run an agent on Lambda. The log group comes first, so that nothing is ever logged unencrypted.
fn lambda_agent(
    agent: &Agent,
    lambda: &Lambda,
    shared: &Shared,
    context: &Context<'_>,
) -> Result<Desired, Vec<ExpandError>> {
    let key = shared.encryption.arn.as_ref();
    let environment = environment::environment(agent, context, &shared.files)?;
    let log_group = observability::lambda_log_group(agent, context, key);
    let (made, role) = RoleToRun::of_agent(agent, || {
        permission::lambda_role(agent, context, &shared.files, key)
    })?;
    let code = shared.files.code.as_ref();
    let parts = function::Parts {
        lambda,
        code: code.expect("no Lambda agent without code is digested"),
        environment,
        key: key.cloned(),
        log_group: &log_group.address,
        role,
    };
    let served = function::resources(agent, context, parts);
    let mut desired: Desired = made.into_iter().collect();
    desired.push(log_group);
    desired.extend(served);
    Ok(desired)
}

/// Declares the resources that run an agent on `AgentCore`. The log groups come last: the service creates them, with the runtime's id in
/// their names.
fn agentcore_agent(
    agent: &Agent,
    agentcore: &AgentCore,
    shared: &Shared,
    context: &Context<'_>,
) -> Result<Desired, Vec<ExpandError>> {
    let key = shared.encryption.arn.as_ref();
    let environment = environment::environment(agent, context, &shared.files)?;
    let (made, role) = RoleToRun::of_agent(agent, || {
        permission::agentcore_role(agent, agentcore, context, &shared.files, key)
    })?;
    let parts = runtime::Parts {
        agentcore,
        code: shared.files.code.as_ref(),
        environment,
        role,
    };
    let [runtime, endpoint] = runtime::resources(agent, context, parts);
    let log_groups = observability::agentcore_log_groups(
        agent,
        context,
        &runtime.address,
        &endpoint.address,
        key,
    );
    let mut desired: Desired = made.into_iter().collect();
    desired.extend([runtime, endpoint]);
    desired.extend(log_groups);
    Ok(desired)
}
