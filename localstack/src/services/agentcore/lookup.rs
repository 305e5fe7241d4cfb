//! The runtimes of the region that a request is for.

use super::state::{Runtime, State};
use crate::call::Call;
use crate::world::World;

/// Gives the runtimes of the region.
pub(super) fn agentcore<'w>(call: &Call<'_>, world: &'w World) -> &'w State {
    &world.region(call.region).agentcore
}

/// Gives a runtime that was found, to change it.
pub(super) fn found_mut<'w>(call: &Call<'_>, world: &'w mut World, id: &str) -> &'w mut Runtime {
    let runtimes = &mut world.region_mut(call.region).agentcore.runtimes;
    runtimes.get_mut(id).expect("the caller has found it")
}
