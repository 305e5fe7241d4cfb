//! Conditions of policies (IAM user guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys").

use std::net::IpAddr;

use jiff::Timestamp;

use super::document::{Condition, bare_operator};
use super::variable::resolved;
use super::wildcard::matches;

/// Returns whether a condition holds in a context of keys, each of which may come more than once.
pub(super) fn holds(condition: &Condition, context: &[(&str, &str)]) -> bool {
    let actual: Vec<&str> = context
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(&condition.key))
        .map(|(_, value)| *value)
        .collect();
    let operator = bare_operator(&condition.operator);
    if operator == "Null" {
        let is_absent = actual.is_empty().to_string();
        return condition.values.contains(&is_absent);
    }
    let wanted: Vec<String> = condition
        .values
        .iter()
        .filter_map(|value| resolved(value, context))
        .collect();
    let plain = operator.replace("Not", "");
    // `NotIpAddress` and the rest: the operator without `Not`, turned round.
    let negated = plain != operator;
    let meets = |actual: &str| {
        let listed = wanted.iter().any(|wanted| compares(&plain, wanted, actual));
        listed != negated
    };
    if actual.is_empty() {
        // A missing key fails, but meets `IfExists`, negated operators and `ForAllValues`.
        let of_any = condition.operator.starts_with("ForAnyValue:");
        return condition.operator.ends_with("IfExists")
            || condition.operator.starts_with("ForAllValues:")
            || (negated && !of_any);
    }
    if condition.operator.starts_with("ForAnyValue:") {
        actual.into_iter().any(meets)
    } else {
        actual.into_iter().all(meets)
    }
}

/// Compares a value of the request with one of the policy, by an operator that is not negated.
fn compares(operator: &str, wanted: &str, actual: &str) -> bool {
    match operator {
        "StringEquals" | "BinaryEquals" => wanted == actual,
        "StringEqualsIgnoreCase" | "Bool" => wanted.eq_ignore_ascii_case(actual),
        "StringLike" => matches(wanted, actual),
        "ArnEquals" | "ArnLike" => matches_arn(wanted, actual),
        "IpAddress" => is_in_range(wanted, actual).unwrap_or(false),
        _ => match operator
            .strip_prefix("Numeric")
            .map(|rest| (rest, number(wanted), number(actual)))
            .or_else(|| {
                let rest = operator.strip_prefix("Date")?;
                Some((rest, moment(wanted), moment(actual)))
            }) {
            Some((relation, Some(wanted), Some(actual))) => match relation {
                // Both were read from texts: equal texts give equal numbers.
                "Equals" => actual.total_cmp(&wanted).is_eq(),
                "LessThan" => actual < wanted,
                "LessThanEquals" => actual <= wanted,
                "GreaterThan" => actual > wanted,
                "GreaterThanEquals" => actual >= wanted,
                _ => false,
            },
            _ => false,
        },
    }
}

