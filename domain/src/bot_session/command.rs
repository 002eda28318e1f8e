//! What can be asked of a session.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{FailReason, HandOverCause};
use crate::bot::BlobHash;
use crate::bot::scenario::Scenario;
use crate::ids::{BotId, ContactId, ConversationId, MessageId, NumberId, SessionId};
use crate::message::Button;
use crate::stream::Refusal;
use crate::time::Timestamp;
use uuid::Uuid;

/// Facts of the world that a turn may use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TurnContext {
    /// Server time.
    pub now: Timestamp,
    /// The contact's attributes.
    pub attributes: BTreeMap<String, String>,
    /// The contact's tags.
    pub tags: BTreeSet<String>,
    /// Seconds a wait may last.
    pub expiry_seconds: i64,
    /// The log's epoch: what is decided anew after a restore must not bear the id of what was sent before it.
    pub log_epoch: Uuid,
}

/// A customer's message as the interpreter sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The message.
    pub message: MessageId,
    /// When its delivery reached us.
    pub received_at: Timestamp,
    /// What a bot can read of it.
    pub text: Option<String>,
    /// The pressed button, if it is a press.
    pub press: Option<Button>,
}

/// What the outbox knows of the open question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedAt {
    /// Its attempt began at this time (whatever became of it, unknown included).
    Attempted(Timestamp),
    /// It has not begun to leave.
    NotYet,
    /// Nothing is known any more: it counts as asked.
    Forgotten,
}

/// The beginning of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct StartSession {
    /// The run.
    pub session: SessionId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The customer.
    pub contact: ContactId,
    /// Our number.
    pub number: NumberId,
    /// The bot.
    pub bot: BotId,
    /// Its version.
    pub version: u32,
    /// The version's blob.
    pub definition: BlobHash,
    /// The epoch under which it decides.
    pub epoch: u64,
    /// The message that starts it; its text is the first `{{user_input}}`.
    pub trigger: Option<Input>,
}

/// Commands of one session. On an ended session all but `TakeInput` give no event; `TakeInput` records
/// the refusal `session_ended`.
#[derive(Clone, Debug, PartialEq)]
pub enum BotSessionCommand {
    /// Runs from the start node to the first wait or the end. Already started: no event.
    Start {
        /// What begins.
        start: StartSession,
        /// The definition.
        scenario: Arc<Scenario>,
        /// Facts.
        context: TurnContext,
    },
    /// An input meets the open wait.
    TakeInput {
        /// The input.
        input: Input,
        /// Fact about the open question.
        asked_at: AskedAt,
        /// The definition.
        scenario: Arc<Scenario>,
        /// Facts.
        context: TurnContext,
    },
    /// A message of this run was refused by the guard or rejected by Meta: the edge `failed` of the node
    /// that spoke is taken if there is one, else the run is handed to people.
    SendFailed {
        /// The message.
        message: MessageId,
        /// The refusal's code.
        code: String,
        /// The definition.
        scenario: Arc<Scenario>,
        /// Facts.
        context: TurnContext,
    },
    /// A person handed back to this run: it asks again what it asked last, under the new epoch. A run that
    /// was not handed over, or asked nothing, cannot go on: no event.
    Resume {
        /// The epoch under which it decides from now on.
        epoch: u64,
        /// The definition.
        scenario: Arc<Scenario>,
        /// Facts.
        context: TurnContext,
    },
    /// The timer of a wait fired; stale if the wait is not the open one.
    Expire {
        /// Server time.
        now: Timestamp,
        /// The wait.
        wait: u32,
    },
    /// Someone else decides from here: the run ends.
    HandOver {
        /// Server time.
        now: Timestamp,
        /// Why.
        cause: HandOverCause,
        /// The refusal's code, if one led to it.
        code: Option<String>,
    },
    /// The run cannot go on.
    Fail {
        /// Server time.
        now: Timestamp,
        /// Why.
        reason: FailReason,
    },
}

/// Rules that refuse a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BotSessionError {
    /// The session does not exist.
    #[error("the session does not exist")]
    NotFound,
}

impl Refusal for BotSessionError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
        }
    }
}
