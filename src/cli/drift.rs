//! `agentctl drift`: changes by others. Its clients refuse every call that is not a known read.

use std::time::Instant;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::agent::Agents;
use super::args::{Format, Globals, ReportFormat};
use super::failure::Failure;
use super::narrator::Narrator;
use super::session::{Declared, Opened};
use super::stop::Stop;
use crate::aws::Access;
use crate::code::Status;
use crate::event::Events;
use crate::manifest::drift_ignores;
use crate::plan::drift::{DriftReport, Verdict, report};
use crate::resource::registry::Registry;
use crate::ui::{Heading, Terminal, drift_view, json};

/// The help about the exit status, which scripts use.
const EXIT: &str =
    "Exits with 0 if there is no drift, 2 if there is drift, and 3 if something could not be read.";

/// Show what somebody else changed since the last apply
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT)]
pub(super) struct DriftArgs {
    #[command(flatten)]
    pub(super) agents: Agents,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: ReportFormat,
    /// File that lists drift to ignore, each entry with an expiry date
    #[arg(long, value_name = "FILE")]
    ignore: Option<Utf8PathBuf>,
}

pub(super) async fn drift(
    args: &DriftArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let stop = Stop::listen(terminal, Format::Text);
    let ignores = match &args.ignore {
        Some(path) => drift_ignores(path)?,
        None => Vec::new(),
    };
    let declared = Declared::load(globals, &args.agents.selection())?;
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
    let looking = async { Ok(engine.drift(&expansion.desired, &owners).await?) };
    let comparison = stop.unless_asked(looking).await;
    let registry = engine.registry().clone();
    drop(engine);
    narrator.end().await;
    heading.effort = Some(session.effort(began));
    session.close(&stop, terminal).await?;

    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let mut report = report(&registry, &comparison?, &ignores, today);
    if !declared.is_whole() {
        // An entry without a match here may match something of another agent.
        report.unused.clear();
    }
    show(&report, &heading, &registry, args.format, terminal);
    Ok(match report.verdict() {
        Verdict::Clean => Status::Done,
        Verdict::Drifted => Status::Differences,
        Verdict::Incomplete => Status::Incomplete,
    })
}

fn show(
    report: &DriftReport,
    heading: &Heading,
    registry: &Registry,
    format: ReportFormat,
    terminal: &Terminal,
) {
    match format {
        ReportFormat::Text => {
            let style = terminal.data_style;
            terminal.data(&drift_view::text(report, heading, registry, style));
        }
        ReportFormat::Markdown => {
            terminal.data(&drift_view::markdown(report, heading, registry));
        }
        ReportFormat::Json => {
            let document = drift_view::json(report, heading, registry);
            // A reader that closed the pipe has read what it needs.
            let _ = json::document(&document, &mut terminal.out());
        }
    }
}
