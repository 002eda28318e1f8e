//! Who acts in a conversation, and the reasons its events name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BotId, SessionId, TokenId};

/// Who handles a conversation: exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handler {
    /// Nobody.
    #[default]
    Nobody,
    /// A run of a bot.
    Bot {
        /// The bot.
        bot: BotId,
        /// The run.
        session: SessionId,
    },
    /// A person.
    Person(Person),
}

/// A person or program known by an API token. Members take these ids over later. Their names are in the
/// events of the tokens only, so that a name can be changed or erased in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    /// The token's id.
    pub id: TokenId,
    /// Whether it is someone at a screen or a program.
    pub kind: PersonKind,
}

/// Kinds of actors behind a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// An operator.
    #[default]
    Operator,
    /// A program using the API.
    Api,
}

/// Who wrote an outbound message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A bot, in one turn of a session at one node.
    Bot {
        /// The bot.
        bot: BotId,
        /// Its published version.
        version: u32,
        /// The run.
        session: SessionId,
        /// The turn of the run, from 1.
        turn: u32,
        /// The node that speaks.
        node: String,
    },
    /// A person.
    Person(Person),
    /// The installation itself, as people set it to.
    Automation(Automation),
}

/// What the installation tells a customer by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Automation {
    /// Nobody answers at this hour.
    OutOfHours,
}

/// Why a queued message was canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// A person took the conversation over.
    TakenOver,
    /// The conversation was closed.
    Closed,
    /// An earlier message of the same turn was rejected.
    TurnRejected,
    /// The number was removed.
    NumberRemoved,
    /// The service window closed before the message could leave.
    WindowClosed,
}

/// Why the handler changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeCause {
    /// A bot was started by a message.
    BotStarted,
    /// A person took over.
    TakenOver,
    /// The bot's scenario handed over to people.
    HandedOver,
    /// The bot could not send: a message was refused or rejected.
    SendFailed,
    /// The bot did not understand twice.
    NotUnderstood,
    /// The bot broke: a guard stopped it or its definition was missing.
    BotFailed,
    /// The bot's scenario ended.
    Completed,
    /// The bot waited too long.
    Expired,
    /// A person handed the conversation back.
    HandedBack,
    /// A person handed it back to the bot's run that had left it, which goes on where it waited.
    Resumed,
    /// The conversation was closed.
    Closed,
    /// The customer wrote on a closed conversation.
    Reopened,
}

/// Why no bot answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnansweredReason {
    /// A person handles the conversation.
    HandledByPerson,
    /// The number has no active bot.
    NoActiveBot,
    /// The number is switched off.
    NumberInactive,
    /// People are awaited after a hand-over.
    AwaitingPeople,
    /// It came before the question it would answer had begun to leave.
    BeforeQuestion,
    /// It holds nothing a bot could read.
    Unreadable,
    /// The bot's session had ended or was busy ending.
    SessionEnded,
    /// The bot broke.
    BotFailed,
    /// It arrived later than the service window allows to answer.
    TooOld,
}
