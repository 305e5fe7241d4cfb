//! `agentctl apply`: brings AWS to what the manifests declare.

use std::sync::Arc;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};

use super::args::{Globals, Paths};
use super::change::{self, Consent, Done, Open};
use super::failure::{Failure, Status};
use super::narrator::Narrator;
use super::saved::{self, Held};
use super::session::{Declared, Opened, Session};
use super::stop::Stop;
use crate::apply::executor::{Limits, OnFailure};
use crate::apply::outcome::Outcomes;
use crate::aws::Access;
use crate::event::Events;
use crate::kinds::s3_object::Contents;
use crate::plan::file::{self, PlanFile};
use crate::plan::planner::Pins;
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;
use crate::run::{Engine, Planned, RunOptions};
use crate::ui::{Heading, Terminal, Undertaking};

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
    let format = args.consent.format;
    let stop = Stop::listen(terminal, format);
    let opening = async {
        let saved = args.plan.as_deref().map(file::load).transpose()?;
        let declared = match &saved {
            Some(file) => saved::load_declared(globals, file)?,
            None => Declared::load(globals, &args.paths)?,
        };
        let opened = declared.open(globals, Access::Write).await?;
        Ok((saved, declared.manifests.root, opened))
    };
    let (saved, root, opened) = change::opened(stop.unless_asked(opening).await, format, terminal)?;
    let Opened {
        session,
        expansion,
        owners,
        heading,
    } = opened;
    let began = Instant::now();

    let (events, receiver) = Events::channel();
    let narrator = Narrator::begin(receiver, format, heading.clone(), terminal);
    let run = session.run(events.clone());
    let job = Job {
        args,
        // Whoever hands over a saved plan has seen it.
        consent: Consent {
            yes: args.consent.yes || saved.is_some(),
            ..args.consent
        },
        terminal,
        session: &session,
        run: &run,
        heading: &heading,
        desired: &expansion.desired,
        owners: &owners,
        contents: Arc::new(expansion.artifacts),
        began,
        stop: &stop,
        events,
    };
    let done = job.work(saved.as_ref(), &root).await;
    drop(job);
    let open = Open {
        session,
        run,
        narrator,
        stop,
    };
    open.end(done, Undertaking::Apply, format, terminal).await
}

/// One apply, from the first look to the last step.
struct Job<'a> {
    args: &'a ApplyArgs,
    consent: Consent,
    terminal: &'a Terminal,
    session: &'a Session,
    run: &'a Engine,
    heading: &'a Heading,
    desired: &'a [DesiredResource],
    owners: &'a [Owner],
    contents: Arc<dyn Contents>,
    began: Instant,
    stop: &'a Stop,
    events: Events,
}

impl Job<'_> {
    async fn work(&self, saved: Option<&PlanFile>, root: &Utf8Path) -> Result<Done, Failure> {
        let here = (self.session, self.heading);
        let reviewed = match saved {
            Some(file) => {
                let opening = Held::open(file, self.run, self.desired, here, self.terminal);
                Some(self.stop.unless_asked(opening).await?)
            }
            None => None,
        };
        let mut seen = self.look().await?;
        if let Some(reviewed) = &reviewed {
            reviewed.demand(&seen)?;
        }
        let options = change::run_options(root, self.args.limits(), "apply");
        // A saved plan is complete, so what cannot be read now is not as it was.
        if let (Some(first), None) = (seen.before_reading(self.desired), &reviewed) {
            let unreadable = seen.plan.unreadable.len();
            self.terminal.note(&format!(
                "{unreadable} resources cannot be read before these changes, and are looked at again after them"
            ));
            match self.carry_out(&first, &options).await? {
                None => return Ok((first.plan, None)),
                Some(outcomes) if !outcomes.all_done() => {
                    return Ok((first.plan, Some((outcomes, options))));
                }
                Some(_) => seen = self.look_after_mending().await?,
            }
        }
        let outcomes = self.carry_out(&seen, &options).await?;
        Ok((seen.plan, outcomes.map(|outcomes| (outcomes, options))))
    }

    async fn look(&self) -> Result<Planned, Failure> {
        let pins = self.args.pins();
        let looking = async { Ok(self.run.look_with(self.desired, self.owners, pins).await?) };
        self.stop.unless_asked(looking).await
    }

    async fn look_after_mending(&self) -> Result<Planned, Failure> {
        let pins = self.args.pins();
        let looking = self.run.look_after_mending(self.desired, self.owners, pins);
        let looking = async { Ok(looking.await?) };
        self.stop.unless_asked(looking).await
    }

    /// Shows what is to be done, asks, and does it; `None` where there is nothing to do.
    async fn carry_out(
        &self,
        seen: &Planned,
        options: &RunOptions,
    ) -> Result<Option<Outcomes>, Failure> {
        let heading = Heading {
            effort: Some(self.session.effort(self.began)),
            ..self.heading.clone()
        };
        let (registry, consent) = (self.run.registry(), &self.consent);
        let agreeing = change::agree(
            &seen.plan,
            &heading,
            registry,
            consent,
            QUESTION,
            self.terminal,
        );
        if !self.stop.unless_asked(agreeing).await? {
            return Ok(None);
        }
        let contents = self.contents.clone();
        let applying = async {
            let applied = self
                .run
                .apply(seen, self.desired, self.owners, contents, options)
                .await;
            Ok(Some(applied?))
        };
        let events = self.events.clone();
        self.stop.changing(options, events, applying).await
    }
}
