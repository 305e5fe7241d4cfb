//! `agentctl apply`: brings AWS to what the manifests declare.

use std::sync::Arc;
use std::time::Instant;

use camino::Utf8PathBuf;

use super::args::{Globals, Paths};
use super::change::{self, Consent};
use super::failure::{Failure, Status};
use super::narrator::Narrator;
use super::saved::{self, Held};
use super::session::{Declared, Session};
use super::stop::{self, Requests};
use crate::apply::executor::{Limits, OnFailure};
use crate::aws::Access;
use crate::event::Events;
use crate::kinds::s3_object::Contents;
use crate::plan::file;
use crate::plan::planner::{Pins, Purpose};
use crate::run::Run;
use crate::ui::{Effort, Terminal};

/// Bring AWS to what the manifests declare
#[derive(Debug, clap::Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    paths: Paths,
    /// Apply this plan, saved by `agentctl diff --out FILE`, and nothing else; does not ask
    #[arg(long, value_name = "FILE", conflicts_with_all = ["Paths", "promote"])]
    plan: Option<Utf8PathBuf>,
    #[command(flatten)]
    consent: Consent,
    /// How many resources to work on at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    parallelism: u16,
    /// Release what holds callers back, and let them reach the newest versions
    #[arg(long)]
    promote: bool,
    /// Begin nothing more once something has failed
    #[arg(long)]
    fail_fast: bool,
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

/// What is asked before anything is changed.
const QUESTION: &str = "Apply these changes?";

pub(super) async fn apply(
    args: &ApplyArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let saved = args.plan.as_deref().map(file::load).transpose()?;
    let declared = match &saved {
        Some(file) => saved::load_declared(globals, file)?,
        None => Declared::load(globals, &args.paths)?,
    };
    let prepared = declared.prepare(globals)?;
    let project = &declared.manifests.project;
    let session = Session::open(
        globals,
        Some(project),
        &declared.manifests.root,
        Access::Write,
    )
    .await?;
    let expansion = session.expand(&prepared, globals)?;
    let owners = declared.owners(&session.site, globals.env());
    let began = Instant::now();

    let (events, receiver) = Events::channel();
    let mut heading = session.heading(globals, project.name.as_str(), declared.sides());
    let here = heading.clone();
    let narrator = Narrator::begin(receiver, args.consent.format, here.clone(), terminal);
    let run = Run::new(session.clients.clone(), session.site.clone(), events);
    // Whoever hands over a saved plan has seen it.
    let consent = &Consent {
        yes: args.consent.yes || saved.is_some(),
        ..args.consent
    };
    let registry = run.registry();
    let contents: Arc<dyn Contents> = Arc::new(expansion.artifacts);
    let mut watch = None;
    let work = async {
        let desired = &expansion.desired;
        let mut look = async || {
            let seen = run.look_with(desired, &owners, args.pins()).await?;
            heading.effort = Some(Effort {
                calls: session.clients.calls(),
                elapsed: began.elapsed(),
            });
            Ok::<_, Failure>((seen, heading.clone()))
        };
        let reviewed = match &saved {
            Some(file) => Some(Held::open(file, &run, desired, (&session, &here), terminal).await?),
            None => None,
        };
        let (mut seen, mut head) = look().await?;
        if let Some(reviewed) = &reviewed {
            reviewed.demand(&seen)?;
        }
        let root = &declared.manifests.root;
        let manner = change::manner(root, args.limits(), "apply");
        let first = seen.before_reading(desired);
        // A saved plan is complete, so what cannot be read now is not as it was.
        if let (Some(first), None) = (first, &reviewed) {
            let unreadable = seen.plan.unreadable.len();
            terminal.note(&format!(
                "{unreadable} resources cannot be read before these changes, and are looked at again after them"
            ));
            if !change::agree(&first.plan, &head, registry, consent, QUESTION, terminal)? {
                return Ok((first, None));
            }
            watch.get_or_insert_with(|| stop::watch(manner.stop.clone(), terminal));
            let outcomes = run
                .apply(&first, desired, &owners, contents.clone(), &manner)
                .await;
            let outcomes = outcomes?;
            if !outcomes.all_done() {
                return Ok((first, Some((outcomes, manner))));
            }
            (seen, head) = look().await?;
        }
        if !change::agree(&seen.plan, &head, registry, consent, QUESTION, terminal)? {
            return Ok((seen, None));
        }
        watch.get_or_insert_with(|| stop::watch(manner.stop.clone(), terminal));
        let outcomes = run.apply(&seen, desired, &owners, contents, &manner).await;
        Ok::<_, Failure>((seen, Some((outcomes?, manner))))
    };
    let done = work.await;
    // What was asked to stop is over; from here on a signal ends the waiting for others that use the local endpoint.
    let requests = Requests::listen();
    drop(watch);
    drop(run);
    narrator.end().await;
    let status = change::conclude(
        done.map(|(seen, outcomes)| (seen.plan, outcomes)),
        Purpose::Apply,
        args.consent.format,
        terminal,
    );
    session.close(requests, terminal).await?;
    status
}
