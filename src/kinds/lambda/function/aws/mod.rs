//! Reads and writes Lambda functions.

mod reader;
mod writer;

pub use reader::FunctionReader;
pub use writer::FunctionWriter;
