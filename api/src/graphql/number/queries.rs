//! Queries about numbers.

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, Object};
use domain::ids::NumberId;

use super::Number;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::problem::Problem;

/// Queries about numbers.
#[derive(Debug, Default)]
pub(crate) struct NumberQueries;

#[Object]
impl NumberQueries {
    /// All numbers in use, oldest first.
    #[graphql(
        guard = "Can(Action::ReadNumbers)",
        complexity = "20 * child_complexity"
    )]
    async fn numbers(&self, ctx: &Context<'_>) -> Result<Vec<Number>, Problem> {
        let numbers = app(ctx)?.reads().numbers().await?;
        Ok(numbers.into_iter().map(Number).collect())
    }

    /// One number, also one that was removed.
    #[graphql(guard = "Can(Action::ReadNumbers)")]
    async fn number(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Number>, Problem> {
        let id: NumberId = Kind::Number.parse("id", &id)?;
        Ok(app(ctx)?.reads().number(id).await?.map(Number))
    }
}
