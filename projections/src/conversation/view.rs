//! A conversation as the API shows it, from one joined row.

use std::collections::BTreeMap;

use domain::ids::{BotId, ContactId, ConversationId, MessageId, NumberId, SessionId};
use domain::send_guard::WINDOW_SECONDS;
use domain::time::Timestamp;
use infrastructure::database::db::Row;
use uuid::Uuid;

use super::entry_queries::{PersonName, named};
use crate::contact::phone_number;
use crate::message::{DeliveryFacts, MessageStatus};
use crate::person;
use crate::reads::{id, int, opt_id, opt_json, opt_time, time};
use crate::runner::ProjectionError;

/// A conversation as the API shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationView {
    /// Its id.
    pub id: ConversationId,
    /// Our number.
    pub number: NumberId,
    /// The customer.
    pub customer: Customer,
    /// Whether it is closed.
    pub is_closed: bool,
    /// Who handles it.
    pub handler: HandlerView,
    /// The bot that handles it and where it stands.
    pub bot: Option<BotStep>,
    /// Grows with each change of the handler.
    pub epoch: u64,
    /// To whom it is assigned.
    pub assignee: Option<PersonName>,
    /// Notes left in it.
    pub note_count: u32,
    /// When the last one was left.
    pub last_note_at: Option<Timestamp>,
    /// Since when a person is awaited.
    pub awaiting_people_since: Option<Timestamp>,
    /// Messages of the customer since a person last wrote, took over or read.
    pub unread_count: u32,
    /// When the service window closes or closed.
    pub window_expires_at: Option<Timestamp>,
    /// The last message of the timeline.
    pub last_message: Option<LastMessage>,
    /// Its place in time.
    pub last_message_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was closed, if it is.
    pub closed_at: Option<Timestamp>,
    /// Sorts the list: its place in time, or when it began if nothing was said.
    pub(crate) sort_at: i64,
}

/// The customer of a conversation.
#[derive(Clone, PartialEq)]
pub struct Customer {
    /// The contact.
    pub id: ContactId,
    /// Name of the profile.
    pub name: Option<String>,
    /// Name without `@`.
    pub username: Option<String>,
    /// In E.164, if known.
    pub phone_number: Option<String>,
    /// `metadata` of the API.
    pub attributes: BTreeMap<String, String>,
    /// Tags in the order assigned.
    pub tags: Vec<String>,
}

impl std::fmt::Debug for Customer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Customer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Who handles a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandlerView {
    /// Nobody.
    Nobody,
    /// A bot.
    Bot {
        /// The bot.
        id: BotId,
        /// Its name.
        name: Option<String>,
        /// The run.
        session: Option<SessionId>,
    },
    /// A person.
    Person {
        /// The person.
        id: Uuid,
        /// Their name.
        name: String,
    },
}

/// Where the bot of a conversation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotStep {
    /// The bot.
    pub id: BotId,
    /// Its name.
    pub name: Option<String>,
    /// The version of this run.
    pub version: Option<u32>,
    /// The run.
    pub session: Option<SessionId>,
    /// The node it stands at.
    pub node: Option<String>,
}

/// The last message in short.
#[derive(Clone, PartialEq)]
pub struct LastMessage {
    /// Its id.
    pub id: MessageId,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// Kind, e.g. `text`.
    pub message_type: String,
    /// As it reads now.
    pub content: String,
    /// What became of it.
    pub status: MessageStatus,
    /// Meta's time for inbound, ours for outbound.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for LastMessage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LastMessage")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Reads the joined row.
pub(super) fn conversation(row: &Row) -> Result<ConversationView, ProjectionError> {
    let handler = handler(row)?;
    let bot = match &handler {
        HandlerView::Bot { id, name, session } => Some(BotStep {
            id: *id,
            name: name.clone(),
            version: row.try_get("bot_version")?,
            session: *session,
            node: row.try_get("node")?,
        }),
        _ => None,
    };
    let window = |at: Timestamp| at.plus_seconds(WINDOW_SECONDS);
    Ok(ConversationView {
        id: id(row, "id")?,
        number: id(row, "number")?,
        customer: Customer {
            id: id(row, "contact")?,
            name: row.try_get("profile_name")?,
            username: row.try_get("username")?,
            phone_number: phone_number(row.try_get("wa_id")?),
            attributes: opt_json(row, "attributes")?.unwrap_or_default(),
            tags: opt_json(row, "tags")?.unwrap_or_default(),
        },
        is_closed: row.try_get::<&str, _>("status")? == "closed",
        handler,
        bot,
        epoch: int(row, "epoch")?,
        assignee: named(row, "assignee", "assignee_name")?,
        note_count: int(row, "note_count")?,
        last_note_at: opt_time(row, "last_note_at")?,
        awaiting_people_since: opt_time(row, "awaiting_people_since")?,
        unread_count: int(row, "unread_count")?,
        window_expires_at: opt_time(row, "last_inbound_at")?.map(window),
        last_message: last_message(row)?,
        last_message_at: opt_time(row, "last_message_at")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        closed_at: opt_time(row, "closed_at")?,
        sort_at: row.try_get("sort_at")?,
    })
}

fn handler(row: &Row) -> Result<HandlerView, ProjectionError> {
    Ok(match row.try_get::<&str, _>("handler")? {
        "bot" => HandlerView::Bot {
            id: id(row, "handler_id")?,
            name: row.try_get("bot_name")?,
            session: opt_id(row, "session")?,
        },
        "person" => {
            let person = id(row, "handler_id")?;
            HandlerView::Person {
                id: person,
                name: person::shown_name(person, row.try_get("handler_name")?),
            }
        }
        _ => HandlerView::Nobody,
    })
}

fn last_message(row: &Row) -> Result<Option<LastMessage>, ProjectionError> {
    let Some(message) = opt_id(row, "message_id")? else {
        return Ok(None);
    };
    let direction: String = row.try_get("direction")?;
    let facts = DeliveryFacts::read(row)?;
    Ok(Some(LastMessage {
        id: message,
        status: facts.status(direction == "inbound"),
        direction,
        message_type: row.try_get("message_type")?,
        content: row.try_get("content")?,
        created_at: time(row, "message_created_at")?,
    }))
}
