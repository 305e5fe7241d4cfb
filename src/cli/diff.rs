//! `agentctl diff`: what an apply would change.

use std::time::Instant;

use camino::Utf8PathBuf;

use super::agent::Agents;
use super::args::{Format, Globals, ReportFormat};
use super::failure::Failure;
use super::narrator::Narrator;
use super::saved::{self, NewPlan};
use super::session::{Declared, Opened};
use super::stop::Stop;
use crate::aws::Access;
use crate::code::Status;
use crate::event::Events;
use crate::plan::model::{Pins, Plan};
use crate::resource::registry::Registry;
use crate::ui::{Heading, Terminal, json, plan_view};

/// Show what apply would change
#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    pub(super) agents: Agents,
    /// Exit with 2 when there are differences
    #[arg(long)]
    exit_code: bool,
    /// Save the plan, for `agentctl apply --plan FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<Utf8PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: ReportFormat,
}

pub(super) async fn diff(
    args: &DiffArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let stop = Stop::listen(terminal, Format::Text);
    let declared = Declared::load(globals, &args.agents.selection())?;
    declared.warn(terminal);
    if let Some(out) = &args.out {
        saved::demand_free(out, &declared)?;
    }
    let Opened {
        session,
        expansion,
        owners,
        mut heading,
    } = stop
        .unless_asked(declared.open(globals, Access::Read))
        .await?;
    let began = Instant::now();

    let (events, receiver) = Events::channel();
    let narrator = Narrator::begin(receiver, Format::Text, heading.clone(), terminal);
    let engine = session.engine(events);
    let looked = async {
        let planned = engine
            .plan(&expansion.desired, &owners, Pins::Honoured)
            .await?;
        let new = if args.out.is_some() {
            let here = (&session, &heading);
            NewPlan::of(&engine, &planned, &expansion.desired, &declared, here).await?
        } else {
            None
        };
        Ok::<_, Failure>((planned, new))
    };
    let looked = stop.unless_asked(looked).await;
    let registry = engine.registry().clone();
    drop(engine);
    narrator.end().await;
    heading.effort = Some(session.effort(began));
    if let Ok((planned, _)) = &looked {
        show(&planned.plan, &heading, &registry, args.format, terminal);
    }
    let status = looked.and_then(|(planned, new)| {
        if let Some(out) = &args.out {
            saved::save(out, &planned, new, terminal)?;
        }
        Ok(status(&planned.plan, args.exit_code))
    });
    session.close(&stop, terminal).await?;
    status
}

fn status(plan: &Plan, tells_differences: bool) -> Status {
    match (
        plan.unreadable.is_empty(),
        plan.is_empty(),
        tells_differences,
    ) {
        (false, _, _) => Status::Incomplete,
        (true, false, true) => Status::Differences,
        (true, _, _) => Status::Done,
    }
}

fn show(
    plan: &Plan,
    heading: &Heading,
    registry: &Registry,
    format: ReportFormat,
    terminal: &Terminal,
) {
    match format {
        ReportFormat::Text => terminal.data(&plan_view::text(
            plan,
            heading,
            registry,
            terminal.data_style,
        )),
        ReportFormat::Markdown => terminal.data(&plan_view::markdown(plan, heading, registry)),
        ReportFormat::Json => {
            let document = plan_view::json(plan, heading, registry);
            // A reader that closed the pipe has read what it needs.
            let _ = json::document(&document, &mut terminal.out());
        }
    }
}
