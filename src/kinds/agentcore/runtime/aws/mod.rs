//! Reads and writes runtimes.

mod reader;
mod sent;
mod told;
mod writer;

pub use reader::RuntimeReader;
pub use writer::RuntimeWriter;
