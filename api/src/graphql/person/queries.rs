//! Who can be assigned something.

use application::use_cases::policy::Action;
use async_graphql::{Context, Object};
use domain::api_token::Role;

use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::token::ApiToken;
use crate::problem::Problem;

/// Queries about people.
#[derive(Debug, Default)]
pub(crate) struct PersonQueries;

#[Object]
impl PersonQueries {
    /// Everyone who can work on conversations, by name.
    #[graphql(
        guard = "Can(Action::ReadConversations)",
        complexity = "20 * child_complexity"
    )]
    #[expect(clippy::unused_async, reason = "the library asks for async resolvers")]
    async fn people(&self, ctx: &Context<'_>) -> Result<Vec<ApiToken>, Problem> {
        let tokens = app(ctx)?.directory.tokens().into_iter();
        let works = tokens.filter(|token| matches!(token.role, Role::Admin | Role::Agent));
        Ok(works.map(ApiToken).collect())
    }
}
