//! Properties that hold for all input: one function for each type of input, which takes any bytes and panics if its property is broken.
//!
//! The targets in `fuzz/` search for such bytes, and the tests here run the functions on the inputs in `fuzz/corpus`. This module is
//! compiled only for these two (cargo-fuzz sets `cfg(fuzzing)`), so that nothing else in the crate must be public for it.

mod aws;
mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use camino::Utf8Path;
use serde_json::{Value, json};

pub use self::aws::{data_protection, observed, policy};
pub use self::file::{ignores, lock, manifest, plan_file, record};
use crate::expand::prepare;
use crate::kinds::registry;
use crate::manifest::{self as manifests, ProjectRule, Selection, Variables};
use crate::plan::model::{Pins, Plan, Purpose};
use crate::plan::observation::{Observations, Recorded, Records};
use crate::plan::planner::plan;
use crate::plan::record::Seal;
use crate::resource::desired::DesiredResource;
use crate::resource::kind::Status;
use crate::resource::owner::Ownership;
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::resolve;
use crate::resource::site::Site;
use crate::ui::{Heading, Style, plan_view, printable};

/// A function for one type of input.
pub type Target = fn(&[u8]);

/// Every target with its name, which is also the name of its folder of inputs.
pub const TARGETS: [(&str, Target); 8] = [
    ("manifest", manifest),
    ("ignores", ignores),
    ("plan_file", plan_file),
    ("record", record),
    ("lock", lock),
    ("policy", policy),
    ("data_protection", data_protection),
    ("observed", observed),
];

fn site() -> Site {
    Site {
        partition: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
    }
}

/// The declared resources of the quickstart, on both sides.
fn declared() -> &'static [DesiredResource] {
    static DECLARED: OnceLock<Vec<DesiredResource>> = OnceLock::new();
    DECLARED.get_or_init(|| {
        let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
        let all = Selection::all();
        let rule = ProjectRule::OptionalLocal;
        let loaded = manifests::load(root, &all, rule, &Variables::default())
            .expect("the quickstart is valid");
        prepare(&loaded.root, &loaded.project, &loaded.project.agents)
            .and_then(|prepared| prepared.expand(&site(), "default"))
            .expect("the quickstart can be expanded")
            .desired
    })
}

/// An account in which everything is as declared.
fn as_declared() -> BTreeMap<crate::resource::address::Address, Reading<Live>> {
    let arn = |_: &_| Some(json!("arn:aws:iam::111122223333:role/x"));
    declared()
        .iter()
        .map(|resource| {
            let live = Live {
                spec: resolve(&resource.spec, &arn),
                outputs: json!({}),
                status: Status::Ready,
                revision: None,
                owner: resource
                    .owner
                    .clone()
                    .map_or(Ownership::Shared, Ownership::Of),
            };
            (resource.address.clone(), Reading::Found(live))
        })
        .collect()
}

fn seal() -> Seal {
    Seal::new([7; 32])
}

/// Makes a plan and shows it in every form. If no plan can be made, the error has a message.
fn planned(observed: &Observations, records: &Records) -> Option<Plan> {
    let registry = registry();
    let observed = Observations {
        recorded: Recorded::Read(records.clone()),
        ..observed.clone()
    };
    match plan(
        &registry,
        declared(),
        &observed,
        Purpose::Apply,
        Pins::Honoured,
    ) {
        Ok(plan) => {
            let heading = Heading::default();
            assert_inert(&plan_view::text(&plan, &heading, &registry, Style::Plain));
            assert_inert(&plan_view::markdown(&plan, &heading, &registry));
            let document: Value = plan_view::json(&plan, &heading, &registry);
            assert!(document.is_object());
            Some(plan)
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

/// Asserts that no character of a text acts on a terminal.
#[track_caller]
fn assert_inert(shown: &str) {
    for line in shown.lines() {
        assert_eq!(printable(line), line);
    }
}
