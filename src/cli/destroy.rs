//! `agentctl destroy`: deletes everything that agentctl made.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use camino::Utf8PathBuf;

use super::args::{Globals, Paths};
use super::change::{self, Consent, Open};
use super::failure::{Failure, Status};
use super::narrator::Narrator;
use super::session::{Declared, Session, root};
use super::stop::Stop;
use crate::apply::executor::{Limits, OnFailure};
use crate::aws::Access;
use crate::event::Events;
use crate::manifest::ProjectName;
use crate::resource::desired::Desired;
use crate::resource::owner::{Owner, OwnerFilter};
use crate::ui::{Terminal, Undertaking};

/// Delete everything that agentctl made
#[derive(Debug, clap::Args)]
pub(super) struct DestroyArgs {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    consent: Consent,
    /// Delete all agents of this project and environment, whether or not a manifest declares them
    #[arg(long, value_name = "NAME", conflicts_with_all = ["paths", "targets"])]
    project: Option<ProjectName>,
}

/// What is to be destroyed.
struct Target {
    project: String,
    sides: BTreeMap<String, String>,
    desired: Desired,
    scopes: Vec<OwnerFilter>,
}

pub(super) async fn destroy(
    args: &DestroyArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let (consent, format) = (&args.consent, args.consent.format);
    let stop = Stop::listen(terminal, format);
    let opening = stop.unless_asked(open(args, globals)).await;
    let (session, root, target) = change::opened(opening, format, terminal)?;
    let began = Instant::now();

    let (events, receiver) = Events::channel();
    let mut heading = session.heading(globals, &target.project, target.sides);
    let narrator = Narrator::begin(receiver, format, heading.clone(), terminal);
    let run = session.run(events.clone());
    let work = async {
        let looking = async { Ok(run.look_to_destroy(&target.desired, &target.scopes).await?) };
        let seen = stop.unless_asked(looking).await?;
        heading.effort = Some(session.effort(began));
        let agreeing = change::agree(
            &seen.plan,
            &heading,
            run.registry(),
            consent,
            "Delete all of this?",
            terminal,
        );
        if !stop.unless_asked(agreeing).await? && seen.is_over() {
            return Ok((seen, None));
        }
        let options = change::run_options(&root, LIMITS, "destroy");
        let owners: BTreeSet<Owner> = target
            .scopes
            .iter()
            .filter_map(OwnerFilter::owner)
            .chain(seen.owners())
            .collect();
        let owners: Vec<Owner> = owners.into_iter().collect();
        let destroying = async { Ok(run.destroy(&seen, &owners, &options).await?) };
        let outcomes = stop.changing(&options, events, destroying).await?;
        Ok::<_, Failure>((seen, Some((outcomes, options))))
    };
    let done = work.await;
    let open = Open {
        session,
        run,
        narrator,
        stop,
    };
    let done = done.map(|(seen, outcomes)| (seen.plan, outcomes));
    open.end(done, Undertaking::Destroy, format, terminal).await
}

/// Finds the project, signs in, and says what is to be destroyed.
async fn open(
    args: &DestroyArgs,
    globals: &Globals,
) -> Result<(Session, Utf8PathBuf, Target), Failure> {
    let declared = match &args.project {
        Some(_) => None,
        None => Some(Declared::load_names(globals, &args.paths)?),
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

/// How many resources are worked on at a time; one that cannot be deleted keeps no other.
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
        return Ok(Target {
            project,
            sides: BTreeMap::new(),
            desired: Desired::new(),
            scopes: vec![all],
        });
    };
    let prepared = declared.prepare_names();
    let owners = declared.owners(&session.site, globals.env());
    Ok(Target {
        project: declared.manifests.project.name.to_string(),
        sides: declared.sides(),
        desired: session.expand(&prepared, globals)?.desired,
        scopes: owners.iter().map(OwnerFilter::of).collect(),
    })
}
