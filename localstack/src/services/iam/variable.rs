//! Variables in policies (IAM user guide, "IAM policy elements: Variables and tags").

/// Puts values in the place of variables; `None` when one has neither a value nor a default, and the element matches nothing.
pub(super) fn resolved(pattern: &str, context: &[(&str, &str)]) -> Option<String> {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(&value(variable, context)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn value(variable: &str, context: &[(&str, &str)]) -> Option<String> {
    // The three characters with a meaning of their own. Guess: that a star from such a variable is a wildcard too.
    if ["*", "?", "$"].contains(&variable) {
        return Some(variable.to_owned());
    }
    let (name, default) = match variable.split_once(',') {
        Some((name, default)) => (name.trim(), Some(default.trim().trim_matches('\''))),
        None => (variable.trim(), None),
    };
    let mut keys = context.iter();
    let found = keys.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found
        .map(|(_, value)| *value)
        .or(default)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_have_the_values_of_the_context_or_their_defaults() {
        let context = [("aws:username", "developer")];
        for (pattern, expected) in [
            ("plain", Some("plain")),
            ("a/${aws:UserName}/*", Some("a/developer/*")),
            ("${aws:PrincipalTag/team, 'none'}", Some("none")),
            ("${aws:PrincipalTag/team}", None),
            ("${$}{aws:username}", Some("${aws:username}")),
            ("${aws:username", None),
        ] {
            assert_eq!(
                resolved(pattern, &context).as_deref(),
                expected,
                "{pattern}"
            );
        }
    }
}
