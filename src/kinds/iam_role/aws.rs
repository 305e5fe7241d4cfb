//! Roles as IAM gives and takes them.

mod reader;
mod writer;

pub use reader::RoleReader;
pub use writer::RoleWriter;
