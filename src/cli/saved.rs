//! Saved plans on their way between commands and files: `diff --out` makes one, `apply --plan` holds the world against it.

use std::collections::BTreeSet;

use camino::Utf8Path;
use jiff::Timestamp;

use super::args::{Globals, Paths};
use super::change::refuse_incomplete;
use super::failure::{Failure, Status};
use super::session::{Declared, Session};
use crate::plan::file::{
    self, Agents, Discrepancy, Made, OpenPlan, Place, PlanFile, leaves_out_secrets,
};
use crate::plan::record::Seal;
use crate::resource::desired::DesiredResource;
use crate::resource::registry::Registry;
use crate::run::{Engine, Planned};
use crate::ui::{Heading, Problem, Terminal, counted, plan_view, printable};

/// The most discrepancies that are told one by one.
const MOST_TOLD: usize = 20;

/// A plan that is to be saved.
pub(super) struct NewPlan {
    file: PlanFile,
    leaves_out_secrets: bool,
}

impl NewPlan {
    /// Writes down what was seen; nothing when something could not be read.
    pub(super) async fn of(
        run: &Engine,
        seen: &Planned,
        desired: &[DesiredResource],
        declared: &Declared,
        (session, heading): (&Session, &Heading),
    ) -> Result<Option<Self>, Failure> {
        if !seen.plan.unreadable.is_empty() {
            return Ok(None);
        }
        let seal = run.seal(&heading.project, &heading.env).await?;
        let made = Made {
            at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            by: session.identity.arn.clone(),
        };
        let agents = Agents {
            names: declared
                .agents()
                .map(|agent| agent.name.to_string())
                .collect(),
            all: declared.is_whole(),
        };
        let sight = seen.sight(run.registry(), seal.as_ref(), desired);
        Ok(Some(Self {
            file: PlanFile::new(made, place(session, heading), agents, &sight),
            leaves_out_secrets: leaves_out_secrets(&sight),
        }))
    }
}

/// Refuses, before anything is looked at, a file that the plan cannot be saved as.
pub(super) fn demand_free(path: &Utf8Path, declared: &Declared) -> Result<(), Failure> {
    Ok(file::demand_free(path, &declared.manifests.folder())?)
}

/// Saves a plan and says so; refuses where there is none because something could not be read.
pub(super) fn save(
    path: &Utf8Path,
    seen: &Planned,
    new: Option<NewPlan>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    refuse_incomplete(&seen.plan, "the plan was not saved")?;
    let Some(new) = new else { return Ok(()) };
    file::save(path, &new.file)?;
    if new.leaves_out_secrets {
        terminal.note(
            "nothing is applied yet, so the project has no key: if a sensitive value is declared otherwise by the time of the apply, that will not be noticed",
        );
    }
    terminal.note(&format!("Saved the plan to: `{path}`"));
    Ok(())
}

/// Reads all manifests, and selects the agents that the plan is for.
pub(super) fn load_declared(globals: &Globals, file: &PlanFile) -> Result<Declared, Failure> {
    let mut declared = Declared::load(globals, &Paths::default())?;
    let project = &declared.manifests.project;
    file.demand_project(project.name.as_str(), globals.env())?;
    let names: BTreeSet<String> = project
        .agents
        .iter()
        .map(|agent| agent.name.to_string())
        .collect();
    file.demand_agents(&names)?;
    let planned = &file.agents().names;
    declared
        .manifests
        .selected
        .retain(|name| planned.contains(name.as_str()));
    Ok(declared)
}

/// A saved plan that was made here, for what is declared.
pub(super) struct Held<'a> {
    plan: OpenPlan<'a>,
    seal: Option<Seal>,
    registry: &'a Registry,
    desired: &'a [DesiredResource],
}

impl<'a> Held<'a> {
    /// Refuses a plan of another place, under another key, or for other manifests.
    pub(super) async fn open(
        file: &'a PlanFile,
        run: &'a Engine,
        desired: &'a [DesiredResource],
        (session, heading): (&Session, &Heading),
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        file.demand_place(&place(session, heading))?;
        let seal = run.seal(&heading.project, &heading.env).await?;
        let registry = run.registry();
        let plan = file.open(registry, seal.as_ref())?;
        let Made { at, by } = file.made();
        terminal.note(&printable(&format!("plan of {at}, made as {by}")));
        refuse(
            &plan.compare_declared(desired),
            registry,
            "AC0605",
            "apply the manifests that the plan was made for, or make a new one with `agentctl diff --out FILE`",
        )?;
        Ok(Self {
            plan,
            seal,
            registry,
            desired,
        })
    }

    /// Refuses to go on when anything is not as the plan saw it. What could not be read is refused elsewhere.
    pub(super) fn demand(&self, seen: &Planned) -> Result<(), Failure> {
        if !seen.plan.unreadable.is_empty() {
            return Ok(());
        }
        let sight = seen.sight(self.registry, self.seal.as_ref(), self.desired);
        refuse(
            &self.plan.compare_seen(&sight),
            self.registry,
            "AC0606",
            "nothing was changed; look at a new plan with `agentctl diff --out FILE`, and apply that",
        )
    }
}

fn place(session: &Session, heading: &Heading) -> Place {
    Place {
        project: heading.project.clone(),
        env: heading.env.clone(),
        partition: session.site.partition.clone(),
        account: session.site.account.clone(),
        region: session.site.region.clone(),
        endpoint: heading.endpoint.clone(),
    }
}

fn refuse(
    discrepancies: &[Discrepancy],
    registry: &Registry,
    code: &str,
    hint: &str,
) -> Result<(), Failure> {
    if discrepancies.is_empty() {
        return Ok(());
    }
    let mut problems: Vec<Problem> = discrepancies
        .iter()
        .take(MOST_TOLD)
        .map(|discrepancy| Problem::new(plan_view::discrepancy(registry, discrepancy)))
        .collect();
    if let Some(more) = discrepancies
        .len()
        .checked_sub(MOST_TOLD)
        .filter(|more| *more > 0)
    {
        let more = counted(more, "more difference");
        problems.push(Problem::new(format!("and {more} from the plan")));
    }
    Err(Failure::of(problems)
        .code(code)
        .status(Status::Stale)
        .hint(hint))
}
