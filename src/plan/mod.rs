//! Makes a plan from desired and observed resources. Pure: no I/O, no clock, no randomness.
//!
//! `observation` has what was read, `diff` compares fields, `planner` decides, `retention` finds the versions to delete, `order`
//! sorts the steps, `model` has the plan, `file` saves it, `record` has what was last applied, `pin` keeps pointers at a version, `drift`
//! reports what somebody else changed, `applied_version` and `pointer` choose a version to serve, `kept` has the reasons why a resource that is no longer declared is kept.

pub mod applied_version;
pub mod diff;
pub mod drift;
pub mod file;
pub mod kept;
pub mod model;
pub mod observation;
mod order;
pub mod others;
pub mod pin;
pub mod planner;
pub mod pointer;
pub mod record;
pub mod retention;
#[cfg(test)]
pub(crate) mod test_kind;
#[cfg(test)]
mod tests;
