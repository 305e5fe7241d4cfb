//! From a plan to what it says.
//!
//! `executor` runs steps in order, `step` brings one resource to its end, `retry` decides about failures, `journal` writes down
//! every mutation, `lock` keeps two runs from one agent, `record_keeper` keeps the records,
//! `kept` is what of all that outlives a run.

pub mod executor;
pub mod journal;
pub mod kept;
pub mod lock;
pub mod record_keeper;
pub mod retry;
pub mod step;
#[cfg(test)]
mod test_cloud;
#[cfg(test)]
mod tests;
