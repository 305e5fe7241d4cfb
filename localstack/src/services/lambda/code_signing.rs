//! The code signing configuration of a function: none, since code signing is not built.

use serde_json::json;

use super::arn;
use super::lookup::lambda;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::world::World;

/// Recorded: without a configuration the answer is 200 and has no member, although the model requires both.
pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let name = arn::unqualified(call)?;
    lambda(call, world).function(call, &name)?;
    Ok(Answer::json(&json!({})))
}
