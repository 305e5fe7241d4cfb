//! The binary as users see it: what it prints on both streams, and its exit status.
#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::disallowed_types, missing_docs)]

mod closed;
mod credentials;
mod disk;
mod drift;
mod fix_first;
mod gate;
mod help;
mod hint;
mod hostile;
mod input;
mod interrupt;
mod life;
mod local;
mod network;
mod nothing;
mod output;
mod page;
mod partition;
mod pointer;
mod saved;
mod schedule;
mod schema;
mod secret;
mod served;
mod sign_in;
mod status;
mod support;
mod survey;
mod unlock;
