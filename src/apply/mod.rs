//! From a plan to what it says.
//!
//! `executor` runs steps in order, `step` brings one resource to its end, `retry` decides about failures, `journal` writes down
//! every mutation, `outcome` is how it all ended.

pub mod executor;
pub mod journal;
pub mod outcome;
pub mod retry;
pub mod step;
#[cfg(test)]
mod test_cloud;
#[cfg(test)]
mod tests;
