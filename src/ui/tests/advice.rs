//! Which advice each failure has.

use insta::assert_snapshot;

use super::*;
use crate::outcome::StepError;
use crate::resource::operation::{Operation, Service, iam, kms, lambda, s3};
use crate::ui::hint::{self, Hint};

fn coded(kind: FaultKind, operation: Operation, code: &str, message: &str) -> Fault {
    Fault {
        code: Some(code.into()),
        ..Fault::new(kind, operation, message)
    }
}

fn advice(fault: &Fault) -> String {
    hint::of(fault).map_or_else(
        || "none".to_owned(),
        |hint| hint.shown(&heading().invocation),
    )
}

#[test]
fn a_denial_names_action_resource_and_policy_if_aws_names_them() {
    let denial = |reason: &str| {
        let message = format!(
            "User: arn:aws:iam::1:user/u is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x {reason}"
        );
        advice(&denied(lambda::CREATE_FUNCTION, message.trim()))
    };
    assert_snapshot!(denial(""), @"allow `iam:PassRole` on `arn:aws:iam::1:role/x` for the identity that calls");
    assert_snapshot!(denial("because no identity-based policy allows the iam:PassRole action"), @"allow `iam:PassRole` on `arn:aws:iam::1:role/x` in an identity-based policy");
    assert_snapshot!(denial("because no service control policy allows the iam:PassRole action"), @"allow `iam:PassRole` on `arn:aws:iam::1:role/x` in a service control policy");
    assert_snapshot!(denial("with an explicit deny in a service control policy"), @"the service control policy denies `iam:PassRole`; as long as it does, allowing it elsewhere changes nothing");
    assert_snapshot!(denial("with an explicit deny in an identity-based policy."), @"the identity-based policy denies `iam:PassRole`; as long as it does, allowing it elsewhere changes nothing");
}

#[test]
fn a_denial_without_an_action_names_the_iam_action_of_the_operation() {
    let denial = |operation: Operation| {
        advice(&coded(
            FaultKind::Denied,
            operation,
            "HTTP 403",
            "Forbidden",
        ))
    };
    assert_snapshot!(denial(s3::HEAD_OBJECT), @"allow `s3:GetObject` for the identity that calls");
    assert_snapshot!(denial(s3::DELETE_OBJECTS), @"allow `s3:DeleteObjectVersion` for the identity that calls");
    assert_snapshot!(denial(kms::DESCRIBE_KEY), @"allow `kms:DescribeKey` for the identity that calls");
}

#[test]
fn a_call_that_the_command_itself_refused_needs_no_policy() {
    let refused = Fault::new(
        FaultKind::Denied,
        iam::CREATE_ROLE,
        "`CreateRole` was refused before it was sent",
    );
    assert_eq!(hint::of(&refused), None);
}

#[test]
fn advice_about_credentials_takes_precedence() {
    let unsent =
        |message: &str| hint::of(&Fault::new(FaultKind::Unreachable, iam::GET_ROLE, message));
    let answered = |code: &str, message: &str| {
        hint::of(&coded(FaultKind::Denied, iam::GET_ROLE, code, message))
    };
    assert_eq!(
        unsent("dispatch failure: the SSO token has expired and cannot be refreshed"),
        Some(Hint::SignInAgain)
    );
    assert_eq!(unsent("no credentials were found"), Some(Hint::SignIn));
    assert_eq!(
        unsent("an error occurred while loading credentials: no such file"),
        Some(Hint::WrongCredentials)
    );
    assert_eq!(
        unsent(
            "an error occurred while loading credentials: User: u is not authorized to perform: sts:AssumeRole on resource: r"
        ),
        Some(Hint::Allow {
            action: "sts:AssumeRole".into(),
            resource: Some("r".into()),
            policy: None
        })
    );
    assert_eq!(unsent("connection refused"), Some(Hint::Connection));
    assert_eq!(
        answered("ExpiredTokenException", "expired"),
        Some(Hint::SignInAgain)
    );
    assert_eq!(
        answered(
            "UnrecognizedClientException",
            "The security token is invalid"
        ),
        Some(Hint::WrongCredentials)
    );
    assert_eq!(
        answered(
            "InvalidSignatureException",
            "Signature expired: 20300101T000000Z"
        ),
        Some(Hint::Clock)
    );
    assert_eq!(
        answered("InvalidSignatureException", "does not match"),
        Some(Hint::WrongCredentials)
    );
}

