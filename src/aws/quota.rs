//! Keeps the SDK from retrying calls that failed on a quota.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};

/// Forbids the retry of a call that was answered with `LimitExceededException`.
///
/// The SDK treats that code as throttling. For KMS and CloudWatch Logs it means a quota of the account (KMS API, `CreateKey`; CloudWatch
/// Logs API, `CreateLogGroup`), which no waiting changes.
#[derive(Debug)]
pub(super) struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let body = context
            .response()
            .and_then(|response| response.body().bytes())
            .unwrap_or_default();
        if names_quota(body) {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "QuotaIsFinal"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Searches an answer of the AWS JSON protocols for the error type, which may have a namespace: `ns#Code`.
fn names_quota(body: &[u8]) -> bool {
    let Ok(answer) = serde_json::from_slice::<serde_json::Value>(body) else {
        return false;
    };
    let name = answer
        .get("__type")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    name.rsplit('#').next() == Some("LimitExceededException")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_quota_code_is_final() {
        assert!(names_quota(br#"{"__type":"LimitExceededException"}"#));
        assert!(names_quota(
            br#"{"__type":"com.amazonaws.kms#LimitExceededException"}"#
        ));
        assert!(!names_quota(
            br#"{"__type":"ThrottlingException","message":"LimitExceededException"}"#
        ));
    }
}
