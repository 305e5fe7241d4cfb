//! What a fresh read shows of the role or key that a refusal is about.
//!
//! What cannot be read or is not understood is taken for right: then only time shows whether the refusal passes.

use aws_sdk_kms::types::{KeySpec, KeyState};
use percent_encoding::percent_decode_str;

use super::client::Clients;
use crate::resource::document::{Document, Grant, Statement};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::provider::Outlook;
use crate::resource::reference::Resolved;

impl Clients {
    /// Reads a role that a service cannot assume.
    pub async fn role_outlook(&self, arn: &str, service: &str) -> Outlook {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let answer = self.call(self.iam.get_role().role_name(name).send()).await;
        let trust = answer.map(|answer| answer.role?.assume_role_policy_document);
        of_role(name, trust, service)
    }

    /// Reads a key that a service cannot use. `service` is the principal that the key's policy must name, if it must name one.
    pub async fn key_outlook(&self, arn: &str, service: Option<&str>) -> Outlook {
        let answer = self.call(self.kms.describe_key().key_id(arn).send()).await;
        let state = answer.map(|answer| {
            let key = answer.key_metadata?;
            Some((key.key_state?, key.key_spec?))
        });
        let outlook = of_key(arn, state);
        let (Outlook::MayPass, Some(service)) = (&outlook, service) else {
            return outlook;
        };
        let request = self.kms.get_key_policy().key_id(arn);
        let answer = self.call(request.policy_name("default").send()).await;
        let policy = answer.ok().and_then(|answer| answer.policy);
        of_key_policy(arn, policy.as_deref(), service)
    }
}

/// Judges a role by its trust policy, as IAM returns it: percent-encoded.
fn of_role(name: &str, trust: Result<Option<String>, Fault>, service: &str) -> Outlook {
    let trust = match trust {
        Err(fault) if fault.kind == FaultKind::NotFound => {
            return Outlook::Final(format!("there is no role `{name}` in this account"));
        }
        Err(_) | Ok(None) => return Outlook::MayPass,
        Ok(Some(trust)) => trust,
    };
    let text = percent_decode_str(&trust).decode_utf8_lossy();
    match serde_json::from_str::<Document<Resolved>>(&text) {
        Ok(trust) if !names(&trust, service) => Outlook::Final(format!(
            "the trust policy of role `{name}` does not let `{service}` assume it"
        )),
        Ok(_) | Err(_) => Outlook::MayPass,
    }
}

fn of_key(arn: &str, state: Result<Option<(KeyState, KeySpec)>, Fault>) -> Outlook {
    match state {
        Err(fault) if fault.kind == FaultKind::NotFound => {
            Outlook::Final(format!("KMS finds no key `{arn}` in this region"))
        }
        Ok(Some((KeyState::Disabled, _))) => Outlook::Final(format!("key `{arn}` is disabled")),
        Ok(Some((KeyState::PendingDeletion | KeyState::PendingReplicaDeletion, _))) => {
            Outlook::Final(format!("key `{arn}` is being deleted"))
        }
        Ok(Some((KeyState::PendingImport, _))) => {
            Outlook::Final(format!("key `{arn}` has no key material"))
        }
        Ok(Some((_, spec))) if spec != KeySpec::SymmetricDefault => {
            Outlook::Final(format!("key `{arn}` is not a symmetric key for encryption"))
        }
        Err(_) | Ok(_) => Outlook::MayPass,
    }
}

fn of_key_policy(arn: &str, policy: Option<&str>, service: &str) -> Outlook {
    let policy = policy.and_then(|text| serde_json::from_str::<Document<Resolved>>(text).ok());
    match policy {
        Some(policy) if !names(&policy, service) => Outlook::Final(format!(
            "the policy of key `{arn}` does not let `{service}` use it"
        )),
        _ => Outlook::MayPass,
    }
}

/// Returns whether a statement that allows something may mean this service, in any region.
fn names(policy: &Document<Resolved>, service: &str) -> bool {
    let allows = |statement: &&Statement<Resolved>| statement.effect == Grant::Allow;
    let mut allowing = policy.statement.iter().filter(allows);
    allowing.any(|statement| may_mean(statement, service))
}

