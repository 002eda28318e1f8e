//! What Meta delivered, item by item, and what became of each.

mod mutations;
mod queries;

use application::ports::inbox::{HoldReason as PortReason, ItemClass, ItemFate, ItemRecord};
use async_graphql::{Context, Enum, Object};

pub(super) use mutations::WebhookMutations;
pub(super) use queries::WebhookQueries;

use super::context::loaders;
use super::conversation::Conversation;
use super::loaders::ConversationKey;
use super::time::DateTime;
use crate::problem::Problem;

/// An item of a delivery. Handled ones are kept 7 days, held ones 90; duplicates leave no trace.
#[derive(Clone, Debug)]
pub(crate) struct WebhookItem(pub(super) ItemRecord);

/// What an item is.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum WebhookItemClass {
    /// A message, reaction, edit, deletion or notice.
    Message,
    /// A status of an outbound message.
    Status,
    /// Anything else.
    Other,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum WebhookItemState {
    /// Waits to be handled.
    Open,
    /// A status that came before its send was known; handled as soon as it is.
    AwaitsSend,
    /// Handled.
    Done,
    /// Held until somebody releases it, see `holdReason`.
    Held,
}

/// Why an item is held.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "PortReason")]
pub(crate) enum HoldReason {
    /// The number is not known here; released when it is added.
    UnknownNumber,
    /// This version does not understand the field or kind.
    NotUnderstood,
    /// The signed body is no JSON, or not of the expected shape.
    Unparsable,
    /// Handling failed five times.
    Parked,
}

#[Object]
impl WebhookItem {
    /// Grows in receive order; an item that was released goes on under a new one.
    async fn item(&self) -> String {
        self.0.item.to_string()
    }

    /// The delivery it came with; items of one delivery share it until they are held.
    async fn delivery(&self) -> String {
        self.0.delivery.to_string()
    }

    /// What it is.
    async fn class(&self) -> WebhookItemClass {
        match self.0.class {
            ItemClass::Message => WebhookItemClass::Message,
            ItemClass::Status => WebhookItemClass::Status,
            ItemClass::Other => WebhookItemClass::Other,
        }
    }

    /// Meta's id of the number it is for.
    async fn phone_number_id(&self) -> Option<&str> {
        self.0.phone_number_id.as_deref()
    }

    /// What became of it.
    async fn state(&self) -> WebhookItemState {
        match self.0.fate {
            ItemFate::Open => WebhookItemState::Open,
            ItemFate::AwaitsSend => WebhookItemState::AwaitsSend,
            ItemFate::Done => WebhookItemState::Done,
            ItemFate::Held(_) => WebhookItemState::Held,
        }
    }

    /// Why it is held.
    async fn hold_reason(&self) -> Option<HoldReason> {
        match self.0.fate {
            ItemFate::Held(reason) => Some(reason.into()),
            _ => None,
        }
    }

    /// Tries that failed.
    async fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Code of the last failure.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// The conversation it belongs to, once that is known.
    async fn conversation(&self, ctx: &Context<'_>) -> Result<Option<Conversation>, Problem> {
        let Some(id) = self.0.conversation else {
            return Ok(None);
        };
        Ok(loaders(ctx)?
            .load(ConversationKey(id))
            .await?
            .map(Conversation))
    }

    /// When it came.
    async fn received_at(&self) -> DateTime {
        self.0.received_at.into()
    }

    /// When it was handled or held.
    async fn settled_at(&self) -> Option<DateTime> {
        self.0.settled_at.map(DateTime)
    }
}
