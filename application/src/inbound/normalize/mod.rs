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

/// How far Meta's clock may be ahead of ours.
const CLOCK_SKEW_SECONDS: i64 = 5 * 60;

/// Meta's `timestamp`, or when it reached us if there is none that makes sense. A time in the future would
/// keep the service window open and the message on top of every list.
fn provider_at(item: &Value, received_at: Timestamp) -> Timestamp {
    let told = told_at(item).filter(|told| *told <= received_at.plus_seconds(CLOCK_SKEW_SECONDS));
    told.unwrap_or(received_at)
}

fn told_at(item: &Value) -> Option<Timestamp> {
    match item.get("timestamp").and_then(integer) {
        Some(seconds @ 1..FIRST_MILLIS) => Some(Timestamp::from_seconds(seconds)),
        Some(millis @ FIRST_MILLIS..FIRST_NONSENSE) => Some(Timestamp::from_micros(millis * 1_000)),
        _ => None,
    }
}
