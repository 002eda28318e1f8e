//! What mutations of bots take and answer.

use async_graphql::{Enum, ID, InputObject, SimpleObject};

use super::Bot;
use crate::graphql::outcome::Outcome;

/// A bot to make.
#[derive(InputObject)]
pub(crate) struct CreateBotInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// What people call it, 1 to 100 characters.
    pub(super) name: String,
}

/// A scenario to import.
#[derive(InputObject)]
pub(crate) struct ImportBotInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The bot's name; a bot of this name on the number gets a new version.
    pub(super) name: String,
    /// The scenario's JSON as text.
    pub(super) definition: String,
    /// Meta's id of the number it shall answer on.
    pub(super) phone_number_id: Option<String>,
    /// Publish it and switch it on.
    #[graphql(default = false)]
    pub(super) publish: bool,
}

/// A draft to save.
#[derive(InputObject)]
pub(crate) struct SaveBotDraftInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The bot.
    pub(super) bot: ID,
    /// The scenario's JSON as text.
    pub(super) definition: String,
}

/// A bot to publish.
#[derive(InputObject)]
pub(crate) struct PublishBotInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The bot.
    pub(super) bot: ID,
}

/// The numbers that a bot shall serve.
#[derive(InputObject)]
pub(crate) struct BindBotInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The bot.
    pub(super) bot: ID,
    /// All its numbers; other bots no longer answer on them.
    pub(super) numbers: Vec<ID>,
}

/// A bot to switch.
#[derive(InputObject)]
pub(crate) struct SwitchBotInput {
    /// The caller's id of this mutation: sent again, nothing is done twice.
    pub(super) client_mutation_id: Option<String>,
    /// The bot.
    pub(super) bot: ID,
    /// On: it answers on its numbers. Off: it starts nowhere, running sessions go on.
    pub(super) is_active: bool,
}

/// What came of a mutation of a bot.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum BotMutationStatus {
    /// Done, also where it was so before.
    Done,
    /// Fields cannot be accepted, see `violations`.
    Invalid,
    /// The scenario has problems, see `violations`.
    InvalidScenario,
    /// There is no draft to publish.
    NoDraft,
    /// It has no published version yet.
    NotPublished,
}

impl BotMutationStatus {
    /// The status of a refusal.
    pub(super) fn of(code: &str) -> Option<Self> {
        Some(match code {
            "validation_failed" => Self::Invalid,
            "invalid_scenario" => Self::InvalidScenario,
            "no_draft" => Self::NoDraft,
            "not_published" => Self::NotPublished,
            _ => return None,
        })
    }
}

/// What a mutation of a bot answers.
#[derive(Debug, SimpleObject)]
pub(crate) struct BotPayload {
    /// What came of it.
    pub(super) status: BotMutationStatus,
    /// The bot as it is now.
    pub(super) bot: Option<Bot>,
    /// The rest.
    #[graphql(flatten)]
    pub(super) outcome: Outcome,
}
