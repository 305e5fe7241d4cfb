//! Keys as KMS gives and takes them.

mod listing;
mod reader;
mod writer;

pub use reader::KeyReader;
pub use writer::KeyWriter;

/// The name of a key's only policy (KMS API, `PutKeyPolicy`). AWS takes it as given, other servers ask for it.
const POLICY_NAME: &str = "default";
