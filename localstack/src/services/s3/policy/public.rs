//! Whether a policy is public (S3 user guide, "Blocking public access to your Amazon S3 storage", "The meaning of public").

use crate::services::iam::document::{Condition, Document, Effect, Statement};

/// The keys by whose fixed values an open principal is no longer public.
const RESTRAINING: [&str; 13] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// The operators that hold only for the values they list.
const FIXING: [&str; 6] = [
    "ArnEquals",
    "ArnLike",
    "IpAddress",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
];

/// Returns whether a statement of the policy lets in everybody.
pub(super) fn is_public(document: &Document) -> bool {
    document.statements.iter().any(|statement| {
        statement.effect == Effect::Allow
            && is_open(statement)
            && !statement.conditions.iter().any(restrains)
    })
}

fn is_open(statement: &Statement) -> bool {
    statement.principals.as_ref().is_some_and(|principals| {
        // Everybody but some is everybody.
        principals.negated
            || principals
                .values
                .iter()
                .any(|(kind, value)| kind == "AWS" && value == "*")
    })
}

fn restrains(condition: &Condition) -> bool {
    let key = condition.key.to_ascii_lowercase();
    let is_fixed = |value: &String| match key.as_str() {
        "aws:sourceip" => is_narrow(value),
        // The name of the access point may be open as long as its account is fixed.
        "s3:dataaccesspointarn" => {
            let mut parts = value.split(':').skip(4);
            parts
                .next()
                .is_some_and(|account| !account.is_empty() && !account.contains(['*', '?']))
        }
        // A session of one role.
        "aws:userid" => {
            let id = value.strip_suffix(":*").unwrap_or(value);
            !id.is_empty() && !id.contains(['*', '?'])
        }
        _ => !value.contains(['*', '?']),
    };
    // With `IfExists` or a set operator over no values, a request without the key is let in.
    let operator = condition
        .operator
        .strip_prefix("ForAnyValue:")
        .unwrap_or(&condition.operator);
    FIXING.contains(&operator)
        && RESTRAINING.contains(&key.as_str())
        && condition.values.iter().all(is_fixed)
}

/// Ranges wider than /8 of IPv4 and /32 of IPv6 are public.
fn is_narrow(range: &str) -> bool {
    let (address, length) = range.split_once('/').unwrap_or((range, ""));
    let narrowest = if address.contains(':') { 32 } else { 8 };
    length.is_empty() || length.parse::<u8>().is_ok_and(|length| length >= narrowest)
}
