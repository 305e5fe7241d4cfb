//! A drift report as people, machines and pull requests see it.
//!
//! No form holds a value that may not be shown.

mod machine;
mod markdown;
mod text;
mod words;

pub use machine::json;
pub use markdown::markdown;
pub use text::text;
