//! What differs between two states.

use std::collections::BTreeSet;

use async_graphql::Json;
use serde_json::Value;

use super::StateChange;

/// The parts that differ, by their paths. Lists are compared whole.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<StateChange> {
    let mut found = Vec::new();
    compare(String::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(
    path: String,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<StateChange>,
) {
    if before == after {
        return;
    }
    let nothing = serde_json::Map::new();
    let (old, new) = match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => (old, new),
        // The first event makes all fields.
        (Some(Value::Null), Some(Value::Object(new))) if path.is_empty() => (&nothing, new),
        _ => {
            found.push(StateChange {
                path,
                before: before.cloned().map(Json),
                after: after.cloned().map(Json),
            });
            return;
        }
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        let path = format!("{path}/{escaped}");
        compare(path, old.get(name), new.get(name), found);
    }
}
