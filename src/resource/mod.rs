//! What holds for every kind of resource.
//!
//! `address`, `owner` and `site` say which resource it is, whose and where, `reference` how specs point at each other, `kind` what a kind
//! declares, `provider` how it is read and written, `document` how policies compare, `registry` the kinds with types erased.

pub mod address;
pub mod document;
pub mod fault;
pub mod kind;
pub mod owner;
pub mod provider;
pub mod reference;
pub mod registry;
pub mod site;
