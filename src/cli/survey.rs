//! What commands have in common that tell of agents without comparing: which agents, and what stands of them.

use std::collections::BTreeMap;
use std::time::Instant;

use super::args::{Format, Globals};
use super::failure::{Failure, Status};
use super::narrator::Narrator;
use super::session::{Declared, Session};
use crate::apply::kept::Kept;
use crate::aws::Access;
use crate::event::Events;
use crate::manifest::Selection;
use crate::plan::survey::Surveyed;
use crate::run::Run;
use crate::ui::status::is_complete;
use crate::ui::{Effort, Heading, Terminal};

/// The agents to tell of.
#[derive(Debug, clap::Args)]
pub(super) struct Agents {
    /// Agents to tell of (all when none)
    #[arg(value_name = "AGENT")]
    agents: Vec<String>,
}

impl Agents {
    /// Selects them from the manifests.
    pub(super) fn selection(&self) -> Selection {
        Selection::all().named(self.agents.clone())
    }
}

/// What of the agents is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Their resources.
    Resources,
    /// Also what agentctl keeps of them.
    ResourcesAndKept,
}

/// What stands of the agents.
pub(super) struct Survey {
    pub(super) resources: Vec<Surveyed>,
    pub(super) kept: BTreeMap<String, Kept>,
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
        let declared = Declared::select(globals, &agents.selection())?;
        let prepared = declared.prepare(globals)?;
        let project = &declared.manifests.project;
        let root = &declared.manifests.root;
        let session = Session::open(globals, Some(project), root, Access::Read).await?;
        let desired = session.expand(&prepared, globals)?.desired;
        let owners = declared.owners(&session.site, globals.env());
        let began = Instant::now();
        let (events, receiver) = Events::channel();
        let mut heading = session.heading(globals, project.name.as_str(), declared.sides());
        let narrator = Narrator::begin(receiver, Format::Text, heading.clone(), terminal);
        let run = Run::new(session.clients.clone(), session.site.clone(), events);
        let kept = async {
            match extent {
                Extent::Resources => BTreeMap::new(),
                Extent::ResourcesAndKept => run.kept(&owners).await,
            }
        };
        let (resources, kept) = futures::join!(run.survey(&desired), kept);
        drop(run);
        narrator.end().await;
        heading.effort = Some(Effort {
            calls: session.clients.calls(),
            elapsed: began.elapsed(),
        });
        session.close(terminal).await?;
        Ok(Self {
            resources,
            kept,
            heading,
        })
    }

    /// Says as what the process ends.
    pub(super) fn status(&self) -> Status {
        if is_complete(&self.resources, &self.kept) {
            Status::Done
        } else {
            Status::Incomplete
        }
    }
}
