//! Queries about API tokens.

use application::use_cases::policy::Action;
use async_graphql::{Context, Object};

use super::ApiToken;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::problem::Problem;

/// Queries about API tokens.
#[derive(Debug, Default)]
pub(crate) struct TokenQueries;

#[Object]
impl TokenQueries {
    /// All tokens that are not revoked, by name.
    #[graphql(
        guard = "Can(Action::ManageTokens)",
        complexity = "20 * child_complexity"
    )]
    #[expect(clippy::unused_async, reason = "the library asks for async resolvers")]
    async fn api_tokens(&self, ctx: &Context<'_>) -> Result<Vec<ApiToken>, Problem> {
        let tokens = app(ctx)?.directory.tokens();
        Ok(tokens.into_iter().map(ApiToken).collect())
    }
}
