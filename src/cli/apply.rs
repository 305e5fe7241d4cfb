//! `agentctl apply`: creates, updates and deletes resources until AWS matches the manifests.

use std::sync::Arc;

use camino::Utf8PathBuf;

use super::agent::Agents;
use super::args::Globals;
use super::change::{self, Consent};
use super::failure::Failure;
use super::running::Running;
use super::saved;
use super::session::{Declared, Opened};
use super::stop::Stop;
use crate::aws::Access;
use crate::code::Status;
use crate::executor::steps::{Limits, OnFailure};
use crate::plan::file;
use crate::plan::model::{Pins, Plan};
use crate::run::{ApplyRequest, RunOptions, SavedPlan};
use crate::ui::{Terminal, Undertaking};

/// Create, update and delete resources as the manifests declare
#[derive(Debug, clap::Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    pub(super) agents: Agents,
    /// Apply this plan, saved by `agentctl diff --out FILE`, and nothing else; does not ask
    #[arg(long, value_name = "FILE", conflicts_with_all = ["Agents", "promote"])]
    plan: Option<Utf8PathBuf>,
    #[command(flatten)]
    consent: Consent,
    /// How many resources to change at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    parallelism: u16,
    /// Release pinned callers to the newest versions
    #[arg(long)]
    promote: bool,
    /// Stop starting new steps after the first failure
    #[arg(long)]
    fail_fast: bool,
    /// Also delete what others use, and their aliases and endpoints on it
    #[arg(long)]
    with_others: bool,
}

impl ApplyArgs {
    fn pins(&self) -> Pins {
        if self.promote {
            Pins::Released
        } else {
            Pins::Honoured
        }
    }

    fn limits(&self) -> Limits {
        Limits {
            parallelism: self.parallelism.into(),
            on_failure: if self.fail_fast {
                OnFailure::StartNothing
            } else {
                OnFailure::ContinueOthers
            },
        }
    }
}

pub(super) async fn apply(
    args: &ApplyArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let format = args.consent.format;
    let stop = Stop::listen(terminal, format);
    let opening = async {
        let saved = args.plan.as_deref().map(file::load).transpose()?;
        let declared = match &saved {
            Some(file) => saved::load_declared(globals, file)?,
            None => Declared::load(globals, &args.agents.selection())?,
        };
        declared.warn(terminal);
        let opened = declared.open(globals, Access::Write).await?;
        if let Some(file) = &saved {
            saved::demand_target(file, &opened.session, &opened.heading)?;
        }
        Ok((saved, declared.manifests.root, opened))
    };
    let (saved, root, opened) = change::opened(stop.unless_asked(opening).await, format, terminal)?;
    let Opened {
        session,
        expansion,
        owners,
        heading,
    } = opened;
    let options = RunOptions {
        others: change::others(args.with_others),
        ..change::run_options(&root, args.limits(), "apply")
    };
    let consent = Consent {
        // A user who passes a saved plan has seen it.
        yes: args.consent.yes || saved.is_some(),
        ..args.consent
    };
    let running = Running::begin(session, heading, (options, stop), consent, terminal);
    let request = ApplyRequest {
        desired: &expansion.desired,
        owners: &owners,
        contents: Arc::new(expansion.artifacts),
        pins: args.pins(),
        saved: saved.as_ref().map(|file| SavedPlan {
            file,
            project: &running.heading.project,
            env: &running.heading.env,
        }),
    };
    let agree = async |plan: &Plan| running.agree(plan, "Apply these changes?").await;
    let applying = running.engine.apply(&request, &running.options, agree);
    let ended = running.stop.run(&running.options, applying).await;
    running.end(ended, Undertaking::Apply).await
}
