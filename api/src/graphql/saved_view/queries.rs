//! Queries about saved views.

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, Object};
use domain::ids::SavedViewId;

use super::SavedView;
use crate::graphql::context::{app, caller};
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::problem::Problem;

/// Queries about saved views.
#[derive(Debug, Default)]
pub(crate) struct SavedViewQueries;

#[Object]
impl SavedViewQueries {
    /// The caller's own views and the shared ones, by name.
    #[graphql(guard = "Can(Action::OwnViews)", complexity = "20 * child_complexity")]
    async fn saved_views(&self, ctx: &Context<'_>) -> Result<Vec<SavedView>, Problem> {
        let viewer = caller(ctx)?.actor.id;
        let views = app(ctx)?.reads().saved_views(viewer).await?;
        Ok(views.into_iter().map(SavedView).collect())
    }

    /// One view, the caller's own or a shared one.
    #[graphql(guard = "Can(Action::OwnViews)")]
    async fn saved_view(&self, ctx: &Context<'_>, id: ID) -> Result<Option<SavedView>, Problem> {
        let viewer = caller(ctx)?.actor.id;
        let id: SavedViewId = Kind::SavedView.parse("id", &id)?;
        let found = app(ctx)?.reads().saved_view(viewer, id).await?;
        Ok(found.map(SavedView))
    }
}
