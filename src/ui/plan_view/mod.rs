//! A plan for people and programs.
//!
//! All forms show the plan that apply executes, and none has a value that may not be shown.

mod change;
mod difference;
mod discrepancy;
mod machine;
mod markdown;
mod step;
mod text;
mod value;

pub(in crate::ui) use change::{DOCUMENT, Sides, field_lines, sides};
pub use discrepancy::discrepancy;
pub use machine::json;
pub use markdown::markdown;
pub(in crate::ui) use text::unreadable;
pub use text::{text, whose};
pub(in crate::ui) use value::{cut_apart, readable};
