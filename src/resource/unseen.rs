//! Refusals of a service that does not see yet, or may not use yet, what was created or changed a moment ago.
//!
//! The same answers come when the thing never existed, so a refusal alone does not show whether it passes by itself.

use super::operation::Service;

/// What a service says that it does not see or may not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// A role that it is to assume.
    Role,
    /// A permission of a role.
    Permission,
    /// A key that it is to encrypt with.
    Key,
    /// A principal that a policy or grant names.
    Principal,
    /// A container image that a role is to pull.
    Image,
}

impl Unseen {
    /// Returns what an answer says that the service does not see; `None` for any other answer.
    ///
    /// The sentences are from: Lambda, on `CreateFunction` and `UpdateFunctionConfiguration`, while a role or a grant propagates; KMS, for
    /// a policy that names a new principal (`MalformedPolicyDocumentException`); and CloudWatch Logs, on `CreateLogGroup` and
    /// `AssociateKmsKey`, for a key that it cannot see or use, with either code. terraform-provider-aws and others retry those of
    /// `AgentCore` while a role and its policy propagate.
    pub fn of(service: Service, code: Option<&str>, message: &str) -> Option<Self> {
        let says = |sentence: &str| message.contains(sentence);
        match (service, code?) {
            (Service::AgentCore, "ValidationException") if says("Role validation failed") => {
                Some(Self::Role)
            }
            (Service::AgentCore, "ValidationException")
                if says("Access denied while validating ECR URI") =>
            {
                Some(Self::Image)
            }
            (Service::Lambda, "InvalidParameterValueException") => of_lambda(message),
            (Service::Kms, "MalformedPolicyDocumentException") if says("principal") => {
                Some(Self::Principal)
            }
            // S3 error responses: KMS's own errors have its name as a prefix.
            (
                Service::S3,
                "KMS.NotFoundException" | "KMS.DisabledException" | "KMS.KMSInvalidStateException",
            ) if !says(OTHER_PLACE) => Some(Self::Key),
            (Service::Logs, "InvalidParameterException" | "AccessDeniedException")
                if says("KMS key does not exist or is not allowed to be used") =>
            {
                Some(Self::Key)
            }
            _ => None,
        }
    }
}

/// KMS's words for the ARN of a key of another region or partition, which its endpoint never finds.
const OTHER_PLACE: &str = "Invalid arn";

/// The code of KMS in an answer of Lambda, for states of a key that can be those of a moment ago.
const PASSING: [&str; 3] = [
    "KMS Exception: NotFoundException",
    "KMS Exception: DisabledException",
    "KMS Exception: KMSInvalidStateException",
];

fn of_lambda(message: &str) -> Option<Unseen> {
    let says = |sentence: &str| message.contains(sentence);
    if says("cannot be assumed by Lambda") {
        Some(Unseen::Role)
    } else if says("The provided execution role does not have permissions") {
        Some(Unseen::Permission)
    } else if says("does not refer to a valid principal") {
        Some(Unseen::Principal)
    } else if says("is invalid for CreateGrant") && !says(OTHER_PLACE) {
        // With another code of KMS, the key is refused for what it is, or the caller for what it may not.
        let is_passing = !says("KMS Exception:") || PASSING.iter().any(|code| says(code));
        is_passing.then_some(Unseen::Key)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lambda(message: &str) -> Option<Unseen> {
        Unseen::of(
            Service::Lambda,
            Some("InvalidParameterValueException"),
            message,
        )
    }

    #[test]
    fn lambda_names_a_role_a_permission_a_principal_or_a_key() {
        for (message, unseen) in [
            (
                "The role defined for the function cannot be assumed by Lambda.",
                Some(Unseen::Role),
            ),
            (
                "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
                Some(Unseen::Permission),
            ),
            ("Unzipped size must be smaller than 262144000 bytes", None),
        ] {
            assert_eq!(lambda(message), unseen, "{message}");
        }
    }

    #[test]
    fn a_key_that_lambda_may_not_use_passes_only_with_kms_words_for_what_may_be_new() {
        for (words, unseen) in [
            (
                "InvalidArnException KMS Message: ARN does not refer to a valid principal: arn:aws:iam::1:role/r",
                Some(Unseen::Principal),
            ),
            (
                "NotFoundException KMS Message: Key 'arn:aws:kms:us-east-1:1:key/k' does not exist",
                Some(Unseen::Key),
            ),
            (
                "DisabledException KMS Message: arn:aws:kms:us-east-1:1:key/k is disabled.",
                Some(Unseen::Key),
            ),
            ("NotFoundException KMS Message: Invalid arn eu-west-1", None),
            (
                "InvalidArnException KMS Message: Key Aliases are not supported for this operation.",
                None,
            ),
            (
                "AccessDeniedException KMS Message: User: u is not authorized to perform: kms:CreateGrant",
                None,
            ),
        ] {
            let message = format!(
                "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. \
                 Please check your KMS key settings. KMS Exception: {words}"
            );
            assert_eq!(lambda(&message), unseen, "{words}");
        }
    }
}
