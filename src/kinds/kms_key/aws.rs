//! Keys as KMS gives and takes them.

mod listing;
mod reader;
mod writer;

pub use reader::KeyReader;
pub use writer::KeyWriter;
