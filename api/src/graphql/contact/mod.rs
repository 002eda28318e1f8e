//! A customer.

mod mutations;
mod queries;

use application::use_cases::policy::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, SimpleObject};
use projections::contact::ContactView;

pub(super) use mutations::ContactMutations;
pub(super) use queries::ContactQueries;

use super::context::loaders;
use super::conversation::{Conversation, ConversationPage};
use super::guard::Can;
use super::id::Kind;
use super::loaders::ContactKey;
use super::page::{PageArguments, page_cost};
use super::time::DateTime;
use crate::problem::Problem;

/// A customer.
#[derive(Clone, Debug)]
pub(crate) struct Contact(pub(super) ContactView);

/// What a bot or a person noted of a customer.
#[derive(Debug, SimpleObject)]
pub(crate) struct Attribute {
    /// Its name.
    pub(super) name: String,
    /// Its value.
    pub(super) value: String,
}

#[Object]
impl Contact {
    /// Its id.
    pub(super) async fn id(&self) -> ID {
        Kind::Contact.id(self.0.id)
    }

    /// Name of the profile.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// WhatsApp username, without `@`.
    async fn username(&self) -> Option<&str> {
        self.0.username.as_deref()
    }

    /// In E.164; null for a customer known by a business-scoped id only.
    async fn phone_number(&self) -> Option<&str> {
        self.0.phone_number.as_deref()
    }

    /// Meta's business-scoped user id.
    async fn bsuid(&self) -> Option<&str> {
        self.0.bsuid.as_deref()
    }

    /// What bots and people noted, by name.
    async fn attributes(&self) -> Vec<Attribute> {
        let attributes = self.0.attributes.iter();
        attributes
            .map(|(name, value)| Attribute {
                name: name.clone(),
                value: value.clone(),
            })
            .collect()
    }

    /// Tags in the order assigned.
    async fn tags(&self) -> &[String] {
        &self.0.tags
    }

    /// A contact that seems to be the same person.
    async fn conflicts_with(&self, ctx: &Context<'_>) -> Result<Option<Contact>, Problem> {
        let Some(other) = self.0.conflicts_with else {
            return Ok(None);
        };
        Ok(loaders(ctx)?.load(ContactKey(other)).await?.map(Contact))
    }

    /// The customer's conversations, the last message newest first.
    #[graphql(
        guard = "Can(Action::ReadConversations)",
        complexity = "page_cost(first, last) * child_complexity"
    )]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Conversation>, Problem> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let page = ConversationPage::of_contact(self.0.id, arguments);
        page.read(ctx).await
    }

    /// When first seen.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}
