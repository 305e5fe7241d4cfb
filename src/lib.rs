//! agentctl deploys AI agents to AWS directly through the AWS SDK: no `CloudFormation`, no state file.
//!
//! # The way of the data
//!
//! ```text
//! deploy-plans/*.yaml
//!   │ manifest   text → agents, typed, with the place of every value
//!   │ artifact   files → digests and archives
//!   │ expand     agents → specs of resources, every default written out
//!   ▼
//! Desired ── plan::refresh (readers of kinds) ──► Observations
//!   │ plan       pure: desired and observed → Plan, each field with who changed it
//!   ▼
//! Plan ──► ui (diff);   plan::file (diff --out), held against the Plan of a later apply
//!   │ apply      executor → step: read, compare, one mutation, settle; again until nothing differs
//!   ▼
//! Event stream ──► ui (plain, json);   Outcomes ──► exit status
//! ```
//!
//! `resource` holds what is true of every kind of resource, `kinds` a folder for each, `aws` the clients. `run` puts it together
//! without a terminal: it looks, applies, destroys, tells drift, and moves pointers. `cli` and `ui` sit on top, and `local` serves
//! the local endpoint for them. A module uses only what stands before it on this way.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod apply;
pub mod artifact;
#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "aws")]
pub mod cli;
pub mod event;
pub mod expand;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
pub mod kinds;
#[cfg(feature = "aws")]
pub mod local;
pub mod manifest;
pub mod plan;
pub mod resource;
#[cfg(feature = "aws")]
pub mod run;
pub mod ui;
