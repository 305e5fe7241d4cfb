//! The functions of the region that a request is for.

use super::check::LayerVersion;
use super::state::{Function, PublishedLayer, State};
use crate::answer::Refusal;
use crate::call::Call;
use crate::world::World;

/// Finds a function to change.
pub(super) fn function_mut<'w>(
    call: &Call<'_>,
    world: &'w mut World,
    name: &str,
) -> Result<&'w mut Function, Refusal> {
    // Looked for first: what is borrowed mutably counts as touched.
    lambda(call, world).function(call, name)?;
    let functions = &mut world.region_mut(call.region).lambda.functions;
    Ok(functions
        .get_mut(name)
        .expect("the function was found just above"))
}

/// Gives the functions of the region.
pub(super) fn lambda<'w>(call: &Call<'_>, world: &'w World) -> &'w State {
    &world.region(call.region).lambda
}

/// Finds a layer version of this account, also a deleted one. Those of others are not known here.
pub(super) fn own_layer<'w>(
    call: &Call<'_>,
    world: &'w World,
    arn: &str,
) -> Option<&'w PublishedLayer> {
    let parts = LayerVersion::parts(arn).filter(|parts| parts.account == call.account)?;
    lambda(call, world).layer(parts.name, parts.version.parse().ok()?)
}
