//! From what is desired and what was observed to a plan. Pure: no I/O, no clock, no randomness.
//!
//! `observation` is what was read, `diff` compares fields, `planner` decides, `retention` finds the versions that are deleted, `order`
//! arranges, `model` is the result, `file` saves it, `record` says who applied what, `drift` reports what somebody else changed,
//! `pointer` chooses among versions, `kept` says why a leftover stays.

pub mod diff;
pub mod drift;
pub mod file;
pub mod kept;
pub mod model;
pub mod observation;
mod order;
pub mod planner;
pub mod pointer;
pub mod record;
pub mod retention;
#[cfg(test)]
pub(crate) mod test_kind;
#[cfg(test)]
mod tests;
