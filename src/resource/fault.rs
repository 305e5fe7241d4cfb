//! Faults: the closed list of ways in which a call to AWS can fail, as far as anybody decides on them.

use std::fmt;

use serde::Serialize;

use super::operation::Operation;

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The thing does not exist.
    NotFound,
    /// A thing of that name exists.
    AlreadyExists,
    /// The resource is being changed; the same call will be accepted later.
    Busy,
    /// The resource is not the one that was read any more; the service kept the change from overwriting somebody else's.
    ///
    /// To be answered by reading again: only when nothing but the revision moved may the change be tried once more.
    Stale,
    /// Something that was made just now is not visible to this service yet, such as a new role.
    NotYetConsistent,
    /// Too many calls; the SDK has tried again and given up.
    Throttled,
    /// The credentials do not allow it.
    Denied,
    /// The service refuses the input.
    Invalid,
    /// A quota of the account is used up.
    Quota,
    /// The service was not reached, or did not answer.
    Unreachable,
    /// The service failed, or answered something not understood.
    Service,
}

/// A failed call: what was tried and what the service answered.
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
    /// The service's error code, when it answered with one.
    pub code: Option<String>,
    /// The service's message, or the cause below the service.
    pub message: String,
    /// The id by which AWS support finds the call.
    pub request_id: Option<String>,
}

impl Fault {
    /// Makes the fault of a call, without a code or an id of AWS.
    pub fn new(kind: FaultKind, operation: Operation, message: impl Into<String>) -> Self {
        Self {
            operation: Some(operation),
            ..Self::local(kind, message)
        }
    }

    /// Makes a fault that is none of a call.
    pub fn local(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            operation: None,
            code: None,
            message: message.into(),
            request_id: None,
        }
    }

    /// Says in the message what the call was about, where nothing else does.
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
    fn a_fault_says_operation_code_message_and_request_id() {
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
