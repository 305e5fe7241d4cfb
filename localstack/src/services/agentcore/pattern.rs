//! The patterns of the service model for settings.

use crate::pattern::Pattern;

pub(super) static ROLE: Pattern = Pattern::new("arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+");

pub(super) static IMAGE: Pattern = Pattern::new(
    r"(([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?|public\.ecr\.aws)/((?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*)(?::([^:@]{1,300}))?(?:@(.+))?",
);

pub(super) static BUCKET: Pattern = Pattern::new("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

pub(super) static SECURITY_GROUP: Pattern = Pattern::new("sg-[0-9a-zA-Z]{8,17}");

pub(super) static SUBNET: Pattern = Pattern::new("subnet-[0-9a-zA-Z]{8,17}");

pub(super) static HEADER: Pattern = Pattern::new("[A-Za-z][A-Za-z0-9_-]{0,255}");

pub(super) static PATH: Pattern = Pattern::new(r"/[A-Za-z0-9\-._~/%]*");

pub(super) static MOUNT_PATH: Pattern = Pattern::new("/mnt/[a-zA-Z0-9._-]+/?");

pub(super) static S3_FILES: Pattern = Pattern::new(
    "arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}",
);

pub(super) static EFS: Pattern =
    Pattern::new("arn:aws[-a-z]*:elasticfilesystem:[0-9a-z-:]+:access-point/fsap-[0-9a-f]{8,40}");

pub(super) static VOLUME: Pattern = Pattern::new("[a-zA-Z][a-zA-Z0-9_-]{0,47}");

pub(super) static CAPACITY_PROVIDER: Pattern = Pattern::new(
    "arn:aws(-[^:]+)?:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:capacity-provider/[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10}",
);

pub(super) static PLATFORM: Pattern = Pattern::new(r"[^\s]+");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_matched_as_the_model_says() {
        let digest = format!("@sha256:{}", "a".repeat(64));
        let registry = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
        let here = "eu-west-1:111122223333";
        let id = "0".repeat(17);
        for (pattern, text, expected) in [
            (
                &IMAGE,
                format!("{registry}/agents/triage:1.0{digest}"),
                true,
            ),
            (&IMAGE, "public.ecr.aws/a/b".to_owned(), true),
            (&IMAGE, format!("{registry}/Triage:1"), false),
            (&IMAGE, format!("{registry}/triage:"), false),
            (&IMAGE, "ghcr.io/me/agent:1".to_owned(), false),
            (&ROLE, "arn:aws:iam::111122223333:role/a/b".to_owned(), true),
            (&ROLE, "arn:aws-cn:iam:::role/a".to_owned(), true),
            (&ROLE, "arn:aws:iam::1111:role/a".to_owned(), false),
            (
                &ROLE,
                "arn:aws:iam::111122223333:role/a\n".to_owned(),
                false,
            ),
            (&BUCKET, "b-1.x".to_owned(), true),
            (&BUCKET, "-ab".to_owned(), false),
            (&SUBNET, "subnet-0123456789abcdef0".to_owned(), true),
            (&SUBNET, "subnet-1".to_owned(), false),
            (&PATH, "/a%20b/~c".to_owned(), true),
            (&PATH, "/a b".to_owned(), false),
            (&MOUNT_PATH, "/mnt/data/".to_owned(), true),
            (&MOUNT_PATH, "/mnt/a/b".to_owned(), false),
            (
                &S3_FILES,
                format!("arn:aws:s3files:{here}:file-system/fs-{id}/access-point/fsap-{id}"),
                true,
            ),
            (
                &S3_FILES,
                format!("arn:aws/x:s3files:{here}:file-system/fs-{id}/access-point/fsap-{id}"),
                false,
            ),
            (
                &EFS,
                format!("arn:aws:elasticfilesystem:{here}:access-point/fsap-01234567"),
                true,
            ),
            (
                &EFS,
                format!("arn:aws9:elasticfilesystem:{here}:access-point/fsap-01234567"),
                false,
            ),
            (
                &CAPACITY_PROVIDER,
                format!("arn:aws:bedrock-agentcore:{here}:capacity-provider/pool-0123456789"),
                true,
            ),
            (
                &CAPACITY_PROVIDER,
                "arn:aws:bedrock-agentcore:EU:111122223333:capacity-provider/pool-0123456789"
                    .to_owned(),
                false,
            ),
            (&PLATFORM, "V1\u{a0}".to_owned(), true),
            (&PLATFORM, "V 1".to_owned(), false),
        ] {
            assert_eq!(pattern.matches(&text), expected, "{text}");
        }
    }
}
