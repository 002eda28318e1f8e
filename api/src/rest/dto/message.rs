//! A message.

use application::ports::outbox::OutboxState;
use application::use_cases::conversations::SendText;
use domain::ids::{ConversationId, MessageId};
use domain::time::Timestamp;
use projections::message::{MessageStatus, MessageView, SendState};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{opt_time, time};
use crate::auth::Actor;
use crate::i18n::Lang;
use crate::problem::failures;

/// A message of a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The conversation.
    pub conversation_id: String,
    /// `inbound` or `outbound`.
    pub direction: &'static str,
    /// Who said it.
    pub sender: Sender,
    /// Its kind.
    pub message_type: String,
    /// The text; empty where there is none.
    pub content: String,
    /// The typed object of kinds beyond text.
    #[schema(value_type = Option<Object>)]
    pub payload: Option<Value>,
    /// What became of it.
    pub status: &'static str,
    /// How the send stands; null for inbound.
    pub send_state: Option<&'static str>,
    /// Why it was not delivered.
    pub error: Option<MessageError>,
    /// Meta's id.
    pub whatsapp_message_id: Option<String>,
    /// Our message that it quotes.
    pub reply_to: Option<String>,
    /// The message that did not arrive and that this one repeats.
    pub repeats: Option<String>,
    /// Reactions.
    pub reactions: Vec<Reaction>,
    /// When it was edited.
    pub edited_at: Option<String>,
    /// When it was deleted.
    pub revoked_at: Option<String>,
    /// Meta's time for inbound, ours for outbound.
    pub created_at: String,
    /// When Meta took it.
    pub sent_at: Option<String>,
    /// When it was delivered.
    pub delivered_at: Option<String>,
    /// When it was read.
    pub read_at: Option<String>,
    /// When it failed.
    pub failed_at: Option<String>,
    /// Why no bot answered it, e.g. `no_active_bot`.
    pub unanswered_reason: Option<String>,
}

/// Who said it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sender {
    /// `customer`, `bot`, `operator`, `api`, `phone` or `system`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Contact, bot or person.
    pub id: Option<String>,
    /// Their name.
    pub name: Option<String>,
}

/// Why a message was not delivered.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageError {
    /// Our code.
    pub code: String,
    /// Meta's code.
    pub meta_code: Option<i64>,
    /// In one line.
    pub title: String,
    /// In detail.
    pub detail: Option<String>,
    /// What to do.
    pub next_step: String,
    /// Whether sending it again may work.
    pub retryable: bool,
}

/// A reaction.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reaction {
    /// `customer` or `us`.
    pub from: String,
    /// The emoji.
    pub emoji: String,
    /// When.
    pub at: String,
}

impl Message {
    /// A text that was recorded and that no read model shows yet.
    pub(crate) fn queued(
        id: MessageId,
        conversation: ConversationId,
        actor: &Actor,
        text: SendText,
        at: Timestamp,
    ) -> Self {
        Self {
            id: id.to_string(),
            conversation_id: conversation.to_string(),
            direction: "outbound",
            sender: Sender {
                kind: "operator".to_owned(),
                id: Some(actor.id.to_string()),
                name: Some(actor.name.clone()),
            },
            message_type: "text".to_owned(),
            content: text.body,
            payload: None,
            status: MessageStatus::Pending.as_str(),
            send_state: Some(SendState::Queued.as_str()),
            error: None,
            whatsapp_message_id: None,
            reply_to: text.reply_to.map(|id| id.to_string()),
            repeats: text.repeats.map(|id| id.to_string()),
            reactions: Vec::new(),
            edited_at: None,
            revoked_at: None,
            created_at: time(at),
            sent_at: None,
            delivered_at: None,
            read_at: None,
            failed_at: None,
            unanswered_reason: None,
        }
    }

    /// From the read model; `row` is the outbox's state where it is known.
    pub fn from_view(view: MessageView, row: Option<OutboxState>, lang: Lang) -> Self {
        let send_state = view.send_state.map(|state| match (state, row) {
            (SendState::Queued, Some(OutboxState::Attempting)) => OutboxState::Attempting.as_str(),
            (state, _) => state.as_str(),
        });
        let error = view.error.map(|error| {
            let known = failures::find(&error.code);
            MessageError {
                title: error
                    .title
                    .unwrap_or_else(|| known.title.get(lang).to_owned()),
                next_step: known.next_step.get(lang).to_owned(),
                retryable: known.retryable,
                code: error.code,
                meta_code: error.meta_code,
                detail: error.detail,
            }
        });
        Self {
            id: view.id.to_string(),
            conversation_id: view.conversation.to_string(),
            direction: if view.is_inbound {
                "inbound"
            } else {
                "outbound"
            },
            sender: Sender {
                kind: view.sender.kind,
                id: view.sender.id.map(|id| id.to_string()),
                name: view.sender.name,
            },
            message_type: view.message_type,
            content: view.content,
            payload: view.payload,
            status: view.status.as_str(),
            send_state,
            error,
            whatsapp_message_id: view.wamid,
            reply_to: view.reply_to.map(|id| id.to_string()),
            repeats: view.repeats.map(|id| id.to_string()),
            reactions: view
                .reactions
                .into_iter()
                .map(|reaction| Reaction {
                    from: reaction.from,
                    emoji: reaction.emoji,
                    at: time(reaction.at),
                })
                .collect(),
            edited_at: opt_time(view.edited_at),
            revoked_at: opt_time(view.revoked_at),
            created_at: time(view.created_at),
            sent_at: opt_time(view.sent_at),
            delivered_at: opt_time(view.delivered_at),
            read_at: opt_time(view.read_at),
            failed_at: opt_time(view.failed_at),
            unanswered_reason: view.unanswered_reason,
        }
    }
}
