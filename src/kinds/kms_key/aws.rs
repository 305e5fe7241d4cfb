//! Keys as KMS gives and takes them.

mod listing;
mod reader;
mod writer;

pub use reader::KeyReader;
pub use writer::KeyWriter;

/// How many calls a reader or a search has in flight.
const CONCURRENT: usize = 16;
