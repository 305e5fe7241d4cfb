//! What the commands about one agent's pointer have in common: finding the agent, and moving the pointer.

use camino::Utf8PathBuf;
use jiff::Timestamp;

use super::args::{Globals, Paths};
use super::change::{self, Consent, Open};
use super::failure::{Failure, Status};
use super::narrator::Narrator;
use super::session::{Declared, Session};
use super::stop::Stop;
use crate::apply::executor::{Limits, OnFailure};
use crate::aws::Access;
use crate::event::Events;
use crate::plan::pointer::{PointerError, Served};
use crate::plan::record::Pin;
use crate::resource::desired::Desired;
use crate::resource::owner::Owner;
use crate::ui::{Heading, Terminal, Undertaking};

/// One agent as the manifests declare it, and AWS where it is.
pub(super) struct Subject {
    pub(super) session: Session,
    pub(super) desired: Desired,
    pub(super) owner: Owner,
    heading: Heading,
    root: Utf8PathBuf,
}

impl Subject {
    /// Finds the agent of a name, and signs in.
    pub(super) async fn open(
        globals: &Globals,
        agent: &str,
        access: Access,
    ) -> Result<Self, Failure> {
        let paths = Paths {
            paths: Vec::new(),
            targets: vec![agent.to_owned()],
        };
        let declared = Declared::load(globals, &paths)?;
        let opened = declared.open(globals, access).await?;
        let owner = opened.owners.into_iter().next();
        Ok(Self {
            session: opened.session,
            desired: opened.expansion.desired,
            owner: owner.ok_or_else(|| Failure::new(format!("no agent `{agent}` is declared")))?,
            heading: opened.heading,
            root: declared.manifests.root,
        })
    }
}

/// A version to move to, and what it is held there with.
pub(super) struct Choice {
    pub(super) version: u64,
    pub(super) pin: Option<Pin>,
}

/// Moves the pointer of one agent to the version that is chosen among those there are.
///
/// The choice is told who asks and when.
pub(super) async fn move_pointer(
    (agent, consent): (&str, &Consent),
    command: &str,
    choose: impl FnOnce(&Served, String, String) -> Result<Choice, PointerError>,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let stop = Stop::listen(terminal, consent.format);
    let opening = stop.unless_asked(Subject::open(globals, agent, Access::Write));
    let Subject {
        session,
        desired,
        owner,
        heading,
        root,
    } = change::opened(opening.await, consent.format, terminal)?;
    let (events, receiver) = Events::channel();
    let narrator = Narrator::begin(receiver, consent.format, heading.clone(), terminal);
    let run = session.run(events.clone());
    let look_and_agree = async {
        let served = run.served(&desired, &owner).await?;
        // To the second, which is as exact as people care for.
        let now = Timestamp::from_second(Timestamp::now().as_second())
            .map_err(|error| Failure::new(error.to_string()))?;
        let (who, now) = (session.identity.arn.clone(), now.to_string());
        let Choice { version, pin } = choose(&served, who, now)?;
        served.demand_callable(version)?;
        let plan = served.plan(run.registry(), version, pin)?;
        let question = format!(
            "Let callers of `{}` reach version {version} in place of {}?",
            served.name,
            served.version()
        );
        let registry = run.registry();
        let agreed = change::agree(&plan, &heading, registry, consent, &question, terminal).await?;
        Ok((served, plan, agreed))
    };
    let work = async {
        let (served, plan, agreed) = stop.unless_asked(look_and_agree).await?;
        if !agreed {
            return Ok((plan, None));
        }
        let limits = Limits {
            parallelism: 1,
            on_failure: OnFailure::ContinueOthers,
        };
        let options = change::run_options(&root, limits, command);
        let moving = async { Ok(run.point(&served, &plan, &options).await?) };
        let outcomes = stop.changing(&options, events, moving).await?;
        Ok::<_, Failure>((plan, Some((outcomes, options))))
    };
    let done = work.await;
    let open = Open {
        session,
        run,
        narrator,
        stop,
    };
    open.end(done, Undertaking::Move, consent.format, terminal)
        .await
}

impl From<PointerError> for Failure {
    fn from(error: PointerError) -> Self {
        let (code, hint) = match &error {
            PointerError::NoPointer(_) | PointerError::NotThere { .. } => {
                ("AC0701", "run `agentctl apply` first".to_owned())
            }
            PointerError::Foreign(_) => (
                "AC0702",
                "agentctl moves only what it made; see what stands there with `agentctl diff`"
                    .to_owned(),
            ),
            PointerError::UnknownVersion { known, .. } => {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                ("AC0703", format!("there are: {}", known.join(", ")))
            }
            PointerError::NothingBefore { .. } => (
                "AC0704",
                "see what there is with `agentctl versions`, and choose one with `--version`"
                    .to_owned(),
            ),
            PointerError::Refused { .. } => (
                "AC0705",
                "choose another one of `agentctl versions` with `--version`".to_owned(),
            ),
        };
        Self::new(error.to_string()).code(code).hint(hint)
    }
}
