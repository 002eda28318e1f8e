//! Queries about quick replies.

use application::use_cases::policy::Action;
use async_graphql::{Context, Object};

use super::QuickReply;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::problem::Problem;

/// Queries about quick replies.
#[derive(Debug, Default)]
pub(crate) struct QuickReplyQueries;

#[Object]
impl QuickReplyQueries {
    /// All quick replies, by shortcut.
    #[graphql(
        guard = "Can(Action::QuickReplies)",
        complexity = "20 * child_complexity"
    )]
    async fn quick_replies(&self, ctx: &Context<'_>) -> Result<Vec<QuickReply>, Problem> {
        let replies = app(ctx)?.reads().quick_replies().await?;
        Ok(replies.into_iter().map(QuickReply).collect())
    }
}
