//! What people and programs see. Nothing else in the program writes.
//!
//! `plan_view` shows a plan, and `drift_view` what somebody else changed. `live`, `plain` and `json` show events as they happen;
//! `ledger` shows how a run ended; `status`, `outputs` and `graph` show agents; `problem` shows what went wrong; `hint` gives advice,
//! in which `advice` and `command` name commands.
//! Every text from outside is cleaned in one place: text in `line`, JSON in `json`, Markdown in `markdown`.

mod advice;
pub mod command;
pub mod drift_view;
pub mod graph;
mod heading;
pub mod hint;
pub mod json;
mod ledger;
mod line;
pub mod live;
mod markdown;
mod name;
mod number;
pub mod outputs;
pub mod plain;
pub mod plan_view;
mod printable;
mod problem;
mod redaction;
pub mod status;
mod style;
mod terminal;
#[cfg(test)]
mod tests;
pub mod version_view;

pub use advice::Advice;
pub use heading::{Effort, Heading};
pub use ledger::{Undertaking, ledger};
pub use number::{counted, lasting};
pub use printable::printable;
pub use problem::{Problem, problems};
pub use style::Style;
pub use terminal::{Answer, Loss, Out, Terminal};
