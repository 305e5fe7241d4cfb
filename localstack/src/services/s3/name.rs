//! The rules that names of buckets obey (S3 user guide, "General purpose bucket naming rules").

use std::net::Ipv4Addr;

use crate::answer::Refusal;

const PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];

/// The last is that of the account regional namespace, in which `CreateBucket` must ask for with `x-amz-bucket-namespace`.
const SUFFIXES: [&str; 6] = [
    "-s3alias",
    "--ol-s3",
    ".mrap",
    "--x-s3",
    "--table-s3",
    "-an",
];

/// Checks the name of a bucket that is to be made.
pub(super) fn check(name: &str) -> Result<(), Refusal> {
    if is_valid(name) {
        return Ok(());
    }
    Err(
        Refusal::bad_request("InvalidBucketName", "The specified bucket is not valid.")
            .member("BucketName", name),
    )
}

fn is_valid(name: &str) -> bool {
    let is_edge = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| is_edge(byte) || matches!(byte, b'.' | b'-'))
        && bytes.first().is_some_and(is_edge)
        && bytes.last().is_some_and(is_edge)
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_obey_the_rules_of_general_purpose_buckets() {
        for name in ["abc", "a.b-c", "0ab", &"a".repeat(63), "1.2.3.4.5"] {
            assert!(is_valid(name), "{name}");
        }
        let too_long = "a".repeat(64);
        for name in [
            "ab",
            too_long.as_str(),
            "Abc",
            "a_b",
            "-ab",
            "ab-",
            ".ab",
            "a..b",
            "192.168.5.4",
            "xn--abc",
            "sthree-abc",
            "amzn-s3-demo-abc",
            "abc-s3alias",
            "abc--ol-s3",
            "abc.mrap",
            "abc--x-s3",
            "abc--table-s3",
            "abc-111122223333-eu-west-1-an",
        ] {
            assert!(!is_valid(name), "{name}");
        }
    }
}
