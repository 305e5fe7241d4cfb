//! Checks of input members, with the sentences in which AWS's services report them.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::answer::Refusal;
use crate::call::Call;
use crate::pattern::Pattern;
use crate::wording::sentence;

/// Collects violated constraints; AWS reports all of a request at once.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    violations: Vec<String>,
}

impl Checks {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Checks a length in characters.
    pub(crate) fn length(
        &mut self,
        member: &str,
        value: &str,
        allowed: &RangeInclusive<usize>,
    ) -> &mut Self {
        let length = value.chars().count();
        if length < *allowed.start() {
            self.violate(
                member,
                value,
                format_args!(
                    "Member must have length greater than or equal to {}",
                    allowed.start()
                ),
            );
        } else if length > *allowed.end() {
            self.violate(
                member,
                value,
                format_args!(
                    "Member must have length less than or equal to {}",
                    allowed.end()
                ),
            );
        }
        self
    }

    /// Checks a number.
    pub(crate) fn range(
        &mut self,
        member: &str,
        value: i64,
        allowed: &RangeInclusive<i64>,
    ) -> &mut Self {
        if value < *allowed.start() {
            self.violate(
                member,
                value,
                format_args!(
                    "Member must have value greater than or equal to {}",
                    allowed.start()
                ),
            );
        } else if value > *allowed.end() {
            self.violate(
                member,
                value,
                format_args!(
                    "Member must have value less than or equal to {}",
                    allowed.end()
                ),
            );
        }
        self
    }

    /// Checks a value against a pattern.
    pub(crate) fn pattern(&mut self, member: &str, value: &str, pattern: &Pattern) -> &mut Self {
        if !pattern.matches(value) {
            self.violate(member, value, constraint(pattern));
        }
        self
    }

    /// Checks a sensitive value against a pattern.
    pub(crate) fn secret_pattern(
        &mut self,
        member: &str,
        value: &str,
        pattern: &Pattern,
    ) -> &mut Self {
        if !pattern.matches(value) {
            self.violate_secretly(member, constraint(pattern));
        }
        self
    }

    /// Checks a value against a closed list.
    pub(crate) fn one_of(&mut self, member: &str, value: &str, allowed: &[&str]) -> &mut Self {
        if !allowed.contains(&value) {
            self.violate(
                member,
                value,
                format_args!(
                    "Member must satisfy enum value set: [{}]",
                    allowed.join(", ")
                ),
            );
        }
        self
    }

    /// Notes a violation in AWS's form.
    pub(crate) fn violate(
        &mut self,
        member: &str,
        value: impl Display,
        constraint: impl Display,
    ) -> &mut Self {
        self.violations.push(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        ));
        self
    }

    /// Notes a violation by a sensitive value, which AWS leaves out of the sentence.
    pub(crate) fn violate_secretly(&mut self, member: &str, constraint: impl Display) -> &mut Self {
        self.violations.push(format!(
            "Value at '{member}' failed to satisfy constraint: {constraint}"
        ));
        self
    }

    /// Refuses with the service's validation error when anything was violated.
    pub(crate) fn finish(&self, call: &Call<'_>) -> Result<(), Refusal> {
        match self.violations.as_slice() {
            [] => Ok(()),
            violations => Err(call.invalid(sentence(violations))),
        }
    }
}

/// Writes the constraint that a pattern is.
pub(crate) fn constraint(pattern: &Pattern) -> String {
    format!(
        "Member must satisfy regular expression pattern: {}",
        pattern.text()
    )
}
