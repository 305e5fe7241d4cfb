//! Texts that only `AgentCore` has. The forms are those of its control API.

use super::form::{ValueError, text_type};

text_type! {
    /// One word of the command that starts an agent on `AgentCore`.
    EntryPointWord,
    "1 to 128 characters",
    r"^[^\n]{1,128}$"
}

text_type! {
    /// An image in ECR by its digest: a tag can be moved, and nothing here would show it.
    ImageUri,
    "an image in ECR by its digest, `111122223333.dkr.ecr.us-east-1.amazonaws.com/repository@sha256:…`",
    r"^([0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?|public\.ecr\.aws)/[a-z0-9]+([._/-][a-z0-9]+)*@sha256:[0-9a-f]{64}$"
}

text_type! {
    /// The name of an `AgentCore` endpoint.
    EndpointName,
    "letters, digits and `_`, a letter first, 48 characters at most",
    r"^[a-zA-Z][a-zA-Z0-9_]{0,47}$",
    |text| {
        // AgentCore developer guide, "AgentCore Runtime versioning and endpoints".
        if text == "DEFAULT" {
            return Err(ValueError(
                "must not be `DEFAULT`, the service's own endpoint, which follows every update".to_owned(),
            ));
        }
        Ok(())
    }
}

text_type! {
    /// A request header that is passed on to the agent.
    HeaderName,
    "a header name: letters, digits, `_` and `-`, a letter first",
    r"^[A-Za-z][A-Za-z0-9_-]{0,255}$"
}

text_type! {
    /// The address of an `OpenID` discovery document.
    DiscoveryUrl,
    "an https address that ends in `/.well-known/openid-configuration` or `/.well-known/oauth-authorization-server`",
    r"^https://[^ ]+/\.well-known/(openid-configuration|oauth-authorization-server)$"
}

text_type! {
    /// A scope of a token.
    TokenScope,
    "a scope: 1 to 255 visible characters other than `\"` and `\\`",
    r"^[!#-\[\]-~]{1,255}$"
}

text_type! {
    /// The name of a claim of a token.
    ClaimName,
    "a claim name: letters, digits and `_./:`, 255 characters at most",
    r"^[A-Za-z0-9_./:]{1,255}$"
}

text_type! {
    /// What a claim of a token must be or hold.
    ClaimValue,
    "letters, digits and `_.-`, 255 characters at most",
    r"^[A-Za-z0-9_.-]{1,255}$"
}

text_type! {
    /// The path on which an agent takes requests.
    ServerPath,
    "a path that begins with `/`, 2048 characters at most",
    r"^/[!-~]{0,2047}$"
}

text_type! {
    /// A version of the platform that runs agents.
    PlatformVersion,
    "a platform version such as `V2`",
    r"^[!-~]{1,128}$"
}

text_type! {
    /// The ARN of a capacity provider.
    CapacityProviderArn,
    "the ARN of a capacity provider, `arn:aws:bedrock-agentcore:us-east-1:111122223333:capacity-provider/name-id`",
    r"^arn:aws[a-z-]*:bedrock-agentcore:[a-z0-9-]+:[0-9]{12}:capacity-provider/[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10}$"
}

text_type! {
    /// The ARN of an access point of EFS.
    EfsAccessPointArn,
    "the ARN of an EFS access point, `arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-id`",
    r"^arn:aws[a-z-]*:elasticfilesystem:[a-z0-9-]+:[0-9]{12}:access-point/fsap-[0-9a-f]{8,40}$"
}

text_type! {
    /// The ARN of an access point of S3 Files.
    S3FilesAccessPointArn,
    "the ARN of an S3 Files access point, `arn:aws:s3files:us-east-1:111122223333:file-system/fs-id/access-point/fsap-id`",
    r"^arn:aws[a-z-]*:s3files:[a-z0-9-]+:[0-9]{12}:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}$"
}

text_type! {
    /// Where something is mounted in a session.
    MountPath,
    "a folder directly below `/mnt`, such as `/mnt/data`, 200 characters at most",
    r"^/mnt/[a-zA-Z0-9._-]{1,194}/?$"
}

text_type! {
    /// The name of a volume of a capacity provider.
    VolumeName,
    "a volume name: letters, digits, `_` and `-`, a letter first, 48 characters at most",
    r"^[a-zA-Z][a-zA-Z0-9_-]{0,47}$"
}
