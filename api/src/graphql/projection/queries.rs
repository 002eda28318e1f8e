//! Queries about read models.

use application::use_cases::policy::Action;
use async_graphql::{Context, Object};

use super::ProjectionStatus;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::problem::Problem;

/// Queries about read models.
#[derive(Debug, Default)]
pub(crate) struct ProjectionQueries;

#[Object]
impl ProjectionQueries {
    /// Every build of every read model, by name.
    #[graphql(guard = "Can(Action::Operate)", complexity = "20 * child_complexity")]
    #[expect(clippy::unused_async, reason = "the library asks for async resolvers")]
    async fn projections(&self, ctx: &Context<'_>) -> Result<Vec<ProjectionStatus>, Problem> {
        let builds = app(ctx)?.projections.list();
        Ok(builds.into_iter().map(ProjectionStatus).collect())
    }
}
