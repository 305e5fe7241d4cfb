//! `agentctl destroy`: deletes all resources of agents.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::agent::Agents;
use super::args::Globals;
use super::change::{self, Consent};
use super::failure::Failure;
use super::running::Running;
use super::session::{Declared, Session, root};
use super::stop::Stop;
use crate::aws::Access;
use crate::code::Status;
use crate::executor::steps::{Limits, OnFailure};
use crate::manifest::ProjectName;
use crate::plan::model::Plan;
use crate::resource::desired::Desired;
use crate::resource::owner::OwnerFilter;
use crate::run::{DestroyRequest, RunOptions};
use crate::ui::{Terminal, Undertaking};

/// Delete everything that agentctl created
#[derive(Debug, clap::Args)]
pub(super) struct DestroyArgs {
    #[command(flatten)]
    pub(super) agents: Agents,
    #[command(flatten)]
    consent: Consent,
    /// Delete all agents of this project and environment, whether or not a manifest declares them
    #[arg(long, value_name = "NAME", conflicts_with = "Agents")]
    pub(super) project: Option<ProjectName>,
    /// Also delete what others use, and their aliases and endpoints on it
    #[arg(long)]
    with_others: bool,
}

/// What to destroy.
struct Target {
    project: String,
    /// Whether manifests declare what to destroy.
    is_declared: bool,
    sides: BTreeMap<String, String>,
    desired: Desired,
    scopes: Vec<OwnerFilter>,
}

pub(super) async fn destroy(
    args: &DestroyArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let format = args.consent.format;
    let stop = Stop::listen(terminal, format);
    let opening = stop.unless_asked(open(args, globals)).await;
    let (session, root, target) = change::opened(opening, format, terminal)?;
    let heading = session.heading(globals, &target.project, target.sides);
    let options = RunOptions {
        others: change::others(args.with_others),
        ..change::run_options(&root, LIMITS, "destroy")
    };
    let request = DestroyRequest {
        desired: &target.desired,
        scopes: &target.scopes,
        must_exist: !target.is_declared,
    };
    let running = Running::begin(
        session,
        heading,
        (options, stop),
        args.consent.clone(),
        terminal,
    );
    let agree = async |plan: &Plan| running.agree(plan, "Delete all of this?").await;
    let destroying = running.engine.destroy(request, &running.options, agree);
    let ended = running.stop.run(&running.options, destroying).await;
    running.end(ended, Undertaking::Destroy).await
}

/// Finds the project, signs in, and returns what to destroy.
async fn open(
    args: &DestroyArgs,
    globals: &Globals,
) -> Result<(Session, Utf8PathBuf, Target), Failure> {
    let declared = match &args.project {
        Some(_) => None,
        None => Some(Declared::load_names(globals, &args.agents.selection())?),
    };
    let root = declared
        .as_ref()
        .map_or_else(root, |declared| Ok(declared.manifests.root.clone()))?;
    let project = declared
        .as_ref()
        .map(|declared| &declared.manifests.project);
    let session = Session::open(globals, project, &root, Access::Write).await?;
    let target = target(args, globals, declared.as_ref(), &session)?;
    Ok((session, root, target))
}

/// How many resources are deleted at a time. A failed deletion does not stop the others.
const LIMITS: Limits = Limits {
    parallelism: 16,
    on_failure: OnFailure::ContinueOthers,
};

fn target(
    args: &DestroyArgs,
    globals: &Globals,
    declared: Option<&Declared>,
    session: &Session,
) -> Result<Target, Failure> {
    let Some(declared) = declared else {
        let project = args
            .project
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let all = OwnerFilter {
            project: project.clone(),
            env: globals.env().to_owned(),
            region: session.site.region.clone(),
            agent: None,
        };
        let here = Declared::load_names(globals, &args.agents.selection());
        return Ok(Target {
            is_declared: here.is_ok_and(|here| here.manifests.project.name.as_str() == project),
            project,
            sides: BTreeMap::new(),
            desired: Desired::new(),
            scopes: vec![all],
        });
    };
    let prepared = declared.prepare_names();
    let owners = declared.owners(&session.site, globals.env());
    Ok(Target {
        is_declared: true,
        project: declared.manifests.project.name.to_string(),
        sides: declared.sides(),
        desired: session.expand(&prepared, globals)?.desired,
        scopes: owners.iter().map(OwnerFilter::of).collect(),
    })
}
