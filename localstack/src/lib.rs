//! A local AWS endpoint.
#![cfg_attr(test, allow(clippy::unwrap_used))]
