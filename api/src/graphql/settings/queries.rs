//! Queries about settings.

use application::use_cases::policy::Action;
use async_graphql::{Context, Object};

use super::Settings;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::problem::Problem;

/// Queries about settings.
#[derive(Debug, Default)]
pub(crate) struct SettingsQueries;

#[Object]
impl SettingsQueries {
    /// What the installation is set to.
    #[graphql(guard = "Can(Action::ReadNumbers)")]
    async fn settings(&self, ctx: &Context<'_>) -> Result<Settings, Problem> {
        Ok(Settings(app(ctx)?.reads().settings().await?))
    }
}
