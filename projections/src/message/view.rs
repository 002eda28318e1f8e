//! A message as the API shows it, from one joined row.

use domain::ids::{ConversationId, MessageId};
use domain::time::Timestamp;
use infrastructure::database::db::Row;
use serde_json::Value;
use uuid::Uuid;

use super::status::{DeliveryFacts, MessageError, MessageStatus, SendState};
use crate::person;
use crate::reads::{id, opt_id, opt_json, opt_time, time};
use crate::runner::ProjectionError;

/// A message as the API shows it.
#[derive(Clone, PartialEq)]
pub struct MessageView {
    /// Its id.
    pub id: MessageId,
    /// Where it was said.
    pub conversation: ConversationId,
    /// From the customer.
    pub is_inbound: bool,
    /// Who said it.
    pub sender: SenderView,
    /// Kind, e.g. `text`.
    pub message_type: String,
    /// As it reads now; empty once deleted.
    pub content: String,
    /// The typed object, for all kinds but text.
    pub payload: Option<Value>,
    /// What became of it.
    pub status: MessageStatus,
    /// How the send stands (outbound).
    pub send_state: Option<SendState>,
    /// Why it was not delivered.
    pub error: Option<MessageError>,
    /// Meta's id.
    pub wamid: Option<String>,
    /// The message it quotes.
    pub reply_to: Option<MessageId>,
    /// The refused message it repeats.
    pub repeats: Option<MessageId>,
    /// Why no bot answered it.
    pub unanswered_reason: Option<String>,
    /// Reactions, one a side.
    pub reactions: Vec<ReactionView>,
    /// When the customer edited it.
    pub edited_at: Option<Timestamp>,
    /// When the customer deleted it.
    pub revoked_at: Option<Timestamp>,
    /// Meta's time for inbound, ours for outbound.
    pub created_at: Timestamp,
    /// When Meta took it.
    pub sent_at: Option<Timestamp>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// When it was read.
    pub read_at: Option<Timestamp>,
    /// When it failed.
    pub failed_at: Option<Timestamp>,
    /// Page key.
    pub(crate) key: (i64, i64),
}

impl std::fmt::Debug for MessageView {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("MessageView")
            .field("id", &self.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderView {
    /// `customer`, `bot`, `operator`, `api`, `phone`, `system`.
    pub kind: String,
    /// Contact, bot or person.
    pub id: Option<Uuid>,
    /// Their name.
    pub name: Option<String>,
}

/// A reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionView {
    /// `customer` or `us`.
    pub from: String,
    /// The emoji.
    pub emoji: String,
    /// Meta's time.
    pub at: Timestamp,
}

/// Reads the joined row; reactions come separately.
pub(super) fn message(row: &Row) -> Result<MessageView, ProjectionError> {
    let facts = DeliveryFacts::read(row)?;
    let is_inbound = row.try_get::<&str, _>("direction")? == "inbound";
    let revoked_at = opt_time(row, "revoked_at")?;
    let edited_at = opt_time(row, "edited_at")?;
    let payload = match (revoked_at, edited_at) {
        (Some(_), _) => None,
        (None, Some(_)) => opt_json(row, "edited_payload")?,
        (None, None) => opt_json(row, "payload")?,
    };
    Ok(MessageView {
        id: id(row, "id")?,
        conversation: id(row, "conversation")?,
        is_inbound,
        sender: sender(row)?,
        message_type: row.try_get("shown_type")?,
        content: row.try_get("shown_content")?,
        payload,
        status: facts.status(is_inbound),
        send_state: (!is_inbound).then(|| facts.send_state()),
        error: error(row, &facts)?,
        wamid: row.try_get("shown_wamid")?,
        reply_to: opt_id(row, "reply_to")?,
        repeats: opt_id(row, "repeats")?,
        unanswered_reason: row.try_get("shown_unanswered")?,
        reactions: Vec::new(),
        edited_at,
        revoked_at,
        created_at: time(row, "created_at")?,
        sent_at: facts.shown_sent_at(),
        delivered_at: facts.shown_delivered_at(),
        read_at: facts.shown_read_at(),
        failed_at: facts.shown_failed_at(),
        key: (row.try_get("sort_at")?, row.try_get("place")?),
    })
}

fn sender(row: &Row) -> Result<SenderView, ProjectionError> {
    let kind: String = row.try_get("sender")?;
    let id = opt_id(row, "shown_sender_id")?;
    let name: Option<String> = row.try_get("shown_sender_name")?;
    let name = match (kind.as_str(), id) {
        ("operator" | "api", Some(id)) => Some(person::shown_name(id, name)),
        _ => name,
    };
    Ok(SenderView { kind, id, name })
}

fn error(row: &Row, facts: &DeliveryFacts) -> Result<Option<MessageError>, ProjectionError> {
    Ok(match facts.status(false) {
        MessageStatus::Canceled => facts.cancel_reason.clone().map(|code| MessageError {
            code,
            meta_code: None,
            title: None,
            detail: None,
        }),
        MessageStatus::Failed => Some(MessageError {
            code: row
                .try_get::<Option<String>, _>("error_code")?
                .unwrap_or_default(),
            meta_code: row.try_get("error_meta_code")?,
            title: row.try_get("error_title")?,
            detail: row.try_get("error_detail")?,
        }),
        _ => None,
    })
}

/// Reads a reaction with the message it belongs to.
pub(super) fn reaction(row: &Row) -> Result<(MessageId, ReactionView), ProjectionError> {
    let reaction = ReactionView {
        from: row.try_get("sender")?,
        emoji: row.try_get("emoji")?,
        at: time(row, "at")?,
    };
    Ok((id(row, "target")?, reaction))
}
