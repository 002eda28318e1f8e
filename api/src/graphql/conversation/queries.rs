//! Queries about conversations.

use application::use_cases::policy::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use domain::ids::ConversationId;

use super::Conversation;
use super::filter::{ConversationFilter, ConversationPage, ConversationSort};
use crate::graphql::context::{app, caller};
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::page::{PageArguments, page_cost};
use crate::problem::Problem;

/// Queries about conversations.
#[derive(Debug, Default)]
pub(crate) struct ConversationQueries;

#[Object]
impl ConversationQueries {
    /// The inbox.
    #[graphql(
        guard = "Can(Action::ReadConversations)",
        complexity = "page_cost(first, last) * child_complexity"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of a Relay connection"
    )]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        filter: Option<ConversationFilter>,
        sort: Option<ConversationSort>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Conversation>, Problem> {
        let page = ConversationPage {
            filter: filter
                .unwrap_or_default()
                .read_filter(caller(ctx)?.actor.id)?,
            sort: sort.unwrap_or_default(),
            arguments: PageArguments {
                first,
                after,
                last,
                before,
            },
        };
        page.read(ctx).await
    }

    /// One conversation.
    #[graphql(guard = "Can(Action::ReadConversations)")]
    async fn conversation(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<Option<Conversation>, Problem> {
        let id: ConversationId = Kind::Conversation.parse("id", &id)?;
        Ok(app(ctx)?.reads().conversation(id).await?.map(Conversation))
    }
}
