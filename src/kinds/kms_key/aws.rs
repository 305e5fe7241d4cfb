//! Reads and writes keys through the KMS API.

mod listing;
mod reader;
mod writer;

pub use reader::KeyReader;
pub use writer::KeyWriter;
