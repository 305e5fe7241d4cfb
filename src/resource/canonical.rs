//! What the canonical forms of several kinds share.

/// Sorts a list whose order and repetitions have no meaning, and keeps each item once.
pub fn sort_unique<T: Ord>(items: &mut Vec<T>) {
    items.sort();
    items.dedup();
}
