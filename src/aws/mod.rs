//! AWS as seen from here: clients, their limits, and what their errors mean.
//!
//! Only this module and the `aws.rs` of each kind name the SDK.

mod client;
pub mod config;
mod fault;
mod guard;
mod quota;
mod rate;

pub use client::Clients;
pub use guard::Access;
