//! The engine: one place that sequences what a command does, without a terminal.
//!
//! `engine` has what all commands share. `apply` observes, plans, asks, locks and carries out; `carry_out` is the part of that under
//! locks, and `request` is what is to be applied. `destroy` and `pointer` do the same for `agentctl destroy` and for moving callers to
//! another version. `observe` plans without changing anything, `unlock` removes a lock. Every one of them returns how it ended, however
//! far it came.

mod apply;
mod carry_out;
mod destroy;
mod engine;
mod error;
mod observe;
mod options;
mod outcome;
mod pointer;
mod request;
mod unlock;

pub use self::destroy::DestroyRequest;
pub use self::engine::Engine;
pub use self::error::RunError;
pub use self::observe::Planned;
pub use self::options::RunOptions;
pub use self::outcome::Ended;
pub use self::pointer::{MoveRequest, PointerChoice};
pub use self::request::{ApplyRequest, SavedPlan};
