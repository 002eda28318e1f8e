//! Who sees what of an event.
//!
//! Admins read everything; those who work on conversations read the streams of customers in plain text;
//! those who may read masked events read every stream without its personal part, as in sealed exports.

use application::ports::event_log::RecordedEvent;
use application::use_cases::policy::{Action, allows};
use domain::any_event::aggregate_type;
use domain::api_token::Role;
use domain::personal::MEMBER;
use serde_json::Value;

use crate::problem::Problem;

/// What stands in place of personal data; every aggregate takes it for erased.
const ERASED: &str = "erased";
/// Members of an API token's events that are nobody's business: the hash it is found by, and, where personal
/// data is masked, its owner's name.
const TOKEN_HASH: &str = "hash";
const TOKEN_NAME: &str = "name";

/// How a role sees the events of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graphql) enum Sight {
    /// In plain text.
    Open,
    /// Without personal data.
    Masked,
    /// Not at all.
    Hidden,
}

/// How a role sees the events of a kind of stream.
pub(in crate::graphql) fn sight(role: Role, aggregate: &str) -> Sight {
    if allows(role, Action::ReadOpenEvents) {
        return Sight::Open;
    }
    let needed = match aggregate {
        aggregate_type::CONVERSATION
        | aggregate_type::DELIVERY
        | aggregate_type::BOT_SESSION
        | aggregate_type::DEAL => Some(Action::ReadConversations),
        aggregate_type::CONTACT => Some(Action::ReadContacts),
        _ => None,
    };
    if needed.is_some_and(|action| allows(role, action)) {
        Sight::Open
    } else if allows(role, Action::ReadMaskedEvents) {
        Sight::Masked
    } else {
        Sight::Hidden
    }
}

/// Lets only roles pass that see some events.
///
/// # Errors
/// 403 `forbidden`.
pub(in crate::graphql) fn may_read_events(role: Role) -> Result<(), Problem> {
    if sight(role, aggregate_type::CONVERSATION) == Sight::Hidden {
        return Err(Problem::new("forbidden"));
    }
    Ok(())
}

/// The payload as it may be seen.
///
/// # Errors
/// The event has no JSON form.
pub(in crate::graphql) fn payload(event: &RecordedEvent, sight: Sight) -> Result<Value, Problem> {
    let written = event.data.to_payload();
    let mut payload = written.map_err(|error| Problem::internal(&error))?;
    if sight != Sight::Open {
        mask(&mut payload);
    }
    if event.stream.aggregate_type == aggregate_type::API_TOKEN {
        let fields = payload.as_object_mut().into_iter();
        let fields = fields.flat_map(serde_json::Map::values_mut);
        for fields in fields.filter_map(Value::as_object_mut) {
            for (name, value) in fields {
                if name == TOKEN_HASH || (name == TOKEN_NAME && sight != Sight::Open) {
                    *value = Value::from(ERASED);
                }
            }
        }
    }
    Ok(payload)
}

/// At every depth, so that an event of a later version shows too little rather than too much.
fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == MEMBER {
                    *value = Value::from(ERASED);
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(mask),
        _ => {}
    }
}
