//! What can be asked of a bot, and the rules that refuse it.

use std::sync::Arc;

use super::BlobHash;
use super::scenario::{Problem, Scenario};
use crate::ids::NumberId;
use crate::stream::Refusal;
use crate::time::Timestamp;

/// Commands of one bot.
#[derive(Clone, Debug, PartialEq)]
pub enum BotCommand {
    /// Makes it. Name 1 to 100 characters.
    Create {
        /// Server time.
        now: Timestamp,
        /// Name.
        name: String,
    },
    /// Saves a draft; a scenario with problems is refused with all of them. Same definition as the last
    /// draft: no event.
    SaveDraft {
        /// Server time.
        now: Timestamp,
        /// The blob.
        definition: BlobHash,
        /// The same, parsed.
        scenario: Arc<Scenario>,
    },
    /// Publishes the last draft; already published: no event.
    Publish {
        /// Server time.
        now: Timestamp,
    },
    /// Sets the numbers it serves; same: no event.
    Bind {
        /// Server time.
        now: Timestamp,
        /// The numbers.
        numbers: Vec<NumberId>,
    },
    /// Has it serve one more number; served already: no event.
    BindMore {
        /// Server time.
        now: Timestamp,
        /// The number.
        number: NumberId,
    },
    /// Takes it off one number; not served: no event.
    Unbind {
        /// Server time.
        now: Timestamp,
        /// The number.
        number: NumberId,
    },
    /// Switches on; refused `not_published` without a version. Already on: no event.
    Activate {
        /// Server time.
        now: Timestamp,
    },
    /// Switches off; already off: no event.
    Deactivate {
        /// Server time.
        now: Timestamp,
    },
}

/// Rules that refuse a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BotError {
    /// The bot does not exist.
    #[error("the bot does not exist")]
    NotFound,
    /// The bot exists already.
    #[error("the bot exists already")]
    AlreadyCreated,
    /// The name is empty or too long.
    #[error("name must have 1 to 100 characters")]
    InvalidName,
    /// There is no draft to publish.
    #[error("there is no draft to publish")]
    NoDraft,
    /// There is no published version to switch on.
    #[error("there is no published version")]
    NotPublished,
    /// The scenario has problems.
    #[error("the scenario has {} problems", .0.len())]
    InvalidScenario(Vec<Problem>),
}

impl Refusal for BotError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadyCreated => "bot_exists",
            Self::InvalidName => "invalid_name",
            Self::NoDraft => "no_draft",
            Self::NotPublished => "not_published",
            Self::InvalidScenario(_) => "invalid_scenario",
        }
    }
}
