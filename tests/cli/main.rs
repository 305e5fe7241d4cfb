//! The binary as users meet it: what it prints on both streams, and the status it exits with.
#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, missing_docs)]

mod help;
mod hint;
mod input;
mod life;
mod local;
mod output;
mod page;
mod pointer;
mod schema;
mod served;
mod sign_in;
mod status;
mod support;
mod survey;
