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
//! `run` is the engine: the one place that puts observe, plan, consent, locks and apply in order, without a terminal. `cli` parses,
//! asks, prints and chooses the exit status; `ui` renders.
//!
//! # Layers
//!
//! A module uses only modules above it in this list. `.ci/layers_check.py` reads the list.
//!
//! - `code`
//! - `artifact`
//! - `local`
//! - `manifest`
//! - `resource`
//! - `plan`
//! - `outcome`
//! - `event`
//! - `executor`
//! - `aws`
//! - `kinds`
//! - `expand`
//! - `observe`
//! - `run`
//! - `ui`
//! - `cli`
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
