//! Meta's JSON of a message or status into our own types. Reads only what is there; what is not
//! understood stays raw as unsupported content. Pure, never fails on an item with an id.

mod content;
mod context;
mod interactive;
mod message;
mod sender;
mod status;

pub use message::{InboundKind, InboundMessage, MessageBody, message};
pub use status::{InboundStatus, status};

use domain::time::Timestamp;
use serde_json::Value;

use super::json::integer;

/// From here on a timestamp is in milliseconds.
const FIRST_MILLIS: i64 = 1_000_000_000_000;
/// From here on it makes no sense in any unit.
const FIRST_NONSENSE: i64 = 1_000_000_000_000_000;

/// Meta's `timestamp`, or when it reached us if there is none that makes sense.
fn provider_at(item: &Value, received_at: Timestamp) -> Timestamp {
    match item.get("timestamp").and_then(integer) {
        Some(seconds @ 1..FIRST_MILLIS) => Timestamp::from_seconds(seconds),
        Some(millis @ FIRST_MILLIS..FIRST_NONSENSE) => Timestamp::from_micros(millis * 1_000),
        _ => received_at,
    }
}
