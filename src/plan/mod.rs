//! From what is wished for and what was found to a plan.
//!
//! `refresh` reads, `diff` compares fields, `planner` decides, `order` arranges, `model` is the result, `file` saves it, `record`
//! remembers who applied what, `drift` tells what somebody else changed, `pointer` chooses among versions, `surplus` and `unused` find
//! what is kept no longer, `survey` says what stands without comparing it.

pub mod diff;
pub mod drift;
pub mod file;
pub mod model;
mod order;
pub mod planner;
pub mod pointer;
pub mod record;
pub mod refresh;
pub mod surplus;
pub mod survey;
#[cfg(test)]
pub(crate) mod test_kind;
#[cfg(test)]
mod tests;
pub mod unused;
