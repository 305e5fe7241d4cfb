//! What a deletion would take away from others: their pointers into our resources, and what their resources use of ours. Pure.

use serde_json::Value;

use super::model::{Action, Foreign, Note, Plan, PlannedStep};
use super::observation::Stray;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::kind::Pointers;
use crate::resource::owner::Owner;
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::{Input, any_text};
use crate::resource::registry::{KindEntry, Registry};
use crate::resource::version::mentioned;

/// A resource of ours that a plan deletes, and that others can point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointedAt {
    /// Its owner.
    pub owner: Owner,
    /// The kinds of its pointers and their versions.
    pub pointers: Pointers,
    /// The name that its pointers are listed by.
    pub name: PhysicalName,
}

/// Lists the resources that a plan deletes or replaces, and that others can point at.
pub fn pointed_at(registry: &Registry, plan: &Plan) -> Vec<PointedAt> {
    let of_step = |step: &PlannedStep| {
        if !matches!(step.action, Action::Delete | Action::Replace(_)) {
            return None;
        }
        let kind = registry.kind(step.id.address.kind())?;
        let live = step.before.as_ref()?;
        let name = match (kind.id(&live.outputs), &step.name) {
            (Some(id), _) => PhysicalName::new(id),
            (None, Input::Literal(name)) => name.clone(),
            // Of what is deleted the name is known.
            (None, Input::Output(_) | Input::Template(_)) => return None,
        };
        Some(PointedAt {
            owner: step.owner.clone()?,
            pointers: kind.pointers?,
            name,
        })
    };
    plan.steps.iter().filter_map(of_step).collect()
}

/// Adds to a plan the resources that have names of ours, and to each deletion which of them use what it deletes.
pub(super) fn add_namesakes(registry: &Registry, plan: &mut Plan, namesakes: &[Stray]) {
    for namesake in namesakes {
        let (Reading::Found(live) | Reading::Obscured(live, _)) = &namesake.reading else {
            continue;
        };
        plan.foreign.push(Foreign {
            address: namesake.address.clone(),
            name: namesake.name.as_str().to_owned(),
            owner: live.owner.clone(),
        });
        let deletions = plan
            .steps
            .iter_mut()
            .filter(|step| step.action == Action::Delete);
        for step in deletions {
            let kind = registry.kind(step.id.address.kind());
            if kind.is_some_and(|kind| uses(live, kind, step)) {
                add_user(step, &namesake.address);
            }
        }
    }
}

fn add_user(step: &mut PlannedStep, user: &Address) {
    for note in &mut step.notes {
        if let Note::UsedByOthers(users) = note {
            users.push(user.clone());
            return;
        }
    }
    step.notes.push(Note::UsedByOthers(vec![user.clone()]));
}

/// Returns whether a resource's configuration refers to what a step deletes: by its ARN, or by its name.
///
/// A name without a slash says too little, because other texts can equal it by chance.
fn uses(user: &Live, kind: &KindEntry, step: &PlannedStep) -> bool {
    let before = step.before.iter();
    let outputs = before.filter_map(|live| live.outputs.as_object());
    let texts = outputs
        .flat_map(|outputs| outputs.values())
        .filter_map(Value::as_str);
    let arns = texts.filter(|text| text.starts_with("arn:"));
    let mut signs: Vec<String> = arns.map(str::to_owned).collect();
    if let Input::Literal(name) = &step.name {
        let mention = (kind.mention)(name);
        signs.extend(mention.contains('/').then(|| mention.to_owned()));
    }
    any_text(&user.spec, &|text| !mentioned(text, &signs).is_empty())
}
