//! One exported event: the columns of the log as one flat object.

use domain::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::cursor::Cursor;
use crate::ports::event_log::Metadata;
use crate::ports::stored_events::StoredEvent;

/// A line of an export. Members keep this order; new ones come at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedEvent {
    /// Place in the log: dense, in commit order, from 1.
    pub position: u64,
    /// Hand this back as `after` to go on behind this event.
    pub cursor: String,
    /// The kind of stream: `conversation`, `contact`, `delivery`, ...
    pub aggregate_type: String,
    /// The stream.
    pub aggregate_id: Uuid,
    /// Place in the stream, from 1.
    pub sequence: u64,
    /// What happened, e.g. `ConversationMessageReceived`.
    pub event_type: String,
    /// The version of its form: `docs/schemas/EVENT_TYPE.vEVENT_VERSION.json` describes the payload.
    pub event_version: String,
    /// When it was committed, by the database's clock.
    pub recorded_at: Timestamp,
    /// Events of one command have one command id.
    pub command_id: Uuid,
    /// Who caused it.
    pub metadata: Metadata,
    /// The contact under whose key the personal part is sealed.
    pub subject: Option<Uuid>,
    /// Routing lane, 0 to 1023.
    pub lane: u16,
    /// The event: one member named as the event within its aggregate.
    pub payload: Value,
}

impl ExportedEvent {
    pub(super) fn new(event: StoredEvent, cursor: Cursor) -> Self {
        Self {
            position: event.position,
            cursor: cursor.to_string(),
            aggregate_type: event.aggregate_type,
            aggregate_id: event.aggregate_id,
            sequence: event.sequence,
            event_type: event.event_type,
            event_version: event.event_version,
            recorded_at: event.recorded_at,
            command_id: event.command_id,
            metadata: event.metadata,
            subject: event.subject,
            lane: event.lane,
            payload: event.payload,
        }
    }
}
