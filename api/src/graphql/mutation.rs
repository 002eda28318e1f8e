//! The root of mutations: the parts of all entities.

use async_graphql::MergedObject;

use super::bot::BotMutations;
use super::contact::ContactMutations;
use super::conversation::{ConversationMutations, SendMutations, WorkMutations};
use super::number::NumberMutations;
use super::outbound::OutboundMutations;
use super::presence::PresenceMutations;
use super::projection::ProjectionMutations;
use super::quick_reply::QuickReplyMutations;
use super::saved_view::SavedViewMutations;
use super::settings::SettingsMutations;
use super::token::TokenMutations;
use super::webhook::WebhookMutations;

/// Everything that can be changed.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    NumberMutations,
    ConversationMutations,
    SendMutations,
    BotMutations,
    TokenMutations,
    WebhookMutations,
    ProjectionMutations,
    WorkMutations,
    ContactMutations,
    QuickReplyMutations,
    SavedViewMutations,
    SettingsMutations,
    PresenceMutations,
    OutboundMutations,
);
