use serde_json::json;

use super::*;
use crate::kinds::conformance::assert_canonical_is_stable;
use crate::resource::reference::Resolved;
use crate::resource::version::OldVersionSpec;

#[test]
fn an_old_version_survives_a_json_round_trip() {
    let spec = OldVersionSpec::<Resolved> { number: 3 };
    assert_eq!(json!(spec), json!({ "number": 3 }));
    assert_canonical_is_stable::<AgentcoreOldVersion, Resolved>(spec);
}
