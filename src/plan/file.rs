//! The saved plan: what a diff read and planned. A later apply compares it with what it reads and plans.
//!
//! It has names, paths of fields and digests, but no values. `model` has its form, `digest` makes the digests, `content` makes the plan
//! from them, `check` compares, `disk` reads and writes. An apply makes its own plan from the manifests and from AWS. The file can only
//! stop that plan.

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
