//! One run of a bot in a conversation, and the pure interpreter that drives it.
//!
//! `(definition, state, input, context) -> events`; production, test panel and replay run the same
//! function. Absent on purpose: sending, saving, opening deals. The process manager relays them.

mod aggregate;
mod command;
mod decide;
mod event;
mod interpreter;
mod render;
mod state;
#[cfg(test)]
mod tests;

pub use command::{AskedAt, BotSessionCommand, BotSessionError, Input, StartSession, TurnContext};
pub use event::{Action, BotSessionEvent, Composed, InputText, VariableValue};
pub use state::{BotSession, SessionStatus, Wait};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Steps a turn may take.
pub const STEPS_PER_TURN: usize = 100;
/// Messages a turn may send.
pub const SENDS_PER_TURN: usize = 20;
/// Seconds after which a waiting session expires unless configured otherwise.
pub const SESSION_EXPIRY_SECONDS: i64 = 24 * 3600;

/// What a session waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitKind {
    /// An answer to a question.
    Answer,
    /// A pressed button.
    Press,
}

/// Why an input did not answer a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusedReason {
    /// It came before the question had begun to leave.
    BeforeQuestion,
    /// It holds nothing a bot could read.
    Unreadable,
    /// It fits no button; the question is repeated once.
    NotUnderstood,
    /// No wait was open: the session had ended.
    SessionEnded,
}

/// Why a session was handed to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandOverCause {
    /// The scenario says so.
    Scenario,
    /// Two inputs fitted no button.
    NotUnderstood,
    /// A message could not be sent.
    SendFailed,
    /// A person took the conversation over.
    TakenOver,
    /// The conversation was closed.
    Closed,
    /// The bot may no longer decide for the conversation.
    StaleEpoch,
}

/// Why a session broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailReason {
    /// More than [`STEPS_PER_TURN`] steps.
    TooManySteps,
    /// More than [`SENDS_PER_TURN`] messages.
    TooManySends,
    /// A node names something that does not exist.
    BrokenDefinition,
    /// Processing failed five times.
    Poison,
}
