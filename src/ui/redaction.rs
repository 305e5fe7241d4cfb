//! Removes what may not be shown from values, before other code sees them.

use serde_json::Value;

use crate::resource::field::below;
use crate::resource::registry::Registry;

/// Replaces a value that may not be shown.
const HIDDEN: &str = "(sensitive)";

/// Returns the value at a JSON pointer into the spec of a kind, without the parts that the kind's rules hide.
///
/// A change to a sensitive field is marked as a whole; this finds sensitive fields inside a value that is not sensitive. Nothing is
/// known about a kind that is not registered, so nothing of it is shown.
pub(super) fn redacted(registry: &Registry, kind: &str, pointer: &str, value: &Value) -> Value {
    match (registry.kind(kind), value) {
        (None, _) => Value::from(HIDDEN),
        (Some(entry), _) if entry.is_sensitive(pointer) => Value::from(HIDDEN),
        (Some(_), Value::Object(map)) => Value::Object(
            map.iter()
                .map(|(key, inner)| {
                    let inner = redacted(registry, kind, &below(pointer, key), inner);
                    (key.clone(), inner)
                })
                .collect(),
        ),
        (Some(_), Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(place, inner)| {
                redacted(registry, kind, &below(pointer, &place.to_string()), inner)
            })
            .collect(),
        (Some(_), plain) => plain.clone(),
    }
}
