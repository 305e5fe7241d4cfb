//! Wildcards in policies (IAM user guide, "IAM JSON policy elements: Resource").

/// Matches a pattern in which `*` matches any characters and `?` for one.
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
}
