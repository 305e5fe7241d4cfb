//! Distinguishes used-up quotas from exceeded rates, and keeps the SDK from retrying the former.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};

/// Forbids the retry of a call that was answered with a used-up quota, and requests that of one with a quota's code and a rate's words.
///
/// The SDK treats `LimitExceededException` as throttling. For KMS and CloudWatch Logs it means a quota of the account (KMS API,
/// `CreateKey`; CloudWatch Logs API, `CreateLogGroup`), which no waiting changes. `AgentCore`'s `ServiceQuotaExceededException` it does not
/// retry.
#[derive(Debug)]
pub(super) struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(response) = context.response() else {
            return RetryAction::NoActionIndicated;
        };
        let body = response.body().bytes().unwrap_or_default();
        let header = response.headers().get("x-amzn-errortype");
        match quota_of(header, body) {
            Some(Exceeded::Quota) => RetryAction::RetryForbidden,
            Some(Exceeded::Rate) => RetryAction::throttling_error(),
            None => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "QuotaIsFinal"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// What an answer with a quota's code is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exceeded {
    Quota,
    Rate,
}

/// Searches an answer for the code of a quota, which may have a namespace: `ns#Code`. It is in the body (AWS JSON protocols) or in a
/// header (REST JSON).
fn quota_of(header: Option<&str>, body: &[u8]) -> Option<Exceeded> {
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(serde_json::Value::as_str);
    let code = header.or_else(|| text("__type"))?;
    // REST JSON: the header's code may be followed by `:` and a URI.
    let code = code.split(':').next()?.rsplit('#').next()?;
    if !matches!(
        code,
        "LimitExceededException" | "ServiceQuotaExceededException"
    ) {
        return None;
    }
    let message = text("message").or_else(|| text("Message"));
    if message.is_some_and(names_rate) {
        Some(Exceeded::Rate)
    } else {
        Some(Exceeded::Quota)
    }
}

/// Returns whether a message with a quota's code is about a rate, which passes by itself.
///
/// Services that have no code of their own for throttling say "Rate exceeded" with that of a quota. Guess: the other words.
pub(super) fn names_rate(message: &str) -> bool {
    let message = message.to_lowercase();
    [
        "rate exceeded",
        "request rate",
        "rate limit",
        "too many requests",
        "per second",
    ]
    .iter()
    .any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_quota_code_is_final() {
        for body in [
            &br#"{"__type":"LimitExceededException"}"#[..],
            br#"{"__type":"com.amazonaws.kms#LimitExceededException"}"#,
            br#"{"__type":"LimitExceededException","message":"Resource limit exceeded."}"#,
        ] {
            assert_eq!(quota_of(None, body), Some(Exceeded::Quota));
        }
        let throttled = br#"{"__type":"ThrottlingException","message":"LimitExceededException"}"#;
        assert_eq!(quota_of(None, throttled), None);
        assert_eq!(quota_of(None, b"<Error/>"), None);
    }

    #[test]
    fn a_quota_code_with_the_words_of_a_rate_is_throttling() {
        let body = br#"{"__type":"LimitExceededException","message":"Rate exceeded"}"#;
        assert_eq!(quota_of(None, body), Some(Exceeded::Rate));
        let header = Some("ServiceQuotaExceededException:http://internal/");
        let body = br#"{"message":"Too many requests for UpdateAgentRuntime"}"#;
        assert_eq!(quota_of(header, body), Some(Exceeded::Rate));
        let body = br#"{"message":"The maximum number of agent runtimes is reached"}"#;
        assert_eq!(quota_of(header, body), Some(Exceeded::Quota));
    }
}
