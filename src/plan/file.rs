//! The saved plan: what a diff saw and would do, to be held against what an apply sees.
//!
//! It holds names, paths of fields and digests, no values. `model` is its form, `digest` makes the digests, `content` the plan from
//! them, `check` compares, `disk` reads and writes. An apply makes its own plan from the manifests and from AWS; the file can only ever
//! keep it from being carried out.

mod check;
mod content;
mod digest;
mod disk;
mod error;
mod input;
mod model;
#[cfg(test)]
mod tests;

pub use self::check::{Difference, Discrepancy, OpenPlan};
pub use self::digest::leaves_out_secrets;
#[cfg(any(test, fuzzing))]
pub(crate) use self::disk::parse;
pub use self::disk::{demand_free, load, save};
pub use self::error::PlanFileError;
pub use self::input::PlanFileInput;
pub use self::model::{Agents, Made, PlanFile, PlanTarget, SavedAction};
