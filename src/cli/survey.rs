//! What commands that report without comparing share: which agents, and what exists.

use std::collections::BTreeMap;
use std::time::Instant;

use super::agent::Agents;
use super::args::{Format, Globals};
use super::failure::Failure;
use super::narrator::Narrator;
use super::session::{Declared, Opened};
use super::stop::Stop;
use crate::aws::Access;
use crate::code::Status;
use crate::event::Events;
use crate::executor::agent_status::AgentStatus;
use crate::observe::survey::Surveyed;
use crate::ui::status::is_complete;
use crate::ui::{Heading, Terminal};

/// What to read about the agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Their resources.
    Resources,
    /// Also their locks and last applies.
    ResourcesAndKept,
}

/// What was read about the agents.
pub(super) struct Survey {
    pub(super) resources: Vec<Surveyed>,
    pub(super) kept: BTreeMap<String, AgentStatus>,
    pub(super) heading: Heading,
}

impl Survey {
    /// Signs in and reads, with clients that cannot write.
    pub(super) async fn take(
        agents: &Agents,
        extent: Extent,
        globals: &Globals,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let stop = Stop::listen(terminal, Format::Text);
        let declared = Declared::load(globals, &agents.selection())?;
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
        let kept = async {
            match extent {
                Extent::Resources => BTreeMap::new(),
                Extent::ResourcesAndKept => engine.agent_statuses(&owners).await,
            }
        };
        let surveying = async { Ok(futures::join!(engine.survey(&expansion.desired), kept)) };
        let surveyed = stop.unless_asked(surveying).await;
        drop(engine);
        narrator.end().await;
        heading.effort = Some(session.effort(began));
        session.close(&stop, terminal).await?;
        let (resources, kept) = surveyed?;
        Ok(Self {
            resources,
            kept,
            heading,
        })
    }

    /// Returns the exit status.
    pub(super) fn status(&self) -> Status {
        if is_complete(&self.resources, &self.kept) {
            Status::Done
        } else {
            Status::Incomplete
        }
    }
}
