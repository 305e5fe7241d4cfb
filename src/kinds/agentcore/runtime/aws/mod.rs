//! Reads and writes runtimes.

mod read_back;
mod reader;
mod request;
mod writer;

pub use reader::RuntimeReader;
pub use writer::RuntimeWriter;
