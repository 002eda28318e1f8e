//! Taking people out of an event whose personal part is already removed: ids that belong to customers become
//! keyed hashes, names of operators go.
//!
//! Invariant: an id that is not known to belong to the business is replaced, so an event of a later version
//! shows too little rather than too much. Equal ids stay equal, so streams can still be joined.

use domain::any_event::aggregate_type;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ExportedEvent;

/// What stands in place of a name.
const REMOVED: &str = "erased";

/// Members that hold ids of the business itself: its numbers, bots, sealed secrets, and the tokens of people.
pub(super) const KEPT_MEMBERS: [&str; 9] = [
    "number",
    "numbers",
    "bot",
    "secret",
    "app_secret",
    "id",
    "to",
    "owner",
    "person",
];

/// Streams that belong to the business itself.
const KEPT_STREAMS: [&str; 6] = [
    aggregate_type::NUMBER,
    aggregate_type::BOT,
    aggregate_type::API_TOKEN,
    aggregate_type::QUICK_REPLY,
    aggregate_type::SAVED_VIEW,
    aggregate_type::SETTINGS,
];

/// The same event without people.
pub(super) fn apply(mut event: ExportedEvent, pseudonym: &dyn Fn(Uuid) -> Uuid) -> ExportedEvent {
    if !KEPT_STREAMS.contains(&event.aggregate_type.as_str()) {
        event.aggregate_id = pseudonym(event.aggregate_id);
    }
    event.subject = event.subject.map(pseudonym);
    event.command_id = pseudonym(event.command_id);
    if event.aggregate_type == aggregate_type::API_TOKEN {
        remove_token(&mut event.payload);
    }
    replace(&mut event.payload, pseudonym);
    event
}

/// A token's name is its owner's; its hash is nobody's business.
fn remove_token(payload: &mut Value) {
    let fields = payload
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut);
    for fields in fields.filter_map(Value::as_object_mut) {
        for member in ["name", "hash"] {
            if let Some(value) = fields.get_mut(member) {
                *value = Value::from(REMOVED);
            }
        }
    }
}

fn replace(value: &mut Value, pseudonym: &dyn Fn(Uuid) -> Uuid) {
    match value {
        Value::String(text) => {
            if let Ok(id) = Uuid::parse_str(text) {
                *text = pseudonym(id).hyphenated().to_string();
            }
        }
        Value::Array(values) => {
            for value in values {
                replace(value, pseudonym);
            }
        }
        Value::Object(members) => {
            // A person is told by an id with a name.
            if members.get("id").is_some_and(is_id)
                && let Some(name) = members.get_mut("name")
            {
                *name = Value::from(REMOVED);
            }
            for (name, value) in members {
                if !(KEPT_MEMBERS.contains(&name.as_str()) && holds_only_ids(value)) {
                    replace(value, pseudonym);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_id(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| Uuid::parse_str(text).is_ok())
}

fn holds_only_ids(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().all(is_id),
        other => is_id(other),
    }
}
