//! A bot with its versions.

mod mutations;
mod payload;
mod queries;
mod version;

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, Json, Object};
use projections::bot::BotView;
use serde_json::Value;

pub(super) use mutations::BotMutations;
pub(super) use queries::BotQueries;

use self::version::{BotVersion, definition};
use super::context::loaders;
use super::guard::Can;
use super::id::Kind;
use super::loaders::NumberKey;
use super::number::Number;
use super::time::DateTime;
use crate::problem::Problem;

/// A bot with its versions.
#[derive(Clone, Debug)]
pub(crate) struct Bot(pub(super) BotView);

#[Object]
impl Bot {
    /// Its id.
    pub(super) async fn id(&self) -> ID {
        Kind::Bot.id(self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it answers on its numbers.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// Revision of the draft, 0 without one.
    async fn draft_revision(&self) -> u32 {
        self.0.draft_revision
    }

    /// The draft's scenario.
    #[graphql(complexity = 10)]
    async fn draft(&self, ctx: &Context<'_>) -> Result<Option<Json<Value>>, Problem> {
        match &self.0.draft_definition {
            Some(hash) => definition(ctx, hash).await,
            None => Ok(None),
        }
    }

    /// The newest published version, 0 without one.
    async fn published_version(&self) -> u32 {
        self.0.published_version
    }

    /// All published versions, oldest first.
    #[graphql(complexity = "5 * child_complexity")]
    async fn versions(&self) -> Vec<BotVersion> {
        self.0.versions.iter().cloned().map(BotVersion).collect()
    }

    /// One published version.
    async fn version(&self, version: u32) -> Option<BotVersion> {
        let mut versions = self.0.versions.iter();
        let found = versions.find(|one| one.version == version);
        found.cloned().map(BotVersion)
    }

    /// The numbers it serves.
    #[graphql(
        guard = "Can(Action::ReadNumbers)",
        complexity = "5 * child_complexity"
    )]
    async fn numbers(&self, ctx: &Context<'_>) -> Result<Vec<Number>, Problem> {
        let keys = self.0.numbers.iter().copied().map(NumberKey);
        let mut found = loaders(ctx)?.load_all(keys).await?;
        let numbers = self.0.numbers.iter();
        Ok(numbers
            .filter_map(|id| found.remove(&NumberKey(*id)).map(Number))
            .collect())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}
