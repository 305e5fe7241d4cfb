//! What holds for every kind of resource.
//!
//! `address`, `owner` and `site` say which resource it is, whose and where, `reference` how specs point at each other, `kind` what a
//! kind declares, `outputs` what references resolve to, `provider` how it is read and written, `field` which fields a writer mends, `document` how policies compare,
//! `canonical` what canonical forms
//! share, `environment` the variables of an agent's code, `desired` what is wished for, `graph` what comes before what, `registry` the kinds with types erased.

pub mod address;
pub mod canonical;
pub mod desired;
pub mod document;
pub mod environment;
pub mod fault;
pub mod field;
pub mod graph;
pub mod kind;
pub mod operation;
pub mod outputs;
pub mod owner;
pub mod provider;
pub mod reference;
pub mod registry;
pub mod site;
pub mod version;
