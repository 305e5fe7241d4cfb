//! Names, shortened as far as people can still distinguish them.

/// The longest name that is shown in full on its own line.
pub(super) const LONGEST_NAME: usize = 64;

/// A row of this many hexadecimal digits is a digest; its first digits are enough to identify it.
const DIGEST: usize = 40;
const DIGEST_SHOWN: usize = 8;

/// Shortens a name: a digest to its first digits, a long path to its two ends.
pub(super) fn short_name(name: &str, longest: usize) -> String {
    if name.chars().count() <= longest {
        return name.to_owned();
    }
    let mut segments: Vec<String> = name.split('/').map(short_digests).collect();
    let length = |segments: &[String]| segments.join("/").chars().count();
    let is_long = length(&segments) > longest;
    // The first segment names the owner, the last two say what. A single segment between them stays, since `…` would save little.
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
    fn a_long_name_shows_both_ends_and_the_first_digits_of_a_digest() {
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
