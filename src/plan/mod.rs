//! From what is wished for and what was found to a plan.
//!
//! `refresh` reads, `diff` compares fields, `planner` decides, `order` arranges, `model` is the result, `file` saves it, `record`
//! remembers who applied what.

pub mod diff;
pub mod file;
pub mod model;
mod order;
pub mod planner;
pub mod record;
pub mod refresh;
#[cfg(test)]
pub(crate) mod test_kind;
#[cfg(test)]
mod tests;
