//! Whole runs against the local endpoint in one process, on virtual time, with delays as in AWS.
#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, missing_docs)]

mod conformance;
mod crash;
mod failure;
mod fault;
mod fix_first;
mod hostile;
mod life;
mod lock;
mod neighbour;
mod permission;
mod random;
mod refusal;
mod remade;
mod remainder;
mod runtime;
mod setting;
mod support;
mod switch;
mod unused;
mod version;
