//! What mutations of conversations take and answer.

use application::use_cases::conversations::HandBackMode as UseCaseMode;
use async_graphql::{Enum, ID, InputObject, SimpleObject};

use super::Conversation;
use crate::graphql::message::Message;
use crate::graphql::outcome::Outcome;

/// A conversation to take over.
#[derive(InputObject)]
pub(crate) struct TakeOverInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The conversation.
    pub(super) conversation: ID,
    /// Take it over from another person too.
    #[graphql(default = false)]
    pub(super) force: bool,
    /// A note for colleagues, up to 4096 characters.
    pub(super) note: Option<String>,
}

/// A conversation to close or reopen.
#[derive(InputObject)]
pub(crate) struct ConversationInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The conversation.
    pub(super) conversation: ID,
}

/// A conversation to hand back.
#[derive(InputObject)]
pub(crate) struct HandBackInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The conversation.
    pub(super) conversation: ID,
    /// What bots do with it.
    #[graphql(default)]
    pub(super) mode: HandBackMode,
}

/// What bots do with a conversation that is handed back.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "UseCaseMode")]
pub(crate) enum HandBackMode {
    /// The customer's next message starts a bot anew.
    #[default]
    Restart,
    /// The run that was taken over asks again what it asked last; where none can, as `RESTART`.
    Resume,
}

/// A text to send to the customer.
#[derive(InputObject)]
pub(crate) struct SendTextInput {
    /// The caller's id of this mutation: sent again, nothing is sent twice.
    pub(super) client_mutation_id: Option<String>,
    /// The conversation.
    pub(super) conversation: ID,
    /// The text, 1 to 4096 characters (UTF-16 code units).
    pub(super) content: String,
    /// The message of this conversation that it quotes.
    pub(super) reply_to: Option<ID>,
    /// The message of this conversation that failed, was rejected or canceled, or whose fate is unknown, and that this
    /// one repeats.
    pub(super) repeats: Option<ID>,
    /// Whether WhatsApp shows a preview of a link; left out: where the text has one.
    pub(super) preview_url: Option<bool>,
    /// Leave the bot in charge instead of taking the conversation over.
    #[graphql(default = false)]
    pub(super) keep_bot: bool,
}

/// A question with reply buttons to send to the customer.
#[derive(InputObject)]
pub(crate) struct SendButtonsInput {
    /// The caller's id of this mutation: sent again, nothing is sent twice.
    pub(super) client_mutation_id: Option<String>,
    /// The conversation.
    pub(super) conversation: ID,
    /// The question, 1 to 1024 characters (UTF-16 code units).
    pub(super) content: String,
    /// One to three buttons, which differ from each other in id and title.
    pub(super) buttons: Vec<ReplyButtonInput>,
    /// The message of this conversation that it quotes.
    pub(super) reply_to: Option<ID>,
    /// The message of this conversation that failed, was rejected or canceled, or whose fate is unknown, and that this
    /// one repeats.
    pub(super) repeats: Option<ID>,
    /// Leave the bot in charge instead of taking the conversation over.
    #[graphql(default = false)]
    pub(super) keep_bot: bool,
}

/// A reply button.
#[derive(InputObject)]
pub(crate) struct ReplyButtonInput {
    /// Comes back when it is pressed, 1 to 256 characters.
    pub(super) id: String,
    /// What the customer sees, 1 to 20 characters.
    pub(super) title: String,
}

/// What came of a mutation of a conversation.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ConversationMutationStatus {
    /// Done, also where it was so before.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
    /// Another person handles it; `conversation.handler` says who. Ask them, or use `force`.
    AlreadyTaken,
}

impl ConversationMutationStatus {
    /// The status of a refusal.
    pub(super) fn of(code: &str) -> Option<Self> {
        Some(match code {
            "validation_failed" => Self::Invalid,
            "already_taken" => Self::AlreadyTaken,
            _ => return None,
        })
    }
}

/// What a mutation of a conversation answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct ConversationPayload {
    /// What came of it.
    pub(super) status: ConversationMutationStatus,
    /// The conversation as it is now.
    pub(super) conversation: Option<Conversation>,
    /// Bot messages that had begun to leave and will still arrive; null where that is not known.
    pub(super) messages_on_their_way: Option<usize>,
    /// After `handBack`: whether a run goes on, otherwise the next message starts a bot anew; null where that is not
    /// known.
    pub(super) resumed: Option<bool>,
    /// The rest.
    #[graphql(flatten)]
    pub(super) outcome: Outcome,
}

/// What came of sending.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum SendStatus {
    /// Recorded; it is sent after, `sent` tells how that goes.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
    /// The 24-hour window is closed: only a template may be sent.
    WindowClosed,
    /// The number is switched off.
    NumberInactive,
    /// The number was removed.
    NumberRemoved,
    /// The customer does not want messages.
    OptedOut,
    /// What `repeats` names arrived, may still arrive, or is the customer's.
    MessageNotRepeatable,
}

impl SendStatus {
    /// The status of a refusal.
    pub(super) fn of(code: &str) -> Option<Self> {
        Some(match code {
            "validation_failed" | "text_too_long" => Self::Invalid,
            "window_closed" => Self::WindowClosed,
            "number_inactive" => Self::NumberInactive,
            "number_removed" => Self::NumberRemoved,
            "opted_out" => Self::OptedOut,
            "message_not_repeatable" => Self::MessageNotRepeatable,
            _ => return None,
        })
    }
}

/// What sending answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct SendPayload {
    /// What came of it.
    pub(super) status: SendStatus,
    /// The message.
    pub(super) sent: Option<Message>,
    /// The conversation as it is now.
    pub(super) conversation: Option<Conversation>,
    /// The rest.
    #[graphql(flatten)]
    pub(super) outcome: Outcome,
}
