//! The patterns of the service model for settings.

use std::ops::RangeInclusive;

use super::arn;
use crate::validate::Pattern;

pub(super) const ROLE: Pattern = Pattern {
    text: "arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+",
    matches: |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else {
            return false;
        };
        is_partition(partition)
            && (account.is_empty() || is_account(account))
            && resource.strip_prefix("role/").is_some_and(is_there)
    },
};

pub(super) const IMAGE: Pattern = Pattern {
    text: r"(([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?|public\.ecr\.aws)/((?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*)(?::([^:@]{1,300}))?(?:@(.+))?",
    matches: |text| {
        let Some((registry, rest)) = text.split_once('/') else {
            return false;
        };
        let (rest, digest) = rest.split_once('@').map_or((rest, None), cut);
        let (repository, tag) = rest.split_once(':').map_or((rest, None), cut);
        is_registry(registry)
            && repository.split('/').all(is_path_component)
            && tag.is_none_or(|tag| (1..=300).contains(&tag.len()) && !tag.contains(':'))
            && digest.is_none_or(is_there)
    },
};

pub(super) const BUCKET: Pattern = Pattern {
    text: "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    matches: |text| {
        let is_inner = |byte: u8| is_lower_or_digit(byte) || byte == b'.' || byte == b'-';
        let is_end = |byte: Option<u8>| byte.is_some_and(is_lower_or_digit);
        (3..=63).contains(&text.len())
            && text.bytes().all(is_inner)
            && is_end(text.bytes().next())
            && is_end(text.bytes().last())
    },
};

pub(super) const SECURITY_GROUP: Pattern = Pattern {
    text: "sg-[0-9a-zA-Z]{8,17}",
    matches: |text| text.strip_prefix("sg-").is_some_and(is_resource_id),
};

pub(super) const SUBNET: Pattern = Pattern {
    text: "subnet-[0-9a-zA-Z]{8,17}",
    matches: |text| text.strip_prefix("subnet-").is_some_and(is_resource_id),
};

pub(super) const HEADER: Pattern = Pattern {
    text: "[A-Za-z][A-Za-z0-9_-]{0,255}",
    matches: |text| {
        text.len() <= 256
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    },
};

pub(super) const PATH: Pattern = Pattern {
    text: "/.*",
    matches: |text| text.starts_with('/'),
};

pub(super) const MOUNT_PATH: Pattern = Pattern {
    text: "/mnt/[a-zA-Z0-9._-]+/?",
    matches: |text| {
        let text = text.strip_suffix('/').unwrap_or(text);
        text.strip_prefix("/mnt/").is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        })
    },
};

pub(super) const S3_FILES: Pattern = Pattern {
    text: "arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}",
    matches: |text| {
        text.split_once(":file-system/fs-")
            .is_some_and(|(start, rest)| {
                let ids = rest.split_once("/access-point/fsap-");
                is_start_of_arn(start, "s3files")
                    && ids.is_some_and(|(one, other)| {
                        is_hexadecimal(one, &(17..=40)) && is_hexadecimal(other, &(17..=40))
                    })
            })
    },
};

pub(super) const EFS: Pattern = Pattern {
    text: "arn:aws[-a-z]*:elasticfilesystem:[0-9a-z-:]+:access-point/fsap-[0-9a-f]{8,40}",
    matches: |text| {
        text.split_once(":access-point/fsap-")
            .is_some_and(|(start, id)| {
                is_start_of_arn(start, "elasticfilesystem") && is_hexadecimal(id, &(8..=40))
            })
    },
};

pub(super) const VOLUME: Pattern = Pattern {
    text: "[a-zA-Z][a-zA-Z0-9_-]{0,47}",
    matches: |text| (HEADER.matches)(text) && text.len() <= 48,
};