#[test]
fn a_quota_names_the_service_and_full_code_storage_what_to_delete() {
    let quota = |operation, code| hint::of(&coded(FaultKind::Quota, operation, code, "full"));
    assert_eq!(
        quota(iam::CREATE_ROLE, "LimitExceeded"),
        Some(Hint::Quota {
            service: Service::Iam
        })
    );
    assert_eq!(
        quota(lambda::CREATE_FUNCTION, "CodeStorageExceededException"),
        Some(Hint::CodeStorage)
    );
}

#[test]
fn what_does_not_become_visible_is_named_by_the_words_of_the_service() {
    let refused = |message| {
        let (operation, code) = (lambda::CREATE_FUNCTION, "InvalidParameterValueException");
        let fault = coded(FaultKind::NotYetConsistent, operation, code, message);
        hint::of(&fault).unwrap().shown(&heading().invocation)
    };
    let ends = [
        (
            "cannot be assumed by Lambda.",
            "its trust policy names the service",
        ),
        (
            "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
            "the role allows what the message names",
        ),
        (
            "the KMS key is invalid for CreateGrant.",
            "its policy lets the service use it",
        ),
    ];
    for (message, end) in ends {
        assert!(refused(message).ends_with(end), "{}", refused(message));
    }
}

#[test]
fn advice_names_only_commands_that_exist() {
    let text = String::new;
    let all = [
        Hint::Allow {
            action: text(),
            resource: None,
            policy: None,
        },
        Hint::Denied {
            action: text(),
            policy: text(),
        },
        Hint::SignInAgain,
        Hint::SignIn,
        Hint::WrongCredentials,
        Hint::Clock,
        Hint::Quota {
            service: Service::Iam,
        },
        Hint::CodeStorage,
        Hint::NotVisible { what: None },
        Hint::Contradiction,
        Hint::TryAgain,
        Hint::Connection,
        Hint::Support { request_id: text() },
        Hint::PlanAgain,
        Hint::Rename,
        Hint::WaitAndTryAgain,
        Hint::SetBack,
        Hint::JournalFolder,
    ]
    .map(|hint| hint.shown(&heading().invocation))
    .join("\n");
    let commands: BTreeSet<&str> = all
        .split("`agentctl ")
        .skip(1)
        .map(|rest| rest.split(['`', ' ']).next().unwrap())
        .collect();
    assert_eq!(commands, BTreeSet::from(["diff", "explain"]));
}

#[test]
fn a_step_that_failed_without_a_fault_has_advice() {
    let stale = StepError::Stale { fields: Vec::new() };
    assert_eq!(hint::of_step(&stale), Some(Hint::PlanAgain));
    assert_eq!(hint::of_step(&StepError::Foreign), Some(Hint::Rename));
    let slow = StepError::Deadline {
        status: "Pending".into(),
        minutes: 10,
    };
    assert_eq!(hint::of_step(&slow), Some(Hint::WaitAndTryAgain));
    let refusal = Fault::new(FaultKind::AlreadyExists, iam::CREATE_ROLE, "exists");
    let unseen = StepError::Contradiction {
        refusal: refusal.clone(),
        is_found: false,
    };
    assert_eq!(hint::of_step(&unseen), Some(Hint::Contradiction));
    let after = StepError::AfterRefusal {
        error: Box::new(stale),
        refusal,
    };
    assert_eq!(hint::of_step(&after), Some(Hint::PlanAgain));
}
