//! Faults: the closed list of ways in which a call to AWS can fail, as far as agentctl treats them differently.

use std::fmt;

use serde::Serialize;

use super::operation::Operation;

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The resource does not exist.
    NotFound,
    /// A resource with that name exists.
    AlreadyExists,
    /// AWS is changing the resource; it will accept the same call later.
    Busy,
    /// The resource changed since it was read; AWS refused the call so that it would not overwrite somebody else's change.
    ///
    /// The step reads the resource again: it retries the change only if nothing but the revision differs.
    Stale,
    /// Something that was created a moment ago is not visible to this service yet, such as a new role.
    NotYetConsistent,
    /// Too many calls. The SDK has retried, and they still failed.
    Throttled,
    /// The credentials do not allow the call.
    Denied,
    /// AWS refuses the input.
    Invalid,
    /// Something uses the resource again that was to be deleted.
    InUse,
    /// A quota of the account is used up.
    Quota,
    /// AWS could not be reached, or did not answer.
    Unreachable,
    /// AWS failed, or its answer was not understood.
    Service,
}

/// A failed call: what was attempted and what AWS answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error(
    "{}{}{message}{}",
    prefix(operation.as_ref()),
    prefix(code.as_ref()),
    request_suffix(request_id.as_deref())
)]
pub struct Fault {
    /// The kind of failure.
    pub kind: FaultKind,
    /// The call that failed, or in whose answer something is wrong.
    pub operation: Option<Operation>,
    /// The error code, if the answer has one.
    pub code: Option<String>,
    /// The message of AWS, or the cause of a failure without an answer.
    pub message: String,
    /// The id that AWS support finds the call with.
    pub request_id: Option<String>,
}

/// KMS's codes for a key that does not exist or cannot be used (KMS API, "Common errors" of its operations).
const UNUSABLE_KEY: [&str; 3] = [
    "DisabledException",
    "InvalidStateException",
    "NotFoundException",
];

impl Fault {
    /// Returns whether something is there and cannot be read because of its key. Other services put KMS's name before its codes.
    pub fn is_about_a_key(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        let code = code.strip_prefix("KMS.").unwrap_or(code);
        UNUSABLE_KEY.contains(&code.strip_prefix("KMS").unwrap_or(code))
    }

    /// Returns the fault of a call, without a code or a request id.
    pub fn new(kind: FaultKind, operation: Operation, message: impl Into<String>) -> Self {
        Self {
            operation: Some(operation),
            ..Self::local(kind, message)
        }
    }

    /// Returns a fault that does not belong to a call.
    pub fn local(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation: None,
            code: None,
            message: message.into(),
            request_id: None,
        }
    }

    /// Adds to the message what the call was about, if the message does not name it.
    #[must_use]
    pub fn about(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("`{what}`: {}", self.message);
        self
    }
}

fn prefix(text: Option<impl fmt::Display>) -> String {
    text.map(|text| format!("{text}: ")).unwrap_or_default()
}

fn request_suffix(request_id: Option<&str>) -> String {
    request_id
        .map(|id| format!(" (request id {id})"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::operation::lambda;

    #[test]
    fn what_cannot_be_read_because_of_its_key_has_a_code_of_kms() {
        let is_about_a_key = |code: Option<&str>| {
            let fault = Fault::new(FaultKind::Denied, lambda::GET_FUNCTION, "no");
            let code = code.map(str::to_owned);
            Fault { code, ..fault }.is_about_a_key()
        };
        for code in [
            "DisabledException",
            "KMS.DisabledException",
            "KMSDisabledException",
            "KMSInvalidStateException",
            "KMS.KMSInvalidStateException",
            "KMS.NotFoundException",
        ] {
            assert!(is_about_a_key(Some(code)), "{code}");
        }
        for code in ["AccessDeniedException", "ThrottlingException", "KMS", ""] {
            assert!(!is_about_a_key(Some(code)), "{code}");
        }
        assert!(!is_about_a_key(None));
    }

    #[test]
    fn the_message_of_a_fault_has_operation_code_message_and_request_id() {
        let fault = Fault {
            code: Some("AccessDeniedException".into()),
            request_id: Some("abc".into()),
            ..Fault::new(FaultKind::Denied, lambda::GET_FUNCTION, "not authorized")
        };
        assert_eq!(
            fault.to_string(),
            "lambda GetFunction: AccessDeniedException: not authorized (request id abc)"
        );
    }
}
