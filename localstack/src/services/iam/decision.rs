//! Deciding by policies: which actions on which resources a set of documents allows, and whether a condition holds.

use super::document::{Condition, Document, Effect, Selection, Statement, bare_operator};

/// Returns whether identity policies allow an action on a resource: some statement allows it and none denies it.
///
/// What a request's context will be is not known here. A condition is therefore taken as met in a statement that allows, and as not met
/// in one that denies.
pub(super) fn allows<'a>(
    documents: impl IntoIterator<Item = &'a Document>,
    action: &str,
    resource: &str,
) -> bool {
    let mut allowed = false;
    for statement in documents
        .into_iter()
        .flat_map(|document| &document.statements)
    {
        let covered = covers(statement.actions.as_ref(), action, Case::Ignored)
            && covers(statement.resources.as_ref(), resource, Case::Significant);
        match statement.effect {
            Effect::Deny if covered && statement.conditions.is_empty() => return false,
            Effect::Allow if covered => allowed = true,
            Effect::Allow | Effect::Deny => {}
        }
    }
    allowed
}

/// Returns whether a trust policy lets a service assume the role in a context of condition keys.
pub(super) fn trusts(document: &Document, service: &str, context: &[(&str, &str)]) -> bool {
    let is_named = |kind: &str, value: &str| kind == "Service" && value == service;
    permits(document, is_named, "sts:AssumeRole", None, context)
}

/// Returns whether a resource's policy lets a principal do an action in a context of condition keys: some statement allows it and none
/// denies it.
///
/// `is_named` tells which kinds and values of `Principal` stand for the one who asks. Trust policies name no resource.
pub(crate) fn permits(
    document: &Document,
    is_named: impl Fn(&str, &str) -> bool,
    action: &str,
    resource: Option<&str>,
    context: &[(&str, &str)],
) -> bool {
    let applies = |statement: &&Statement| {
        let named = statement.principals.as_ref().is_some_and(|principals| {
            let listed = principals
                .values
                .iter()
                .any(|(kind, value)| is_named(kind, value));
            listed != principals.negated
        });
        named
            && covers(statement.actions.as_ref(), action, Case::Ignored)
            && resource.is_none_or(|resource| {
                covers(statement.resources.as_ref(), resource, Case::Significant)
            })
            && statement
                .conditions
                .iter()
                .all(|condition| holds(condition, context))
    };
    let mut applying = document.statements.iter().filter(applies).peekable();
    applying.peek().is_some() && applying.all(|statement| statement.effect == Effect::Allow)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Ignored,
    Significant,
}

fn covers(selection: Option<&Selection>, value: &str, case: Case) -> bool {
    selection.is_some_and(|selection| {
        let listed = selection.patterns.iter().any(|pattern| match case {
            Case::Ignored => matches(&pattern.to_lowercase(), &value.to_lowercase()),
            Case::Significant => matches(pattern, value),
        });
        listed != selection.negated
    })
}

/// Returns whether a condition holds. Operators on dates, numbers and addresses never do: no context here has such keys.
fn holds(condition: &Condition, context: &[(&str, &str)]) -> bool {
    let actual = context
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(&condition.key))
        .map(|(_, value)| *value);
    let operator = bare_operator(&condition.operator);
    if operator == "Null" {
        return condition
            .values
            .iter()
            .any(|wanted| *wanted == actual.is_none().to_string());
    }
    let negated = operator.contains("Not");
    let Some(actual) = actual else {
        // IAM user guide, "Condition operators": a missing key fails, but meets `IfExists` and negated operators.
        return negated || condition.operator.ends_with("IfExists");
    };
    let equal: fn(&str, &str) -> bool = match operator {
        "StringEquals" | "StringNotEquals" => |wanted, actual| wanted == actual,
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => {
            |wanted, actual| wanted.to_lowercase() == actual.to_lowercase()
        }
        "StringLike" | "StringNotLike" | "ArnEquals" | "ArnLike" | "ArnNotEquals"
        | "ArnNotLike" => matches,
        _ => return false,
    };
    condition.values.iter().any(|wanted| equal(wanted, actual)) != negated
}

/// Matches a pattern in which `*` stands for any characters and `?` for one.
pub(crate) fn matches(pattern: &str, value: &str) -> bool {
    let (pattern, value): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), value.chars().collect());
    let (mut at, mut position) = (0, 0);
    // Where the last star stands, and how much of the value it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while position < value.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(expected) if *expected == '?' || *expected == value[position] => {
                at += 1;
                position += 1;
            }
            _ => {
                let Some((star_at, taken)) = star else {
                    return false;
                };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                position = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_as_in_iam() {
        for (pattern, value, expected) in [
            ("*", "", true),
            ("s3:Get*", "s3:GetObject", true),
            ("s3:Get*", "s3:PutObject", false),
            ("arn:aws:s3:::b/*.zip", "arn:aws:s3:::b/a.zip/c.zip", true),
            ("arn:aws:s3:::b/?", "arn:aws:s3:::b/", false),
            ("a*b*c", "aXbXbc", true),
            ("a*b", "abc", false),
        ] {
            assert_eq!(matches(pattern, value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn a_deny_wins_over_an_allow() {
        let document = Document::parse(
            r#"{"Statement": [
                {"Effect": "Allow", "Action": "S3:get*", "Resource": "*"},
                {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"},
                {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::mine/*"}
            ]}"#,
        )
        .unwrap();
        assert!(allows([&document], "s3:GetObject", "arn:aws:s3:::mine/a"));
        assert!(!allows([&document], "s3:GetObject", "arn:aws:s3:::other/a"));
        assert!(!allows([&document], "s3:PutObject", "arn:aws:s3:::mine/a"));
    }

    #[test]
    fn a_condition_on_a_missing_key_fails_unless_it_is_negated_or_optional() {
        let trusting = |condition: &str| {
            let text = format!(
                r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"Service": "lambda.amazonaws.com"}}, "Action": "sts:AssumeRole", "Condition": {condition}}}}}"#
            );
            trusts(
                &Document::parse(&text).unwrap(),
                "lambda.amazonaws.com",
                &[("aws:SourceAccount", "111122223333")],
            )
        };
        assert!(trusting(
            r#"{"StringEquals": {"AWS:sourceaccount": ["444455556666", "111122223333"]}}"#
        ));
        assert!(!trusting(
            r#"{"StringEquals": {"aws:SourceAccount": "444455556666"}}"#
        ));
        assert!(!trusting(r#"{"ArnLike": {"aws:SourceArn": "*"}}"#));
        assert!(trusting(r#"{"ArnLikeIfExists": {"aws:SourceArn": "*"}}"#));
        assert!(trusting(r#"{"ArnNotLike": {"aws:SourceArn": "*"}}"#));
        assert!(trusting(r#"{"Null": {"aws:SourceArn": true}}"#));
    }
}
