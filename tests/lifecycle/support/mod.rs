//! A project in a folder, its endpoint, and clients that reach it without a socket.

mod connector;
mod process;
mod project;
mod report;
mod skeleton;
mod trail;
mod world;

use std::io::Write as _;
use std::time::Duration;

use agentctl::plan::diff::{Author, FieldChange};
use agentctl::plan::model::{Action, Plan, StepId};
use agentctl::resource::address::Address;
use agentctl::resource::site::Site;

pub(crate) use process::Process;
pub(crate) use project::{Pinned, Project, Terms};
pub(crate) use report::Report;
pub(crate) use skeleton::{assert_same, bare, release, skeleton};
pub(crate) use trail::{Journal, Moment, Remains};
pub(crate) use world::World;

/// The time after which a lock without a heartbeat is taken over.
pub(crate) const ABANDONED: Duration = Duration::from_mins(6);

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "us-east-1";
pub(crate) const BUCKET: &str = "agentctl-111122223333-us-east-1";

/// Returns the site of all deployments.
pub(crate) fn site() -> Site {
    Site {
        partition: "aws".to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
    }
}

/// Returns the steps of a plan, each as its id and its action without reasons.
pub(crate) fn steps(plan: &Plan) -> Vec<(String, &'static str)> {
    plan.steps
        .iter()
        .map(|step| {
            let action = match step.action {
                Action::Create => "create",
                Action::Update => "update",
                Action::Replace(_) => "replace",
                Action::Delete => "delete",
            };
            (step.id.to_string(), action)
        })
        .collect()
}

/// Returns the fields that a plan changes on one resource.
pub(crate) fn changes<'a>(plan: &'a Plan, kind: &str, name: &str) -> &'a [FieldChange] {
    let id = StepId::whole(&Address::new(kind, name));
    plan.steps
        .iter()
        .find(|step| step.id == id)
        .map_or(&[], |step| step.changes.as_slice())
}

/// Returns the paths of the fields that a plan changes on one resource, each with its author.
pub(crate) fn authors<'a>(
    plan: &'a Plan,
    kind: &str,
    name: &str,
) -> Vec<(&'a str, Option<Author>)> {
    changes(plan, kind, name)
        .iter()
        .map(|change| (change.path.as_str(), change.author))
        .collect()
}

/// Creates a zip archive of one file with the given text.
pub(crate) fn archive(text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("main.py", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}
