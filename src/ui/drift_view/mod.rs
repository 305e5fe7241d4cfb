//! A drift report for people, programs and pull requests.
//!
//! No form has a value that may not be shown.

mod machine;
mod markdown;
mod text;
mod words;

pub use machine::json;
pub use markdown::markdown;
pub use text::text;
