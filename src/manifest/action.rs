//! The actions of IAM, as far as a table knows them, which `tests/independent/policy/table.py` makes from AWS's service authorization
//! reference.
//!
//! The table is older than AWS: an action that it does not know may exist.

use regex::Regex;

use super::spelling::near;

/// The first line has source, version and date. Each other line is a service and its actions, each as the number of letters that it shares
/// with the one before it, and the letters that follow.
const TABLE: &str = include_str!("action/table.txt");

/// How many names are suggested.
const MOST: usize = 3;

/// Says what is unknown about an action or a pattern of actions, with the names that are near; `None` if the table has it.
pub(crate) fn unknown(pattern: &str) -> Option<String> {
    let (service, name) = pattern.split_once(':')?;
    let date = date();
    let service = service.to_lowercase();
    let Some(actions) = actions(&service) else {
        let services: Vec<&str> = services().collect();
        let near = suggestion(&near(&service, &services, MOST));
        return Some(format!(
            "AWS had no service `{service}` with actions on {date}{near}"
        ));
    };
    if actions.iter().any(|action| fits(name, action)) {
        return None;
    }
    let names: Vec<&str> = actions.iter().map(String::as_str).collect();
    let near: Vec<String> = near(name, &names, MOST)
        .into_iter()
        .map(|action| format!("{service}:{action}"))
        .collect();
    let near: Vec<&str> = near.iter().map(String::as_str).collect();
    let fitting = if name.contains(['*', '?']) {
        "that fits "
    } else {
        ""
    };
    let near = suggestion(&near);
    Some(format!(
        "AWS had no action {fitting}`{pattern}` on {date}{near}"
    ))
}

/// Returns whether a name or pattern means an action; IAM does not distinguish upper and lower case in either.
fn fits(pattern: &str, action: &str) -> bool {
    let regex = regex::escape(&pattern.to_lowercase())
        .replace(r"\*", ".*")
        .replace(r"\?", ".");
    Regex::new(&format!("^{regex}$")).is_ok_and(|regex| regex.is_match(&action.to_lowercase()))
}

fn suggestion(near: &[&str]) -> String {
    match near {
        [] => String::new(),
        near => {
            let quoted: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
            format!("; did you mean {}?", quoted.join(" or "))
        }
    }
}

/// Returns the date of the table.
fn date() -> &'static str {
    TABLE
        .lines()
        .next()
        .and_then(|line| line.rsplit(' ').next())
        .unwrap_or_default()
}

fn services() -> impl Iterator<Item = &'static str> {
    TABLE
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next())
}

/// Returns the actions of a service; `None` if there is no such service.
fn actions(service: &str) -> Option<Vec<String>> {
    let of_service = |line: &'static str| line.strip_prefix(service)?.strip_prefix(' ');
    let line = TABLE.lines().skip(1).find_map(of_service)?;
    let mut actions: Vec<String> = Vec::new();
    for short in line.split(' ') {
        let mut letters = short.chars();
        let shared = letters.next().map_or(0, digit);
        let before = actions.last().map_or("", String::as_str);
        let shared = before.get(..shared).unwrap_or_default();
        actions.push(format!("{shared}{}", letters.as_str()));
    }
    Some(actions)
}

/// Returns the value of a digit to the base 62.
fn digit(digit: char) -> usize {
    let offset = |first: char| digit as usize - first as usize;
    match digit {
        '0'..='9' => offset('0'),
        'a'..='z' => 10 + offset('a'),
        'A'..='Z' => 36 + offset('A'),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_as_it_was_written() {
        let actions = actions("sts").unwrap();
        assert!(actions.contains(&"AssumeRole".to_owned()), "{actions:?}");
        assert!(actions.contains(&"AssumeRoleWithWebIdentity".to_owned()));
        assert!(actions.contains(&"GetCallerIdentity".to_owned()));
        let is_name = |name: &String| {
            name.starts_with(|first: char| first.is_ascii_uppercase())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let mut all = services().flat_map(|service| super::actions(service).unwrap());
        // AWS itself begins a few of its actions with a small letter.
        let strange: Vec<String> = all.by_ref().filter(|name| !is_name(name)).collect();
        assert!(strange.len() < 100, "{strange:?}");
        assert!(services().count() > 400);
    }

    #[test]
    fn known_actions_and_patterns_of_them_are_not_unknown() {
        for known in [
            "*",
            "s3:GetObject",
            "s3:getobject",
            "S3:Get*",
            "s3:*",
            "bedrock:InvokeModel?ithResponseStream",
            "execute-api:Invoke",
        ] {
            assert_eq!(unknown(known), None, "{known}");
        }
    }

    #[test]
    fn what_the_table_does_not_have_is_reported_with_its_date_and_near_names() {
        let date = date();
        for (pattern, expected) in [
            (
                "s3:GetObjekt",
                format!("AWS had no action `s3:GetObjekt` on {date}; did you mean `s3:GetObject`"),
            ),
            (
                "s3:Fetch*",
                format!("AWS had no action that fits `s3:Fetch*` on {date}"),
            ),
            (
                "dynamdb:GetItem",
                format!(
                    "AWS had no service `dynamdb` with actions on {date}; did you mean `dynamodb`"
                ),
            ),
            (
                "zzzzzzzz:GetItem",
                format!("AWS had no service `zzzzzzzz` with actions on {date}"),
            ),
        ] {
            let found = unknown(pattern).unwrap();
            assert!(found.starts_with(&expected), "{found}");
        }
    }
}
