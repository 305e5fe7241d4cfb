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
//! Desired ── observe (reads AWS) ──► Observations
//!   │ plan       pure: desired and observed → Plan, each field with who changed it
//!   ▼
//! Plan ──► ui (diff);   plan::file (diff --out), compared with the Plan of a later apply
//!   │ executor   step by step: read, compare, one mutation, settle; again until nothing differs
//!   ▼
//! Event stream ──► ui (plain, json);   Outcomes ──► exit status
//! ```
//!
//! # Layers
//!
//! A module uses only modules before it in this list, and no two files import each other in a circle. `.ci/layers_check.py` reads the
//! list and refuses the rest.
//!
//! - `code`: the codes of errors and the exit status
//! - `artifact`: digests and archives of files
//! - `local`: runs the local endpoint
//! - `manifest`: agents from text
//! - `resource`: what all kinds of resources have in common
//! - `plan`: the changes that an apply would make, and what somebody else changed
//! - `outcome`: how steps end
//! - `event`: the progress of a run
//! - `executor`: executes a plan, with retries, locks, a journal and records
//! - `aws`: clients, the meaning of their errors, and the records in S3
//! - `kinds`: a folder for each kind of resource
//! - `expand`: the resources of an agent
//! - `observe`: reads everything that a plan needs
//! - `run`: the engine; it alone puts observe, plan, consent, locks and apply in order; it needs no terminal
//! - `ui`: renders
//! - `cli`: parses, asks, prints and chooses the exit status
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod artifact;
#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "aws")]
pub mod cli;
pub mod code;
pub mod event;
pub mod executor;
pub mod expand;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
pub mod kinds;
#[cfg(feature = "aws")]
pub mod local;
pub mod manifest;
pub mod observe;
pub mod outcome;
pub mod plan;
pub mod resource;
#[cfg(feature = "aws")]
pub mod run;
pub mod ui;
