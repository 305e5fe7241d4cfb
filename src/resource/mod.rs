//! What holds for every kind of resource.
//!
//! `address` and `owner` say which resource it is and whose, `reference` how specs point at each other, `kind` what a kind
//! declares, `provider` how it is read and written, `field` which fields a writer mends, `document` how policies compare,
//! `registry` the kinds with types erased.

pub mod address;
pub mod document;
pub mod fault;
pub mod field;
pub mod kind;
pub mod owner;
pub mod provider;
pub mod reference;
pub mod registry;