/// Each of the six parts of an ARN is matched by itself.
fn matches_arn(wanted: &str, actual: &str) -> bool {
    let (wanted, actual): (Vec<_>, Vec<_>) = (
        wanted.splitn(6, ':').collect(),
        actual.splitn(6, ':').collect(),
    );
    // A bare `*` matches every ARN.
    wanted == ["*"]
        || (wanted.len() == actual.len()
            && wanted
                .iter()
                .zip(&actual)
                .all(|(wanted, actual)| matches(wanted, actual)))
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// A time in ISO 8601, or in seconds of the epoch.
fn moment(text: &str) -> Option<f64> {
    let seconds = |time: Timestamp| time.as_duration().as_secs_f64();
    number(text).or_else(|| text.parse().ok().map(seconds))
}

fn is_in_range(range: &str, address: &str) -> Option<bool> {
    let (network, length) = range.split_once('/').unwrap_or((range, ""));
    let (network, address): (IpAddr, IpAddr) = (network.parse().ok()?, address.parse().ok()?);
    let (network, address, bits) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => (
            u128::from(network.to_bits()),
            u128::from(address.to_bits()),
            32,
        ),
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        _ => return Some(false),
    };
    let length: u32 = if length.is_empty() {
        bits
    } else {
        length.parse().ok().filter(|length| *length <= bits)?
    };
    // Shifting by all bits of the type is not defined: a range of length 0 takes in everything.
    let differing = network ^ address;
    Some(differing.checked_shr(bits - length).unwrap_or_default() == 0)
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;

    fn met(condition: &str, context: &[(&str, &str)]) -> bool {
        let text = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}}}"#
        );
        let document = Document::parse(&text).unwrap();
        let mut conditions = document.statements[0].conditions.iter();
        conditions.all(|condition| holds(condition, context))
    }

    #[test]
    fn a_condition_on_a_missing_key_fails_unless_it_is_negated_or_optional() {
        let context = [("aws:SourceAccount", "111122223333")];
        for (condition, expected) in [
            (
                r#"{"StringEquals": {"AWS:sourceaccount": ["444455556666", "111122223333"]}}"#,
                true,
            ),
            (
                r#"{"StringEquals": {"aws:SourceAccount": "444455556666"}}"#,
                false,
            ),
            (r#"{"ArnLike": {"aws:SourceArn": "*"}}"#, false),
            (r#"{"ArnLikeIfExists": {"aws:SourceArn": "*"}}"#, true),
            (r#"{"ArnNotLike": {"aws:SourceArn": "*"}}"#, true),
            (r#"{"Null": {"aws:SourceArn": true}}"#, true),
            (r#"{"Null": {"aws:SourceAccount": true}}"#, false),
            (
                r#"{"ForAnyValue:StringNotEquals": {"aws:TagKeys": "a"}}"#,
                false,
            ),
            (
                r#"{"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}"#,
                true,
            ),
        ] {
            assert_eq!(met(condition, &context), expected, "{condition}");
        }
    }

    #[test]
    fn every_operator_compares_as_iam_says() {
        let context = [
            ("aws:SecureTransport", "true"),
            ("s3:max-keys", "10"),
            ("aws:CurrentTime", "2026-01-02T03:04:05Z"),
            ("aws:SourceIp", "127.0.0.1"),
            (
                "aws:SourceArn",
                "arn:aws:lambda:eu-west-1:111122223333:function:a",
            ),
            ("aws:username", "developer"),
        ];
        for (condition, expected) in [
            (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, true),
            (r#"{"Bool": {"aws:SecureTransport": false}}"#, false),
            (r#"{"NumericLessThanEquals": {"s3:max-keys": 10}}"#, true),
            (r#"{"NumericGreaterThan": {"s3:max-keys": "10"}}"#, false),
            (r#"{"NumericNotEquals": {"s3:max-keys": "9"}}"#, true),
            (r#"{"NumericEquals": {"s3:max-keys": "ten"}}"#, false),
            (
                r#"{"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}"#,
                true,
            ),
            (
                r#"{"DateLessThan": {"aws:CurrentTime": "1767225600"}}"#,
                false,
            ),
            (
                r#"{"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"]}}"#,
                true,
            ),
            (r#"{"NotIpAddress": {"aws:SourceIp": "127.0.0.1"}}"#, false),
            (r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#, true),
            (r#"{"IpAddress": {"aws:SourceIp": "::/0"}}"#, false),
            (
                r#"{"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:111122223333:*"}}"#,
                true,
            ),
            // The star does not reach over a colon.
            (
                r#"{"ArnLike": {"aws:SourceArn": "arn:aws:*:function:a"}}"#,
                false,
            ),
            (r#"{"StringLike": {"aws:username": "dev*"}}"#, true),
            (r#"{"StringEquals": {"aws:username": "dev*"}}"#, false),
            (
                r#"{"StringNotEqualsIgnoreCase": {"aws:username": "Developer"}}"#,
                false,
            ),
            (
                r#"{"StringEquals": {"aws:username": "${aws:username}"}}"#,
                true,
            ),
        ] {
            assert_eq!(met(condition, &context), expected, "{condition}");
        }
    }

    #[test]
    fn of_many_values_any_or_all_must_be_listed() {
        let context = [("aws:TagKeys", "team"), ("aws:TagKeys", "cost")];
        for (condition, expected) in [
            (
                r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}"#,
                true,
            ),
            (
                r#"{"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}"#,
                false,
            ),
            (
                r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}}"#,
                true,
            ),
            (
                r#"{"ForAnyValue:StringNotEquals": {"aws:TagKeys": "team"}}"#,
                true,
            ),
            (
                r#"{"ForAllValues:StringNotEquals": {"aws:TagKeys": "other"}}"#,
                true,
            ),
        ] {
            assert_eq!(met(condition, &context), expected, "{condition}");
        }
    }
}
