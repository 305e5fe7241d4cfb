//! The words in which a service refuses what every operation can meet.

use http::StatusCode;

use crate::answer::Refusal;
use crate::operation::Operation;
use crate::service::Service;

/// A service's words for the errors that every operation can meet.
#[derive(Debug)]
pub(crate) struct Wording {
    pub(crate) service: Service,
    /// Too many requests.
    pub(crate) throttled: Words,
    /// An internal error.
    pub(crate) failed: Words,
    /// A quota of the account is used up; for the operations that are marked as limited.
    pub(crate) limit: Option<Words>,
    /// No signature.
    pub(crate) unsigned: Words,
    /// Not authorized; the message is made by the frame.
    pub(crate) denied: (StatusCode, &'static str),
    /// The code, with status 400, of a violated constraint.
    pub(crate) invalid: &'static str,
}

impl Wording {
    /// Makes the refusal of an operation for lack of a permission.
    pub(crate) fn denial(&self, operation: &Operation, caller: &str) -> Refusal {
        let action = operation.action(self.service);
        // IAM user guide, "Troubleshoot access denied error messages": implicit denial by identity-based policies.
        let message = format!(
            "User: {caller} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
        );
        Refusal::new(self.denied.0, self.denied.1, message)
    }
}

/// Status, code and message of an error that is always the same.
#[derive(Debug)]
pub(crate) struct Words(
    pub(crate) StatusCode,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

impl Words {
    pub(crate) fn refusal(&self) -> Refusal {
        Refusal::new(self.0, self.1, self.2)
    }
}

/// Writes the sentence that reports violated constraints.
pub(crate) fn sentence(violations: &[String]) -> String {
    let errors = if violations.len() == 1 {
        "error"
    } else {
        "errors"
    };
    format!(
        "{} validation {errors} detected: {}",
        violations.len(),
        violations.join("; ")
    )
}

/// Writes the wire name of a member as validation messages do: `RoleName` as `roleName`.
pub(crate) fn member_name(wire_name: &str) -> String {
    let mut characters = wire_name.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}
