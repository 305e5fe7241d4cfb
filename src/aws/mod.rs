//! Access to AWS: clients, their rates, and the meaning of their errors.
//!
//! Only this module and the `aws.rs` of each kind name the SDK.

mod batch;
mod client;
pub mod config;
mod credential;
mod fault;
mod guard;
mod identity;
pub mod object_version;
mod operation;
mod outlook;
pub mod profile;
mod quota;
mod rate;
mod record_store;
pub mod setting;
mod tag_index;

pub use batch::concurrently;
pub use client::Clients;
pub use identity::Identity;
pub use record_store::{Holdings, S3RecordStore};
pub use tag_index::{indexed_tags, owners_of_listed};

pub use crate::resource::operation::Access;
