//! The engine: runs the phases of each command in order, without a terminal.
//!
//! `engine` has what all commands share. `apply` observes, plans, asks, locks and carries out a `request`; `carry_out` is the part
//! with the locks held. `destroy` and `pointer` do the same for `agentctl destroy` and for moving callers to another version.
//! `observe` plans without changing anything, and `unlock` removes a lock. Each of them returns how it ended, even if it ended early.

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
mod version;

pub use self::destroy::{DestroyRequest, NoContents};
pub use self::engine::Engine;
pub use self::error::RunError;
pub use self::observe::Planned;
pub use self::options::RunOptions;
pub use self::outcome::Ended;
pub use self::pointer::{MoveRequest, PointerChoice};
pub use self::request::{ApplyRequest, SavedPlan};
