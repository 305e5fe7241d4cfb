//! How many members or items something may have.

use std::ops::RangeInclusive;

use crate::validate::Checks;

/// Checks that one member of a union is there, and no other. Guess: the sentence.
pub(super) fn exactly_one(checks: &mut Checks, member: &str, members: &[bool]) {
    let count = members.iter().filter(|is_there| **is_there).count();
    if count != 1 {
        checks.violate(
            member,
            format_args!("{count} members"),
            "Member must have exactly one of its members set",
        );
    }
}

/// Checks how many items a list or map has.
pub(super) fn items(
    checks: &mut Checks,
    member: &str,
    count: usize,
    allowed: &RangeInclusive<usize>,
) {
    let value = format_args!("{count} items");
    if count < *allowed.start() {
        let least = allowed.start();
        let constraint = format_args!("Member must have length greater than or equal to {least}");
        checks.violate(member, value, constraint);
    } else if count > *allowed.end() {
        let most = allowed.end();
        let constraint = format_args!("Member must have length less than or equal to {most}");
        checks.violate(member, value, constraint);
    }
}
