//! `agentctl diff`: what an apply would change.

use std::time::Instant;

use super::args::{Format, Globals, Paths};
use super::failure::{Failure, Status};
use super::narrator::Narrator;
use super::session::{Declared, Session};
use super::stop::Requests;
use crate::aws::Access;
use crate::event::Events;
use crate::plan::model::Plan;
use crate::resource::registry::Registry;
use crate::run::Run;
use crate::ui::{Effort, Heading, Terminal, json, plan_view};

/// Show what apply would change
#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    paths: Paths,
    /// Exit with 2 when there are differences
    #[arg(long)]
    exit_code: bool,
    /// How the plan is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) async fn diff(
    args: &DiffArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let declared = Declared::load(globals, &args.paths)?;
    let prepared = declared.prepare(globals)?;
    let project = &declared.manifests.project;
    let session = Session::open(
        globals,
        Some(project),
        &declared.manifests.root,
        Access::Read,
    )
    .await?;
    let expansion = session.expand(&prepared, globals)?;
    let owners = declared.owners(&session.site, globals.env());
    let began = Instant::now();

    let (events, receiver) = Events::channel();
    let mut heading = session.heading(globals, project.name.as_str(), declared.sides());
    let narrator = Narrator::begin(receiver, Format::Text, heading.clone(), terminal);
    let run = Run::new(session.clients.clone(), session.site.clone(), events);
    let seen = run.look(&expansion.desired, &owners).await;
    let registry = run.registry().clone();
    drop(run);
    narrator.end().await;
    heading.effort = Some(Effort {
        calls: session.clients.calls(),
        elapsed: began.elapsed(),
    });
    if let Ok(seen) = &seen {
        show(&seen.plan, &heading, &registry, args.format, terminal);
    }
    session.close(Requests::listen(), terminal).await?;
    let plan = seen?.plan;
    Ok(
        match (plan.unreadable.is_empty(), plan.is_empty(), args.exit_code) {
            (false, _, _) => Status::Incomplete,
            (true, false, true) => Status::Differences,
            (true, _, _) => Status::Done,
        },
    )
}

fn show(plan: &Plan, heading: &Heading, registry: &Registry, format: Format, terminal: &Terminal) {
    match format {
        Format::Text => terminal.data(&plan_view::text(
            plan,
            heading,
            registry,
            terminal.data_style,
        )),
        Format::Json => {
            let document = plan_view::json(plan, heading, registry);
            // A reader that has gone away has what it wanted.
            let _ = json::document(&document, &mut std::io::stdout());
        }
    }
}
