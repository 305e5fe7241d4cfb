//! Reads and writes roles through the IAM API.

mod reader;
mod writer;

pub use reader::RoleReader;
pub use writer::RoleWriter;
