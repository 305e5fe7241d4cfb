//! From what is wished for and what was found to a plan.
//!
//! `refresh` reads, `diff` compares fields, `planner` decides, `order` arranges, `model` is the result, `record` remembers who
//! applied what, `survey` says what stands without comparing it.

pub mod diff;
pub mod model;
mod order;
pub mod planner;
pub mod pointer;
pub mod record;
pub mod refresh;
pub mod survey;
#[cfg(test)]
pub(crate) mod test_kind;
#[cfg(test)]
mod tests;
