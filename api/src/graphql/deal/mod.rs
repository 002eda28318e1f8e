//! A deal that a bot opened.

mod queries;

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, Object};
use projections::deal::DealView;

pub(super) use queries::DealQueries;

use super::bot::Bot;
use super::contact::{Attribute, Contact};
use super::context::loaders;
use super::conversation::Conversation;
use super::guard::Can;
use super::id::Kind;
use super::loaders::{BotKey, ContactKey, ConversationKey};
use super::time::DateTime;
use crate::problem::Problem;

/// A deal that a bot opened.
#[derive(Clone, Debug)]
pub(crate) struct Deal(pub(super) DealView);

#[Object]
impl Deal {
    /// Its id.
    pub(super) async fn id(&self) -> ID {
        Kind::Deal.id(self.0.id)
    }

    /// The stage it is in.
    async fn stage(&self) -> &str {
        &self.0.stage
    }

    /// What it is about.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// For whom.
    #[graphql(guard = "Can(Action::ReadContacts)")]
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Contact>, Problem> {
        let key = ContactKey(self.0.contact);
        Ok(loaders(ctx)?.load(key).await?.map(Contact))
    }

    /// Where it was opened.
    async fn conversation(&self, ctx: &Context<'_>) -> Result<Option<Conversation>, Problem> {
        let key = ConversationKey(self.0.conversation);
        Ok(loaders(ctx)?.load(key).await?.map(Conversation))
    }

    /// By which bot.
    #[graphql(guard = "Can(Action::ReadBots)")]
    async fn bot(&self, ctx: &Context<'_>) -> Result<Option<Bot>, Problem> {
        Ok(loaders(ctx)?.load(BotKey(self.0.bot)).await?.map(Bot))
    }

    /// The customer's attributes when it was opened.
    async fn attributes(&self) -> Vec<Attribute> {
        let attributes = self.0.attributes.iter();
        attributes
            .map(|(name, value)| Attribute {
                name: name.clone(),
                value: value.clone(),
            })
            .collect()
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}
