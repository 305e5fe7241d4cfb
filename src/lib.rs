//! agentctl deploys AI agents to AWS directly through the AWS SDK: no `CloudFormation`, no state file.
//!
//! Every command reads AWS itself. A record of each agent in S3 holds who changed a field and what each version is granted. A plan does not
//! need it; without it, no permission is taken away. Pins of pointers are objects beside the records.
//!
//! # Data flow
//!
//! ```text
//!  cli │ deploy-plans/*.yaml
//!      │   manifest   reads YAML into typed agents; every value knows its file and line
//!      │   artifact   turns files into digests and archives
//!      │   (sign in)
//!      │   expand     turns an agent into the resources that it needs; every default is written out
//!      ▼
//!  run │ Desired ── observe (reads AWS and, where something differs, the records in S3) ──► Observations
//!      │   plan       pure: compares desired and observed; names who changed each field
//!      ▼
//!      │ Plan ──► ui (diff);   plan::file (diff --out): an apply stops where its own plan is another one
//!      │   consent (a callback of cli) → bucket → locks → records read again
//!      │   executor   for each step: read, compare, send one mutation, wait until it settles; repeat until that resource matches
//!      ▼
//!  cli │ Events ──► ui (text, JSON);   records ──► S3;   Ended { plan, outcomes, error } ──► exit status
//! ```
//!
//! `run::apply` has these phases in full.
//!
//! # Layers
//!
//! Lowest first: a module uses only modules before it in this list, and no two files import each other in a circle. This is not the order
//! in which they run: `observe` asks `plan` what else to read, and `aws` implements traits of `executor`. `.ci/layers_check.py` reads the
//! list and refuses the rest. Tests and `fuzz` are exempt.
//!
//! - `code`: the codes of all errors, and the exit status
//! - `artifact`: digests and archives of files
//! - `local`: serves the local endpoint, a stand-in for AWS on this machine
//! - `manifest`: reads YAML into typed agents
//! - `resource`: types and traits that all kinds of resources share
//! - `plan`: compares; makes plans, drift reports and saved plans
//! - `outcome`: how steps end
//! - `event`: the progress of a run
//! - `executor`: carries out a plan, with retries, a journal, locks and records; knows AWS only through traits
//! - `aws`: SDK clients, the translation of their errors, and the S3 store of locks and records
//! - `kinds`: a folder for each kind of resource
//! - `expand`: turns an agent into the resources that it needs
//! - `observe`: reads everything that a plan needs
//! - `run`: the phases of every command that reads or changes AWS, without a terminal
//! - `ui`: renders plans, events and errors as text, JSON or Markdown
//! - `cli`: parses arguments, loads manifests, signs in, asks the user, prints, and sets the exit status
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
