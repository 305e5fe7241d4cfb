//! Deciding by one kind of policy: the one evaluator of statements, for identity, trust, key and bucket policies.
//!
//! IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators". `access` has what several kinds of
//! policies decide together.

use super::condition::holds;
use super::document::{Document, Effect, Selection, Statement};
use super::variable::resolved;
use super::wildcard::matches;

/// A request as policies see it. The keys of its context may come more than once, with one value each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) action: &'a str,
    /// Trust policies name none.
    pub(crate) resource: Option<&'a str>,
    pub(crate) context: &'a [(&'a str, &'a str)],
}

/// What documents say of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// Some statement denies it, whatever others allow.
    Denied,
    /// No statement is about it.
    Silent,
}

/// Returns what identity policies say of a request, and by which of the documents: those that deny it, or else those that allow it.
pub(super) fn weigh<'a>(
    documents: impl IntoIterator<Item = &'a Document>,
    request: Request<'_>,
) -> (Verdict, Vec<usize>) {
    let statements = documents
        .into_iter()
        .enumerate()
        .flat_map(|(place, document)| document.statements.iter().map(move |one| (place, one)));
    decide(statements, request)
}

/// Returns whether a trust policy lets a service assume the role in a context of condition keys.
pub(super) fn trusts(document: &Document, service: &str, context: &[(&str, &str)]) -> bool {
    let is_named = |kind: &str, value: &str| kind == "Service" && value == service;
    let request = Request {
        action: "sts:AssumeRole",
        resource: None,
        context,
    };
    permits(document, is_named, request)
}

/// Returns whether a resource's policy lets a principal do an action: some statement allows it and none denies it.
pub(crate) fn permits(
    document: &Document,
    is_named: impl Fn(&str, &str) -> bool,
    request: Request<'_>,
) -> bool {
    judge(document, is_named, request) == Verdict::Allowed
}

/// Returns what a resource's policy says of a principal's request.
///
/// `is_named` returns whether a kind and value of `Principal` mean the caller.
pub(crate) fn judge(
    document: &Document,
    is_named: impl Fn(&str, &str) -> bool,
    request: Request<'_>,
) -> Verdict {
    let concerns = |statement: &&Statement| {
        statement.principals.as_ref().is_some_and(|principals| {
            let listed = principals
                .values
                .iter()
                .any(|(kind, value)| is_named(kind, value));
            listed != principals.negated
        })
    };
    let statements = document.statements.iter().filter(concerns);
    decide(statements.map(|statement| ((), statement)), request).0
}

/// Returns what statements say of a request, and the tags of those that decide it.
fn decide<'a, T>(
    statements: impl IntoIterator<Item = (T, &'a Statement)>,
    request: Request<'_>,
) -> (Verdict, Vec<T>) {
    let (mut allowing, mut denying) = (Vec::new(), Vec::new());
    for (tag, statement) in statements {
        if applies(statement, request) {
            match statement.effect {
                Effect::Deny => denying.push(tag),
                Effect::Allow => allowing.push(tag),
            }
        }
    }
    match (denying.is_empty(), allowing.is_empty()) {
        (false, _) => (Verdict::Denied, denying),
        (true, false) => (Verdict::Allowed, allowing),
        (true, true) => (Verdict::Silent, Vec::new()),
    }
}

fn applies(statement: &Statement, request: Request<'_>) -> bool {
    let covers_resource = |resource| {
        covers(statement.resources.as_ref(), |pattern| {
            resolved(pattern, request.context).is_some_and(|pattern| matches(&pattern, resource))
        })
    };
    let action = request.action.to_lowercase();
    covers(statement.actions.as_ref(), |pattern| {
        matches(&pattern.to_lowercase(), &action)
    }) && request.resource.is_none_or(covers_resource)
        && statement
            .conditions
            .iter()
            .all(|condition| holds(condition, request.context))
}

fn covers(selection: Option<&Selection>, is_meant: impl Fn(&str) -> bool) -> bool {
    selection.is_some_and(|selection| {
        let listed = selection.patterns.iter().any(|pattern| is_meant(pattern));
        listed != selection.negated
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(action: &'a str, resource: &'a str) -> Request<'a> {
        Request {
            action,
            resource: Some(resource),
            context: &[("aws:username", "developer")],
        }
    }

    fn allows(document: &Document, request: Request<'_>) -> bool {
        weigh([document], request).0 == Verdict::Allowed
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
        let allowed = |action, resource| allows(&document, request(action, resource));
        assert!(allowed("s3:GetObject", "arn:aws:s3:::mine/a"));
        assert!(!allowed("s3:GetObject", "arn:aws:s3:::other/a"));
        assert!(!allowed("s3:PutObject", "arn:aws:s3:::mine/a"));
    }

    #[test]
    fn a_statement_whose_condition_does_not_hold_neither_allows_nor_denies() {
        let document = |allowed: &str, denied: &str| {
            let text = format!(
                r#"{{"Statement": [
                    {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{"StringEquals": {{"aws:username": "{allowed}"}}}}}},
                    {{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {{"StringEquals": {{"aws:username": "{denied}"}}}}}}
                ]}}"#
            );
            Document::parse(&text).unwrap()
        };
        for (allowed, denied, expected) in [
            ("developer", "other", true),
            ("other", "other", false),
            ("developer", "developer", false),
        ] {
            let document = document(allowed, denied);
            let found = allows(&document, request("s3:GetObject", "arn:aws:s3:::b/a"));
            assert_eq!(found, expected, "{allowed} {denied}");
        }
    }

    #[test]
    fn a_variable_in_a_resource_has_the_value_of_the_request() {
        let document = Document::parse(
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}/*"}}"#,
        )
        .unwrap();
        let allowed = |resource| allows(&document, request("s3:GetObject", resource));
        assert!(allowed("arn:aws:s3:::b/developer/a"));
        assert!(!allowed("arn:aws:s3:::b/other/a"));
    }
}
