//! Queries about bots.

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, Object};
use domain::ids::BotId;

use super::Bot;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::problem::Problem;

/// Queries about bots.
#[derive(Debug, Default)]
pub(crate) struct BotQueries;

#[Object]
impl BotQueries {
    /// All bots, oldest first.
    #[graphql(guard = "Can(Action::ReadBots)", complexity = "20 * child_complexity")]
    async fn bots(&self, ctx: &Context<'_>) -> Result<Vec<Bot>, Problem> {
        let bots = app(ctx)?.reads().bots().await?;
        Ok(bots.into_iter().map(Bot).collect())
    }

    /// One bot.
    #[graphql(guard = "Can(Action::ReadBots)")]
    async fn bot(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Bot>, Problem> {
        let id: BotId = Kind::Bot.parse("id", &id)?;
        Ok(app(ctx)?.reads().bot(id).await?.map(Bot))
    }
}
