//! Names as short as people can tell them apart.

/// The longest name that is shown whole on a line of its own.
pub(super) const LONGEST_NAME: usize = 64;

/// How many hexadecimal digits in a row are a digest, and how many of them tell it from others.
const DIGEST: usize = 40;
const DIGEST_SHOWN: usize = 8;

/// Shortens a name to what people tell things apart by: of digests the beginning, of long paths the two ends.
pub(super) fn short_name(name: &str, longest: usize) -> String {
    if name.chars().count() <= longest {
        return name.to_owned();
    }
    let mut segments: Vec<String> = name.split('/').map(short_digests).collect();
    let length = |segments: &[String]| segments.join("/").chars().count();
    let is_long = length(&segments) > longest;
    // The first segment says whose it is, the last two say what; one in between is as long as its stand-in.
    if is_long && segments.len() > 4 {
        let end = segments.len() - 2;
        segments.splice(1..end, ["…".to_owned()]);
    }
    segments.join("/")
}

/// Cuts every digest in a text.
fn short_digests(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(rest.len());
        if digits >= DIGEST {
            shown.push_str(&rest[..DIGEST_SHOWN]);
            shown.push('…');
        } else {
            shown.push_str(&rest[..digits]);
        }
        let next = rest[digits..].chars().next().map_or(0, char::len_utf8);
        shown.push_str(&rest[digits..digits + next]);
        rest = &rest[digits + next..];
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_name_both_ends_and_the_beginning_of_a_digest_are_shown() {
        let digest = "9880ac27".repeat(8);
        let names = [
            format!(
                "agentctl-000000000000-us-east-1/objects/claims/default/triage/prompt/{digest}-system.md"
            ),
            format!("code/{digest}.zip"),
            "alias/agentctl/claims/default/triage".to_owned(),
        ];
        assert_eq!(
            names.map(|name| short_name(&name, LONGEST_NAME)),
            [
                "agentctl-000000000000-us-east-1/…/prompt/9880ac27…-system.md",
                "code/9880ac27….zip",
                "alias/agentctl/claims/default/triage",
            ]
        );
    }
}
