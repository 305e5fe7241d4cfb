//! Saved plans: `diff --out` writes one, and `apply --plan` compares it with the manifests and AWS.

use std::collections::BTreeSet;

use camino::Utf8Path;
use jiff::Timestamp;

use super::args::Globals;
use super::failure::{Failure, for_these_manifests, for_this_account, incomplete};
use super::session::{Declared, Session};
use crate::code::Code;
use crate::kinds::registry;
use crate::manifest::Selection;
use crate::plan::file::{
    self, Agents, Discrepancy, Made, PlanFile, PlanTarget, leaves_out_secrets,
};
use crate::resource::desired::DesiredResource;
use crate::run::{Engine, Planned};
use crate::ui::{Advice, Heading, Problem, Terminal, counted, plan_view};

/// The most discrepancies that are listed one by one.
const MOST_SHOWN: usize = 20;

/// A plan to save.
pub(super) struct NewPlan {
    file: PlanFile,
    leaves_out_secrets: bool,
}

impl NewPlan {
    /// Makes the saved plan; nothing if something could not be read.
    pub(super) async fn of(
        engine: &Engine,
        planned: &Planned,
        desired: &[DesiredResource],
        declared: &Declared,
        (session, heading): (&Session, &Heading),
    ) -> Result<Option<Self>, Failure> {
        if !planned.plan.unreadable.is_empty() {
            return Ok(None);
        }
        let seal = engine.seal(&heading.project, &heading.env).await?;
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
        let input = planned.input(engine.registry(), seal.as_ref(), desired);
        Ok(Some(Self {
            file: PlanFile::new(made, place(session, heading), agents, &input),
            leaves_out_secrets: leaves_out_secrets(&input),
        }))
    }
}

/// Refuses, before anything is read, a file that the plan cannot be saved to.
pub(super) fn demand_free(path: &Utf8Path, declared: &Declared) -> Result<(), Failure> {
    Ok(file::demand_free(path, &declared.manifests.folder())?)
}

/// Saves a plan and prints its path. Fails if there is no plan, because something could not be read.
pub(super) fn save(
    path: &Utf8Path,
    planned: &Planned,
    new: Option<NewPlan>,
    terminal: &Terminal,
) -> Result<(), Failure> {
    if !planned.plan.unreadable.is_empty() {
        return Err(incomplete(
            &planned.plan.unreadable,
            "the plan was not saved",
        ));
    }
    let Some(new) = new else { return Ok(()) };
    file::save(path, &new.file)?;
    if new.leaves_out_secrets {
        terminal.note(
            "nothing is applied yet, so the project has no key: a change of a sensitive value between plan and apply will not be detected",
        );
    }
    terminal.note(&format!("Saved the plan to: `{path}`"));
    Ok(())
}

/// Reads all manifests, and selects the agents of the plan.
pub(super) fn load_declared(globals: &Globals, file: &PlanFile) -> Result<Declared, Failure> {
    let mut declared = Declared::load(globals, &Selection::all())?;
    let project = &declared.manifests.project;
    file.demand_project(project.name.as_str(), globals.env())?;
    let names: BTreeSet<String> = project
        .agents
        .iter()
        .map(|agent| agent.name.to_string())
        .collect();
    file.demand_agents(&names)?;
    let chosen = &file.agents().names;
    declared
        .manifests
        .selected
        .retain(|name| chosen.contains(name.as_str()));
    Ok(declared)
}

/// Refuses a plan for another account, region, project or environment.
pub(super) fn demand_target(
    file: &PlanFile,
    session: &Session,
    heading: &Heading,
) -> Result<(), Failure> {
    Ok(file.demand_target(&place(session, heading))?)
}

/// Reports that the manifests changed since a plan was saved.
pub(super) fn other_manifests(differing: &[Discrepancy]) -> Failure {
    refused(differing, Code::OtherManifests, for_these_manifests())
}

/// Reports that AWS changed since a plan was saved.
pub(super) fn stale(differing: &[Discrepancy]) -> Failure {
    refused(differing, Code::StaleSavedPlan, for_this_account())
}

fn place(session: &Session, heading: &Heading) -> PlanTarget {
    PlanTarget {
        project: heading.project.clone(),
        env: heading.env.clone(),
        partition: session.site.partition.clone(),
        account: session.site.account.clone(),
        region: session.site.region.clone(),
        endpoint: heading.endpoint.clone(),
    }
}

fn refused(differing: &[Discrepancy], code: Code, hint: Advice) -> Failure {
    let registry = registry();
    let mut problems: Vec<Problem> = differing
        .iter()
        .take(MOST_SHOWN)
        .map(|discrepancy| Problem::new(plan_view::discrepancy(&registry, discrepancy)))
        .collect();
    if differing.len() > MOST_SHOWN {
        let more = counted(differing.len() - MOST_SHOWN, "more difference");
        problems.push(Problem::new(format!("and {more} from the plan")));
    }
    Failure::of(problems).code(code).hint(hint)
}
