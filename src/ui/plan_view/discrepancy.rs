//! What changed since a plan was saved, in one sentence for each field.

use serde_json::Value;

use super::value::{cut, field_name, readable};
use crate::plan::file::{Difference, Discrepancy, SavedAction};
use crate::resource::registry::Registry;
use crate::ui::redaction::redacted;

/// The longest value that is shown in full.
const LONGEST_VALUE: usize = 60;

/// Returns a sentence about one change since the plan was made.
pub fn discrepancy(registry: &Registry, discrepancy: &Discrepancy) -> String {
    let address = &discrepancy.address;
    let shown = |path: &str, now: &Option<Value>| {
        let kind = registry.kind(address.kind());
        if kind.is_none_or(|kind| kind.is_sensitive(path)) {
            return "another value (sensitive)".to_owned();
        }
        match now {
            None => "not set".to_owned(),
            Some(value) => {
                let value = redacted(registry, address.kind(), path, &readable(value));
                cut(&value.to_string(), LONGEST_VALUE)
            }
        }
    };
    let what = match &discrepancy.difference {
        Difference::Declared => "is declared now, and was not before".to_owned(),
        Difference::Undeclared => "is no longer declared".to_owned(),
        Difference::Renamed => "has another name now".to_owned(),
        Difference::Desired { path, now } => {
            format!(
                "declared `{}` is now {}",
                field_name(path),
                shown(path, now)
            )
        }
        Difference::Appeared => "exists now, and did not before".to_owned(),
        Difference::Gone => "no longer exists".to_owned(),
        Difference::Observed { path, now } => {
            format!("live `{}` is now {}", field_name(path), shown(path, now))
        }
        Difference::Output { output } => format!("`{output}` has another value now"),
        Difference::Action { planned, now } => {
            let name = |action: &Option<SavedAction>| action.map_or("kept", passive);
            format!("would be {} now instead of {}", name(now), name(planned))
        }
    };
    match &discrepancy.difference {
        Difference::Desired { .. } | Difference::Observed { .. } | Difference::Output { .. } => {
            format!("`{address}` changed since the plan was made: {what}")
        }
        _ => format!("`{address}` changed since the plan was made: it {what}"),
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;
    use crate::plan::test_kind;
    use crate::resource::address::Address;

    #[test]
    fn each_difference_is_a_sentence_without_secrets() {
        let field = |path: &str, now: Option<Value>| Difference::Observed {
            path: path.into(),
            now,
        };
        let desired = |path: &str, now: Option<Value>| Difference::Desired {
            path: path.into(),
            now,
        };
        let differences = [
            Difference::Declared,
            Difference::Undeclared,
            Difference::Renamed,
            Difference::Appeared,
            Difference::Gone,
            desired("/size", Some(json!(2048))),
            desired("/secrets/TOKEN", Some(json!("canary"))),
            field("/size", Some(json!(900))),
            field("/tags/cost~1centre", None),
            field("/secrets/TOKEN", Some(json!("canary"))),
            field("/secrets", Some(json!({ "TOKEN": "canary" }))),
            field("/policy", Some(json!({ "Statement": ["s".repeat(90)] }))),
            Difference::Output {
                output: "id".into(),
            },
            Difference::Action {
                planned: None,
                now: Some(SavedAction::Delete),
            },
        ];
        let answer = |difference: Difference| {
            let found = Discrepancy {
                address: Address::new("thing", "a"),
                difference,
            };
            discrepancy(&test_kind::registry(), &found) + "\n"
        };
        assert_snapshot!(differences.map(answer).concat(), @r#"
        `thing/a` changed since the plan was made: it is declared now, and was not before
        `thing/a` changed since the plan was made: it is no longer declared
        `thing/a` changed since the plan was made: it has another name now
        `thing/a` changed since the plan was made: it exists now, and did not before
        `thing/a` changed since the plan was made: it no longer exists
        `thing/a` changed since the plan was made: declared `size` is now 2048
        `thing/a` changed since the plan was made: declared `secrets.TOKEN` is now another value (sensitive)
        `thing/a` changed since the plan was made: live `size` is now 900
        `thing/a` changed since the plan was made: live `tags["cost/centre"]` is now not set
        `thing/a` changed since the plan was made: live `secrets.TOKEN` is now another value (sensitive)
        `thing/a` changed since the plan was made: live `secrets` is now {"TOKEN":"(sensitive)"}
        `thing/a` changed since the plan was made: live `policy` is now {"Statement":["sssssssssssssss…ssssssssssssssssssssssssss"]}
        `thing/a` changed since the plan was made: `id` has another value now
        `thing/a` changed since the plan was made: it would be deleted now instead of kept
        "#);
        let unknown = Discrepancy {
            address: Address::new("riddle", "a"),
            difference: field("/x", Some(json!("canary"))),
        };
        assert_snapshot!(discrepancy(&test_kind::registry(), &unknown), @"`riddle/a` changed since the plan was made: live `x` is now another value (sensitive)");
    }
}
