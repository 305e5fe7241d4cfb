//! Reads and writes log groups through the CloudWatch Logs API.

mod listing;
mod reader;
mod writer;

pub use reader::LogGroupReader;
pub use writer::LogGroupWriter;
