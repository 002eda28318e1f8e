//! A message of a conversation.

mod error;
mod reaction;
mod sender;
mod status;

use application::ports::outbox::OutboxState;
use async_graphql::{Context, ID, Json, Object};
use projections::message::{MessageView, SendState as ViewSendState};
use serde_json::Value;

use self::error::MessageError;
use self::reaction::Reaction;
use self::sender::Sender;
use self::status::{MessageDirection, MessageStatus, SendState};
use super::context::{lang, loaders};
use super::conversation::Conversation;
use super::id::Kind;
use super::loaders::{ConversationKey, MessageKey, SendStateKey};
use super::time::DateTime;
use crate::problem::Problem;

/// A message of a conversation.
#[derive(Clone, Debug)]
pub(crate) struct Message(pub(super) MessageView);

#[Object]
impl Message {
    /// Its id.
    pub(super) async fn id(&self) -> ID {
        Kind::Message.id(self.0.id)
    }

    /// Where it was said.
    async fn conversation(&self, ctx: &Context<'_>) -> Result<Option<Conversation>, Problem> {
        let key = ConversationKey(self.0.conversation);
        Ok(loaders(ctx)?.load(key).await?.map(Conversation))
    }

    /// Which way it went.
    async fn direction(&self) -> MessageDirection {
        if self.0.is_inbound {
            MessageDirection::Inbound
        } else {
            MessageDirection::Outbound
        }
    }

    /// Who said it.
    async fn sender(&self) -> Sender {
        Sender(self.0.sender.clone())
    }

    /// Its kind: `text`, `image`, `interactive`, `location` and so on; `unsupported` for what this version
    /// does not know.
    async fn message_type(&self) -> &str {
        &self.0.message_type
    }

    /// The text, the caption, the title of the pressed button; empty where there is none.
    async fn content(&self) -> &str {
        &self.0.content
    }

    /// The typed object of kinds beyond text; its `kind` says which.
    async fn payload(&self) -> Option<Json<Value>> {
        self.0.payload.clone().map(Json)
    }

    /// What became of it; never goes back.
    async fn status(&self) -> MessageStatus {
        self.0.status.into()
    }

    /// How the send stands; null for inbound messages.
    async fn send_state(&self, ctx: &Context<'_>) -> Result<Option<SendState>, Problem> {
        let Some(state) = self.0.send_state else {
            return Ok(None);
        };
        // Only the outbox knows that a queued one is leaving just now.
        if state == ViewSendState::Queued {
            let row = loaders(ctx)?.load(SendStateKey(self.0.id)).await?;
            if row == Some(OutboxState::Attempting) {
                return Ok(Some(SendState::Attempting));
            }
        }
        Ok(Some(state.into()))
    }

    /// Why it was not delivered.
    async fn error(&self, ctx: &Context<'_>) -> Option<MessageError> {
        let error = self.0.error.clone()?;
        Some(MessageError::of(error, lang(ctx)))
    }

    /// Meta's id (wamid).
    async fn whatsapp_message_id(&self) -> Option<&str> {
        self.0.wamid.as_deref()
    }

    /// The message that it quotes.
    async fn reply_to(&self, ctx: &Context<'_>) -> Result<Option<Message>, Problem> {
        let Some(quoted) = self.0.reply_to else {
            return Ok(None);
        };
        Ok(loaders(ctx)?.load(MessageKey(quoted)).await?.map(Message))
    }

    /// The refused message that it repeats.
    async fn repeats(&self, ctx: &Context<'_>) -> Result<Option<Message>, Problem> {
        let Some(refused) = self.0.repeats else {
            return Ok(None);
        };
        Ok(loaders(ctx)?.load(MessageKey(refused)).await?.map(Message))
    }

    /// Reactions, one a side.
    async fn reactions(&self) -> Vec<Reaction> {
        self.0.reactions.iter().cloned().map(Reaction::of).collect()
    }

    /// Why no bot answered it, e.g. `no_active_bot`.
    async fn unanswered_reason(&self) -> Option<&str> {
        self.0.unanswered_reason.as_deref()
    }

    /// When the customer edited it.
    async fn edited_at(&self) -> Option<DateTime> {
        self.0.edited_at.map(DateTime)
    }

    /// When the customer deleted it.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }

    /// Meta's time for inbound messages, ours for outbound ones.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When Meta took it.
    async fn sent_at(&self) -> Option<DateTime> {
        self.0.sent_at.map(DateTime)
    }

    /// When it was delivered.
    async fn delivered_at(&self) -> Option<DateTime> {
        self.0.delivered_at.map(DateTime)
    }

    /// When it was read.
    async fn read_at(&self) -> Option<DateTime> {
        self.0.read_at.map(DateTime)
    }

    /// When it failed.
    async fn failed_at(&self) -> Option<DateTime> {
        self.0.failed_at.map(DateTime)
    }
}
