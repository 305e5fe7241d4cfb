//! Reads everything that a plan needs. Writes nothing.
//!
//! `refresh` reads desired resources by name, `listing` finds our other resources, `history` reads old versions and what they use,
//! `others` reads the pointers of others into what is to be deleted, `observer` puts these together for each command, `survey` describes resources without comparing them.

pub mod history;
pub mod listing;
#[cfg(feature = "aws")]
pub mod observer;
#[cfg(feature = "aws")]
mod others;
pub mod refresh;
pub mod survey;
