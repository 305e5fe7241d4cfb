//! `agentctl apply`: brings AWS to what the manifests declare.

use std::sync::Arc;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use tokio_util::task::AbortOnDropHandle;

use super::args::{Globals, Paths};
use super::change::{self, Consent, Done, Open};
use super::failure::{Failure, Status};
use super::narrator::Narrator;
use super::saved::{self, Held};
use super::session::{Declared, Opened, Session};
use super::stop;
use crate::apply::executor::{Limits, OnFailure};
use crate::apply::outcome::Outcomes;
use crate::aws::Access;
use crate::event::Events;
use crate::kinds::s3_object::Contents;
use crate::plan::file::{self, PlanFile};
use crate::plan::planner::{Pins, Purpose};
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;
use crate::run::{Manner, Run, Seen};
use crate::ui::{Heading, Terminal};

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
    let Opened {
        session,
        expansion,
        owners,
        heading,
    } = declared.open(globals, Access::Write).await?;
    let began = Instant::now();

    let (events, receiver) = Events::channel();
    let narrator = Narrator::begin(receiver, args.consent.format, heading.clone(), terminal);
    let run = session.run(events);
    let mut watch = None;
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
    };
    let root = &declared.manifests.root;
    let done = job.work(saved.as_ref(), root, &mut watch).await;
    let open = Open {
        session,
        run,
        narrator,
        watch,
    };
    open.end(done, Purpose::Apply, args.consent.format, terminal)
        .await
}

/// One apply, from the first look to the last step.
struct Job<'a> {
    args: &'a ApplyArgs,
    consent: Consent,
    terminal: &'a Terminal,
    session: &'a Session,
    run: &'a Run,
    heading: &'a Heading,
    desired: &'a [DesiredResource],
    owners: &'a [Owner],
    contents: Arc<dyn Contents>,
    began: Instant,
}

impl Job<'_> {
    async fn work(
        &self,
        saved: Option<&PlanFile>,
        root: &Utf8Path,
        watch: &mut Option<AbortOnDropHandle<()>>,
    ) -> Result<Done, Failure> {
        let here = (self.session, self.heading);
        let reviewed = match saved {
            Some(file) => {
                Some(Held::open(file, self.run, self.desired, here, self.terminal).await?)
            }
            None => None,
        };
        let mut seen = self.look().await?;
        if let Some(reviewed) = &reviewed {
            reviewed.demand(&seen)?;
        }
        let manner = change::manner(root, self.args.limits(), "apply");
        // A saved plan is complete, so what cannot be read now is not as it was.
        if let (Some(first), None) = (seen.before_reading(self.desired), &reviewed) {
            let unreadable = seen.plan.unreadable.len();
            self.terminal.note(&format!(
                "{unreadable} resources cannot be read before these changes, and are looked at again after them"
            ));
            match self.carry_out(&first, &manner, watch).await? {
                None => return Ok((first.plan, None)),
                Some(outcomes) if !outcomes.all_done() => {
                    return Ok((first.plan, Some((outcomes, manner))));
                }
                Some(_) => seen = self.look().await?,
            }
        }
        let outcomes = self.carry_out(&seen, &manner, watch).await?;
        Ok((seen.plan, outcomes.map(|outcomes| (outcomes, manner))))
    }

    async fn look(&self) -> Result<Seen, Failure> {
        let pins = self.args.pins();
        Ok(self.run.look_with(self.desired, self.owners, pins).await?)
    }

    /// Shows what is to be done, asks, and does it; `None` where there is nothing to do.
    async fn carry_out(
        &self,
        seen: &Seen,
        manner: &Manner,
        watch: &mut Option<AbortOnDropHandle<()>>,
    ) -> Result<Option<Outcomes>, Failure> {
        let heading = Heading {
            effort: Some(self.session.effort(self.began)),
            ..self.heading.clone()
        };
        let (registry, consent) = (self.run.registry(), &self.consent);
        if !change::agree(
            &seen.plan,
            &heading,
            registry,
            consent,
            QUESTION,
            self.terminal,
        )? {
            return Ok(None);
        }
        watch.get_or_insert_with(|| stop::watch(manner.stop.clone(), self.terminal));
        let contents = self.contents.clone();
        let applied = self
            .run
            .apply(seen, self.desired, self.owners, contents, manner)
            .await;
        Ok(Some(applied?))
    }
}
