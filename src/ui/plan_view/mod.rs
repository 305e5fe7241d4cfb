//! A plan as people and as machines see it.
//!
//! All forms show the very plan that apply executes, and none holds a value that may not be shown.

mod change;
mod difference;
mod discrepancy;
mod machine;
mod markdown;
mod step;
mod text;
mod value;

pub use discrepancy::discrepancy;
pub use machine::json;
pub use markdown::markdown;
pub use text::text;
