//! The root of mutations: the parts of all entities.

use async_graphql::MergedObject;

use super::bot::BotMutations;
use super::conversation::ConversationMutations;
use super::number::NumberMutations;
use super::projection::ProjectionMutations;
use super::token::TokenMutations;
use super::webhook::WebhookMutations;

/// Everything that can be changed.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    NumberMutations,
    ConversationMutations,
    BotMutations,
    TokenMutations,
    WebhookMutations,
    ProjectionMutations,
);