fn may_mean(statement: &Statement<Resolved>, service: &str) -> bool {
    let Some(principal) = &statement.principal else {
        return statement.not_principal.is_some();
    };
    let values = |kind: &str| {
        principal
            .0
            .get(kind)
            .into_iter()
            .flat_map(|values| &values.0)
    };
    let first = |name: &str| name.split('.').next().map(str::to_owned);
    values("Service").any(|name| name == "*" || first(name) == first(service))
        || values("AWS").any(|name| name == "*")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::aws::fault::kind_of;
    use crate::executor::retry::{Decision, decide};
    use crate::resource::operation::{Operation, agentcore, iam, kms, lambda, logs, s3};

    const LAMBDA: &str = "lambda.amazonaws.com";
    const LOGS: &str = "logs.us-east-1.amazonaws.com";
    const KEY: &str = "arn:aws:kms:us-east-1:1:key/k";

    fn fault(kind: FaultKind, operation: Operation) -> Fault {
        Fault::new(kind, operation, "no")
    }

    fn never(reason: &str) -> Outlook {
        Outlook::Final(reason.to_owned())
    }

    fn trusting(principal: &str) -> String {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}}}"#
        );
        percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string()
    }

    /// How long a mutation is tried that is always answered so.
    fn tried_for(
        operation: Operation,
        (status, code): (u16, &str),
        message: &str,
        shown: &Outlook,
    ) -> u64 {
        let kind = kind_of(operation, status, Some(code), message);
        let mut elapsed = Duration::ZERO;
        for attempt in 1.. {
            match decide(kind, shown, attempt, elapsed) {
                Decision::Again(delay) => elapsed += delay,
                Decision::GiveUp => break,
            }
        }
        elapsed.as_secs()
    }

    /// The call, its answer, what a read shows, and how many seconds the call is tried.
    type Row<'a> = (Operation, (u16, &'a str), String, &'a Outlook, u64);

    #[test]
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    fn code_message_and_what_a_read_shows_decide_how_long_a_mutation_is_tried() {
        const AT_ONCE: u64 = 0;
        const SECONDS: u64 = 7;
        const PROPAGATION: u64 = 145;
        const BUSY: u64 = 295;
        let (may_pass, final_) = (Outlook::MayPass, never("no"));
        let parameter = (400, "InvalidParameterValueException");
        let grant = |words: &str| {
            format!(
                "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. \
                 Please check your KMS key settings. KMS Exception: {words}"
            )
        };
        let unassumed = "The role defined for the function cannot be assumed by Lambda.";
        let unvalidated = "Role validation failed for 'r'. Please verify that the role exists";
        let unusable =
            "The specified KMS key does not exist or is not allowed to be used with Arn 'a'";
        let rows: Vec<Row<'_>> = vec![
            // A role that is new, that is missing, or that trusts others.
            (
                lambda::CREATE_FUNCTION,
                parameter,
                unassumed.into(),
                &may_pass,
                PROPAGATION,
            ),
            (
                lambda::CREATE_FUNCTION,
                parameter,
                unassumed.into(),
                &final_,
                SECONDS,
            ),
            (
                agentcore::CREATE_AGENT_RUNTIME,
                (400, "ValidationException"),
                unvalidated.into(),
                &may_pass,
                PROPAGATION,
            ),
            (
                agentcore::CREATE_AGENT_RUNTIME,
                (400, "ValidationException"),
                unvalidated.into(),
                &final_,
                SECONDS,
            ),
            // A key that is new, that is missing or disabled, of another region, or an alias; and a caller without the permission.
            (
                lambda::CREATE_FUNCTION,
                parameter,
                grant("NotFoundException KMS Message: Key 'k' does not exist"),
                &may_pass,
                PROPAGATION,
            ),
            (
                lambda::CREATE_FUNCTION,
                parameter,
                grant("NotFoundException KMS Message: Key 'k' does not exist"),
                &final_,
                SECONDS,
            ),
            (
                lambda::CREATE_FUNCTION,
                parameter,
                grant("NotFoundException KMS Message: Invalid arn eu-west-1"),
                &may_pass,
                AT_ONCE,
            ),
            (
                lambda::CREATE_FUNCTION,
                parameter,
                grant(
                    "InvalidArnException KMS Message: Key Aliases are not supported for this operation.",
                ),
                &may_pass,
                AT_ONCE,
            ),
            (
                lambda::CREATE_FUNCTION,
                parameter,
                grant(
                    "AccessDeniedException KMS Message: not authorized to perform: kms:CreateGrant",
                ),
                &may_pass,
                AT_ONCE,
            ),
            (
                logs::CREATE_LOG_GROUP,
                (400, "InvalidParameterException"),
                unusable.into(),
                &may_pass,
                PROPAGATION,
            ),
            (
                logs::ASSOCIATE_KMS_KEY,
                (400, "AccessDeniedException"),
                unusable.into(),
                &final_,
                SECONDS,
            ),
            (
                s3::PUT_OBJECT,
                (400, "KMS.NotFoundException"),
                "Key 'k' does not exist".into(),
                &may_pass,
                PROPAGATION,
            ),
            (
                s3::PUT_OBJECT,
                (400, "KMS.DisabledException"),
                "k is disabled.".into(),
                &final_,
                SECONDS,
            ),
            (
                s3::PUT_OBJECT,
                (400, "KMS.NotFoundException"),
                "Invalid arn eu-west-1".into(),
                &may_pass,
                AT_ONCE,
            ),
            // What AWS or somebody else is changing.
            (
                lambda::UPDATE_FUNCTION_CODE,
                (409, "ResourceConflictException"),
                "An update is in progress".into(),
                &may_pass,
                BUSY,
            ),
            (
                iam::PUT_ROLE_POLICY,
                (409, "ConcurrentModification"),
                "again".into(),
                &may_pass,
                BUSY,
            ),
            // Names in use, quotas and denials.
            (
                iam::CREATE_ROLE,
                (409, "EntityAlreadyExists"),
                "Role with name r already exists.".into(),
                &may_pass,
                AT_ONCE,
            ),
            (
                logs::CREATE_LOG_GROUP,
                (400, "LimitExceededException"),
                "Resource limit exceeded.".into(),
                &may_pass,
                AT_ONCE,
            ),
            (
                iam::CREATE_ROLE,
                (403, "AccessDenied"),
                "not authorized to perform: iam:CreateRole".into(),
                &may_pass,
                AT_ONCE,
            ),
        ];
        for (operation, answer, message, shown, expected) in rows {
            assert_eq!(
                tried_for(operation, answer, &message, shown),
                expected,
                "{operation}: {}: {message}: {shown:?}",
                answer.1
            );
        }
    }

    #[test]
    fn a_quota_that_is_a_rate_is_throttling_which_the_sdk_has_retried() {
        for (operation, status, code, message) in [
            (
                kms::CREATE_KEY,
                400,
                "LimitExceededException",
                "Rate exceeded",
            ),
            (iam::CREATE_ROLE, 409, "LimitExceeded", "Rate exceeded"),
            (
                agentcore::UPDATE_AGENT_RUNTIME,
                402,
                "ServiceQuotaExceededException",
                "Too many requests for UpdateAgentRuntime",
            ),
        ] {
            let kind = kind_of(operation, status, Some(code), message);
            assert_eq!(kind, FaultKind::Throttled, "{operation}");
        }
    }

    #[test]
    fn a_role_that_is_missing_or_trusts_others_is_never_assumed() {
        let outlook = |trust| of_role("r", trust, LAMBDA);
        assert_eq!(
            outlook(Err(fault(FaultKind::NotFound, iam::GET_ROLE))),
            never("there is no role `r` in this account")
        );
        assert_eq!(
            outlook(Ok(Some(trusting(r#"{"Service":"states.amazonaws.com"}"#)))),
            never("the trust policy of role `r` does not let `lambda.amazonaws.com` assume it")
        );
        for principal in [
            r#"{"Service":"lambda.amazonaws.com"}"#,
            r#"{"Service":["states.amazonaws.com","lambda.amazonaws.com"]}"#,
            r#""*""#,
        ] {
            assert_eq!(outlook(Ok(Some(trusting(principal)))), Outlook::MayPass);
        }
        for unclear in [
            Err(fault(FaultKind::Denied, iam::GET_ROLE)),
            Ok(None),
            Ok(Some("%7B".to_owned())),
        ] {
            assert_eq!(outlook(unclear), Outlook::MayPass);
        }
    }

    #[test]
    fn a_key_that_is_missing_or_cannot_encrypt_is_never_used() {
        let state = |state| of_key(KEY, Ok(Some((state, KeySpec::SymmetricDefault))));
        assert_eq!(
            [
                of_key(KEY, Err(fault(FaultKind::NotFound, kms::DESCRIBE_KEY))),
                state(KeyState::Disabled),
                state(KeyState::PendingDeletion),
                of_key(KEY, Ok(Some((KeyState::Enabled, KeySpec::Rsa2048)))),
                state(KeyState::Enabled),
                state(KeyState::Creating),
                of_key(KEY, Err(fault(FaultKind::Denied, kms::DESCRIBE_KEY))),
            ],
            [
                never("KMS finds no key `arn:aws:kms:us-east-1:1:key/k` in this region"),
                never("key `arn:aws:kms:us-east-1:1:key/k` is disabled"),
                never("key `arn:aws:kms:us-east-1:1:key/k` is being deleted"),
                never("key `arn:aws:kms:us-east-1:1:key/k` is not a symmetric key for encryption"),
                Outlook::MayPass,
                Outlook::MayPass,
                Outlook::MayPass,
            ]
        );
    }

    #[test]
    fn a_key_whose_policy_does_not_name_the_service_is_never_used_by_it() {
        let policy = |principal: &str| {
            let text = format!(
                r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"kms:*","Resource":"*"}}]}}"#
            );
            of_key_policy(KEY, Some(&text), LOGS)
        };
        assert_eq!(
            policy(r#"{"AWS":"arn:aws:iam::1:root"}"#),
            never(
                "the policy of key `arn:aws:kms:us-east-1:1:key/k` does not let `logs.us-east-1.amazonaws.com` use it"
            )
        );
        assert_eq!(
            policy(r#"{"Service":"logs.us-east-1.amazonaws.com"}"#),
            Outlook::MayPass
        );
        assert_eq!(of_key_policy(KEY, None, LOGS), Outlook::MayPass);
    }
}
