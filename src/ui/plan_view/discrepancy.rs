//! What is not as a saved plan says, in a sentence for each field.

use serde_json::Value;

use super::value::{cut, field_name, inline, readable};
use crate::plan::file::{Difference, Discrepancy, SavedAction};
use crate::resource::registry::Registry;
use crate::ui::redaction::redacted;

/// The longest value that is shown whole.
const LONGEST_VALUE: usize = 60;

/// Says what is not as it was when the plan was made.
pub fn discrepancy(registry: &Registry, discrepancy: &Discrepancy) -> String {
    let address = &discrepancy.address;
    let shown = |path: &str, now: &Option<Value>| {
        let kind = registry.kind(address.kind());
        if kind.is_none_or(|kind| kind.is_sensitive(path)) {
            return "another one now (sensitive)".to_owned();
        }
        match now {
            None => "not set now".to_owned(),
            Some(value) => {
                let value = redacted(registry, address.kind(), path, &readable(value));
                format!("{} now", cut(&inline(Some(&value), None), LONGEST_VALUE))
            }
        }
    };
    let what = match &discrepancy.difference {
        Difference::Declared => "is declared now, and was not".to_owned(),
        Difference::Undeclared => "is not declared any more".to_owned(),
        Difference::Renamed => "is to have another name now".to_owned(),
        Difference::Wished { path, now } => {
            format!("declared `{}` is {}", field_name(path), shown(path, now))
        }
        Difference::Appeared => "exists now, and did not".to_owned(),
        Difference::Gone => "is gone".to_owned(),
        Difference::Moved { path, now } => {
            format!("live `{}` is {}", field_name(path), shown(path, now))
        }
        Difference::Told { output } => format!("`{output}`, which AWS gives, is another one now"),
        Difference::Action { planned, now } => {
            let name = |action: &Option<SavedAction>| action.map_or("left as it is", passive);
            format!("would be {} now, and was to be {}", name(now), name(planned))
        }
    };
    match &discrepancy.difference {
        Difference::Wished { .. } | Difference::Moved { .. } | Difference::Told { .. } => {
            format!("`{address}` is not as planned for: {what}")
        }
        _ => format!("`{address}` is not as planned for: it {what}"),
    }
}

fn passive(action: SavedAction) -> &'static str {
    match action {
        SavedAction::Create => "created",
        SavedAction::Update => "updated",
        SavedAction::Replace => "replaced",
        SavedAction::Delete => "deleted",
    }
}
