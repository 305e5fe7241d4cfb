//! The engine: runs the phases of each command in order, without a terminal.
//!
//! `engine` has what all commands share. `apply` observes, plans, asks, locks and carries out a `request`; `carry_out` is the part
//! with the locks held. `destroy`, `pointer` and `version` do the same for `agentctl destroy`, for moving callers to another version, and for
//! deleting versions. `planning` makes the plan of each, `inspect` only reads, and `unlock` removes a lock. Each command returns how it
//! `ended`, even if it ended early.

mod apply;
mod carry_out;
mod destroy;
mod ended;
mod engine;
mod error;
mod inspect;
mod options;
mod planning;
mod pointer;
mod request;
mod unlock;
mod version;

pub use self::destroy::{DestroyRequest, NoContents};
pub use self::ended::Ended;
pub use self::engine::Engine;
pub use self::error::RunError;
pub use self::options::{Others, RunOptions};
pub use self::planning::Planned;
pub use self::pointer::{MoveRequest, PointerChoice};
pub use self::request::{ApplyRequest, SavedPlan};