pub(super) const CAPACITY_PROVIDER: Pattern = Pattern {
    text: "arn:aws(-[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:capacity-provider/[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10}",
    matches: |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [
            "arn",
            partition,
            "bedrock-agentcore",
            region,
            account,
            resource,
        ] = parts.as_slice()
        else {
            return false;
        };
        let id = resource.strip_prefix("capacity-provider/");
        let id = id.and_then(|id| id.rsplit_once('-'));
        is_partition(partition)
            && !region.is_empty()
            && is_account(account)
            && id.is_some_and(|(name, suffix)| {
                (arn::NAME.matches)(name)
                    && suffix.len() == 10
                    && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
    },
};

pub(super) const PLATFORM: Pattern = Pattern {
    text: r"[^\s]+",
    matches: |text| !text.is_empty() && !text.contains(char::is_whitespace),
};

fn cut<'a>((before, after): (&'a str, &'a str)) -> (&'a str, Option<&'a str>) {
    (before, Some(after))
}

fn is_there(text: &str) -> bool {
    !text.is_empty()
}

fn is_lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `aws(-[^:]+)?`.
fn is_partition(text: &str) -> bool {
    let rest = text.strip_prefix("aws");
    rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('-') && rest.len() > 1))
}

/// `arn:aws[-a-z]*:<service>:[0-9a-z-:]+`.
fn is_start_of_arn(text: &str, service: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, ':').collect();
    let ["arn", partition, of, place] = parts.as_slice() else {
        return false;
    };
    let is_place = |byte: u8| is_lower_or_digit(byte) || byte == b'-' || byte == b':';
    partition.starts_with("aws") && *of == service && is_there(place) && place.bytes().all(is_place)
}

fn is_hexadecimal(text: &str, length: &RangeInclusive<usize>) -> bool {
    length.contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_resource_id(text: &str) -> bool {
    (8..=17).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_registry(text: &str) -> bool {
    let private = || {
        let text = text.strip_suffix(".cn").unwrap_or(text);
        let (account, region) = text
            .strip_suffix(".amazonaws.com")?
            .split_once(".dkr.ecr.")?;
        let is_region = |byte: u8| is_lower_or_digit(byte) || byte == b'-';
        Some(is_account(account) && is_there(region) && region.bytes().all(is_region))
    };
    text == "public.ecr.aws" || private().unwrap_or(false)
}

/// `[a-z0-9]+(?:[._-][a-z0-9]+)*`.
fn is_path_component(text: &str) -> bool {
    text.split(['.', '_', '-'])
        .all(|word| is_there(word) && word.bytes().all(is_lower_or_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_what_the_model_takes() {
        let digest = format!("@sha256:{}", "a".repeat(64));
        let registry = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
        for (pattern, text, expected) in [
            (IMAGE, format!("{registry}/agents/triage:1.0{digest}"), true),
            (IMAGE, "public.ecr.aws/a/b".to_owned(), true),
            (IMAGE, format!("{registry}/Triage:1"), false),
            (IMAGE, format!("{registry}/triage:"), false),
            (IMAGE, "ghcr.io/me/agent:1".to_owned(), false),
            (ROLE, "arn:aws:iam::111122223333:role/a/b".to_owned(), true),
            (ROLE, "arn:aws:iam::1111:role/a".to_owned(), false),
            (BUCKET, "b-1.x".to_owned(), true),
            (BUCKET, "-ab".to_owned(), false),
            (SUBNET, "subnet-0123456789abcdef0".to_owned(), true),
            (SUBNET, "subnet-1".to_owned(), false),
            (MOUNT_PATH, "/mnt/data/".to_owned(), true),
            (MOUNT_PATH, "/mnt/a/b".to_owned(), false),
            (
                S3_FILES,
                format!(
                    "arn:aws:s3files:eu-west-1:111122223333:file-system/fs-{0}/access-point/fsap-{0}",
                    "0".repeat(17)
                ),
                true,
            ),
            (
                EFS,
                "arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-01234567".to_owned(),
                true,
            ),
            (
                CAPACITY_PROVIDER,
                "arn:aws:bedrock-agentcore:eu-west-1:111122223333:capacity-provider/pool-0123456789".to_owned(),
                true,
            ),
        ] {
            assert_eq!((pattern.matches)(&text), expected, "{text}");
        }
    }
}
