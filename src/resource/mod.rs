//! What all kinds of resource share.
//!
//! `address`, `owner` and `site` identify a resource, its owner and its place. `reference` has the references between specs, and `outputs`
//! the values that they resolve to. `kind` has what a kind declares, `registry` the kinds with types erased, and `provider` how resources
//! are read and written. `canonical` has what canonical forms share, `field` names fields, `document` compares policies, and `environment`
//! has the variables of an agent's code. `role_id` shows which role was sent. `unseen` has refusals that may pass by themselves. `desired` has
//! the desired resources, and `graph` their order.

pub mod address;
pub mod canonical;
pub mod desired;
pub mod document;
pub mod environment;
pub mod fault;
pub mod field;
pub mod grant;
pub mod graph;
pub mod kind;
pub mod operation;
pub mod outputs;
pub mod owner;
pub mod provider;
pub mod reference;
pub mod registry;
pub mod role_id;
pub mod site;
pub mod unseen;
pub mod version;
