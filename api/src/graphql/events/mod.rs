//! The events of the log for GraphQL: a page of them, and what the subscription sends.
//!
//! Invariant: an event is shown by [`sight::sight`], which decides per stream what a role may read, and
//! nothing here shows a payload otherwise. Absent on purpose: taking the whole log away (exports over REST).

mod filter;
mod queries;
mod sight;
pub(super) mod stream_ref;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_graphql::{ID, Json, Object};
use domain::api_token::Role;
use serde_json::Value;

pub(super) use filter::{EventFilter, Wanted};
pub(super) use queries::EventQueries;
pub(super) use sight::{Sight, may_read_events, payload, sight};

use super::id::Kind;
use super::time::DateTime;
use crate::problem::Problem;

/// Something that happened, as the log keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    recorded: Arc<RecordedEvent>,
    cursor: String,
    payload: Value,
    is_masked: bool,
}

impl Event {
    /// An event as a role may see it; `None` if it may not.
    ///
    /// # Errors
    /// The event has no JSON form.
    pub(super) fn seen_by(
        role: Role,
        recorded: Arc<RecordedEvent>,
        cursor: &str,
    ) -> Result<Option<Self>, Problem> {
        let sight = sight(role, recorded.stream.aggregate_type);
        if sight == Sight::Hidden {
            return Ok(None);
        }
        let payload = payload(&recorded, sight)?;
        Ok(Some(Self {
            recorded,
            cursor: cursor.to_owned(),
            payload,
            is_masked: sight == Sight::Masked,
        }))
    }
}

/// Something that happened, as the log keeps it.
#[Object]
impl Event {
    /// The cursor after it, for `after`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// Its place in the log: dense, in commit order, from 1.
    async fn position(&self) -> String {
        self.recorded.position.to_string()
    }

    /// Whose event it is, with the kind in front, e.g. `conversation:UUID`, `session:UUID` (a run of a bot) or
    /// `message:UUID` (what became of an outbound message).
    async fn stream(&self) -> ID {
        stream_ref::id_of(self.recorded.stream)
    }

    /// Its place in the stream, from 1.
    async fn sequence(&self) -> u64 {
        self.recorded.sequence
    }

    /// What happened, e.g. `ConversationMessageReceived`.
    async fn event_type(&self) -> &str {
        &self.recorded.event_type
    }

    /// The event: one member named as the event within its aggregate.
    async fn payload(&self) -> Json<Value> {
        Json(self.payload.clone())
    }

    /// Whether customers' personal data was left out because the caller may not read it: `erased` stands in
    /// its place.
    async fn masked(&self) -> bool {
        self.is_masked
    }

    /// Who caused it: `token:UUID`, `bot`, `meta`, `system`, `cli`.
    async fn actor(&self) -> &str {
        &self.recorded.metadata.actor
    }

    /// Position of the event that led to it.
    async fn cause(&self) -> Option<String> {
        self.recorded.metadata.cause.map(|cause| cause.to_string())
    }

    /// Events of one command have one command id.
    async fn command_id(&self) -> String {
        self.recorded.command_id.to_string()
    }

    /// The customer under whose key its personal data is sealed.
    async fn subject(&self) -> Option<ID> {
        self.recorded.subject.map(|id| Kind::Contact.id(id))
    }

    /// When it was written, by the database's clock.
    async fn recorded_at(&self) -> DateTime {
        self.recorded.recorded_at.into()
    }
}
