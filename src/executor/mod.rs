//! Applies a plan.
//!
//! `steps` runs steps in order, `step` changes one resource until it is as planned, `retry` decides which failures are retried, `journal`
//! writes down every mutation, `lock` allows one run per agent, `record_keeper` writes the records, `agent_status` is what status reports of both.

pub mod agent_status;
pub mod journal;
pub mod lock;
pub mod record_keeper;
pub mod retry;
pub mod step;
pub mod steps;
#[cfg(test)]
mod test_cloud;
#[cfg(test)]
mod tests;
